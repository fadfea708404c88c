//! Random histories: what is replayed is what was lived, and rows can be made again.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use motcua::clearance::case::declaration::{self, CheckKind, Command, DecidedBy, StepOutcome};
use motcua::clearance::case::dossier::{self, Dossier};
use motcua::clearance::case::{Author, CaseId, Role};
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::{Act, DossierAct};
use motcua::service::desk::ActError;
use motcua::service::writer::WorkError;
use motcua::store::{Database, Mode, Rebuilt, StoreError, journal, rebuild, verify};
use motcua::trade::{Channel, Decision};
use proptest::prelude::*;

use super::raw::{Cell, Raw};
use super::servers::databases;
use super::story::{NOW, Story, act, lived_in, making, send_as};
use crate::service::house::{House, customs, fixture, json, moment, officer};

const DECLARATIONS: [&str; 8] = [
    "declarations/01-msg-additive-three-ministries.xml",
    "declarations/10-chicken-two-tasks-in-order.xml",
    "declarations/12-apples-plant-quarantine.xml",
    "declarations/15-reptile-leather-asks-the-species.xml",
    "declarations/27-rebar-registered-goes-to-storage.xml",
    "declarations/60-fireworks-prohibited.xml",
    "declarations/69-express-under-and-over-the-threshold.xml",
    "declarations/90-shrimp-feed.xml",
];

/// What happens in one step: what, to whom, and a detail.
type Step = (u8, u8, u8);

/// A case as it was in the hands of whoever decided.
enum Lived {
    Declaration(Box<declaration::Declaration>),
    Dossier(Box<Dossier>),
}

/// Picks from a list by a number.
fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(number) % from.len()].clone())
}

fn on_declaration(task: Option<String>, detail: u8) -> Command {
    let reason = "because".to_owned();
    let task = task.unwrap_or_else(|| "none".to_owned());
    let passed = !detail.is_multiple_of(3);
    match detail % 16 {
        0 => Command::SettleFact { line: 1, fact: "use".to_owned(), value: "food".to_owned(), reason },
        1 => Command::SetChannel { channel: Channel::Red, reason },
        2 => Command::SetChannel { channel: Channel::Yellow, reason },
        3 | 4 => Command::Check { kind: CheckKind::Documents, passed, note: reason },
        5 => Command::Check { kind: CheckKind::Goods, passed, note: reason },
        6 => Command::Override { line: Some(1), decision: Decision::Release, reason },
        7 => Command::LiftOverride { line: Some(1), reason },
        8 => Command::Cancel { reason },
        9 => Command::Agree,
        10 => Command::Disagree { reason },
        11 => Command::Stick { task, reason },
        12 => Command::Retry { task, reason },
        13 => Command::SettleStep { task, outcome: StepOutcome::Passed, reason },
        14 => Command::AskStorage { place: "Cát Lái".to_owned() },
        _ => Command::GrantStorage,
    }
}

/// What a step asks, and of whom; none: nothing can be asked yet.
async fn asked(house: &House, cases: &[CaseId], (what, whom, detail): Step) -> Option<(Act, Author)> {
    let case = pick(cases, whom)?;
    let mut reader = house.service.shared().database.read().await.unwrap();
    let state = motcua::store::cases::declaration(&mut reader.link(), case).await.unwrap().unwrap();
    let tasks: Vec<String> =
        state.decision.iter().flat_map(|decision| &decision.tasks).map(|task| task.key.clone()).collect();
    let task = pick(&tasks, detail / 16);
    let somebody = officer("agency", if detail % 5 == 0 { "an" } else { "binh" });
    let meanings = [
        Meaning::Accept,
        Meaning::Confirm,
        Meaning::Issue,
        Meaning::Issue,
        Meaning::Fail,
        Meaning::Ask,
        Meaning::Supplement,
    ];
    Some(match what % 6 {
        0 => (Act::Task { case, task: task?, act: Box::new(DossierAct::Claim), seen: None }, somebody),
        1 => (Act::Task { case, task: task?, act: Box::new(DossierAct::Release), seen: None }, somebody),
        2 => {
            let meaning = pick(&meanings, detail)?;
            (Act::Task { case, task: task?, act: act(meaning, "because"), seen: None }, somebody)
        }
        3 => {
            let dossiers: Vec<CaseId> = state.dossiers.values().copied().collect();
            let meaning = if detail % 2 == 0 { Meaning::Revoke } else { Meaning::Edit };
            (Act::Dossier { case: pick(&dossiers, detail)?, act: act(meaning, "because"), seen: None }, somebody)
        }
        4 => {
            let by = if detail % 16 >= 11 { Author { role: Role::Operator, ..customs() } } else { customs() };
            (Act::Declaration { case, command: Box::new(on_declaration(task, detail)), seen: None }, by)
        }
        _ => (Act::Review { case, cause: DecidedBy::Request }, Author::system()),
    })
}

