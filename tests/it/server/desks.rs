//! Every declaration that goes no further by itself is on somebody's desk: the agency's, customs', or
//! that of the declarant who has to put it right.

use motcua::store::{Mode, rebuild, verify};
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;
use crate::store::story::making;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const ADDITIVE: &str = "declarations/01-msg-additive-three-ministries.xml";
const VET: &str = "BNNPTNT-CNTY";

/// A fixture as the trader `hai-van` sends it himself, changed.
fn his(name: &str, holder: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::from_utf8(fixture(name)).unwrap();
    for (from, to) in [&[(holder, "0401345678")][..], changes].concat() {
        assert!(text.contains(from), "{name}: {from}");
        text = text.replace(from, to);
    }
    text.into_bytes()
}

async fn declared(site: &Site, bytes: Vec<u8>) -> Value {
    let (status, sent) = body_of(site.send("hai-van", bytes, "application/json").await).await;
    assert_eq!(status, 201, "{sent:#}");
    sent
}

fn path(sent: &Value) -> String {
    format!("/v1/declarations/{}", sent["id"].as_str().unwrap())
}

/// What stands in a queue, of one kind.
async fn rows(site: &Site, who: &str, kind: &str) -> Vec<Value> {
    let (status, page) = site.get(who, "/v1/tasks").await;
    assert_eq!(status, 200, "{who}: {page:#}");
    page["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
}

/// What whoever asks may do with a task.
async fn may(site: &Site, who: &str, row: &Value) -> Value {
    site.get(who, row["links"]["self"].as_str().unwrap()).await.1["may"].clone()
}

/// Who holds a declaration, as everybody is told.
async fn held_by(site: &Site, declaration: &str) -> Value {
    let (_, of_customs) = site.get("customs", declaration).await;
    let (_, of_trader) = site.get("hai-van", declaration).await;
    let [one, other] = [&of_customs, &of_trader].map(|seen| seen["clearance"]["held_by"].clone());
    assert_eq!(one, other);
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lodged_beforehand_waits_on_customs_desk_to_be_accepted() {
    let number = "<Number>107000000010</Number>\n          <Date>2026-07-20 09:10:10</Date>";
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site, his(CHICKEN, "0312456780", &[(number, "")])).await;
        assert_eq!(sent["status"], "registered", "{server}: {sent:#}");
        assert_eq!(sent["clearance"]["held_by"], json!([VET, "customs"]), "{server}: {sent:#}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([VET, "customs"]), "{server}");
        let queue = rows(&site, "customs", "accept").await;
        assert_eq!(queue.len(), 1, "{server}");
        assert_eq!((&queue[0]["state"], &queue[0]["waits_for"]), (&json!("ready"), &json!("customs")), "{server}");
        assert_eq!(queue[0]["links"]["declaration"], path(&sent), "{server}");
        assert_eq!(may(&site, "customs", &queue[0]).await, json!(["accept"]), "{server}");
        assert_eq!(may(&site, "hai-van", &queue[0]).await, json!([]), "{server}");

        assert_eq!(site.act("customs", &format!("{}/accept", path(&sent)), json!({})).await.0, 200, "{server}");
        assert_eq!(rows(&site, "customs", "accept").await, Vec::<Value>::new(), "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([VET]), "{server}");
        let (status, past) = site.get("customs", queue[0]["links"]["self"].as_str().unwrap()).await;
        assert_eq!((status, &past["state"]), (200, &json!("done")), "{server}: {past:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_declarant_can_put_right_waits_for_him() {
    let wrong = his(CHICKEN, "0312456780", &[("02071410", "99999999")]);
    let request = "<RequestEdit><RequestDate>2026-07-20 11:00:00</RequestDate><Reason>Sai mã HS</Reason>";
    let right = his(
        CHICKEN,
        "0312456780",
        &[
            ("b7c1d0e4-0010-4f52-8d19-5a0e6f3c0010", "b7c1d0e4-0010-4f52-8d19-5a0e6f3c0011"),
            ("<type>10</type>", "<type>14</type>"),
            ("<function>01</function>", "<function>08</function>"),
            ("<ImportDeclaration>", &format!("{request}<ImportDeclaration>")),
            ("</ImportDeclaration>", "</ImportDeclaration></RequestEdit>"),
        ],
    );
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment(NOW)).await;
        let sent = declared(&site, wrong.clone()).await;
        assert_eq!((&sent["status"], &sent["outcome"]), (&json!("accepted"), &json!("hold")), "{server}: {sent:#}");
        assert_eq!(sent["tasks"], json!([]), "{server}: no agency has anything to do with it");
        assert_eq!(sent["clearance"]["held_by"], json!(["trader"]), "{server}: {sent:#}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!(["trader"]), "{server}");
        for (who, allowed) in [("hai-van", json!(["cancel"])), ("customs", json!(["override"]))] {
            let queue = rows(&site, who, "correction").await;
            assert_eq!(queue.len(), 1, "{server} {who}");
            let turn = (&queue[0]["state"], &queue[0]["waits_for"]);
            assert_eq!(turn, (&json!("asked"), &json!("trader")), "{server} {who}");
            assert_eq!(may(&site, who, &queue[0]).await, allowed, "{server} {who}");
        }
        // He asks to amend it: it is customs' turn; then the agency's.
        let (status, asked) = body_of(site.send("hai-van", right.clone(), "application/json").await).await;
        assert_eq!(status, 200, "{server}: {asked:#}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!(["customs"]), "{server}");
        assert_eq!(rows(&site, "hai-van", "correction").await, Vec::<Value>::new(), "{server}");
        assert_eq!(site.act("customs", &format!("{}/agree", path(&sent)), json!({})).await.0, 200, "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([VET]), "{server}");

        // The goods fail: nobody but he can do anything.
        let (_, queue) = site.get("vet", "/v1/tasks?state=ready").await;
        let task = queue["rows"][0]["links"]["self"].as_str().unwrap();
        assert_eq!(site.act("vet", &format!("{task}/issue"), json!({})).await.0, 200, "{server}");
        let (_, queue) = site.get("vet", "/v1/tasks?state=ready").await;
        let task = queue["rows"][0]["links"]["self"].as_str().unwrap();
        let (status, failed) = site.act("vet", &format!("{task}/fail"), json!({ "reason": "salmonella" })).await;
        assert_eq!(status, 200, "{server}: {failed:#}");
        assert_eq!(site.get("customs", &path(&sent)).await.1["outcome"], "refuse", "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!(["trader"]), "{server}");
        assert_eq!(rows(&site, "hai-van", "correction").await.len(), 1, "{server}");
        let found = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
        assert!(found.is_same(), "{server}: {found:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prohibited_is_the_declarants_to_take_back() {
    const CLOTHING: &str = "declarations/40-used-clothing-new-ban.xml";
    let text = String::from_utf8(fixture(CLOTHING)).unwrap();
    let holder = text.split_once("<IMC>").unwrap().1.split_once('<').unwrap().0.to_owned();
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site, his(CLOTHING, &holder, &[])).await;
        assert_eq!(sent["outcome"], "refuse", "{server}: {sent:#}");
        assert_eq!(sent["clearance"]["held_by"], json!(["trader"]), "{server}: {sent:#}");
        assert_eq!(rows(&site, "hai-van", "correction").await.len(), 1, "{server}");
        let cancel = json!({ "reason": "sent back" });
        assert_eq!(site.act("hai-van", &format!("{}/cancel", path(&sent)), cancel).await.0, 200, "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!(["customs"]), "{server}");
        assert_eq!(site.act("customs", &format!("{}/agree", path(&sent)), json!({})).await.0, 200, "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([]), "{server}: nobody's any more");
        assert_eq!(site.get("hai-van", "/v1/tasks").await.1["rows"], json!([]), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customs_found_against_the_goods_stays_on_its_desk() {
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let sent = declared(&site, his(CHICKEN, "0312456780", &[])).await;
        let check = |passed: bool| json!({ "kind": "goods", "passed": passed, "reason": "other goods in the box" });
        assert_eq!(site.act("customs", &format!("{}/check", path(&sent)), check(false)).await.0, 200, "{server}");
        assert_eq!(rows(&site, "customs", "check").await.len(), 1, "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([VET, "customs"]), "{server}");
        let (_, shown) = site.get("hai-van", &path(&sent)).await;
        let found = &shown["checked"][0];
        let found = (&found["kind"], &found["passed"], &found["reason"]);
        assert_eq!(found, (&json!("goods"), &json!(false), &json!("other goods in the box")), "{server}: {shown:#}");
        assert_eq!(site.act("customs", &format!("{}/check", path(&sent)), check(true)).await.0, 200, "{server}");
        assert_eq!(rows(&site, "customs", "check").await, Vec::<Value>::new(), "{server}");
        assert_eq!(held_by(&site, &path(&sent)).await, json!([VET]), "{server}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customs_may_refuse_to_let_goods_go_to_storage() {
    const REBAR: &str = "declarations/27-rebar-registered-goes-to-storage.xml";
    let text = String::from_utf8(fixture(REBAR)).unwrap();
    let holder = text.split_once("<IMC>").unwrap().1.split_once('<').unwrap().0.to_owned();
    for (server, database) in databases().await {
        let site = Site::open(database, moment("2026-06-30T10:00:00+07:00")).await;
        let sent = declared(&site, his(REBAR, &holder, &[])).await;
        assert_eq!(sent["decision"], "storage", "{server}: {sent:#}");
        let declaration = path(&sent);
        let place = json!({ "place": "kho 12, Cát Lái" });
        let (status, asked) = site.act("hai-van", &format!("{declaration}/ask_storage"), place.clone()).await;
        assert_eq!(status, 200, "{server}: {asked:#}");
        let queue = rows(&site, "customs", "storage").await;
        assert_eq!(queue.len(), 1, "{server}");
        assert_eq!(may(&site, "customs", &queue[0]).await, json!(["disagree", "grant_storage"]), "{server}");

        let refuse = format!("{declaration}/disagree");
        let (status, said) = site.act("customs", &refuse, json!({})).await;
        assert_eq!(status, 422, "{server}: whoever refuses says why: {said:#}");
        let reason = json!({ "reason": "the place is not under customs' control" });
        let (status, refused) = site.act("customs", &refuse, reason.clone()).await;
        assert_eq!((status, &refused["asked"]), (200, &Value::Null), "{server}: {refused:#}");
        assert_eq!(rows(&site, "customs", "storage").await, Vec::<Value>::new(), "{server}");
        let (_, inbox) = site.get("hai-van", "/v1/inbox").await;
        let told = inbox["rows"].as_array().unwrap().iter().find(|row| row["topic"] == "declaration.storage_refused");
        assert!(told.is_some_and(|told| told["body"].to_string().contains("under customs")), "{server}: {inbox:#}");
        assert_eq!(site.act("customs", &refuse, reason.clone()).await.0, 409, "{server}: nothing is asked any more");

        // He may name another place; what was asked first is answered first.
        assert_eq!(site.act("hai-van", &format!("{declaration}/ask_storage"), place).await.0, 200, "{server}");
        let cancel = json!({ "reason": "sent back" });
        assert_eq!(site.act("hai-van", &format!("{declaration}/cancel"), cancel).await.0, 200, "{server}");
        let queue = rows(&site, "customs", "storage").await;
        assert_eq!(may(&site, "customs", &queue[0]).await, json!(["grant_storage"]), "{server}");
        let (_, said) = site.act("customs", &refuse, reason).await;
        assert_eq!(said["asked"]["storage"]["place"], "kho 12, Cát Lái", "{server}: {said:#}");
        let (status, granted) = site.act("customs", &format!("{declaration}/grant_storage"), json!({})).await;
        assert_eq!((status, &granted["outcome"]), (200, &json!("storage")), "{server}: {granted:#}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_cleared_on_what_was_revoked_since_are_on_customs_desk() {
    for (server, database) in databases().await {
        let site = Site::open(database.clone(), moment("2026-05-12T10:00:00+07:00")).await;
        for (decided, at) in [("clear", "107000000001"), ("refuse", "107000000002")] {
            let changes = [("107000000001", at), ("5a0e6f3c0001", at), ("TK20260512001", at)];
            let sent = declared(&site, his(ADDITIVE, "0101987654", &changes)).await;
            let declaration = path(&sent);
            for (task, who) in [("t1", "food"), ("t2", "trade")] {
                let issue = format!("/v1/tasks/{}/issue", sent["task_ids"][task].as_str().unwrap());
                let number = json!({ "number": format!("{at}-{task}") });
                let (status, issued) = site.act(who, &issue, number).await;
                assert_eq!(status, 200, "{server}: {issued:#}");
            }
            assert_eq!(site.get("customs", &declaration).await.1["status"], "cleared", "{server}");
            assert_eq!(held_by(&site, &declaration).await, json!([]), "{server}");
            assert_eq!(rows(&site, "customs", "review").await, Vec::<Value>::new(), "{server}");

            let (_, certificate) = site.get("trade", &format!("/v1/certificates/{at}-t2")).await;
            let dossier = certificate["rows"][0]["links"]["dossier"].as_str().unwrap();
            let (status, revoked) =
                site.act("trade", &format!("{dossier}/revoke"), json!({ "reason": "a forged paper" })).await;
            assert_eq!(status, 200, "{server}: {revoked:#}");
            let (_, seen) = site.get("customs", &declaration).await;
            assert_eq!((&seen["status"], &seen["outcome"]), (&json!("cleared"), &json!("hold")), "{server}");
            assert_eq!(held_by(&site, &declaration).await, json!(["customs"]), "{server}");
            let queue = rows(&site, "customs", "review").await;
            assert_eq!(queue.len(), 1, "{server}");
            assert_eq!((&queue[0]["state"], &queue[0]["waits_for"]), (&json!("ready"), &json!("customs")), "{server}");
            assert_eq!(queue[0]["stage"], "after_clearance", "{server}");
            // What was revoked since: which paper, why, by whom, when. Of the others nothing is said.
            let by = json!({ "role": "agency", "organisation": "trade" });
            let gone = json!([{
                "number": format!("{at}-t2"), "dossier": dossier.trim_start_matches("/v1/dossiers/"),
                "reason": "a forged paper", "by": by, "at": "2026-05-12T03:00:00Z",
            }]);
            assert_eq!((&queue[0]["revoked"], &seen["revoked"]), (&gone, &gone), "{server}");
            let (_, task) = site.get("customs", queue[0]["links"]["self"].as_str().unwrap()).await;
            assert_eq!(task["revoked"], gone, "{server}: {task:#}");
            // The agency has nothing to do with it, and customs has.
            assert_eq!(revoked["waits_for"], "customs", "{server}: {revoked:#}");
            for who in ["trade", "hai-van"] {
                let (_, now) = site.get(who, dossier).await;
                assert_eq!((&now["waits_for"], &now["may"]), (&json!("customs"), &json!([])), "{server} {who}");
            }
            assert_eq!(may(&site, "customs", &queue[0]).await, json!(["override"]), "{server}");
            let (_, inbox) = site.get("customs", "/v1/inbox").await;
            let told = |row: &Value| row["topic"] == "declaration.decided" && row["case"] == sent["id"];
            assert!(inbox["rows"].as_array().unwrap().iter().any(told), "{server}: customs is told: {inbox:#}");

            let decision = json!({ "decision": decided, "reason": "looked at after clearance" });
            let (status, settled) = site.act("customs", &format!("{declaration}/override"), decision).await;
            assert_eq!(status, 200, "{server}: {settled:#}");
            assert_eq!((&settled["status"], &settled["outcome"]), (&json!("cleared"), &json!(decided)), "{server}");
            assert_eq!(site.get("trade", dossier).await.1["waits_for"], Value::Null, "{server}: it is decided");
            assert_eq!(rows(&site, "customs", "review").await, Vec::<Value>::new(), "{server}");
            assert_eq!(held_by(&site, &declaration).await, json!([]), "{server}");
            let found = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
            assert!(found.is_same(), "{server}: {found:?}");
            assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_customs_own_task_is_refused_as_elsewhere_and_whoever_may_is_told_where_it_is_done() {
    let number = "<Number>107000000010</Number>\n          <Date>2026-07-20 09:10:10</Date>";
    for (server, database) in databases().await {
        let site = Site::open(database, moment(NOW)).await;
        let lodged = declared(&site, his(CHICKEN, "0312456780", &[(number, "")])).await;
        let changes = [
            ("02071410", "99999999"),
            ("107000000010", "107000000011"),
            ("5a0e6f3c0010", "5a0e6f3c0011"),
            ("0010</", "0011</"),
        ];
        let wrong = declared(&site, his(CHICKEN, "0312456780", &changes)).await;
        let accept = rows(&site, "customs", "accept").await.remove(0);
        let correction = rows(&site, "customs", "correction").await.remove(0);
        for (row, declaration) in [(&accept, &lodged), (&correction, &wrong)] {
            let task = row["links"]["self"].as_str().unwrap();
            for (who, act, expected) in [
                ("customs", "nonsense", 404),
                ("hai-van", "nonsense", 404),
                ("customs", "accept", 409),
                ("customs", "override", 409),
                ("customs", "claim", 409),
                ("hai-van", "accept", 403),
                ("hai-van", "claim", 403),
                ("hai-van", "override", 403),
                ("hai-van", "cancel", 409),
                ("customs", "cancel", 403),
                ("stranger", "accept", 404),
            ] {
                let (status, said) = site.act(who, &format!("{task}/{act}"), json!({})).await;
                assert_eq!(status, expected, "{server} {} {who} {act}: {said:#}", row["kind"]);
                if expected == 409 {
                    let told = said["detail"].as_str().unwrap();
                    assert!(told.contains(&path(declaration)), "{server} {who} {act}: {said:#}");
                    assert_eq!(said["allowed"], may(&site, who, row).await, "{server} {who} {act}");
                }
            }
        }
        let task = accept["links"]["self"].as_str().unwrap();
        assert_eq!(site.act("vet", &format!("{task}/accept"), json!({})).await.0, 403, "{server}");
        assert_eq!(site.act("vet", &format!("{task}/issue"), json!({})).await.0, 403, "{server}");
        site.close().await;
    }
}
