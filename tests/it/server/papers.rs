//! What was done on paper while the service was down, entered afterwards (85/2019/NĐ-CP art 17).

use motcua::store::{Database, Mode, rebuild, verify};
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::raw::Raw;
use crate::store::servers::databases;
use crate::store::story::making;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// A site with a declaration that waits for two tasks of one agency, the second after the first.
struct Case {
    site: Site,
    path: String,
    first: String,
    second: String,
}

impl Case {
    async fn open(database: Database) -> Self {
        let site = Site::open(database, moment(NOW)).await;
        let (status, sent) = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
        assert_eq!(status, 201, "{sent}");
        let task = |name: &str| sent["task_ids"][name].as_str().unwrap().to_owned();
        let (first, second) = (task("t1"), task("t2"));
        Self { path: format!("/v1/declarations/{}", sent["id"].as_str().unwrap()), site, first, second }
    }

    /// Enters something that was done on paper at an hour of the day.
    async fn enter(&self, who: &str, task: &str, act: &str, said: Value, hour: u8) -> (u16, Value) {
        let mut said = said;
        said["paper"] = json!({ "source": "register 12", "done": format!("2026-07-20T{hour:02}:00:00+07:00") });
        let body = json!({ "task": task, "act": act, "said": said });
        self.site.act(who, &format!("{}/papers", self.path), body).await
    }

    async fn act(&self, who: &str, task: &str, act: &str, said: Value) -> Value {
        let (status, done) = self.site.act(who, &format!("/v1/tasks/{task}/{act}"), said).await;
        assert_eq!(status, 200, "{act}: {done:#}");
        done
    }

    async fn settle(&self, who: &str, entry: &Value, accepted: bool, reason: &str) -> (u16, Value) {
        let body = json!({ "entry": entry, "accepted": accepted, "reason": reason });
        self.site.act(who, &format!("{}/settle_paper", self.path), body).await
    }

    async fn seen(&self, who: &str) -> Value {
        self.site.get(who, &self.path).await.1
    }

