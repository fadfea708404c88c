//! Organisations, mandates, accounts, the first run, and who looked at what.

use jiff::civil::date;
use motcua::clearance::case::CaseId;
use motcua::people::{Action, Denied, Login, Mandates, OrganisationKind, PasswordHash, Purpose, Subject};
use motcua::store::people::{
    self, AccountEdit, EVERYBODY, Mandate, NewAccount, NewKey, OrganisationEdit, PeopleError, Read, SystemRandom,
};

use super::window::{PASSWORD, TODAY, edit, id, minute, windows};

#[tokio::test]
async fn the_first_run_makes_an_operator_once() {
    for mut window in windows().await {
        let mut writer = window.write().await;
        let made = people::bootstrap(&mut writer.link(), &mut window.random, minute(0)).await.unwrap().unwrap();
        assert!(people::bootstrap(&mut writer.link(), &mut window.random, minute(0)).await.unwrap().is_none());
        writer.commit().await.unwrap();
        let done: Vec<_> = made.changes.iter().map(|change| change.what).collect();
        assert_eq!(done, ["organisation.created", "person.created", "key.issued"], "{}", window.server);

        let key = window.by_key(made.api_key.reveal(), minute(1)).await.unwrap();
        assert_eq!(key.kind, OrganisationKind::Operator);
        assert_eq!(key.may_do(Action::Administer, &Subject::Installation), Ok(()));

        let signed_in = window.sign_in(made.login.as_str(), made.password.reveal(), minute(1)).await.unwrap();
        assert!(signed_in.must_change);
        assert_eq!(signed_in.purpose, Purpose::Enrol);
        let person = window.by_session(signed_in.token.reveal(), minute(1)).await.unwrap();
        assert_eq!(person.may_do(Action::Administer, &Subject::Installation), Err(Denied::PasswordChange));

        let dump = window.dump().await;
        assert!(dump.contains("argon2id"), "the dump shows what is kept");
        for secret in [made.password.reveal(), made.api_key.reveal(), signed_in.token.reveal()] {
            assert!(!dump.contains(secret), "{}: `{secret}` is kept", window.server);
        }
        let printed = format!("{made:?} {signed_in:?}");
        assert!(!printed.contains(made.password.reveal()) && !printed.contains(signed_in.token.reveal()));
    }
}

#[tokio::test]
async fn two_first_runs_at_once_make_one_operator() {
    for window in windows().await {
        let run = async || {
            let mut writer = window.write().await;
            let made = people::bootstrap(&mut writer.link(), &mut SystemRandom, minute(0)).await.unwrap();
            writer.commit().await.unwrap();
            made.is_some()
        };
        let (one, other) = tokio::join!(run(), run());
        assert!(one ^ other, "{}", window.server);
    }
}

#[tokio::test]
async fn an_organisation_is_read_as_it_was_entered_and_changed() {
    for window in windows().await {
        let mut writer = window.write().await;
        let mut entered = OrganisationEdit::named("Công ty Tôm Hùm");
        entered.identity = Some("0100000001".into());
        let kind = OrganisationKind::Trader;
        let change =
            people::create_organisation(&mut writer.link(), &id("tom-hum"), kind, &entered, minute(3)).await.unwrap();
        assert_eq!((change.what, change.whom.as_str()), ("organisation.created", "tom-hum"));
        let read = people::organisation(&mut writer.link(), &id("tom-hum")).await.unwrap().unwrap();
        assert_eq!((read.kind, read.created_at, &read.edit), (kind, minute(3), &entered), "{}", window.server);

        entered.per_second = Some(50);
        entered.active = false;
        people::change_organisation(&mut writer.link(), &id("tom-hum"), &entered).await.unwrap();
        let found = people::organisation_of_identity(&mut writer.link(), kind, "0100000001").await.unwrap().unwrap();
        assert_eq!((found.id, found.edit), (id("tom-hum"), entered));
        assert_eq!(people::organisation(&mut writer.link(), &id("nobody")).await.unwrap(), None);
        let missing = people::change_organisation(&mut writer.link(), &id("nobody"), &edit(kind)).await;
        assert!(matches!(missing, Err(PeopleError::Unknown { .. })));
    }
}

