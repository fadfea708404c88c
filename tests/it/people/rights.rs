//! Rights: the table cell by cell, whose is whose, and what a sign-in lacks.

use std::fmt::Write as _;

use jiff::Timestamp;
use motcua::people::{
    Action, Denied, Login, Mandates, OrganisationId, OrganisationKind, Person, PersonId, Principal, Reach, Scope,
    SecondFactor, SignIn, Subject, Whose, reach,
};

use super::Counting;

/// Who may do what, as the people who asked for the service put it.
const TABLE: &str = "
action              trader  broker  agency  customs partner operator auditor
ReadDeclaration     own     own     own     any     -       stuck    any
ReadDossier         own     own     own     any     -       stuck    any
ReadTask            own     own     own     any     -       -        any
ReadPermit          own     own     own     any     -       -        any
ReadCertificate     own     own     -       any     own     -        any
ReadOrganisation    own     own     own     own     own     any      any
ReadAccount         own     own     own     own     own     own      own
ReadOperations      -       -       -       -       -       any      any
ReadAudit           -       -       -       -       -       -        any
File                own     own     -       any     -       -        -
SendBulk            own     own     own     own     -       -        -
ReadBulk            own     own     own     own     -       any      any
ActAsDeclarant      own     own     -       own     -       -        -
Attach              own     own     own     any     -       -        -
ActAsCustoms        -       -       -       any     -       -        -
ActOnTask           -       -       own     own     -       -        -
IssueEvidence       -       -       own     own     -       -        -
Revoke              -       -       own     own     -       -        -
EnterAfterwards     -       -       own     any     -       -        -
SendCertificate     -       -       -       -       own     -        -
FetchOutbox         own     own     own     own     own     own      -
Redeliver           -       -       -       -       -       any      -
SettleStuck         -       -       -       -       -       stuck    -
ManageOrganisation  own     own     own     own     own     any      -
ManageAccount       own     own     own     own     own     own      own
Administer          -       -       -       -       -       any      -
InstallLaw          -       -       -       -       -       any      -
";

#[test]
fn the_table_of_rights_is_the_agreed_one() {
    let mut written = String::from("\naction              trader  broker  agency  customs partner operator auditor\n");
    for action in Action::ALL {
        let mut row = format!("{:<20}", format!("{action:?}"));
        for kind in OrganisationKind::ALL {
            let cell = match reach(kind, action) {
                Reach::Never => "-",
                Reach::Own => "own",
                Reach::Stuck => "stuck",
                Reach::Any => "any",
            };
            let width = if kind == OrganisationKind::Operator { 9 } else { 8 };
            let _ = write!(row, "{cell:<width$}");
        }
        let _ = writeln!(written, "{}", row.trim_end());
    }
    eprintln!("{written}");
    assert_eq!(written, TABLE);
}

#[test]
fn an_auditor_changes_nothing_but_its_own_account() {
    for action in Action::ALL {
        if !action.only_reads() && action != Action::ManageAccount {
            assert_eq!(reach(OrganisationKind::Auditor, action), Reach::Never, "{action:?}");
        }
    }
}

fn organisation(id: &str) -> OrganisationId {
    OrganisationId::parse(id).unwrap()
}

/// A system of an organisation.
fn system(id: &str, kind: OrganisationKind) -> Principal {
    Principal {
        organisation: organisation(id),
        kind,
        identity: None,
        agency: None,
        mandates: Mandates::none(),
        per_second: None,
        person: None,
        sign_in: SignIn::ApiKey,
    }
}

fn trader(id: &str, tax_code: &str) -> Principal {
    Principal { identity: Some(tax_code.into()), ..system(id, OrganisationKind::Trader) }
}

fn broker(id: &str, mandates: &[&str]) -> Principal {
    let mandates = Mandates::Of(mandates.iter().map(|code| (*code).to_owned()).collect());
    Principal { mandates, ..system(id, OrganisationKind::Broker) }
}

fn agency(code: &str) -> Principal {
    Principal { agency: Some(code.into()), ..system("agency", OrganisationKind::Agency) }
}