/// Does what is asked; gives the cases as they were left when it was decided.
async fn live(house: &House, asked: Act, by: Author) -> Vec<Lived> {
    let done = house.service.writer().run(move |desk| {
        Box::pin(async move {
            desk.act(&asked, &by).await?;
            let touched: BTreeSet<CaseId> = desk.events().iter().map(|entry| entry.case).collect();
            let mut lived = Vec::new();
            for case in touched {
                if let Some(declaration) = desk.declaration(case).await? {
                    lived.push(Lived::Declaration(Box::new(declaration.clone())));
                } else if let Some(dossier) = desk.dossier(case).await? {
                    lived.push(Lived::Dossier(Box::new(dossier.clone())));
                }
            }
            Ok(lived)
        })
    });
    match done.await {
        Ok(lived) => lived,
        Err(WorkError::Act(ActError::Refused(_))) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// What the journal replays, up to the entry that was lived.
async fn replays(server: &str, database: &Database, lived: &Lived) {
    let (case, head) = match lived {
        Lived::Declaration(declaration) => (declaration.id, declaration.head),
        Lived::Dossier(dossier) => (dossier.id, dossier.head),
    };
    let mut reader = database.read().await.unwrap();
    let history = journal::history(&mut reader.link(), case).await.unwrap();
    let mut entries = history.entries.into_iter().map(|(_, entry)| entry).filter(|entry| entry.number <= head);
    let first = entries.next().unwrap();
    match lived {
        Lived::Declaration(declaration) => {
            let mut replayed = declaration::Declaration::begin(&first).unwrap();
            entries.for_each(|entry| replayed.apply(&entry));
            assert_eq!(replayed, **declaration, "{server}");
        }
        Lived::Dossier(dossier) => {
            let mut replayed = dossier::Dossier::begin(&first).unwrap();
            entries.for_each(|entry| replayed.apply(&entry));
            assert_eq!(replayed, **dossier, "{server}");
        }
    }
}

async fn compare(database: &Database, mode: Mode) -> Rebuilt {
    rebuild(database, &making(), mode, |_| {}).await.unwrap()
}

/// The tables that are made from the journal, each with the columns that name a row.
const TABLES: [(&str, &[&str]); 8] = [
    ("declarations", &["case_id"]),
    ("tasks", &["case_id", "task"]),
    ("timers", &["case_id", "task", "kind"]),
    ("dossiers", &["case_id"]),
    ("evidence", &["case_id", "number"]),
    ("history", &["case_id", "number"]),
    ("accounts", &["case_id"]),
    ("holders", &["holder"]),
];

/// Changes one row of a table, or takes it out; false where it has none.
async fn damage(raw: &mut Raw, (table, key): (&str, &[&str]), number: u8) -> bool {
    let columns = raw.columns(table).await;
    let rows = raw.rows(&format!("SELECT * FROM {table} ORDER BY {}", key.join(", "))).await;
    let Some(row) = pick(&rows, number) else { return false };
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let place = |from: usize| -> String {
        let parts: Vec<String> =
            key.iter().enumerate().map(|(nth, name)| format!("{name} = ${}", from + nth)).collect();
        parts.join(" AND ")
    };
    let mut values: Vec<Cell> = key.iter().map(|name| row[at(name)].clone()).collect();
    let column = usize::from(number) % columns.len();
    let changed = match &row[column] {
        Cell::Null => None,
        // Far from every other row: some numbers are part of a key.
        Cell::Number(number) => Some(Cell::Number(number + 100_000)),
        Cell::Text(text) => Some(Cell::Text(format!("{text}x"))),
        Cell::Bytes(bytes) => Some(Cell::Bytes(bytes.iter().map(|byte| byte ^ 1).collect())),
    };
    let rows = match changed {
        None => raw.run(&format!("DELETE FROM {table} WHERE {}", place(1)), &values).await,
        Some(changed) => {
            values.insert(0, changed);
            raw.run(&format!("UPDATE {table} SET {} = $1 WHERE {}", columns[column], place(2)), &values).await
        }
    };
    assert_eq!(rows.unwrap(), 1, "{table}");
    true
}

async fn history(server: &str, database: Database, steps: &[Step]) {
    let address = database.address();
    let house = House::start(database.clone(), moment(NOW)).await;
    let mut cases = Vec::new();
    for step in steps {
        let (what, whom, detail) = *step;
        if what % 4 == 0 || cases.is_empty() {
            let bytes = fixture(pick(&DECLARATIONS, whom).unwrap());
            // Under an id and a number of its own it is another case.
            let answer = send_as(&house, bytes, &format!("message {}", cases.len())).await.unwrap();
            cases.push(json(&answer)["id"].as_str().unwrap().parse().unwrap());
        } else if what % 16 == 7 {
            let clock = &house.service.shared().clock;
            clock.set(clock.now().checked_add(SignedDuration::from_hours(i64::from(detail))).unwrap());
        } else if let Some((asked, by)) = asked(&house, &cases, (what / 4, whom, detail)).await {
            for lived in live(&house, asked, by).await {
                replays(server, &database, &lived).await;
            }
        }
    }
    house.service.stop().await;
    let database = Database::open(&address).await.unwrap();
    assert_eq!(verify(&database, |_| {}).await.unwrap().defects, Vec::<String>::new(), "{server}");
    let found = compare(&database, Mode::Compare).await;
    assert!(found.is_same() && found.cases >= cases.len() as u64, "{server}: {found:?}");
    let (_, _, number) = steps[steps.len() - 1];
    repairs(server, &database, number).await;
    database.close().await;
}

/// Every table is damaged, found to be, and put right.
async fn repairs(server: &str, database: &Database, number: u8) {
    let mut raw = Raw::connect(database).await;
    for (nth, table) in TABLES.into_iter().enumerate() {
        if !damage(&mut raw, table, number.wrapping_add(u8::try_from(nth).unwrap() * 31)).await {
            continue;
        }
        assert!(!compare(database, Mode::Compare).await.is_same(), "{server}: {} is damaged", table.0);
        assert!(!compare(database, Mode::Compare).await.is_same(), "{server}: comparing changes nothing");
        assert!(!compare(database, Mode::Write).await.is_same(), "{server}: it says what it puts right");
        let found = compare(database, Mode::Compare).await;
        assert!(found.is_same(), "{server}: {}: {found:?}", table.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_is_replayed_as_it_was_lived_and_its_rows_can_be_made_again(
        steps in proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 12..28)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            for (server, database) in databases().await {
                history(server, database, &steps).await;
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_is_made_from_the_journal_can_be_made_again() {
    for (server, database) in databases().await {
        let Story { database, .. } = lived_in(database).await;
        let found = compare(&database, Mode::Compare).await;
        assert!(found.is_same(), "{server}: {found:?}");
        for number in [0, 3, 5, 8] {
            repairs(server, &database, number).await;
        }
        let mut raw = Raw::connect(&database).await;
        for (table, _) in TABLES {
            raw.run(&format!("DELETE FROM {table}"), &[]).await.unwrap();
        }
        assert!(!compare(&database, Mode::Write).await.is_same(), "{server}");
        let found = compare(&database, Mode::Compare).await;
        assert!(found.is_same() && found.cases >= 5, "{server}: {found:?}");
        assert_eq!(
            raw.rows("SELECT account, granted, state FROM accounts").await,
            [[Cell::Text("K-77/1".to_owned()), Cell::Text("1200.5".to_owned()), Cell::Text("granted".to_owned())]]
        );
        for (table, _) in TABLES {
            assert!(!raw.rows(&format!("SELECT * FROM {table}")).await.is_empty(), "{server}: the story fills {table}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_does_not_begin_a_case_is_told_and_not_made_rows_of() {
    for (server, database) in databases().await {
        let Story { database, cleared, .. } = lived_in(database).await;
        let mut raw = Raw::connect(&database).await;
        let update = "UPDATE journal SET number = 1000 WHERE case_id = $1 AND number = 1";
        raw.run(update, &[Cell::Text(cleared.to_string())]).await.unwrap();
        let told = rebuild(&database, &making(), Mode::Compare, |_| {}).await;
        assert!(matches!(told, Err(StoreError::Damaged(_))), "{server}: {told:?}");
    }
}