#[tokio::test]
async fn a_tax_code_names_one_organisation_of_a_kind() {
    for window in windows().await {
        let mut writer = window.write().await;
        let mut with_code = OrganisationEdit::named("Somebody");
        with_code.identity = Some("0100000001".into());
        let (trader, broker) = (OrganisationKind::Trader, OrganisationKind::Broker);
        let link = &mut writer.link();
        people::create_organisation(link, &id("a"), trader, &with_code, minute(0)).await.unwrap();
        // A company that trades and files for others is two organisations.
        people::create_organisation(link, &id("b"), broker, &with_code, minute(0)).await.unwrap();
        let again = people::create_organisation(link, &id("c"), trader, &with_code, minute(0)).await;
        assert!(matches!(again, Err(PeopleError::Taken { .. })), "{}", window.server);
        let again = people::create_organisation(link, &id("a"), trader, &edit(trader), minute(0)).await;
        assert!(matches!(again, Err(PeopleError::Taken { .. })));
        // A refusal leaves the transaction as it was.
        people::create_organisation(link, &id("c"), trader, &edit(trader), minute(0)).await.unwrap();
        let taken = people::change_organisation(link, &id("c"), &with_code).await;
        assert!(matches!(taken, Err(PeopleError::Taken { .. })));
        people::change_organisation(link, &id("a"), &with_code).await.unwrap();
    }
}