#[test]
fn a_list_of_permits_has_those_that_may_be_seen_one_by_one() {
    let everybody = Principal { mandates: Mandates::Everybody, ..broker("b", &[]) };
    let own = Principal { identity: Some("3".into()), ..broker("b", &["1"]) };
    let asks = [
        (trader("t", "1"), Ok(Whose::Of(vec!["1"]))),
        (system("t", OrganisationKind::Trader), Ok(Whose::Of(vec![]))),
        (own, Ok(Whose::Of(vec!["3", "1"]))),
        (everybody, Ok(Whose::Everybodys)),
        (agency("A"), Ok(Whose::GivenBy("A"))),
        (system("a", OrganisationKind::Agency), Ok(Whose::Of(vec![]))),
        (system("c", OrganisationKind::Customs), Ok(Whose::Everybodys)),
        (system("p", OrganisationKind::Partner), Err(Denied::Kind(OrganisationKind::Partner))),
        (system("o", OrganisationKind::Operator), Err(Denied::Kind(OrganisationKind::Operator))),
        (system("r", OrganisationKind::Auditor), Ok(Whose::Everybodys)),
        (person(SecondFactor::Missing, trader("t", "1")), Err(Denied::SecondFactor)),
    ];
    for (asker, whose) in &asks {
        assert_eq!(&asker.whose_permits(), whose, "{asker:?}");
        for (holder, agency) in ["1", "2", "3"].into_iter().flat_map(|holder| [(holder, "A"), (holder, "B")]) {
            let listed = match whose {
                Ok(Whose::Everybodys) => true,
                Ok(Whose::Of(holders)) => holders.contains(&holder),
                Ok(Whose::GivenBy(own)) => *own == agency,
                Err(_) => false,
            };
            let subject = Subject::Permit { holder: Some(holder), agency: Some(agency) };
            assert_eq!(asker.may_see(&subject).is_ok(), listed, "{asker:?} {holder} {agency}");
        }
    }
}

fn person(second_factor: SecondFactor, principal: Principal) -> Principal {
    let id = PersonId::draw(&mut Counting::default(), Timestamp::UNIX_EPOCH).unwrap();
    let login = Login::parse("lan").unwrap();
    Principal {
        person: Some(Person { id, login, admin: false, must_change: false }),
        sign_in: SignIn::Session(second_factor),
        ..principal
    }
}

const DECLARATION: Subject<'static> = Subject::Declaration {
    holder: Some("0100000001"),
    filer: "sender",
    agencies: &["plants", "animals"],
    stuck: false,
};

/// Every kind of subject, of nobody who asks in these tests.
fn subjects() -> Vec<Subject<'static>> {
    let other = PersonId::parse("00000000-0000-7000-8000-000000000000").unwrap();
    vec![
        DECLARATION,
        Subject::Dossier { holder: Some("0100000001"), filer: "sender", agency: Some("plants"), stuck: false },
        Subject::Task { agency: Some("plants"), holder: Some("0100000001") },
        Subject::Permit { holder: Some("0100000001"), agency: Some("plants") },
        Subject::Certificate { from: "abroad", to: "window", holder: Some("0100000001") },
        Subject::Outbox { organisation: "sender" },
        Subject::Bulk { organisation: "sender" },
        Subject::Organisation { id: "sender" },
        Subject::Account { person: other },
        Subject::Installation,
    ]
}

#[test]
fn what_is_for_ones_own_is_refused_with_what_is_not() {
    let strangers = [
        trader("stranger", "0100000002"),
        broker("stranger", &["0100000002"]),
        agency("minerals"),
        system("stranger", OrganisationKind::Customs),
        system("stranger", OrganisationKind::Partner),
        system("stranger", OrganisationKind::Operator),
        system("stranger", OrganisationKind::Auditor),
    ];
    for stranger in &strangers {
        for subject in subjects() {
            for action in Action::ALL {
                let found = stranger.may_do(action, &subject);
                if found.is_ok() {
                    assert_eq!(reach(stranger.kind, action), Reach::Any, "{:?} {action:?} {subject:?}", stranger.kind);
                }
            }
        }
    }
}

/// Each action on each kind of subject by an organisation that owns everything: only what fits.
#[test]
fn an_action_goes_only_with_the_subjects_that_it_is_about() {
    let customs = system("sender", OrganisationKind::Customs);
    assert_eq!(customs.may_do(Action::ActAsCustoms, &DECLARATION), Ok(()));
    for subject in &subjects()[1..] {
        assert_eq!(
            customs.may_do(Action::ActAsCustoms, subject),
            Err(Denied::Kind(OrganisationKind::Customs)),
            "{subject:?}"
        );
    }
    let operator = system("sender", OrganisationKind::Operator);
    for subject in subjects() {
        let allowed = operator.may_do(Action::InstallLaw, &subject).is_ok();
        assert_eq!(allowed, matches!(subject, Subject::Installation), "{subject:?}");
    }
}

