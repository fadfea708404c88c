//! Lists of many rows, page by page, against all of them sorted at once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use motcua::clearance::case::CaseId;
use motcua::store::lists::{
    self, DeclarationFilter, Desk, DossierFilter, EvidenceFilter, Holders, Own, Page, TaskFilter,
};
use motcua::store::{Database, StoreError};

use super::raw::{Cell, Raw};
use super::servers::databases;
use super::story::{Story, lived_in};

const ROWS: usize = 700;

/// Numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        let at = self.below(from.len() as u64);
        from[usize::try_from(at).unwrap()]
    }
}

fn case(number: u64) -> CaseId {
    format!("01980000-0000-7000-8000-{number:012x}").parse().unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "texts and ids are given alike")]
fn text(value: impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn number(value: u64) -> Cell {
    Cell::Number(i64::try_from(value).unwrap())
}

/// Inserts a row of these columns; a null is what a column is without a value.
async fn insert(raw: &mut Raw, table: &str, row: &[(&str, Cell)]) {
    let row: Vec<&(&str, Cell)> = row.iter().filter(|(_, value)| *value != Cell::Null).collect();
    let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=row.len()).map(|at| format!("${at}")).collect();
    let statement = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
    let values: Vec<Cell> = row.iter().map(|(_, value)| value.clone()).collect();
    raw.run(&statement, &values).await.unwrap();
}

