//! The description of the API says what real answers are made of.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";

/// A schema, followed to where it is written and out of its `null`.
fn followed<'d>(document: &'d Value, mut schema: &'d Value) -> &'d Value {
    loop {
        if let Some(to) = schema["$ref"].as_str() {
            schema = document.pointer(to.trim_start_matches('#')).unwrap_or_else(|| panic!("{to}"));
        } else if let Some(one) = schema["oneOf"].as_array() {
            schema = one.iter().find(|one| one["type"] != "null").unwrap();
        } else {
            return schema;
        }
    }
}

/// What an answer has that its schema does not, or lacks of it.
fn differences(document: &Value, schema: &Value, answer: &Value, at: &str, found: &mut Vec<String>) {
    let schema = followed(document, schema);
    match answer {
        Value::Array(items) => {
            for item in items {
                differences(document, &schema["items"], item, &format!("{at}[]"), found);
            }
        }
        Value::Object(fields) => {
            // An open object says nothing of its fields; a map of what they are.
            let Some(properties) = schema["properties"].as_object() else { return };
            for (name, value) in fields {
                match properties.get(name) {
                    Some(schema) => differences(document, schema, value, &format!("{at}.{name}"), found),
                    None => found.push(format!("{at}.{name} is not described")),
                }
            }
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            found.extend(
                required.filter(|name| !fields.contains_key(*name)).map(|name| format!("{at}.{name} is missing")),
            );
        }
        _ => {}
    }
}

/// Asks, and compares the answer with what is described of it.
struct Comparing<'s> {
    site: &'s Site,
    document: Value,
    found: Vec<String>,
    compared: BTreeSet<String>,
}