#[test]
fn a_trader_sees_what_it_holds_and_what_it_filed() {
    assert_eq!(trader("any", "0100000001").may_see(&DECLARATION), Ok(Scope::Whole));
    assert_eq!(trader("sender", "0100000002").may_see(&DECLARATION), Ok(Scope::Whole));
    assert_eq!(trader("any", "0100000002").may_see(&DECLARATION), Err(Denied::NotOwn));
    assert_eq!(system("any", OrganisationKind::Trader).may_see(&DECLARATION), Err(Denied::NotOwn));
}

#[test]
fn a_holder_that_is_not_known_is_nobodys() {
    let nobodys = Subject::Declaration { holder: None, filer: "sender", agencies: &[], stuck: false };
    assert_eq!(system("any", OrganisationKind::Trader).may_see(&nobodys), Err(Denied::NotOwn));
    assert_eq!(system("any", OrganisationKind::Agency).may_see(&nobodys), Err(Denied::NotOwn));
    let task = Subject::Task { agency: None, holder: None };
    assert_eq!(system("any", OrganisationKind::Agency).may_do(Action::ActOnTask, &task), Err(Denied::NotOwn));
}

#[test]
fn a_broker_sees_what_it_filed_and_whom_it_acts_for() {
    assert_eq!(broker("any", &["0100000001"]).may_see(&DECLARATION), Ok(Scope::Whole));
    assert_eq!(broker("sender", &[]).may_see(&DECLARATION), Ok(Scope::Whole));
    assert_eq!(broker("any", &[]).may_see(&DECLARATION), Err(Denied::NotOwn));
    let service = Principal { mandates: Mandates::Everybody, ..broker("any", &[]) };
    assert_eq!(service.may_see(&DECLARATION), Ok(Scope::Whole));
}

/// Acting takes the mandate at the time of the act; what was filed while it lasted is read on.
#[test]
fn a_broker_whose_mandate_has_ended_reads_what_it_filed_and_does_nothing_with_it() {
    let (before, after) = (broker("sender", &["0100000001"]), broker("sender", &[]));
    for action in [Action::ActAsDeclarant, Action::Attach, Action::File] {
        assert_eq!(before.may_do(action, &DECLARATION), Ok(()), "{action:?}");
        assert_eq!(after.may_do(action, &DECLARATION), Err(Denied::NotOwn), "{action:?}");
    }
    assert_eq!(after.may_see(&DECLARATION), Ok(Scope::Whole));
}

/// A mandate is a broker's: a trader that has one in its record does not act for others.
#[test]
fn a_mandate_makes_no_broker_of_a_trader() {
    let trader = Principal { mandates: Mandates::Everybody, ..trader("any", "0100000002") };
    assert_eq!(trader.may_see(&DECLARATION), Err(Denied::NotOwn));
}

#[test]
fn nobody_files_for_whom_it_does_not_act() {
    let own = |holder: Option<&'static str>, filer| Subject::Declaration { holder, filer, agencies: &[], stuck: false };
    let trader = trader("a", "0100000001");
    assert_eq!(trader.may_do(Action::File, &own(Some("0100000001"), "a")), Ok(()));
    assert_eq!(trader.may_do(Action::File, &own(Some("0100000002"), "a")), Err(Denied::NotOwn));
    assert_eq!(trader.may_do(Action::File, &own(None, "a")), Ok(()));
    let broker = broker("b", &["0100000001"]);
    assert_eq!(broker.may_do(Action::File, &own(Some("0100000001"), "b")), Ok(()));
    assert_eq!(broker.may_do(Action::File, &own(Some("0100000002"), "b")), Err(Denied::NotOwn));
    let customs = system("c", OrganisationKind::Customs);
    assert_eq!(customs.may_do(Action::File, &own(Some("0100000002"), "c")), Ok(()));
}