/// All rows of a list, page by page: every page but the last is full.
macro_rules! all_pages {
    ($server:expr, $database:expr, $limit:expr, |$link:ident, $after:ident| $page:expr) => {{
        let mut reader = $database.read().await.unwrap();
        let (mut all, mut next): (Vec<_>, Option<String>) = (Vec::new(), None);
        loop {
            let $link = &mut reader.link();
            let $after = next.as_deref();
            let page: Page<_> = $page.await.unwrap();
            assert!(page.next.is_none() || page.rows.len() == $limit as usize, "{}", $server);
            all.extend(page.rows);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        all
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_come_in_the_order_of_work_whoever_asks() {
    for (server, database) in databases().await {
        let mut raw = Raw::connect(&database).await;
        let mut numbers = Numbers(7);
        let mut rows = Vec::new();
        for at in 0..ROWS as u64 {
            let owned = numbers.below(200);
            let of = case(owned);
            let key = format!("T/{at}");
            let agency = numbers.pick(&["A", "B", "CUSTOMS", ""]);
            let state = numbers.pick(&["ready", "claimed", "asked", "waiting", "stuck"]);
            // A case is one trader's.
            let holder = ["0101", "0202", "0303", "0404", "0505"][usize::try_from(owned % 5).unwrap()];
            // Many ranks are the same.
            let rank = i64::try_from(numbers.below(40)).unwrap() - 20;
            rows.push((rank, of, key.clone(), agency, state, holder));
            insert(
                &mut raw,
                "tasks",
                &[
                    ("case_id", text(of)),
                    ("task", text(&key)),
                    ("id", text(format!("{of}-{at:08x}"))),
                    ("kind", text("dossier")),
                    ("agency", if agency.is_empty() { Cell::Null } else { text(agency) }),
                    ("stage", text("before_clearance")),
                    ("lines", text("1 3")),
                    ("after_tasks", text("")),
                    ("state", text(state)),
                    ("waits_for", text("agency")),
                    ("critical", number(1)),
                    ("rank", Cell::Number(rank)),
                    ("holder", text(holder)),
                    ("ready", number(1)),
                    ("begun_before", text("")),
                ],
            )
            .await;
        }
        rows.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
        let own = |agency: &str| Desk::Agency(agency.to_owned());
        for (desk, theirs) in [
            (own("A"), &["A"][..]),
            (own("nobody"), &[]),
            (Desk::Customs(Some("CUSTOMS".to_owned())), &["CUSTOMS", ""]),
            (Desk::Customs(None), &[""]),
            (Desk::All, &["A", "B", "CUSTOMS", ""]),
        ] {
            for state in [None, Some("ready")] {
                let filter = TaskFilter { state: state.map(str::to_owned), declaration: None };
                let found =
                    all_pages!(server, database, 23, |link, after| lists::tasks(link, &desk, &filter, after, 23));
                let found: Vec<(CaseId, String)> = found.into_iter().map(|row| (row.case, row.key)).collect();
                let wanted =
                    rows.iter().filter(|row| theirs.contains(&row.3) && state.is_none_or(|state| row.4 == state));
                let wanted: Vec<(CaseId, String)> = wanted.map(|row| (row.1, row.2.clone())).collect();
                assert_eq!(found, wanted, "{server}: {desk:?} {state:?}");
            }
        }
        let (desk, every) = (Desk::Holder("0101".to_owned()), TaskFilter::default());
        let found = all_pages!(server, database, 50, |link, after| lists::tasks(link, &desk, &every, after, 50));
        assert_eq!(found.len(), rows.iter().filter(|row| row.5 == "0101").count(), "{server}");

        let traders = |these: &[&str]| these.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (theirs, limit) in [(&[][..], 5), (&["0202"], 5), (&["0505", "nobody", "0101", "0303"], 2)] {
            for state in [None, Some("asked")] {
                let (desk, filter) =
                    (Desk::Holders(traders(theirs)), TaskFilter { state: state.map(str::to_owned), declaration: None });
                let found =
                    all_pages!(server, database, limit, |link, after| lists::tasks(link, &desk, &filter, after, limit));
                let found: Vec<(CaseId, String)> = found.into_iter().map(|row| (row.case, row.key)).collect();
                let wanted =
                    rows.iter().filter(|row| theirs.contains(&row.5) && state.is_none_or(|state| row.4 == state));
                let wanted: Vec<(CaseId, String)> = wanted.map(|row| (row.1, row.2.clone())).collect();
                assert_eq!(found, wanted, "{server}: {desk:?} {state:?}");
            }
        }
        let found =
            all_pages!(server, database, 50, |link, after| lists::tasks(link, &Desk::AnyHolder, &every, after, 50));
        assert_eq!(found.len(), rows.len(), "{server}");

        let (_, of, key, ..) = &rows[ROWS / 2];
        let filter = TaskFilter { state: None, declaration: Some(*of) };
        let found = all_pages!(server, database, 2, |link, after| lists::tasks(link, &Desk::All, &filter, after, 2));
        assert_eq!(found.len(), rows.iter().filter(|row| row.1 == *of).count(), "{server}");
        let row = found.iter().find(|row| row.key == *key).unwrap();
        let mut reader = database.read().await.unwrap();
        assert_eq!(lists::task(&mut reader.link(), &row.id).await.unwrap().as_ref(), Some(row), "{server}");
        assert_eq!(row.lines, [1, 3]);
    }
}

/// A declaration of the test.
#[derive(Debug, Clone)]
struct Declared {
    case: CaseId,
    holder: &'static str,
    filer: &'static str,
    status: &'static str,
    decision: &'static str,
    channel: &'static str,
    name: String,
    reference: String,
    day: String,
}

async fn declare(database: &Database) -> Vec<Declared> {
    let mut raw = Raw::connect(database).await;
    let mut numbers = Numbers(11);
    let mut rows = Vec::new();
    for at in 0..ROWS as u64 {
        let name = if numbers.below(3) == 0 { format!("Đ{at}") } else { format!("107{:05}", numbers.below(90_000)) };
        let row = Declared {
            case: case(at * 7919 % 100_003),
            holder: numbers.pick(&["0101", "0202", "0303"]),
            filer: numbers.pick(&["broker", "trader"]),
            status: numbers.pick(&["registered", "accepted", "cleared", "cancelled"]),
            decision: numbers.pick(&["clear", "hold", "refuse"]),
            channel: numbers.pick(&["green", "yellow", "red"]),
            reference: format!("R-{}", numbers.below(300)),
            day: format!("2026-0{}-1{}", 1 + numbers.below(9), numbers.below(10)),
            name,
        };
        insert(
            &mut raw,
            "declarations",
            &[
                ("case_id", text(row.case)),
                ("head", number(1)),
                ("hash", Cell::Bytes(vec![0; 32])),
                ("opened_at", number(at)),
                ("changed_at", number(at)),
                ("status", text(row.status)),
                ("name", text(&row.name)),
                ("reference", text(&row.reference)),
                ("holder", text(row.holder)),
                ("filer", text(row.filer)),
                ("day", text(&row.day)),
                ("version", number(1)),
                ("message_id", text("m")),
                ("decision", text(row.decision)),
                ("channel", text(row.channel)),
                ("is_open", number(u64::from(matches!(row.status, "registered" | "accepted")))),
                ("may", text("")),
            ],
        )
        .await;
        rows.push(row);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.case));
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn declarations_are_found_by_whatever_is_asked_newest_first() {
    type Is = fn(&Declared) -> bool;
    let filter = DeclarationFilter::default;
    let some = |text: &str| Some(text.to_owned());
    let own = |holders: &[&str]| {
        let holders = Holders::Of(holders.iter().map(|&holder| holder.to_owned()).collect());
        Some(Own { filer: "trader".to_owned(), holders })
    };
    let asked: Vec<(DeclarationFilter, Is)> = vec![
        (filter(), |_| true),
        (DeclarationFilter { holder: some("0202"), ..filter() }, |row| row.holder == "0202"),
        (DeclarationFilter { own: own(&[]), ..filter() }, |row| row.filer == "trader"),
        (DeclarationFilter { own: own(&["0101", "0303"]), ..filter() }, |row| {
            row.filer == "trader" || row.holder != "0202"
        }),
        (DeclarationFilter { status: some("cleared"), ..filter() }, |row| row.status == "cleared"),
        (DeclarationFilter { decision: some("hold"), channel: some("red"), ..filter() }, |row| {
            row.decision == "hold" && row.channel == "red"
        }),
        (DeclarationFilter { holder: some("0101"), status: some("accepted"), ..filter() }, |row| {
            row.holder == "0101" && row.status == "accepted"
        }),
        (DeclarationFilter { name: some("R-17"), ..filter() }, |row| row.reference == "R-17"),
        (DeclarationFilter { name: some("Đ33"), ..filter() }, |row| row.name == "Đ33"),
        (DeclarationFilter { holder: some("0303"), from: Some("2026-04-01".parse().unwrap()), ..filter() }, |row| {
            row.holder == "0303" && row.day.as_str() >= "2026-04-01"
        }),
    ];
    for (server, database) in databases().await {
        let rows = declare(&database).await;
        for (filter, is) in &asked {
            let found = all_pages!(server, database, 31, |link, after| lists::declarations(link, filter, after, 31));
            let found: Vec<CaseId> = found.into_iter().map(|row| row.case).collect();
            let wanted: Vec<CaseId> = rows.iter().filter(|row| is(row)).map(|row| row.case).collect();
            assert_eq!(found, wanted, "{server}: {filter:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declarations_of_a_span_of_days_or_a_beginning_of_a_name_come_in_that_order() {
    for (server, database) in databases().await {
        let mut rows = declare(&database).await;
        let (from, to) = ("2026-03-12", "2026-06-15");
        let filter = DeclarationFilter {
            from: Some(from.parse().unwrap()),
            to: Some(to.parse().unwrap()),
            status: Some("cleared".to_owned()),
            ..DeclarationFilter::default()
        };
        let found = all_pages!(server, database, 17, |link, after| lists::declarations(link, &filter, after, 17));
        let found: Vec<CaseId> = found.into_iter().map(|row| row.case).collect();
        rows.sort_by(|one, other| (&other.day, other.case).cmp(&(&one.day, one.case)));
        let within = |row: &&Declared| row.day.as_str() >= from && row.day.as_str() <= to && row.status == "cleared";
        let wanted: Vec<CaseId> = rows.iter().filter(within).map(|row| row.case).collect();
        assert_eq!(found, wanted, "{server}");

        rows.sort_by(|one, other| (&one.name, one.case).cmp(&(&other.name, other.case)));
        for prefix in ["107", "10712", "Đ", "Đ3", "Z", ""] {
            let filter = DeclarationFilter { name_prefix: Some(prefix.to_owned()), ..DeclarationFilter::default() };
            let found = all_pages!(server, database, 29, |link, after| lists::declarations(link, &filter, after, 29));
            let found: Vec<CaseId> = found.into_iter().map(|row| row.case).collect();
            let wanted: Vec<CaseId> =
                rows.iter().filter(|row| row.name.starts_with(prefix)).map(|row| row.case).collect();
            assert_eq!(found, wanted, "{server}: {prefix}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dossiers_and_what_they_gave_are_listed_newest_first() {
    for (server, database) in databases().await {
        let mut raw = Raw::connect(&database).await;
        let mut numbers = Numbers(13);
        let (mut dossiers, mut given) = (Vec::new(), Vec::new());
        for at in 0..300_u64 {
            let of = case(at * 7919 % 100_003);
            let (agency, holder) = (numbers.pick(&["A", "B"]), numbers.pick(&["0101", "0202"]));
            let (open, state) = (numbers.below(2), numbers.pick(&["apply", "issue"]));
            dossiers.push((of, agency, holder, open == 1, state));
            insert(
                &mut raw,
                "dossiers",
                &[
                    ("case_id", text(of)),
                    ("head", number(1)),
                    ("hash", Cell::Bytes(vec![0; 32])),
                    ("opened_at", number(at)),
                    ("changed_at", number(at)),
                    ("agency", text(agency)),
                    ("holder", text(holder)),
                    ("filer", text("broker")),
                    ("states", text("{}")),
                    ("state", text(state)),
                    ("clock", text("")),
                    ("is_open", number(open)),
                ],
            )
            .await;
            let (issued, live) = (numbers.below(20), numbers.pick(&["live", "revoked"]));
            given.push((issued, of, format!("N-{at}"), holder, live));
            insert(
                &mut raw,
                "evidence",
                &[
                    ("case_id", text(of)),
                    ("number", text(format!("N-{at}"))),
                    ("kind", text("permit")),
                    ("holder", text(holder)),
                    ("issued_at", number(issued)),
                    ("state", text(live)),
                    ("limited", number(0)),
                    ("record", text("{}")),
                ],
            )
            .await;
        }
        dossiers.sort_by_key(|row| std::cmp::Reverse(row.0));
        for (agency, holder, is_open, state) in [
            (None, None, None, None),
            (Some("A"), None, None, None),
            (Some("B"), None, Some(true), Some("issue")),
            (None, Some("0202"), None, Some("apply")),
            (Some("A"), Some("0101"), Some(false), None),
        ] {
            let own = |text: Option<&str>| text.map(str::to_owned);
            let filter = DossierFilter {
                agency: own(agency),
                holder: own(holder),
                is_open,
                state: own(state),
                ..DossierFilter::default()
            };
            let found = all_pages!(server, database, 19, |link, after| lists::dossiers(link, &filter, after, 19));
            let found: Vec<CaseId> = found.into_iter().map(|row| row.case).collect();
            let wanted = dossiers.iter().filter(|row| {
                agency.is_none_or(|agency| row.1 == agency)
                    && holder.is_none_or(|holder| row.2 == holder)
                    && is_open.is_none_or(|open| row.3 == open)
                    && state.is_none_or(|state| row.4 == state)
            });
            let wanted: Vec<CaseId> = wanted.map(|row| row.0).collect();
            assert_eq!(found, wanted, "{server}: {filter:?}");
        }
        given.sort_by(|one, other| (other.0, other.1, &other.2).cmp(&(one.0, one.1, &one.2)));
        for live in [None, Some(true), Some(false)] {
            let filter = EvidenceFilter { holder: "0101".to_owned(), live };
            let found = all_pages!(server, database, 19, |link, after| lists::evidence(link, &filter, after, 19));
            let found: Vec<String> = found.into_iter().map(|row| row.number).collect();
            let wanted =
                given.iter().filter(|row| row.3 == "0101" && live.is_none_or(|live| (row.4 == "live") == live));
            let wanted: Vec<String> = wanted.map(|row| row.2.clone()).collect();
            assert_eq!(found, wanted, "{server}: {live:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_looked_is_listed_though_many_looked_at_once() {
    for (server, database) in databases().await {
        let mut raw = Raw::connect(&database).await;
        let mut numbers = Numbers(17);
        let mut looks = Vec::new();
        for _ in 0..120 {
            let (at, who) = (numbers.below(5), numbers.pick(&["customs", "agency"]));
            looks.push((at, who));
            let row =
                [("at", number(at)), ("case_id", text(case(1))), ("organisation", text(who)), ("what", text("x"))];
            insert(&mut raw, "reads", &row).await;
        }
        let other =
            [("at", number(1)), ("case_id", text(case(2))), ("organisation", text("customs")), ("what", text("x"))];
        insert(&mut raw, "reads", &other).await;
        looks.sort_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
        let found = all_pages!(server, database, 7, |link, after| lists::reads(link, case(1), after, 7));
        let found: Vec<(u64, String)> =
            found.into_iter().map(|row| (u64::try_from(row.at.as_microsecond()).unwrap(), row.organisation)).collect();
        let wanted: Vec<(u64, String)> = looks.iter().map(|(at, who)| (*at, (*who).to_owned())).collect();
        assert_eq!(found, wanted, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_has_every_event_of_a_declaration_and_its_dossiers_once() {
    for (server, database) in databases().await {
        let Story { database, cleared, .. } = lived_in(database).await;
        let mut reader = database.read().await.unwrap();
        let mut cases = motcua::store::cases::dossiers_of(&mut reader.link(), cleared).await.unwrap();
        assert_eq!(cases.len(), 2, "{server}");
        cases.push(cleared);
        drop(reader);
        let found = all_pages!(server, database, 3, |link, after| lists::timeline(link, &cases, after, 3));
        let of: BTreeSet<String> = cases.iter().map(CaseId::to_string).collect();
        let entries = Raw::connect(&database).await.journal().await;
        let wanted: Vec<(i64, String)> = entries
            .into_iter()
            .filter(|entry| of.contains(&entry.case))
            .map(|entry| (entry.seq, entry.event))
            .collect();
        let times: Vec<Timestamp> = found.iter().map(|row| row.entry.at).collect();
        assert!(times.is_sorted(), "{server}");
        let found: Vec<(i64, String)> = found.into_iter().map(|row| (row.seq, row.entry.to_json())).collect();
        assert_eq!(found, wanted, "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_is_told_to_whoever_asked() {
    let (_, database) = databases().await.remove(0);
    let mut reader = database.read().await.unwrap();
    let link = &mut reader.link();
    for after in ["", "7", "bm9uZQ", "WzEsMl0"] {
        let page = lists::tasks(link, &Desk::All, &TaskFilter::default(), Some(after), 10).await;
        assert!(matches!(page, Err(StoreError::Address(_))), "{after}");
        let page = lists::declarations(link, &DeclarationFilter::default(), Some(after), 10).await;
        assert!(matches!(page, Err(StoreError::Address(_))), "{after}");
    }
}
