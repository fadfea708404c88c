//! Permits with a quantity by API alone: what is granted, who draws on it, who may see it.

use motcua::clearance::case::dossier::{Command, Opening};
use motcua::clearance::case::{Author, CaseId, Role};
use motcua::service::new_case;
use motcua::store::{Database, Mode, rebuild, verify};
use serde_json::{Value, json};

use super::site::Site;
use crate::exchange::office::PATIENCE;
use crate::service::house::moment;
use crate::service::permits::{AGENCY, LICENCE, NOW, PROCEDURE, TRADER, declaration, line};
use crate::store::servers::{addresses, databases};
use crate::store::story::making;

/// Opens the dossier of a licence for household insecticides.
async fn dossier(site: &Site) -> CaseId {
    let opening = Opening {
        procedure: Some(PROCEDURE.to_owned()),
        agency: Some(AGENCY.to_owned()),
        holder: Some(TRADER.to_owned()),
        filer: "broker".to_owned(),
        reference: None,
        message: None,
        goods: Vec::new(),
    };
    let by = Author { role: Role::Broker, organisation: Some("broker".to_owned()), person: None };
    let open = Command::Open(Box::new(opening));
    let opened = site.app.service.writer().run(move |desk| {
        Box::pin(async move {
            let case = new_case(desk.now);
            desk.dossier_command(case, &open, &by).await?;
            Ok(case)
        })
    });
    opened.await.unwrap()
}

/// Has the agency give a licence for so many tonnes.
async fn grant(site: &Site, number: &str, tonnes: &str) -> CaseId {
    let case = dossier(site).await;
    let given = json!({ "number": number, "quantity": tonnes, "unit": "TNE", "valid_to": "2026-12-31" });
    let (status, issued) = site.act("health", &format!("/v1/dossiers/{case}/issue"), given).await;
    assert_eq!(status, 200, "{issued:#}");
    case
}

