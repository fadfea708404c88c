//! What the service logs: cases by their ids, and nothing about anybody.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::site::{client, json as read};
use crate::people::device::Device;
use crate::process::{Process, admin, broker};
use crate::service::house::fixture;
use crate::store::servers::{addresses, folder};

const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// Whoever asks the process.
struct Asking {
    client: Client,
    address: String,
    /// Everything that must not be logged.
    secret: Vec<String>,
}

impl Asking {
    async fn ask(&self, who: &str, method: Method, path: &str, body: Vec<u8>) -> (u16, Value) {
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        let request = if who.is_empty() { request } else { request.header("authorization", format!("Bearer {who}")) };
        let request = request.header("content-type", "application/json").header("accept", "application/json");
        read(request.body(body).send().await.unwrap()).await
    }

    async fn post(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask(who, Method::POST, path, body.to_string().into_bytes()).await
    }

    async fn get(&self, who: &str, path: &str) -> (u16, Value) {
        self.ask(who, Method::GET, path, Vec::new()).await
    }

    fn hide(&mut self, secret: &str) -> String {
        self.secret.push(secret.to_owned());
        secret.to_owned()
    }
}

/// The value of a line that a command has printed.
fn field(printed: &str, name: &str) -> String {
    printed.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_anybody_is_logged_however_much_is() {
    for (server, database) in addresses().await {
        let log = folder().join("log");
        let process = Process::start_with(&database, &["--log", "trace"], Some(&log));
        let mut asking = Asking { client: client(), address: process.address.to_string(), secret: Vec::new() };
        for plain in ["0312456780", "Bến Nghé", "Cánh gà", "Nguyễn Thị Lan", "lan.nguyen", "a wholly new one"]
        {
            asking.hide(plain);
        }
        let filer = asking.hide(&broker(&database, "broker-1"));
        let agency = ["organisation", "add", "vet", "--kind", "agency", "--name", "Vet", "--agency", "BNNPTNT-CNTY"];
        admin(&database, &agency);
        let vet = asking.hide(&admin(&database, &["key", "add", "vet"]));
        admin(&database, &["organisation", "add", "op", "--kind", "operator", "--name", "Op"]);
        let operator = asking.hide(&admin(&database, &["key", "add", "op"]));
        let made = admin(&database, &["person", "add", "vet", "lan.nguyen", "--name", "Nguyễn Thị Lan"]);
        let first = asking.hide(&field(&made, "password"));
        // Nobody listens there: what is sent is tried again and again.
        admin(&database, &["endpoint", "set", "broker-1", "--url", "http://127.0.0.1:9/hook?of=0312456780"]);

        // A case from its message to its clearance, with questions about it.
        let (status, sent) = asking.ask(&filer, Method::POST, "/v1/messages", fixture(CHICKEN)).await;
        assert_eq!(status, 201, "{server}: {sent}");
        let case = sent["id"].as_str().unwrap().to_owned();
        for (task, number) in [("t1", "DK-1"), ("t2", "KD-7")] {
            let task = format!("/v1/tasks/{}", sent["task_ids"][task].as_str().unwrap());
            assert_eq!(asking.post(&vet, &format!("{task}/claim"), json!({})).await.0, 200, "{server}");
            let issue = json!({ "reason": "Nguyễn Thị Lan", "number": number });
            assert_eq!(asking.post(&vet, &format!("{task}/issue"), issue).await.0, 200, "{server}");
        }
        let (_, cleared) = asking.get(&filer, &format!("/v1/declarations/{case}")).await;
        assert_eq!(cleared["status"], "cleared", "{server}: {cleared}");
        for path in
            ["/v1/declarations?q=0312456780", "/v1/declarations/0312456780", "/v1/tasks/lan.nguyen", "/lan.nguyen"]
        {
            asking.get(&filer, path).await;
        }
        let mandate = "/v1/organisations/broker-1/mandates/0312456780";
        assert_eq!(asking.ask(&operator, Method::PUT, mandate, b"{}".to_vec()).await.0, 200, "{server}");

        // What cannot be read, by whom it came.
        let text = String::from_utf8(fixture(CHICKEN)).unwrap();
        let mut cut = text.replace("b7c1d0e4-0010-4f52-8d19-5a0e6f3c0010", "another").into_bytes();
        cut.truncate(cut.len() - 200);
        assert_eq!(asking.ask(&filer, Method::POST, "/v1/messages", cut).await.0, 422, "{server}");
        assert_eq!(asking.ask("mk_aaaaaaaa_lan.nguyen", Method::GET, "/v1/tasks", Vec::new()).await.0, 401);
        let wrong = b"{ \"login\": \"lan.nguyen\", ".to_vec();
        assert_eq!(asking.ask("", Method::POST, "/v1/session", wrong).await.0, 400, "{server}");

        // Somebody signs in, changes the password, sets up the second factor, guesses, is let in again.
        let enter = |password: &str| json!({ "login": "lan.nguyen", "password": password });
        let (_, session) = asking.post("", "/v1/session", enter(&first)).await;
        let token = asking.hide(session["token"].as_str().unwrap());
        asking.hide(session["csrf"].as_str().unwrap());
        let change = json!({ "current": first, "new": "a wholly new one" });
        assert_eq!(asking.post(&token, "/v1/account/password", change).await.0, 200, "{server}");
        let (_, drawn) = asking.post(&token, "/v1/account/second-factor", json!({})).await;
        let address = drawn["otpauth"].as_str().unwrap();
        asking.hide(address.split("secret=").nth(1).unwrap().split('&').next().unwrap());
        let code = Device::read(address).code(motcua::service::clock::Clock::machine().now());
        assert_eq!(asking.post(&token, "/v1/account/second-factor/confirm", json!({ "code": code })).await.0, 200);
        for _ in 0..6 {
            assert_eq!(asking.post("", "/v1/session", enter("no password of lan.nguyen")).await.0, 401, "{server}");
        }
        let (_, people) = asking.get(&operator, "/v1/organisations/vet/people").await;
        let reset = format!("/v1/people/{}/reset", people["rows"][0]["id"].as_str().unwrap());
        let (_, issued) = asking.post(&operator, &reset, json!({})).await;
        let code = asking.hide(issued["code"].as_str().unwrap());
        let set = json!({ "code": code, "new": "a wholly new one, again" });
        assert_eq!(asking.post("", "/v1/password-reset", set).await.0, 200, "{server}");

        assert!(process.end(), "{server}");
        let logged = std::fs::read_to_string(&log).unwrap();
        assert!(logged.lines().count() > 200, "{server}: much is logged");
        assert!(logged.contains(&case), "{server}: the case by its id");
        for secret in &asking.secret {
            let said: Vec<&str> = logged.lines().filter(|line| line.contains(secret.as_str())).take(3).collect();
            assert!(said.is_empty(), "{server}: `{secret}` is logged: {said:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_cases_is_logged_with_their_ids_a_line_for_a_transaction() {
    for (server, database) in addresses().await {
        let log = folder().join("log");
        let process = Process::start_with(&database, &["--log", "info"], Some(&log));
        let filer = broker(&database, "broker-1");
        let asking = Asking { client: client(), address: process.address.to_string(), secret: Vec::new() };
        let (status, sent) = asking.ask(&filer, Method::POST, "/v1/messages", fixture(CHICKEN)).await;
        assert_eq!(status, 201, "{server}: {sent}");
        let case = sent["id"].as_str().unwrap().to_owned();
        let (_, cancelled) =
            asking.post(&filer, &format!("/v1/declarations/{case}/cancel"), json!({ "reason": "sent back" })).await;
        assert_eq!(cancelled["status"], "accepted", "{server}");
        assert!(process.end(), "{server}");
        let logged = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = logged.lines().filter(|line| line.contains(&case)).collect();
        let told = |kind: &str| lines.iter().filter(|line| line.contains(kind)).count();
        assert_eq!((told("declaration.registered 1"), told("declaration.decided 1")), (1, 1), "{server}: {logged}");
        assert_eq!(told("declaration.cancellation_asked 1"), 1, "{server}: {logged}");
        // The goods came months ago: their clocks ring at once, together, in a transaction of their own or
        // in that of the cancellation.
        assert!((2..=3).contains(&lines.len()), "{server}: {logged}");
        assert!(logged.contains("no organisation stands for"), "{server}: {logged}");
    }
}