impl Comparing<'_> {
    fn compare(&mut self, method: &str, route: &str, (status, answer): &(u16, Value)) {
        let operation = &self.document["paths"][route][method];
        let content = &operation["responses"][status.to_string()]["content"];
        let schema = content.as_object().and_then(|content| content.values().next()).map(|content| &content["schema"]);
        let Some(schema) = schema else {
            self.found.push(format!("{method} {route} {status}: no schema: {answer}"));
            return;
        };
        let mut found = Vec::new();
        differences(&self.document, schema, answer, "", &mut found);
        self.found.extend(found.into_iter().map(|what| format!("{method} {route} {status}: {what}")));
        self.compared.insert(format!("{method} {route}"));
    }

    async fn get(&mut self, who: &str, route: &str, path: &str) -> Value {
        let answer = self.site.get(who, path).await;
        assert_eq!(answer.0, 200, "{path}: {}", answer.1);
        self.compare("get", route, &answer);
        answer.1
    }

    async fn post(&mut self, who: &str, route: &str, path: &str, body: Value) -> Value {
        let answer = self.site.act(who, path, body).await;
        self.compare("post", route, &answer);
        answer.1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn real_answers_have_the_fields_that_are_described_and_no_others() {
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    let document = site.get("", "/openapi.json").await.1;
    let mut all = Comparing { site: &site, document, found: Vec::new(), compared: BTreeSet::new() };

    let sent = body_of(site.send("broker", fixture(CHICKEN), "application/json").await).await;
    all.compare("post", "/v1/messages", &sent);
    let declaration = sent.1["links"]["self"].as_str().unwrap().to_owned();
    let hook = json!({ "kind": "webhook", "url": "https://vet.example/hook" }).to_string();
    let hook = site.request("vet", reqwest::Method::PUT, "/v1/organisations/vet/endpoint").body(hook);
    assert_eq!(hook.header("content-type", "application/json").send().await.unwrap().status(), 200);
    let task = format!("/v1/tasks/{}", sent.1["task_ids"]["t1"].as_str().unwrap());
    for (who, route, path) in [
        ("", "/healthz", "/healthz".to_owned()),
        ("", "/readyz", "/readyz".to_owned()),
        ("", "/v1/check", "/v1/check?hs=03061721&origin=TH&value=1000&currency=USD".to_owned()),
        ("broker", "/v1/declarations", "/v1/declarations".to_owned()),
        ("broker", "/v1/declarations/{id}/timeline", format!("{declaration}/timeline")),
        ("broker", "/v1/declarations/{id}/graph", format!("{declaration}/graph")),
        ("vet", "/v1/tasks", "/v1/tasks".to_owned()),
        ("vet", "/v1/tasks/{id}", task.clone()),
        ("vet", "/v1/inbox", "/v1/inbox".to_owned()),
        ("operator", "/v1/organisations", "/v1/organisations".to_owned()),
        ("operator", "/v1/organisations/{id}", "/v1/organisations/vet".to_owned()),
        ("operator", "/v1/organisations/{id}/keys", "/v1/organisations/vet/keys".to_owned()),
        ("operator", "/v1/organisations/{id}/mandates", "/v1/organisations/broker/mandates".to_owned()),
        ("operator", "/v1/law", "/v1/law".to_owned()),
        ("operator", "/v1/dead-letters", "/v1/dead-letters".to_owned()),
        ("operator", "/v1/endpoints", "/v1/endpoints".to_owned()),
        ("vet", "/v1/organisations/{id}/endpoint", "/v1/organisations/vet/endpoint".to_owned()),
        ("broker", "/v1/session", "/v1/session".to_owned()),
    ] {
        all.get(who, route, &path).await;
    }
    // A claim, an answer, what customs does otherwise, what is asked, and all of it seen afterwards.
    let act = "/v1/tasks/{id}/{act}";
    let claimed = all.post("vet", act, &format!("{task}/claim"), json!({})).await;
    let dossier = claimed["links"]["dossier"].as_str().unwrap().to_owned();
    all.post("vet", act, &format!("{task}/ask"), json!({ "reason": "the label" })).await;
    all.post("broker", "/v1/dossiers/{id}/{act}", &format!("{dossier}/supplement"), json!({})).await;
    all.post("vet", act, &format!("{task}/issue"), json!({ "number": "DK-1" })).await;
    let action = "/v1/declarations/{id}/{action}";
    let red = json!({ "channel": "red", "reason": "a hint" });
    all.post("customs", action, &format!("{declaration}/set_channel"), red).await;
    let refused = json!({ "line": 1, "decision": "refuse", "reason": "rotten" });
    all.post("customs", action, &format!("{declaration}/override"), refused).await;
    all.post("broker", action, &format!("{declaration}/cancel"), json!({ "reason": "sent back" })).await;
    for (who, route, path) in [
        ("broker", "/v1/declarations/{id}", declaration.clone()),
        ("broker", "/v1/declarations/{id}/reads", format!("{declaration}/reads")),
        ("broker", "/v1/dossiers/{id}", dossier.clone()),
        ("broker", "/v1/dossiers", "/v1/dossiers".to_owned()),
        ("broker", "/v1/certificates/{number}", "/v1/certificates/DK-1".to_owned()),
        ("vet", "/v1/tasks/{id}", task.clone()),
        ("customs", "/v1/tasks", "/v1/tasks".to_owned()),
        ("operator", "/v1/tasks", "/v1/tasks".to_owned()),
        ("customs", "/v1/accounts", "/v1/accounts".to_owned()),
    ] {
        all.get(who, route, &path).await;
    }
    // Organisations, people, keys.
    let new = json!({ "id": "new-one", "kind": "trader", "name": "New", "identity": "0101010101" });
    all.post("operator", "/v1/organisations", "/v1/organisations", new).await;
    let key = json!({ "label": "the ERP" });
    all.post("operator", "/v1/organisations/{id}/keys", "/v1/organisations/new-one/keys", key).await;
    let people = "/v1/organisations/{id}/people";
    let person = json!({ "login": "an.nguyen", "name": "An Nguyen" });
    let made = all.post("operator", people, "/v1/organisations/new-one/people", person).await;
    all.get("operator", people, "/v1/organisations/new-one/people").await;
    let account = made["links"]["self"].as_str().unwrap();
    all.get("operator", "/v1/people/{id}", account).await;
    all.post("operator", "/v1/people/{id}/reset", &format!("{account}/reset"), json!({})).await;
    all.post("operator", "/v1/people/{id}/unlock", &format!("{account}/unlock"), json!({})).await;
    let enter = json!({ "login": "an.nguyen", "password": made["password"] });
    all.post("", "/v1/session", "/v1/session", enter).await;
    assert!(all.found.is_empty(), "{:#?}", all.found);
    assert!(all.compared.len() > 30, "{:#?}", all.compared);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_that_is_json_is_described_with_an_example_or_its_fields() {
    let (_, database) = databases().await.remove(0);
    let site = Site::open(database, moment(NOW)).await;
    let document = site.get("", "/openapi.json").await.1;
    let mut thin = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                // Answered otherwise: in the sender's own family, as a stream, as bytes.
                let otherwise = ["/v1/messages", "/v1/soap", "/v1/attachments/{id}"].contains(&path.as_str());
                if status.starts_with('2') && response["content"].is_null() && !otherwise {
                    thin.push(format!("{method} {path} {status}"));
                }
            }
        }
    }
    assert!(thin.is_empty(), "{thin:#?}");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let Some(properties) = schema["properties"].as_object() else { continue };
        for (field, of) in properties {
            // What refers to another schema is described there.
            let said = of["description"].is_string() || of["$ref"].is_string() || of["oneOf"].is_array();
            assert!(said, "{name}.{field}");
        }
        // Whoever reads the description sees what it looks like.
        let of_rows = name.starts_with("Page_") || name.starts_with("Rows_");
        let ends = ["Answer", "Row", "Body"].iter().any(|end| name.ends_with(end));
        let whole = !of_rows && (ends || name == "Decided");
        assert!(!whole || !schema["example"].is_null() || !schema["examples"].is_null(), "{name} has no example");
    }
    site.close().await;
}