    /// Kinds of the tasks on customs' desk.
    async fn customs_desk(&self) -> Vec<String> {
        let (_, queue) = self.site.get("customs", "/v1/tasks").await;
        queue["rows"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
    }

    async fn live(&self, number: &str) -> Value {
        self.site.get("broker", &format!("/v1/certificates/{number}")).await.1["rows"][0]["live"].clone()
    }
}

/// The rows are those that the journal makes.
async fn rebuilt_alike(server: &str, database: &Database) {
    let rebuilt = rebuild(database, &making(), Mode::Compare, |_| {}).await.unwrap();
    assert!(rebuilt.is_same(), "{server}: {rebuilt:?}");
}

fn disputed(answer: &(u16, Value)) -> Value {
    assert_eq!((answer.0, &answer.1["entered"]), (201, &json!(false)), "{:#}", answer.1);
    answer.1["disputed"]["disputed"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_on_paper_counts_from_its_own_time_and_is_marked_so() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        for (task, number, hour) in [(&case.first, "DK-1", 8), (&case.second, "KD-7", 9)] {
            let (status, entered) = case.enter("vet", task, "issue", json!({ "number": number }), hour).await;
            assert_eq!((status, &entered["entered"]), (201, &json!(true)), "{server}: {entered:#}");
        }
        let declaration = case.seen("broker").await;
        assert_eq!(declaration["status"], "cleared", "{server}: {declaration:#}");
        let (_, timeline) = case.site.get("broker", &format!("{}/timeline", case.path)).await;
        let rows = timeline["rows"].as_array().unwrap();
        let on_paper: Vec<&Value> = rows.iter().filter(|row| row["on_paper"] == true).collect();
        assert!(on_paper.len() >= 2, "{server}: {timeline:#}");
        assert!(on_paper.iter().all(|row| row["event"] == "dossier.heard"), "{server}: {on_paper:#?}");
        let first = on_paper[0];
        assert_eq!((&first["done"], &first["at"]), (&json!("2026-07-20T01:00:00Z"), &json!("2026-07-20T03:00:00Z")));
        assert_eq!(first["data"]["paper"]["source"], "register 12", "{server}");
        let dossier = first["case"].as_str().unwrap();
        let (_, dossier) = case.site.get("vet", &format!("/v1/dossiers/{dossier}")).await;
        let paper = dossier["papers"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&paper["act"], &paper["source"]),
            (&json!("issue"), &json!("register 12")),
            "{server}: {dossier:#}"
        );
        assert_eq!(paper["done"], "2026-07-20T01:00:00Z", "{server}");
        assert_eq!(dossier["filed"], "2026-07-20T01:00:00Z", "{server}: it was filed then at the latest");
        case.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_done_later_than_now_waits_for_customs() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        let later = case.enter("vet", &case.first, "issue", json!({ "number": "DK-1" }), 11).await;
        assert_eq!(disputed(&later), json!(["later_than_now"]), "{server}");
        let entry = later.1["disputed"]["entry"].clone();
        // Entered again it is there once.
        let again = case.enter("vet", &case.first, "issue", json!({ "number": "DK-1" }), 11).await;
        assert_eq!(again.1["disputed"]["entry"], entry, "{server}");
        assert_eq!(case.customs_desk().await, ["paper"], "{server}: customs is shown it");
        rebuilt_alike(server, &database).await;
        let seen = case.seen("customs").await;
        assert_eq!(seen["papers"].as_array().unwrap().len(), 1, "{server}");
        assert!(seen["may"].as_array().unwrap().contains(&json!("settle_paper")), "{server}: {}", seen["may"]);
        assert!(!case.seen("broker").await["may"].as_array().unwrap().contains(&json!("settle_paper")), "{server}");
        let (_, queue) = case.site.get("vet", "/v1/tasks?state=ready").await;
        assert_eq!(queue["rows"][0]["id"], case.first, "{server}: nothing has changed");

        for who in ["broker", "vet"] {
            assert_eq!(case.settle(who, &entry, true, "a test").await.0, 403, "{server} {who}");
        }
        assert_eq!(case.settle("customs", &entry, true, "it is well-known").await.0, 409, "{server}: not come yet");
        case.site.app.shared().clock.set(moment("2026-07-20T11:30:00+07:00"));
        assert_eq!(case.settle("customs", &entry, true, " ").await.0, 422, "{server}: without a reason");
        assert_eq!(case.settle("customs", &json!("no-such"), true, "a test").await.0, 404, "{server}");
        let (status, settled) = case.settle("customs", &entry, true, "the clock of the agency was fast").await;
        assert_eq!(
            (status, &settled["papers"][0]["settled"]["accepted"]),
            (200, &json!(true)),
            "{server}: {settled:#}"
        );
        assert_eq!(case.live("DK-1").await, true, "{server}");
        assert_eq!(case.settle("customs", &entry, false, "a test").await.0, 409, "{server}: it is settled");
        assert_eq!(case.customs_desk().await, [""; 0], "{server}");
        rebuilt_alike(server, &database).await;
        case.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_entered_afterwards_is_made_again_from_the_journal() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        let later = case.enter("vet", &case.first, "issue", json!({ "number": "DK-1" }), 11).await;
        assert_eq!(disputed(&later), json!(["later_than_now"]), "{server}");
        let mut raw = Raw::connect(&database).await;
        let shown = "SELECT id, kind, state FROM tasks WHERE kind = 'paper'";
        let before = raw.rows(shown).await;
        assert_eq!(before.len(), 1, "{server}");
        raw.run("DELETE FROM tasks WHERE kind = 'paper'", &[]).await.unwrap();
        assert_eq!(case.customs_desk().await, [""; 0], "{server}");
        let missing = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert_eq!(missing.different.len(), 1, "{server}");
        rebuild(&database, &making(), Mode::Write, |_| {}).await.unwrap();
        assert_eq!(raw.rows(shown).await, before, "{server}");
        assert_eq!(case.customs_desk().await, ["paper"], "{server}");
        raw.close().await;
        rebuilt_alike(server, &database).await;
        case.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_result_never_takes_the_place_of_the_first_by_itself_and_keeps_the_goods_until_customs_decides() {
    for accepted in [false, true] {
        for (server, database) in databases().await {
            let case = Case::open(database.clone()).await;
            case.act("vet", &case.first, "issue", json!({ "number": "DK-1" })).await;
            let other = case.enter("customs", &case.first, "fail", json!({ "reason": "found ill" }), 9).await;
            let why = disputed(&other);
            assert!(why.as_array().unwrap().contains(&json!("other_result")), "{server}: {why}");
            assert_eq!(case.live("DK-1").await, true, "{server}: nothing is overwritten");
            case.act("vet", &case.second, "issue", json!({ "number": "KD-7" })).await;
            let held = case.seen("broker").await;
            assert_eq!((&held["status"], &held["outcome"]), (&json!("accepted"), &json!("hold")), "{server}");

            let entry = &other.1["disputed"]["entry"];
            let (status, settled) = case.settle("customs", entry, accepted, "the register was seen").await;
            assert_eq!(status, 200, "{server}: {settled:#}");
            assert_eq!(case.live("DK-1").await, !accepted, "{server}");
            if accepted {
                assert_ne!(settled["outcome"], "clear", "{server}");
                assert_eq!(settled["status"], "accepted", "{server}");
                let (_, timeline) = case.site.get("customs", &format!("{}/timeline", case.path)).await;
                let events: Vec<&Value> =
                    timeline["rows"].as_array().unwrap().iter().map(|row| &row["event"]).collect();
                for event in ["dossier.rectified", "dossier.revoked", "declaration.paper_settled"] {
                    assert!(events.contains(&&json!(event)), "{server}: {event}: {events:?}");
                }
            } else {
                assert_eq!(settled["status"], "cleared", "{server}: nothing stands before clearance any more");
            }
            let verified = verify(&database, |_| {}).await.unwrap();
            assert_eq!(verified.defects, Vec::<String>::new(), "{server}");
            rebuilt_alike(server, &database).await;
            case.site.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_without_it_and_what_comes_before_its_filing_is_disputed() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        case.act("vet", &case.first, "ask", json!({ "reason": "the health certificate" })).await;
        let early = case.enter("vet", &case.first, "issue", json!({ "number": "DK-0" }), 9).await;
        assert_eq!(disputed(&early), json!(["before_filing"]), "{server}");
        let entry = &early.1["disputed"]["entry"];
        assert_eq!(case.settle("customs", entry, false, "the dossier was filed at ten").await.0, 200, "{server}");
        case.site.close().await;
    }
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        // Nobody has filed for the second one; but before the day of the declaration there were no such goods.
        case.act("vet", &case.first, "issue", json!({ "number": "DK-1" })).await;
        let said = json!({ "number": "KD-0", "paper": { "source": "book", "done": "2019-01-01T10:00:00+07:00" } });
        let body = json!({ "task": case.second, "act": "issue", "said": said });
        let long_ago = case.site.act("vet", &format!("{}/papers", case.path), body).await;
        assert_eq!(disputed(&long_ago), json!(["before_filing"]), "{server}");
        assert_eq!(case.seen("broker").await["status"], "accepted", "{server}");
        case.site.close().await;
    }
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        case.act("vet", &case.first, "issue", json!({ "number": "DK-1" })).await;
        case.act("vet", &case.second, "issue", json!({ "number": "KD-7" })).await;
        assert_eq!(case.seen("broker").await["status"], "cleared", "{server}");
        case.site.app.shared().clock.set(moment("2026-07-20T14:00:00+07:00"));
        let late = case.enter("vet", &case.second, "fail", json!({ "reason": "found ill" }), 12).await;
        assert_eq!(disputed(&late), json!(["other_result", "decided_without"]), "{server}");
        assert_eq!(case.seen("customs").await["may"], json!(["settle_paper"]), "{server}");
        assert_eq!(case.customs_desk().await, ["paper"], "{server}");
        let entry = &late.1["disputed"]["entry"];
        let (status, settled) = case.settle("customs", entry, true, "the goods are called back").await;
        assert_eq!((status, &settled["status"]), (200, &json!("cleared")), "{server}: {settled:#}");
        assert_eq!(case.live("KD-7").await, false, "{server}");
        case.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_entry_is_refused_and_changes_nothing() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        let issue = json!({ "number": "DK-1" });
        assert_eq!(case.enter("broker", &case.first, "issue", issue.clone(), 9).await.0, 403, "{server}");
        assert_eq!(case.enter("stranger", &case.first, "issue", issue.clone(), 9).await.0, 404, "{server}");
        assert_eq!(case.enter("other-agency", &case.first, "issue", issue.clone(), 9).await.0, 404, "{server}");
        assert_eq!(case.enter("operator", &case.first, "issue", issue.clone(), 9).await.0, 404, "{server}");
        assert_eq!(case.enter("vet", "no-such-task", "issue", issue.clone(), 9).await.0, 404, "{server}");
        assert_eq!(case.enter("vet", &case.first, "bless", issue.clone(), 9).await.0, 404, "{server}");
        assert_eq!(case.enter("vet", &case.first, "fail", issue.clone(), 9).await.0, 422, "{server}: no reason");
        let (status, early) = case.enter("vet", &case.second, "issue", issue.clone(), 9).await;
        assert_eq!(status, 409, "{server}: the first comes first: {early}");
        let path = format!("{}/papers", case.path);
        let without = json!({ "task": case.first, "act": "issue", "said": issue });
        assert_eq!(case.site.act("vet", &path, without).await.0, 422, "{server}: no paper");
        let unnamed = json!({ "paper": { "source": " ", "done": "2026-07-20T08:00:00+07:00" } });
        let unnamed = json!({ "task": case.first, "act": "issue", "said": unnamed });
        assert_eq!(case.site.act("vet", &path, unnamed).await.0, 422, "{server}: no source");
        assert_eq!(case.site.act("vet", &path, json!({ "task": 1 })).await.0, 422, "{server}");
        assert_eq!(case.customs_desk().await, [""; 0], "{server}");

        assert_eq!(case.enter("vet", &case.first, "issue", issue.clone(), 9).await.0, 201, "{server}");
        assert_eq!(case.enter("vet", &case.first, "issue", issue.clone(), 9).await.0, 409, "{server}: given already");
        case.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_is_entered_once_and_answered_alike() {
    for (server, database) in databases().await {
        let case = Case::open(database.clone()).await;
        let said =
            json!({ "number": "DK-1", "paper": { "source": "register 12", "done": "2026-07-20T09:00:00+07:00" } });
        let body = json!({ "task": case.first, "act": "issue", "said": said }).to_string();
        let path = format!("{}/papers", case.path);
        let enter = async |body: String| {
            let request = case.site.request("vet", reqwest::Method::POST, &path).header("idempotency-key", "p-1");
            let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        let first = enter(body.clone()).await;
        assert_eq!(first.0, 201, "{server}: {}", first.1);
        assert_eq!(enter(body.clone()).await, first, "{server}");
        let other = enter(body.replace("DK-1", "DK-2")).await;
        assert!(other.0 == 409 && other.1.contains("other-content"), "{server}: {other:?}");
        case.site.close().await;
    }
}
