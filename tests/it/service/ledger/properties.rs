//! Whatever the order of what happens.

use std::collections::BTreeMap;

use motcua::clearance::case::CaseId;
use motcua::clearance::case::declaration::{Declaration, Status};
use motcua::clearance::case::permit::Permit;
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::Given;
use motcua::store::accounts::AccountRow;
use motcua::store::{Database, Mode, cases, rebuild};
use motcua::trade::Status as Met;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::service::house::{House, moment};
use crate::service::permits::{NOW, TRADER, declaration, given, line};
use crate::store::servers::addresses;
use crate::store::story::making;

/// Something that happens; declarations and permits are picked by number.
#[derive(Debug, Clone)]
enum Step {
    /// Declarations come at once, each with the tens of kilograms of its lines.
    Lodge(Vec<Vec<u8>>),
    Cancel(u8),
    Accept(u8),
    Amend(u8, Vec<u8>),
    Grant(u8),
    Regrant(u8, u8),
    Revoke(u8),
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let lines = || prop::collection::vec(1..60u8, 1..3);
    prop_oneof![
        4 => prop::collection::vec(lines(), 1..4).prop_map(Step::Lodge),
        2 => any::<u8>().prop_map(Step::Cancel),
        2 => any::<u8>().prop_map(Step::Accept),
        2 => (any::<u8>(), lines()).prop_map(|(at, lines)| Step::Amend(at, lines)),
        1 => (10..100u8).prop_map(Step::Grant),
        1 => (any::<u8>(), 1..120u8).prop_map(|(at, tens)| Step::Regrant(at, tens)),
        1 => any::<u8>().prop_map(Step::Revoke),
        1 => Just(Step::Wait),
    ]
}

fn kilograms(tens: &[u8]) -> Vec<crate::service::permits::Line> {
    tens.iter().map(|tens| line(&format!("{tens}0 KGM"))).collect()
}

#[derive(Default)]
struct Played {
    declarations: Vec<(String, CaseId)>,
    permits: Vec<(String, CaseId)>,
}

impl Played {
    fn declaration(&self, at: u8) -> Option<&(String, CaseId)> {
        self.declarations.get(usize::from(at) % self.declarations.len().max(1))
    }

    async fn play(&mut self, house: &House, step: Step) {
        match step {
            Step::Lodge(all) => {
                let from = self.declarations.len();
                let named = all.iter().enumerate().map(|(at, tens)| (format!("R{}", from + at), kilograms(tens)));
                let named: Vec<_> = named.collect();
                let sent = named.iter().map(|(reference, lines)| house.lodge(reference, lines));
                let cases = futures_util::future::join_all(sent).await;
                self.declarations.extend(named.iter().zip(cases).map(|((name, _), (case, _))| (name.clone(), case)));
            }
            // What the state does not allow is refused, and changes nothing.
            Step::Cancel(at) => {
                if let Some((_, case)) = self.declaration(at) {
                    let cancel = motcua::clearance::case::declaration::Command::Cancel { reason: "sold".to_owned() };
                    let _ = house.command(*case, cancel, crate::service::house::broker()).await;
                }
            }
            Step::Accept(at) => {
                if let Some((_, case)) = self.declaration(at) {
                    let accept = motcua::clearance::case::declaration::Command::Accept;
                    let _ = house.command(*case, accept, crate::service::house::customs()).await;
                }
            }
            Step::Amend(at, tens) => {
                if let Some((reference, _)) = self.declaration(at).cloned() {
                    house.send(declaration(&reference, "02", &kilograms(&tens))).await;
                }
            }
            Step::Grant(tens) => {
                let number = format!("G{}", self.permits.len());
                let case = house.grant(&number, &format!("{tens}0 KGM")).await;
                self.permits.push((number, case));
            }
            Step::Regrant(at, tens) => {
                if let Some((number, case)) = self.permits.get(usize::from(at) % self.permits.len().max(1)) {
                    let given = given(number, &format!("{tens}0 KGM"));
                    let _ = house.on_dossier(*case, Meaning::Edit, given).await;
                }
            }
            Step::Revoke(at) => {
                if let Some((_, case)) = self.permits.get(usize::from(at) % self.permits.len().max(1)) {
                    let _ = house.on_dossier(*case, Meaning::Revoke, Given::default()).await;
                }
            }
            Step::Wait => house.quiet().await,
        }
    }
}