#[tokio::test]
async fn an_organisation_has_what_its_kind_has_and_nothing_else() {
    for window in windows().await {
        let mut writer = window.write().await;
        for kind in OrganisationKind::ALL {
            let name = id(kind.as_str());
            let mut wrong = edit(kind);
            wrong.agency = if wrong.agency.is_some() { None } else { Some("PLANTS".into()) };
            let mut other = edit(kind);
            other.country = other.country.is_none().then(|| motcua::trade::CountryCode::parse("TH").unwrap());
            let mut blank = edit(kind);
            blank.name = " ".into();
            let mut none = edit(kind);
            none.per_second = Some(0);
            for refused in [wrong, other, blank, none] {
                let made = people::create_organisation(&mut writer.link(), &name, kind, &refused, minute(0)).await;
                assert!(matches!(made, Err(PeopleError::Invalid(_))), "{kind:?} {refused:?}");
            }
            let mut with_code = edit(kind);
            with_code.identity = Some("0100000001".into());
            let made = people::create_organisation(&mut writer.link(), &name, kind, &with_code, minute(0)).await;
            let may = matches!(kind, OrganisationKind::Trader | OrganisationKind::Broker);
            assert_eq!(made.is_ok(), may, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn organisations_are_listed_page_by_page() {
    for window in windows().await {
        for name in ["b", "d", "a", "c"] {
            window.organisation(name, OrganisationKind::Customs).await;
        }
        let mut reader = window.database.read().await.unwrap();
        let first = people::organisations(&mut reader.link(), None, 3).await.unwrap();
        let rest = people::organisations(&mut reader.link(), Some(&first[2].id), 3).await.unwrap();
        let names: Vec<_> = first.iter().chain(&rest).map(|organisation| organisation.id.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"], "{}", window.server);
        assert_eq!(first.len(), 3);
    }
}

#[tokio::test]
async fn a_mandate_is_good_on_its_first_and_last_day_and_between() {
    for mut window in windows().await {
        let broker = window.organisation("broker", OrganisationKind::Broker).await;
        let mut writer = window.write().await;
        let mandate =
            Mandate { trader: "0100000001".into(), valid_from: date(2026, 11, 1), valid_to: Some(date(2026, 11, 30)) };
        people::give_mandate(&mut writer.link(), &broker, &mandate).await.unwrap();
        let new = NewKey { organisation: broker.clone(), person: None, label: "gateway".into(), expires_at: None };
        let (_, key, _) = people::issue_key(&mut writer.link(), &new, &mut window.random, minute(0)).await.unwrap();
        for (today, covered) in [
            (date(2026, 10, 31), false),
            (date(2026, 11, 1), true),
            (date(2026, 11, 30), true),
            (date(2026, 12, 1), false),
        ] {
            let found =
                people::authenticate_key(&mut writer.link(), key.reveal(), minute(0), today).await.unwrap().unwrap();
            assert_eq!(found.principal.mandates.cover("0100000001"), covered, "{} {today}", window.server);
            assert!(!found.principal.mandates.cover("0100000002"));
        }
        people::end_mandate(&mut writer.link(), &broker, "0100000001", date(2026, 11, 1)).await.unwrap();
        assert_eq!(
            people::mandates_of(&mut writer.link(), &broker).await.unwrap(),
            [Mandate { valid_to: Some(date(2026, 11, 1)), ..mandate.clone() }]
        );
        let found =
            people::authenticate_key(&mut writer.link(), key.reveal(), minute(0), TODAY).await.unwrap().unwrap();
        assert_eq!(found.principal.mandates, Mandates::none());

        let all = Mandate { trader: EVERYBODY.into(), valid_from: TODAY, valid_to: None };
        people::give_mandate(&mut writer.link(), &broker, &all).await.unwrap();
        let found =
            people::authenticate_key(&mut writer.link(), key.reveal(), minute(0), TODAY).await.unwrap().unwrap();
        assert_eq!(found.principal.mandates, Mandates::Everybody);
    }
}

#[tokio::test]
async fn only_brokers_have_mandates_and_only_for_days_that_are_a_span() {
    for window in windows().await {
        let trader = window.organisation("trader", OrganisationKind::Trader).await;
        let broker = window.organisation("broker", OrganisationKind::Broker).await;
        let mut writer = window.write().await;
        let mandate = |valid_to| Mandate { trader: "0100000001".into(), valid_from: TODAY, valid_to };
        let refused = people::give_mandate(&mut writer.link(), &trader, &mandate(None)).await;
        assert!(matches!(refused, Err(PeopleError::Invalid(_))));
        let refused = people::give_mandate(&mut writer.link(), &broker, &mandate(Some(date(2026, 11, 1)))).await;
        assert!(matches!(refused, Err(PeopleError::Invalid(_))));
        let missing = people::end_mandate(&mut writer.link(), &broker, "0100000001", TODAY).await;
        assert!(matches!(missing, Err(PeopleError::Unknown { .. })));
    }
}

#[tokio::test]
async fn an_account_is_read_as_it_was_made_and_changed() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let mut writer = window.write().await;
        let read = people::account(&mut writer.link(), lan).await.unwrap().unwrap();
        assert_eq!(read.login.as_str(), "lan");
        assert_eq!(read.organisation, id("trader"));
        assert_eq!(read.edit, AccountEdit { name: "Nguyễn Thị Lan".into(), admin: false, active: true });
        assert!(!read.must_change && !read.enrolled && read.locked_until.is_none());
        assert_eq!(read.created_at, minute(0));

        let changed = AccountEdit { name: "Lan".into(), admin: true, active: true };
        people::change_account(&mut writer.link(), lan, &changed).await.unwrap();
        let all = people::accounts_of(&mut writer.link(), &id("trader")).await.unwrap();
        assert_eq!(all.iter().map(|account| &account.edit).collect::<Vec<_>>(), [&changed], "{}", window.server);
        assert!(people::accounts_of(&mut writer.link(), &id("nobody")).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_login_is_one_persons_and_a_person_is_of_an_organisation() {
    for mut window in windows().await {
        window.with_lan().await;
        let new = |organisation: &str, login: &str| NewAccount {
            organisation: id(organisation),
            login: Login::parse(login).unwrap(),
            name: "Somebody".into(),
            admin: false,
            password: PasswordHash::from_kept(String::new()),
            must_change: true,
        };
        let mut writer = window.write().await;
        let taken =
            people::create_account(&mut writer.link(), &new("trader", "LAN"), &mut window.random, minute(0)).await;
        assert!(matches!(taken, Err(PeopleError::Taken { .. })), "{}", window.server);
        let nowhere =
            people::create_account(&mut writer.link(), &new("nobody", "hoa"), &mut window.random, minute(0)).await;
        assert!(matches!(nowhere, Err(PeopleError::Unknown { .. })));
    }
}

#[tokio::test]
async fn who_is_closed_is_out_at_once_and_does_not_come_in_again() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let token = window.session("lan", minute(0)).await;
        assert!(window.by_session(&token, minute(1)).await.is_some());

        let mut closed = edit(OrganisationKind::Trader);
        closed.active = false;
        let mut writer = window.write().await;
        people::change_organisation(&mut writer.link(), &id("trader"), &closed).await.unwrap();
        writer.commit().await.unwrap();
        assert!(window.by_session(&token, minute(1)).await.is_none(), "{}", window.server);
        assert!(matches!(window.sign_in("lan", PASSWORD, minute(1)).await, Err(PeopleError::Refused)));

        closed.active = true;
        let mut writer = window.write().await;
        people::change_organisation(&mut writer.link(), &id("trader"), &closed).await.unwrap();
        let out = AccountEdit { name: "Lan".into(), admin: false, active: false };
        people::change_account(&mut writer.link(), lan, &out).await.unwrap();
        let back = AccountEdit { active: true, ..out.clone() };
        people::change_account(&mut writer.link(), lan, &back).await.unwrap();
        writer.commit().await.unwrap();
        assert!(window.by_session(&token, minute(1)).await.is_none(), "the sessions ended with the account");

        let mut writer = window.write().await;
        people::change_account(&mut writer.link(), lan, &out).await.unwrap();
        writer.commit().await.unwrap();
        assert!(matches!(window.sign_in("lan", PASSWORD, minute(2)).await, Err(PeopleError::Refused)));
    }
}

#[tokio::test]
async fn who_looked_at_a_case_is_listed_the_last_first() {
    for mut window in windows().await {
        let lan = window.with_lan().await;
        let case = |number: u128| CaseId(uuid::Uuid::from_u128(number));
        let read = |minutes, number, person, what: &str| Read {
            at: minute(minutes),
            case: case(number),
            organisation: id("trader"),
            person,
            what: what.into(),
        };
        let reads =
            [read(1, 7, Some(lan), "declaration"), read(2, 8, Some(lan), "declaration"), read(3, 7, None, "timeline")];
        let mut writer = window.write().await;
        people::note_reads(&mut writer.link(), &reads).await.unwrap();
        people::note_reads(&mut writer.link(), &[]).await.unwrap();
        let found = people::reads_of(&mut writer.link(), case(7), 10).await.unwrap();
        assert_eq!(found, [reads[2].clone(), reads[0].clone()], "{}", window.server);
        assert_eq!(people::reads_of(&mut writer.link(), case(7), 1).await.unwrap(), [reads[2].clone()]);
        assert!(people::reads_of(&mut writer.link(), case(9), 10).await.unwrap().is_empty());
    }
}

#[test]
fn the_operating_system_gives_bytes_that_differ() {
    use motcua::people::Random as _;
    let (mut one, mut other) = ([0; 32], [0; 32]);
    SystemRandom.fill(&mut one).unwrap();
    SystemRandom.fill(&mut other).unwrap();
    assert_ne!(one, other);
}
