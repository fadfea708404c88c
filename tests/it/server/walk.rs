//! States by roles by acts: `may` names what works, and nothing else.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use motcua::clearance::case::Author;
use motcua::clearance::case::declaration::{Action, Command};
use motcua::law::life_cycle::Act as Meaning;
use reqwest::Method;
use serde_json::{Value, json};

use super::site::{Site, json as body_of};
use crate::service::house::{fixture, moment};
use crate::store::servers::databases;

const NOW: &str = "2026-07-20T10:00:00+07:00";
const CHICKEN: &str = "declarations/10-chicken-two-tasks-in-order.xml";
const ADDITIVE: &str = "declarations/01-msg-additive-three-ministries.xml";
const REPTILE: &str = "declarations/15-reptile-leather-asks-the-species.xml";
const REBAR: &str = "declarations/27-rebar-registered-goes-to-storage.xml";
const APPLICATION: &str = "vnsw/terrestrial-certificate.xml";
/// Another country's declaration: advance information.
const FOREIGN: &str = "asycuda/import-cambodia.xml";

/// Whom a case concerns.
const PARTIES: &[&str] = &["trader", "vet"];
/// And who watches over it.
const ALL: &[&str] = &["trader", "vet", "customs", "operator"];
/// And who has filed though his mandate has ended since, who may act for everybody, and whom it does not
/// concern.
const EVERYBODY: &[&str] =
    &["trader", "vet", "customs", "operator", "agent", "broker", "other-agency", "auditor", "stranger"];
/// Two officers of the agency, and its system.
const OFFICERS: &[&str] = &["an", "binh", "vet"];

/// What is done to come to a state: by whom, with what, what.
type Step = (&'static str, Thing, &'static str);

/// What is acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Declaration,
    /// The first or the second task.
    Task(usize),
    /// The dossier of a task; without a declaration the dossier itself.
    Dossier(usize),
}

use Thing::{Declaration, Dossier, Task};

/// A state: the message that it begins with, the steps that lead there, what is asked about then.
struct State {
    name: &'static str,
    begins: &'static str,
    steps: &'static [Step],
    things: &'static [Thing],
    /// Who asks.
    askers: &'static [&'static str],
}