/// Sends a declaration of so many tonnes.
async fn lodge(site: &Site, reference: &str, tonnes: &str) -> Value {
    let message = declaration(reference, "01", &[line(&format!("{tonnes} TNE"))]);
    let (status, sent) = super::site::json(site.send("broker", message, "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    sent
}

fn licence(declaration: &Value) -> &Value {
    let requirements = declaration["lines"][0]["requirements"].as_array().unwrap();
    requirements.iter().find(|requirement| requirement["rule"] == LICENCE).unwrap()
}

/// The one account that somebody sees, with its movements.
async fn account(site: &Site, who: &str) -> Value {
    let (status, page) = site.get(who, "/v1/accounts").await;
    assert_eq!((status, page["rows"].as_array().map(Vec::len)), (200, Some(1)), "{who}: {page:#}");
    let (status, account) = site.get(who, page["rows"][0]["links"]["self"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{account:#}");
    account
}

/// Granted, reserved, written off and left, in which unit.
fn balance(account: &Value) -> [&str; 5] {
    ["granted", "reserved", "written_off", "left", "unit"].map(|field| account[field].as_str().unwrap())
}

/// What moved an account: what, how much, by which declaration.
fn movements(account: &Value) -> Vec<[&str; 3]> {
    fn of(value: &Value) -> &str {
        value.as_str().unwrap_or("-")
    }
    let rows = account["movements"]["rows"].as_array().unwrap().iter();
    rows.map(|row| [of(&row["what"]), of(&row["quantity"]), of(&row["declaration"]["name"])]).collect()
}

/// The declaration, as soon as it has another decision.
async fn decided(site: &Site, sent: &Value, decision: &str) -> Value {
    let path = format!("/v1/declarations/{}", sent["id"].as_str().unwrap());
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let (_, now) = site.get("broker", &path).await;
        if now["decision"] == decision {
            return now;
        }
        site.app.shared().waiting.notify_one();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{path} is never `{decision}`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_of_500_tonnes_is_drawn_on_and_who_comes_too_late_passes_when_something_is_given_back() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment(NOW)).await;
        let permit = grant(&site, "GP-500", "500").await;
        let first = lodge(&site, "A", "120").await;
        assert_eq!((&first["decision"], &licence(&first)["status"]), (&json!("clear"), &json!("met")), "{first:#}");
        // It is lodged beforehand: the goods may not leave before customs has taken it.
        assert_eq!((&first["status"], &first["outcome"]), (&json!("registered"), &json!("hold")), "{first:#}");
        let second = lodge(&site, "B", "400").await;
        assert_eq!(
            (&second["decision"], &licence(&second)["status"]),
            (&json!("hold"), &json!("required")),
            "{server}"
        );
        // What the goods are counted in: 500 t less 120 t are 380 t.
        let short = json!([{ "number": "GP-500", "left": "380000", "needed": "400000", "unit": "KGM" }]);
        assert_eq!(licence(&second)["short"], short, "{server}");
        let now = account(&site, "broker").await;
        assert_eq!(balance(&now), ["500", "120", "0", "380", "TNE"], "{server}: {now:#}");
        assert_eq!((&now["state"], &now["to"]), (&json!("open"), &json!("2026-12-31")));
        assert_eq!(now["links"]["dossier"], format!("/v1/dossiers/{permit}"));
        assert_eq!(movements(&now), [["granted", "500", "-"], ["reserved", "120", "A"]], "{server}");

        let path = format!("/v1/declarations/{}/cancel", first["id"].as_str().unwrap());
        let (status, cancelled) = site.act("broker", &path, json!({ "reason": "sold to another" })).await;
        assert_eq!(status, 200, "{cancelled:#}");
        let passed = decided(&site, &second, "clear").await;
        assert_eq!(licence(&passed)["status"], "met", "{server}");
        assert_eq!(licence(&passed).get("short"), None, "{server}");
        let path = format!("/v1/declarations/{}/accept", second["id"].as_str().unwrap());
        let (status, cleared) = site.act("customs", &path, json!({})).await;
        assert_eq!((status, &cleared["status"]), (200, &json!("cleared")), "{cleared:#}");
        let now = account(&site, "broker").await;
        assert_eq!(balance(&now), ["500", "0", "400", "100", "TNE"], "{server}: {now:#}");
        let moved = [
            ["granted", "500", "-"],
            ["reserved", "120", "A"],
            ["restored", "0", "A"],
            ["reserved", "400", "B"],
            ["written_off", "400", "B"],
        ];
        assert_eq!(movements(&now), moved, "{server}");

        let rebuilt = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert!(rebuilt.is_same(), "{server}: {rebuilt:?}");
        assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_declarations_at_once_no_more_are_met_than_the_permit_suffices_for() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        grant(&site, "GP-500", "500").await;
        let names: Vec<String> = (0..20).map(|at| format!("R{at}")).collect();
        let sent = futures_util::future::join_all(names.iter().map(|name| lodge(&site, name, "60"))).await;
        let met = sent.iter().filter(|sent| licence(sent)["status"] == "met").count();
        assert_eq!(met, 8, "{server}");
        let now = account(&site, "broker").await;
        assert_eq!(balance(&now), ["500", "480", "0", "20", "TNE"], "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_aside_is_still_set_aside_after_the_service_was_gone() {
    for (server, address) in addresses().await {
        let of_first = address.clone();
        let first_life = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            let told = runtime.block_on(async {
                let site = Site::open(Database::open(&of_first).await.unwrap(), moment(NOW)).await;
                grant(&site, "GP-500", "500").await;
                lodge(&site, "A", "300").await;
                (account(&site, "broker").await, site.keys.clone())
            });
            // Nothing is told to end: everything that runs is dropped where it stands.
            runtime.shutdown_background();
            told
        };
        let (before, keys) = tokio::task::spawn_blocking(first_life).await.unwrap();
        let site = Site::again(Database::open(&address).await.unwrap(), moment(NOW), keys).await;
        assert_eq!(account(&site, "broker").await, before, "{server}");
        let late = lodge(&site, "B", "201").await;
        assert_eq!(licence(&late)["status"], "required", "{server}");
        let next = lodge(&site, "C", "200").await;
        assert_eq!(licence(&next)["status"], "met", "{server}");
        assert_eq!(balance(&account(&site, "broker").await), ["500", "500", "0", "0", "TNE"], "{server}");
        assert_eq!(account(&site, "broker").await["state"], "exhausted");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_seen_by_its_holder_its_agency_and_customs_and_by_nobody_else() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        grant(&site, "GP/1", "500").await;
        let path = account(&site, "broker").await["links"]["self"].as_str().unwrap().to_owned();
        for who in ["broker", "hai-van", "health", "customs"] {
            assert_eq!(account(&site, who).await["number"], "GP/1", "{server} {who}");
            let (_, certificate) = site.get(who, "/v1/certificates/GP%2F1").await;
            assert_eq!(certificate["rows"][0]["links"]["account"], *path, "{server} {who}: {certificate:#}");
        }
        for who in ["stranger", "other-agency", "vet"] {
            assert_eq!(site.get(who, "/v1/accounts").await, (200, json!({ "rows": [], "next": null })), "{who}");
            assert_eq!(site.get(who, &path).await.0, 404, "{server} {who}");
        }
        // Whom somebody names does not make him whose it is.
        let named = format!("/v1/accounts?holder={TRADER}");
        assert_eq!(site.get("stranger", &named).await.1["rows"], json!([]), "{server}");
        assert_eq!(site.get("customs", &named).await.1["rows"].as_array().unwrap().len(), 1);
        assert_eq!(site.get("customs", "/v1/accounts?number=GP/2").await.1["rows"], json!([]));
        assert_eq!(site.get("operator", "/v1/accounts").await.0, 403, "{server}");
        assert_eq!(site.get("operator", &path).await.0, 404, "{server}");
        assert_eq!(site.get("", &path).await.0, 401, "{server}");
        assert_eq!(site.get("customs", "/v1/accounts/GP").await.0, 404, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_movements_come_page_by_page() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        for at in 0..5 {
            grant(&site, &format!("GP-{at}"), "500").await;
        }
        for who in ["broker", "hai-van", "health", "customs"] {
            let (mut numbers, mut after) = (Vec::new(), String::new());
            loop {
                let (_, page) = site.get(who, &format!("/v1/accounts?limit=2{after}")).await;
                let rows = page["rows"].as_array().unwrap();
                numbers.extend(rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                assert_eq!(rows.len(), 2, "{server} {who}");
                after = format!("&after={next}");
            }
            assert_eq!(numbers, ["GP-4", "GP-3", "GP-2", "GP-1", "GP-0"], "{server} {who}");
        }
        for at in 0..3 {
            lodge(&site, &format!("R{at}"), "10").await;
        }
        let (_, page) = site.get("broker", "/v1/accounts?number=GP-0").await;
        let path = page["rows"][0]["links"]["self"].as_str().unwrap().to_owned();
        let (_, first) = site.get("broker", &format!("{path}?limit=3")).await;
        let next = first["movements"]["next"].as_str().unwrap();
        let (_, rest) = site.get("broker", &format!("{path}?limit=3&after={next}")).await;
        let names: Vec<&str> = [&first, &rest].into_iter().flat_map(movements).map(|[_, _, name]| name).collect();
        assert_eq!(names, ["-", "R0", "R1", "R2"], "{server}");
        assert_eq!(rest["movements"]["next"], Value::Null, "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permit_whose_last_day_is_past_serves_nobody_and_is_shown_as_expired() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-12-30T10:00:00+07:00")).await;
        grant(&site, "GP-500", "500").await;
        site.app.shared().clock.set(moment("2027-01-04T10:00:00+07:00"));
        assert_eq!(account(&site, "broker").await["state"], "expired", "{server}");
        let message = declaration("A", "01", &[line("1 TNE")]);
        let (_, sent) = super::site::json(site.send("broker", message, "application/json").await).await;
        assert_eq!(licence(&sent)["status"], "required", "{server}: {sent:#}");
        assert_eq!(balance(&account(&site, "broker").await), ["500", "0", "0", "500", "TNE"], "{server}");
        site.close().await;
    }
}