/// Every account by its journal, and by its row.
async fn replayed(house: &House) -> Vec<(Permit, AccountRow)> {
    let mut reader = house.service.shared().database.read().await.unwrap();
    let rows = motcua::store::accounts::accounts_of(&mut reader.link(), TRADER).await.unwrap();
    let mut permits = Vec::new();
    for row in rows {
        let (permit, _) = cases::permit_and_head(&mut reader.link(), row.case).await.unwrap().unwrap();
        permits.push((permit, row));
    }
    permits
}

/// What holds after every step.
async fn check(house: &House, played: &Played) {
    // Declarations are decided again meanwhile: what is compared has to be of one moment.
    loop {
        let before = last_seq(house).await;
        let permits = replayed(house).await;
        let mut states = Vec::new();
        for (reference, case) in &played.declarations {
            states.push((reference, *case, house.state(*case).await));
        }
        if last_seq(house).await == before {
            compare(&permits, &states);
            return;
        }
    }
}

async fn last_seq(house: &House) -> i64 {
    let mut reader = house.service.shared().database.read().await.unwrap();
    motcua::store::journal::last_seq(&mut reader.link()).await.unwrap()
}

fn compare(permits: &[(Permit, AccountRow)], states: &[(&String, CaseId, Declaration)]) {
    let mut drawn: BTreeMap<CaseId, Decimal> = BTreeMap::new();
    for (permit, row) in permits {
        let account = &permit.account;
        assert_eq!(account.balance().reserved, row.reserved);
        assert_eq!(account.balance().written_off, row.written_off);
        let of_lines: Decimal = account.draws().map(|(_, draw)| draw.drawn().get()).sum();
        assert_eq!(of_lines, account.balance().drawn().get());
        assert!(account.granted().covers(account.balance().drawn()), "{account:?}");
        for (key, draw) in account.draws() {
            *drawn.entry(key.declaration.0.parse().unwrap()).or_default() += draw.drawn().get();
        }
    }
    for (reference, case, state) in states {
        let drawn = drawn.get(case).copied().unwrap_or_default();
        let lines = &state.decision.as_ref().unwrap().lines;
        let met =
            lines.iter().filter(|line| line.requirements.iter().any(|requirement| requirement.status == Met::Met));
        match state.status {
            Status::Cancelled | Status::Aborted => assert_eq!(drawn, Decimal::ZERO, "{reference}"),
            // What is met is drawn, and what is drawn is met.
            _ => assert_eq!(met.count() > 0, drawn > Decimal::ZERO, "{reference}: {drawn} {state:#?}"),
        }
    }
}

/// How the requirements of each line stand.
fn statuses(declaration: &Declaration) -> Vec<Vec<Met>> {
    let lines = declaration.decision.iter().flat_map(|decision| &decision.lines);
    lines.map(|line| line.requirements.iter().map(|requirement| requirement.status).collect()).collect()
}

async fn run(address: &str, steps: Vec<Step>) {
    let database = Database::open(address).await.unwrap();
    let house = House::start(database.clone(), moment(NOW)).await;
    let mut played = Played::default();
    played.play(&house, Step::Grant(50)).await;
    for step in steps {
        played.play(&house, step).await;
        check(&house, &played).await;
    }
    house.quiet().await;
    check(&house, &played).await;
    // Nobody waits for what is there: who is short is short, though of another amount by now.
    for (reference, case) in &played.declarations {
        let before = house.state(*case).await;
        if matches!(before.status, Status::Cancelled | Status::Aborted) {
            continue;
        }
        let review = motcua::service::act::Act::Review {
            case: *case,
            cause: motcua::clearance::case::declaration::DecidedBy::Evidence,
        };
        house.service.act(review, crate::service::house::customs()).await.unwrap();
        let after = statuses(&house.state(*case).await);
        assert_eq!(after, statuses(&before), "{reference} was not decided with all that was free");
    }
    let rebuilt = rebuild(&database, &making(), Mode::Compare, |_| {}).await.unwrap();
    assert!(rebuilt.is_same(), "{rebuilt:?}");
    house.service.stop().await;
}

#[test]
fn whatever_the_order_nothing_is_overdrawn_what_is_met_is_drawn_and_rows_are_what_the_journal_says() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = prop::collection::vec(step(), 1..14);
    let played = runner.run(&strategy, |steps| {
        runtime.block_on(async {
            for (_, address) in addresses().await {
                run(&address, steps.clone()).await;
            }
        });
        Ok(())
    });
    played.unwrap();
}