const STATES: &[State] = &[
    State { name: "fresh", begins: CHICKEN, steps: &[], things: &[Declaration, Task(0), Task(1)], askers: EVERYBODY },
    State {
        name: "claimed",
        begins: CHICKEN,
        steps: &[("an", Task(0), "claim")],
        things: &[Task(0), Dossier(0)],
        askers: OFFICERS,
    },
    State {
        name: "asked",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "ask")],
        things: &[Task(0), Dossier(0)],
        askers: PARTIES,
    },
    State {
        name: "accepted",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "accept")],
        things: &[Task(0)],
        askers: PARTIES,
    },
    State {
        name: "asked to withdraw",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "accept"), ("trader", Task(0), "ask_withdrawal")],
        things: &[Task(0), Dossier(0)],
        askers: PARTIES,
    },
    State {
        name: "rejected",
        begins: CHICKEN,
        steps: &[("an", Task(0), "claim"), ("an", Task(0), "reject")],
        things: &[Task(0), Dossier(0)],
        askers: OFFICERS,
    },
    State {
        name: "withdrawn",
        begins: CHICKEN,
        steps: &[("trader", Task(0), "withdraw")],
        things: &[Task(0), Dossier(0)],
        askers: PARTIES,
    },
    State {
        name: "issued",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "issue")],
        things: &[Task(0), Dossier(0)],
        askers: PARTIES,
    },
    State {
        name: "failed",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "issue"), ("vet", Task(1), "fail")],
        things: &[Declaration, Task(1), Dossier(1)],
        askers: ALL,
    },
    State {
        name: "revoked",
        begins: ADDITIVE,
        steps: &[("trade", Task(1), "issue"), ("trade", Dossier(1), "revoke")],
        things: &[Task(1), Dossier(1)],
        askers: &["trader", "trade"],
    },
    State {
        name: "cleared",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "issue"), ("vet", Task(1), "issue")],
        things: &[Declaration, Task(1), Dossier(1)],
        askers: ALL,
    },
    State {
        name: "cleared and revoked",
        begins: ADDITIVE,
        steps: &[("food", Task(0), "issue"), ("trade", Task(1), "issue"), ("trade", Dossier(1), "revoke")],
        things: &[Declaration, Task(1), Dossier(1)],
        askers: &["broker", "trade", "food", "customs", "operator"],
    },
    State {
        name: "stuck",
        begins: CHICKEN,
        steps: &[("system", Task(0), "stick")],
        things: &[Declaration, Task(0)],
        askers: ALL,
    },
    State {
        name: "stuck and waiting",
        begins: CHICKEN,
        steps: &[("system", Task(1), "stick")],
        things: &[Task(1)],
        askers: ALL,
    },
    State {
        name: "cancelled",
        begins: CHICKEN,
        steps: &[("vet", Task(0), "claim"), ("trader", Declaration, "cancel"), ("customs", Declaration, "agree")],
        things: &[Declaration, Task(0), Dossier(0)],
        askers: ALL,
    },
    State {
        name: "asked to cancel",
        begins: CHICKEN,
        steps: &[("trader", Declaration, "cancel")],
        things: &[Declaration],
        askers: ALL,
    },
    State {
        name: "aborted while asked to cancel",
        begins: CHICKEN,
        steps: &[
            ("trader", Declaration, "cancel"),
            ("system", Task(0), "stick"),
            ("operator", Declaration, "settle_step"),
        ],
        things: &[Declaration],
        askers: ALL,
    },
    State {
        name: "looked at",
        begins: CHICKEN,
        steps: &[
            ("customs", Declaration, "set_channel"),
            ("customs", Declaration, "override"),
            ("customs", Declaration, "settle_fact"),
        ],
        things: &[Declaration],
        askers: ALL,
    },
    State { name: "a fact is asked", begins: REPTILE, steps: &[], things: &[Declaration, Task(0)], askers: ALL },
    State {
        name: "storage is offered",
        begins: REBAR,
        steps: &[],
        things: &[Declaration],
        askers: &["hai-van", "customs"],
    },
    State {
        name: "storage is asked for",
        begins: REBAR,
        steps: &[("hai-van", Declaration, "ask_storage")],
        things: &[Declaration],
        askers: &["hai-van", "customs"],
    },
    State {
        name: "storage is granted",
        begins: REBAR,
        steps: &[("hai-van", Declaration, "ask_storage"), ("customs", Declaration, "grant_storage")],
        things: &[Declaration],
        askers: &["hai-van", "customs"],
    },
    State {
        name: "an application",
        begins: APPLICATION,
        steps: &[],
        things: &[Task(0), Dossier(0)],
        askers: EVERYBODY,
    },
    State {
        name: "an application asked for more",
        begins: APPLICATION,
        steps: &[("vet", Task(0), "ask")],
        things: &[Dossier(0)],
        askers: PARTIES,
    },
    State {
        name: "advance information",
        begins: FOREIGN,
        steps: &[],
        things: &[Declaration],
        askers: &["agent", "broker", "customs"],
    },
];

/// The site, and how many cases have come to it.
struct Walk {
    site: Site,
    keys: RefCell<BTreeMap<&'static str, String>>,
    made: Cell<u32>,
}

/// A case in a state.
#[derive(Debug)]
struct Case {
    declaration: Option<String>,
    tasks: Vec<String>,
    keys: Vec<String>,
}

impl Walk {
    async fn open() -> Self {
        let (_, database) = databases().await.remove(0);
        let site = Site::open(database, moment(NOW)).await;
        let walk = Self { site, keys: RefCell::default(), made: Cell::new(0) };
        for (id, kind, identity) in [
            ("agent", "broker", Some("0100100100")),
            ("trader", "trader", Some("0312456780")),
            ("auditor", "auditor", None),
        ] {
            let new = json!({ "id": id, "kind": kind, "name": id, "identity": identity });
            assert_eq!(walk.site.act("operator", "/v1/organisations", new).await.0, 201, "{id}");
            walk.key(id, id, Value::Null).await;
        }
        for officer in ["an", "binh"] {
            let person = json!({ "login": format!("{officer}.nguyen"), "name": officer });
            let (status, made) = walk.site.act("operator", "/v1/organisations/vet/people", person).await;
            assert_eq!(status, 201, "{made:#}");
            walk.key(officer, "vet", made["id"].clone()).await;
        }
        walk
    }