#[test]
fn customs_acts_for_a_trader_only_in_what_it_has_filed_at_its_counter() {
    let plants = Principal { agency: Some("plants".into()), ..system("counter", OrganisationKind::Customs) };
    let declared = |filer| Subject::Declaration { holder: Some("1"), filer, agencies: &["plants"], stuck: false };
    let applied = |filer| Subject::Dossier { holder: Some("1"), filer, agency: Some("plants"), stuck: false };
    for subject in [declared, applied] as [fn(&'static str) -> Subject<'static>; 2] {
        assert_eq!(plants.may_do(Action::ActAsDeclarant, &subject("counter")), Ok(()));
        // That it judges what others have filed makes it no declarant.
        assert_eq!(plants.may_do(Action::ActAsDeclarant, &subject("broker")), Err(Denied::NotOwn));
    }
}

#[test]
fn an_agency_sees_its_tasks_in_a_declaration_and_the_whole_of_its_dossiers() {
    assert_eq!(agency("plants").may_see(&DECLARATION), Ok(Scope::OwnTasks));
    assert_eq!(agency("minerals").may_see(&DECLARATION), Err(Denied::NotOwn));
    let dossier = |agency| Subject::Dossier { holder: None, filer: "sender", agency: Some(agency), stuck: false };
    assert_eq!(agency("plants").may_see(&dossier("plants")), Ok(Scope::Whole));
    assert_eq!(agency("plants").may_see(&dossier("animals")), Err(Denied::NotOwn));
    let task = |agency| Subject::Task { agency, holder: Some("0100000001") };
    assert_eq!(agency("plants").may_do(Action::ActOnTask, &task(Some("plants"))), Ok(()));
    assert_eq!(agency("plants").may_do(Action::ActOnTask, &task(Some("animals"))), Err(Denied::NotOwn));
    assert_eq!(agency("plants").may_do(Action::ActOnTask, &task(None)), Err(Denied::NotOwn));
}

#[test]
fn customs_sees_everything_and_acts_on_its_own_tasks_only() {
    let customs = system("customs", OrganisationKind::Customs);
    assert_eq!(customs.may_see(&DECLARATION), Ok(Scope::Whole));
    assert_eq!(customs.may_do(Action::ActOnTask, &Subject::Task { agency: None, holder: None }), Ok(()));
    let plants = Subject::Task { agency: Some("plants"), holder: None };
    assert_eq!(customs.may_do(Action::ActOnTask, &plants), Err(Denied::NotOwn));
}

#[test]
fn an_operator_sees_the_steps_of_what_is_stuck_and_nothing_else_of_any_case() {
    let operator = system("operators", OrganisationKind::Operator);
    assert_eq!(operator.may_see(&DECLARATION), Err(Denied::NotOwn));
    let stuck = Subject::Declaration { holder: None, filer: "sender", agencies: &[], stuck: true };
    assert_eq!(operator.may_see(&stuck), Ok(Scope::Steps));
    assert_eq!(operator.may_do(Action::SettleStuck, &stuck), Ok(()));
    assert_eq!(operator.may_do(Action::SettleStuck, &DECLARATION), Err(Denied::NotOwn));
    let dossier = Subject::Dossier { holder: None, filer: "sender", agency: None, stuck: true };
    assert_eq!(operator.may_see(&dossier), Ok(Scope::Steps));
}

#[test]
fn of_what_is_sent_in_bulk_the_sender_sees_all_and_an_operator_how_far_it_has_come() {
    let bulk = Subject::Bulk { organisation: "sender" };
    assert_eq!(trader("sender", "0100000001").may_see(&bulk), Ok(Scope::Whole));
    assert_eq!(trader("any", "0100000001").may_see(&bulk), Err(Denied::NotOwn));
    assert_eq!(system("operators", OrganisationKind::Operator).may_see(&bulk), Ok(Scope::Steps));
    let operator = system("operators", OrganisationKind::Operator);
    assert_eq!(operator.may_do(Action::SendBulk, &bulk), Err(Denied::Kind(OrganisationKind::Operator)));
}

#[test]
fn a_partner_sees_certificates_from_it_and_to_it_and_sends_only_its_own() {
    let partner = system("abroad", OrganisationKind::Partner);
    let certificate = |from, to| Subject::Certificate { from, to, holder: None };
    assert_eq!(partner.may_see(&certificate("abroad", "window")), Ok(Scope::Whole));
    assert_eq!(partner.may_see(&certificate("window", "abroad")), Ok(Scope::Whole));
    assert_eq!(partner.may_see(&certificate("window", "elsewhere")), Err(Denied::NotOwn));
    assert_eq!(partner.may_do(Action::SendCertificate, &certificate("abroad", "window")), Ok(()));
    assert_eq!(partner.may_do(Action::SendCertificate, &certificate("window", "abroad")), Err(Denied::NotOwn));
}

#[test]
fn only_an_admin_looks_after_its_organisation_and_no_key_does() {
    let own = Subject::Organisation { id: "sender" };
    let with = |admin, sign_in| {
        let mut principal = person(SecondFactor::NotNeeded, trader("sender", "0100000001"));
        principal.sign_in = sign_in;
        principal.person.as_mut().unwrap().admin = admin;
        principal
    };
    let session = SignIn::Session(SecondFactor::NotNeeded);
    assert_eq!(with(true, session).may_do(Action::ManageOrganisation, &own), Ok(()));
    assert_eq!(with(false, session).may_do(Action::ManageOrganisation, &own), Err(Denied::NotOwn));
    assert_eq!(with(true, SignIn::ApiKey).may_do(Action::ManageOrganisation, &own), Err(Denied::NotOwn));
    let other = Subject::Organisation { id: "other" };
    assert_eq!(with(true, session).may_do(Action::ManageOrganisation, &other), Err(Denied::NotOwn));
}

#[test]
fn people_manage_their_own_account_from_a_session() {
    let mut asker = person(SecondFactor::NotNeeded, trader("sender", "0100000001"));
    let own = Subject::Account { person: asker.person.as_ref().unwrap().id };
    assert_eq!(asker.may_do(Action::ManageAccount, &own), Ok(()));
    asker.sign_in = SignIn::ApiKey;
    assert_eq!(asker.may_do(Action::ManageAccount, &own), Err(Denied::NotOwn));
}

#[test]
fn officers_and_operators_need_a_second_factor_and_others_once_they_have_one() {
    use OrganisationKind::{Agency, Auditor, Broker, Customs, Operator, Partner, Trader};
    for kind in [Agency, Customs, Operator, Auditor] {
        assert_eq!(SecondFactor::of(kind, false, false), SecondFactor::NotEnrolled);
    }
    for kind in [Trader, Broker, Partner] {
        assert_eq!(SecondFactor::of(kind, false, false), SecondFactor::NotNeeded);
    }
    for kind in OrganisationKind::ALL {
        assert_eq!(SecondFactor::of(kind, true, false), SecondFactor::Missing);
        assert_eq!(SecondFactor::of(kind, true, true), SecondFactor::Passed);
    }
}

/// For every action that an officer of customs has with some subject.
#[test]
fn without_the_second_factor_an_officer_gets_no_further_than_setting_one_up() {
    let mut allowed = 0;
    for subject in subjects() {
        for action in Action::ALL {
            let with = |second_factor| {
                person(second_factor, system("customs", OrganisationKind::Customs)).may_do(action, &subject)
            };
            if with(SecondFactor::Passed).is_err() || action == Action::ManageAccount {
                continue;
            }
            allowed += 1;
            assert_eq!(with(SecondFactor::NotEnrolled), Err(Denied::Enrolment), "{action:?}");
            assert_eq!(with(SecondFactor::Missing), Err(Denied::SecondFactor), "{action:?}");
        }
    }
    assert!(allowed >= 7, "{allowed}");
    let officer = person(SecondFactor::NotEnrolled, system("customs", OrganisationKind::Customs));
    let account = Subject::Account { person: officer.person.as_ref().unwrap().id };
    assert_eq!(officer.may_do(Action::ManageAccount, &account), Ok(()));
    // Whoever has only the password does not replace the second factor.
    let half = person(SecondFactor::Missing, system("customs", OrganisationKind::Customs));
    assert_eq!(half.may_do(Action::ManageAccount, &account), Err(Denied::SecondFactor));
}

#[test]
fn a_password_that_somebody_else_set_is_changed_before_anything_else() {
    let mut asker = person(SecondFactor::NotNeeded, trader("sender", "0100000001"));
    asker.person.as_mut().unwrap().must_change = true;
    assert_eq!(asker.may_see(&DECLARATION), Err(Denied::PasswordChange));
    let account = Subject::Account { person: asker.person.as_ref().unwrap().id };
    assert_eq!(asker.may_do(Action::ManageAccount, &account), Ok(()));
    asker.person.as_mut().unwrap().must_change = false;
    assert_eq!(asker.may_see(&DECLARATION), Ok(Scope::Whole));
}

#[test]
fn what_is_not_ones_own_looks_as_if_it_were_not_there() {
    assert!(Denied::NotOwn.hides());
    assert!(!Denied::Kind(OrganisationKind::Trader).hides());
    assert!(!Denied::SecondFactor.hides());
}