    async fn key(&self, name: &'static str, organisation: &str, person: Value) {
        let new = json!({ "label": name, "person": person });
        let (status, key) = self.site.act("operator", &format!("/v1/organisations/{organisation}/keys"), new).await;
        assert_eq!(status, 201, "{key:#}");
        self.keys.borrow_mut().insert(name, key["key"].as_str().unwrap().to_owned());
    }

    fn who(&self, name: &str) -> String {
        self.keys.borrow().get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    async fn get(&self, who: &str, path: &str) -> (u16, Value) {
        self.site.get(&self.who(who), path).await
    }

    async fn act(&self, who: &str, path: &str, body: Value) -> (u16, Value) {
        self.site.act(&self.who(who), path, body).await
    }

    /// A message as no other has come before.
    fn message(&self, name: &str) -> Vec<u8> {
        self.made.set(self.made.get() + 1);
        let made = self.made.get();
        let mut text = String::from_utf8(fixture(name)).unwrap();
        text = text.replace("<function>02</function>", "<function>01</function>");
        for (open, close, new) in [
            ("<messageId>", "<", format!("walk-{made}")),
            ("<reference>", "<", format!("W{made}")),
            ("<preReference>", "<", format!("W{made}")),
            ("<Number>", "<", format!("2{made:011}")),
        ] {
            if let Some(at) = text.find(open) {
                let from = at + open.len();
                let to = from + text[from..].find(close).unwrap();
                text.replace_range(from..to, &new);
            }
        }
        text.into_bytes()
    }

    async fn mandate(&self, method: Method) {
        let request = self.site.request("operator", method, "/v1/organisations/agent/mandates/*");
        let done = request.header("content-type", "application/json").body("{}").send().await.unwrap();
        assert_eq!(done.status(), 200);
    }

    /// A case in a state.
    async fn make(&self, state: &State) -> Case {
        // Where nothing is done before, somebody has filed who may act for nobody any more.
        let filer = if state.steps.is_empty() { "agent" } else { "broker" };
        if filer == "agent" {
            self.mandate(Method::PUT).await;
        }
        let sent = self.site.send(&self.who(filer), self.message(state.begins), "application/json").await;
        if filer == "agent" {
            self.mandate(Method::DELETE).await;
        }
        let (status, sent) = body_of(sent).await;
        assert!(matches!(status, 200 | 201), "{}: {sent:#}", state.name);
        let id = sent["id"].as_str().unwrap();
        let case = if sent["task_ids"].is_null() {
            let (_, queue) = self.get("vet", "/v1/tasks").await;
            let own = queue["rows"].as_array().unwrap().iter().find(|row| row["dossier"] == id);
            let task = own.unwrap_or_else(|| panic!("{queue:#}"));
            Case { declaration: None, tasks: vec![task["id"].as_str().unwrap().to_owned()], keys: vec![id.to_owned()] }
        } else {
            let (_, page) = self.get("customs", &format!("/v1/tasks?declaration={id}")).await;
            let mut rows = page["rows"].as_array().unwrap().clone();
            let names = sent["task_ids"].as_object().unwrap();
            let place = |row: &Value| names.iter().position(|(_, id)| *id == row["id"]);
            // Customs' own stand there too, where a record asks for it.
            rows.retain(|row| place(row).is_some());
            rows.sort_by_key(|row| place(row));
            let all = |field: &str| rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect();
            Case { declaration: Some(id.to_owned()), tasks: all("id"), keys: all("key") }
        };
        for (who, thing, act) in state.steps {
            if *act == "stick" {
                self.stick(&case, *thing).await;
                continue;
            }
            let path = self.path(&case, *thing).await;
            let (status, done) = self.act(who, &format!("{path}/{act}"), self.body(&case, *thing, act)).await;
            assert_eq!(status, 200, "{}: {who} {act}: {done:#}", state.name);
        }
        case
    }

    async fn stick(&self, case: &Case, thing: Thing) {
        let Task(at) = thing else { panic!("only tasks are stuck") };
        let id = case.declaration.as_ref().unwrap().parse().unwrap();
        let stick = Command::Stick { task: case.keys[at].clone(), reason: "a test".to_owned() };
        let writer = self.site.app.service.writer();
        let done = writer.run(move |desk| Box::pin(async move { desk.command(id, &stick, &Author::system()).await }));
        done.await.unwrap();
    }

    async fn path(&self, case: &Case, thing: Thing) -> String {
        match (thing, &case.declaration) {
            (Declaration, Some(id)) => format!("/v1/declarations/{id}"),
            (Task(at), _) => format!("/v1/tasks/{}", case.tasks[at]),
            (Dossier(_), None) => format!("/v1/dossiers/{}", case.keys[0]),
            (Dossier(at), Some(_)) => {
                let (_, task) = self.get("customs", &format!("/v1/tasks/{}", case.tasks[at])).await;
                task["links"]["dossier"].as_str().unwrap_or_else(|| panic!("{task:#}")).to_owned()
            }
            (Declaration, None) => panic!("there is no declaration"),
        }
    }

    /// What an act states, with everything that it needs.
    fn body(&self, case: &Case, thing: Thing, act: &str) -> Value {
        self.made.set(self.made.get() + 1);
        if thing == Declaration {
            return json!({
                "reason": "because", "line": 1, "fact": "origin", "value": "TH", "channel": "red", "kind": "documents",
                "passed": true, "place": "a depot", "decision": "hold", "task": case.keys.first().cloned().unwrap_or_default(),
                "outcome": "aborted", "entry": "none", "accepted": true,
            });
        }
        let lines = if act == "result" { json!([{ "line": 1, "passed": true }]) } else { json!([]) };
        let number = (act != "revoke").then(|| format!("N-{}", self.made.get()));
        json!({ "reason": "because", "number": number, "lines": lines })
    }
}

/// The words of `may`, whether each stands by itself or with what it means.
fn may(shown: &Value) -> Vec<String> {
    let words = shown["may"].as_array().unwrap_or_else(|| panic!("{shown:#}")).iter();
    words.map(|one| one.as_str().or(one["act"].as_str()).unwrap().to_owned()).collect()
}

/// All that can be asked of something.
fn acts(thing: Thing) -> Vec<&'static str> {
    if thing == Declaration {
        return Action::ALL.into_iter().map(Action::as_str).collect();
    }
    ["claim", "release", "result"].into_iter().chain(Meaning::WORDS.iter().map(|(word, _)| *word)).collect()
}

/// Something as it is asked about by somebody.
struct Asked {
    path: String,
    status: u16,
    shown: Value,
}

impl Walk {
    async fn ask(&self, case: &Case, who: &str, thing: Thing) -> Asked {
        let path = self.path(case, thing).await;
        let (status, shown) = self.get(who, &path).await;
        Asked { path, status, shown }
    }

    /// What rows of lists say may be done, where somebody has such a list.
    async fn listed(&self, case: &Case, who: &str, thing: Thing, id: &Value) -> Option<Vec<String>> {
        let list = match (thing, &case.declaration) {
            (Declaration, _) => "/v1/declarations?limit=200".to_owned(),
            (Dossier(_), _) => "/v1/dossiers?limit=200".to_owned(),
            (Task(_), Some(declaration)) => format!("/v1/tasks?limit=200&declaration={declaration}"),
            (Task(_), None) => "/v1/tasks?limit=200".to_owned(),
        };
        let (status, page) = self.get(who, &list).await;
        let row = page["rows"].as_array().filter(|_| status == 200)?.iter().find(|row| row["id"] == *id)?;
        Some(may(row))
    }
}

/// Walks some of the states; says what was wrong, how much worked, and how many rows were compared.
async fn walked(states: &[&State]) -> (Vec<String>, usize, usize) {
    let walk = Walk::open().await;
    let (mut wrong, mut worked, mut compared) = (Vec::new(), 0, 0);
    for state in states {
        let name = state.name;
        let mut case = walk.make(state).await;
        for (who, thing) in state.askers.iter().flat_map(|who| state.things.iter().map(move |thing| (who, thing))) {
            let mut asked = walk.ask(&case, who, *thing).await;
            if asked.status == 200
                && let Some(row) = walk.listed(&case, who, *thing, &asked.shown["id"]).await
            {
                compared += 1;
                if row != may(&asked.shown) {
                    wrong.push(format!("{name}: {who} {thing:?}: its row says {row:?}, it {:?}", may(&asked.shown)));
                }
            }
            if *who == "operator" && asked.status == 200 {
                let told = ["holder", "lines", "declaration"].map(|field| &asked.shown[field]);
                let says = told.iter().any(|value| value.is_array() || value.is_string() || value["name"].is_string());
                assert!(!says, "{name}: an operator is told neither goods nor parties: {:#}", asked.shown);
            }
            if *thing == Declaration {
                let attach = format!("{}/attachments?name=a.pdf", asked.path);
                let attach = walk.site.request(&walk.who(who), Method::POST, &attach);
                let attach = attach.header("content-type", "application/pdf").body("%PDF-1.7\na certificate");
                let works = attach.send().await.unwrap().status().is_success();
                if works == asked.shown["links"]["attach"].is_null() {
                    wrong.push(format!("{name}: {who} attach: works {works}, links {}", asked.shown["links"]));
                }
            }
            for act in acts(*thing) {
                let body = walk.body(&case, *thing, act);
                let is_listed = asked.status == 200 && may(&asked.shown).iter().any(|word| word == act);
                let (status, told) = walk.act(who, &format!("{}/{act}", asked.path), body).await;
                let works = match status {
                    200 => true,
                    403 | 404 | 409 => false,
                    _ => panic!("{name}: {who} {thing:?} {act}: {told:#}"),
                };
                if works != is_listed {
                    let detail = &told["detail"];
                    wrong
                        .push(format!("{name}: {who} {thing:?} {act}: listed {is_listed}, answered {status} {detail}"));
                }
                if status == 409 && asked.status == 200 && told["allowed"] != json!(may(&asked.shown)) {
                    let (says, may) = (&told["allowed"], may(&asked.shown));
                    wrong.push(format!("{name}: {who} {thing:?} {act}: 409 allows {says}, may is {may:?}"));
                }
                if works {
                    worked += 1;
                    // Whoever sees nothing of it any more compares nothing.
                    let (status, now) = walk.get(who, &asked.path).await;
                    for (field, value) in told.as_object().unwrap() {
                        if status == 200 && now.get(field).is_some_and(|now| now != value) {
                            let now = &now[field];
                            wrong.push(format!("{name}: {who} {thing:?} {act}: `{field}` is {value}, then {now}"));
                        }
                    }
                    case = walk.make(state).await;
                    asked = walk.ask(&case, who, *thing).await;
                }
                // Whoever sees nothing of it is refused whatever he asks.
                if asked.status != 200 {
                    break;
                }
            }
        }
    }
    walk.site.close().await;
    (wrong, worked, compared)
}

#[tokio::test(flavor = "multi_thread")]
async fn may_names_for_each_role_in_each_state_what_works_and_nothing_else_and_rows_say_the_same() {
    // Two at a time: each act that works takes a case of its own.
    let (even, odd): (Vec<_>, Vec<_>) = STATES.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let of = |states: Vec<(usize, &'static State)>| -> Vec<&'static State> {
        states.into_iter().map(|(_, state)| state).collect()
    };
    let (even, odd) = (of(even), of(odd));
    let (one, other) = tokio::join!(walked(&even), walked(&odd));
    let wrong: Vec<String> = one.0.into_iter().chain(other.0).collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
    let (worked, compared) = (one.1 + other.1, one.2 + other.2);
    assert!(worked > 80 && compared > 30, "{worked} acts worked, {compared} rows were compared");
}
