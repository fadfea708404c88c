//! What messages mean, and dossiers that are moved by it.

use std::collections::BTreeSet;

use motcua::approval::dossier::{
    self, ActRefusalReason, ClockStatus, DossierKeysError, DossierMessage, DossierState, allowed_acts, next_by_act,
};
use motcua::law::life_cycle::{Act, ClockEffect, LifeCycle, MessageCode, Sender, Transition};
use motcua::law::{EvidenceKind, ProcedureKind};
use motcua::trade::Stage;

use super::{code_of, cycle, general, key, pack, play, reachable};

/// The transitions of a message.
fn transitions<'c>(cycle: &'c LifeCycle, message: &str) -> Vec<&'c Transition> {
    let found: Vec<_> = cycle.transitions.iter().filter(|t| t.message.to_string() == message).collect();
    assert!(!found.is_empty(), "{} {message}", code_of(cycle));
    found
}

/// Read off the titles of the messages in the source.
#[test]
fn messages_mean_what_the_source_says_of_them() {
    let meant = [
        ("BNNPTNT0600004", "10/01 apply, 10/02 replace, 10/03 supplement, 11/04 withdraw, 12/05 reject, 12/06 ask"),
        ("BNNPTNT0600004", "12/14 reject, 12/15 ask, 13/07 accept, 14/08 ask_edit, 15/09 agree_edit"),
        ("BNNPTNT0600004", "15/10 refuse_edit, 16/11 ask_withdrawal, 17/12 agree_withdrawal, 17/13 refuse_withdrawal"),
        ("BNNPTNT0600004", "18/16 fee, 19/18 fee_confirmed, 20/20 issue, 20/37 edit, 20/45 edit, 23/30 issue"),
        ("BNNPTNT0600004", "26/26 fail, 27/34 ask_certificate_cancellation, 28/35 agree_certificate_cancellation"),
        ("BNNPTNT0600004", "28/36 refuse_certificate_cancellation, 29/43 ask_certificate_edit"),
        ("BNNPTNT0600004", "30/44 refuse_certificate_edit"),
        (
            "BNNPTNT0600009",
            "11/05 accept, 11/06 reject, 11/07 ask, 12/04 withdraw, 17/14 issue, 17/16 edit, 19/18 fail",
        ),
        (
            "BNNPTNT0600010",
            "11/05 reject, 11/06 ask, 11/61 accept, 19/16 fail, 20/17 issue_interim, 20/19 edit_interim",
        ),
        ("BNNPTNT0600010", "17/14 fee, 17/23 fee, 18/24 fee_confirmed, 21/18 issue, 21/20 edit, 24/07 confirm"),
        ("BNNPTNT0600011", "15/11 issue, 16/14 edit, 17/15 ask_edit, 19/18 notice"),
        (
            "BNNPTNT0600012",
            "12/07 confirm, 23/21 ask_certificate_edit, 24/22 agree_certificate_edit, 25/24 issue_interim",
        ),
        ("BNNPTNT0600012", "26/26 fail, 27/27 ask_retest, 28/28 fail, 19/16 issue"),
        (
            "BNN&PTNT0600003",
            "13/08 confirm, 19/16 pay, 21/18 order_treatment, 22/30 order_treatment, 23/20 issue_interim",
        ),
        (
            "BNN&PTNT0600003",
            "23/25 edit_interim, 24/33 edit_interim, 27/24 issue, 27/36 edit, 29/37 refuse_certificate_edit",
        ),
        (
            "BNN&PTNT0300002",
            "22/19 ask, 23/20 supplement, 26/25 order_treatment, 13/07 confirm, 21/18 issue, 21/24 edit",
        ),
        ("BNNPTNT0300004", "12/31 notice, 18/14 order_treatment, 19/15 issue_interim, 20/16 issue, 21/19 edit"),
        ("BNN0300003", "12/20 notice, 17/* fee, 19/* fee_confirmed, 20/* issue, 24/* edit, 15/11 ask_withdrawal"),
        ("BNN0500004", "17/* issue, 19/* refuse_certificate_edit, 20/* edit, 16/13 refuse_withdrawal"),
        ("BNNPTNT0200025", "10/04 supplement, 12/10 reject, 13/11 confirm, 14/12 revoke, 15/13 report, 16/14 notice"),
        ("BNNPTNT0200025", "17/15 submit_result, 17/18 supplement, 18/20 accept, 18/21 ask, 19/22 issue, 20/23 revoke"),
        ("BNNPTNT0200026", "11/03 accept, 12/04 issue, 13/05 revoke"),
    ];
    for (code, messages) in meant {
        for pair in messages.split(", ") {
            let (message, act) = pair.split_once(' ').unwrap();
            for transition in transitions(cycle(code), message) {
                assert_eq!(transition.act.as_str(), act, "{code} {message}");
            }
        }
    }
    let sufficient = cycle("BNNPTNT0300004").transitions.iter().filter(|t| !t.case.is_empty());
    let acts: Vec<_> = sufficient.map(|t| (t.case.as_str(), t.act)).collect();
    assert_eq!(acts, [("sufficient", Act::FeeConfirmed), ("additional", Act::Fee)]);
}

/// What a message means and where it leads were read apart; they have to agree.
#[test]
fn acts_and_the_states_that_they_lead_to_agree() {
    for cycle in &pack().life_cycles {
        for transition in &cycle.transitions {
            let to: Vec<&str> = transition
                .to
                .iter()
                .map(|(track, state)| &*cycle.tracks[usize::from(*track)].states[usize::from(*state)].key)
                .collect();
            let leads_to = |keys: &[&str]| to.iter().any(|key| keys.contains(key));
            let (act, what) = (transition.act, format!("{} {}", code_of(cycle), transition.message));
            assert_eq!(act == Act::Reject, leads_to(&["rejected", "registration_refused"]), "{what}");
            assert_eq!(
                act == Act::Ask,
                to.iter().any(|k| k.ends_with("supplement_requested"))
                    || leads_to(&["certificate_information_requested"]),
                "{what}"
            );
            let gone = leads_to(&["withdrawn", "cancelled", "withdrawal_agreed"]);
            assert_eq!(matches!(act, Act::Withdraw | Act::AgreeWithdrawal), gone, "{what}");
            assert_eq!(act == Act::Revoke, leads_to(&["revoked"]), "{what}");
            assert_eq!(act == Act::Apply, transition.from[0] == 1 && leads_to(&["awaiting"]), "{what}");
            assert!(!transition.rolls_back || act == Act::RefuseEdit, "{what}");
            let effects: BTreeSet<&str> = transition.clocks.iter().map(|(_, effect)| effect.as_str()).collect();
            assert_eq!(act == Act::Ask, effects.contains("pause"), "{what}");
            assert_eq!(act == Act::Supplement, effects.contains("resume"), "{what}");
        }
    }
}

#[test]
fn what_was_asked_for_can_be_answered() {
    for cycle in &pack().life_cycles {
        for state in reachable(cycle) {
            for transition in dossier::allowed(cycle, state).filter(|t| t.act == Act::Ask) {
                let asked = dossier::next(cycle, state, &super::message_of(transition)).unwrap().state;
                let next = next_by_act(cycle, &asked, Act::Supplement, Sender::Trader);
                assert!(next.is_ok(), "{} {}", code_of(cycle), transition.message);
            }
        }
    }
}

#[test]
fn messages_give_the_evidence_of_their_procedure() {
    let expected = [
        ("BNNPTNT0600010", "11/61", None),
        ("BNNPTNT0600010", "24/07", Some("registration pass")),
        ("BNNPTNT0600010", "20/17", None),
        ("BNNPTNT0600010", "21/18", Some("certificate pass")),
        ("BNNPTNT0600010", "21/20", Some("certificate pass")),
        ("BNNPTNT0600010", "19/16", Some("result fail")),
        ("BNNPTNT0600010", "11/05", None),
        // A guidance letter ends a registration, and the certificate is still to come.
        ("BNNPTNT0600009", "18/15", Some("registration pass")),
        ("BNNPTNT0600009", "19/18", Some("result fail")),
        ("BNN0300003", "20/*", Some("permit pass")),
        ("BNN0300003", "24/*", Some("permit pass")),
        ("BNNPTNT0600004", "28/35", Some("certificate withdrawn")),
        ("BNNPTNT0200025", "14/12", Some("registration withdrawn")),
        ("BNNPTNT0200025", "20/23", Some("certificate withdrawn")),
        ("BNNPTNT0200026", "12/04", Some("exemption_notice pass")),
        ("BNN&PTNT0200003", "12/05", Some("exemption_notice pass")),
        ("BNN&PTNT0200003", "11/06", Some("exemption_notice withdrawn")),
        // A letter that inspections be reduced meets no requirement.
        ("BNN&PTNT0200002", "12/05", None),
        ("BNNPTNT0300004", "20/16", Some("certificate pass")),
        ("BNNPTNT0300004", "21/18", Some("result pass")),
        ("BNNPTNT0300004", "19/15", None),
    ];
    for (code, message, wanted) in expected {
        let procedure = pack().procedure(code);
        let kind = pack().procedure_kind(procedure, Stage::BeforeClearance);
        for transition in transitions(cycle(code), message) {
            let gives = transition.gives(kind).map(|g| format!("{} {}", g.kind.as_str(), g.outcome.as_str()));
            assert_eq!(gives.as_deref(), wanted, "{code} {message}");
        }
    }
    let revoked = transitions(general(), "22/19").into_iter().map(|t| t.gives(ProcedureKind::Permit).unwrap().kind);
    assert_eq!(revoked.collect::<Vec<_>>(), [EvidenceKind::Permit, EvidenceKind::Registration]);
    let issue = transitions(general(), "20/16")[0];
    let procedures =
        [ProcedureKind::Permit, ProcedureKind::Registration, ProcedureKind::Certificate, ProcedureKind::Other];
    let issued = procedures.map(|procedure| issue.gives(procedure).unwrap().kind);
    let certificate = EvidenceKind::Certificate;
    assert_eq!(issued, [EvidenceKind::Permit, EvidenceKind::Registration, certificate, certificate]);
    assert_eq!(pack().procedure_kind(None, Stage::PermitBeforeExport), ProcedureKind::Permit);
    assert_eq!(pack().procedure_kind(None, Stage::AfterClearance), ProcedureKind::Certificate);
}

#[test]
fn who_acts_by_meaning_sends_the_message_that_the_state_allows() {
    for cycle in &pack().life_cycles {
        let mut acted = BTreeSet::new();
        for state in reachable(cycle) {
            for sender in [Sender::Trader, Sender::Agency] {
                let allowed = allowed_acts(cycle, state, sender);
                for (_, act) in Act::WORDS {
                    match next_by_act(cycle, state, *act, sender) {
                        Ok(found) => {
                            acted.insert(*act);
                            assert!(allowed.contains(act) && act.sender() == sender);
                            assert_eq!(found.step.transition.unwrap().act, *act);
                            let message = DossierMessage { code: found.code, case: found.case, sender };
                            let step = dossier::next(cycle, state, &message).unwrap();
                            assert_eq!(step.state, found.step.state, "{} {}", code_of(cycle), found.code);
                        }
                        Err(refusal) => {
                            assert!(!allowed.contains(act));
                            assert_eq!(refusal.allowed, allowed);
                            assert_eq!(refusal.reason == ActRefusalReason::OtherSender, act.sender() != sender);
                        }
                    }
                }
            }
        }
        assert_eq!(acted, cycle.transitions.iter().map(|t| t.act).collect(), "{}", code_of(cycle));
    }
}

#[test]
fn a_refused_act_says_why_and_what_is_allowed() {
    let cycle = cycle("BNNPTNT0600010");
    let accepted = play(cycle, "10/01 11/61");
    let refused = |act, sender| next_by_act(cycle, &accepted, act, sender).unwrap_err().to_string();
    let told = "`supplement` is not allowed now; allowed: ask_edit, ask_withdrawal";
    assert_eq!(refused(Act::Supplement, Sender::Trader), told);
    assert!(refused(Act::Issue, Sender::Trader).starts_with("`issue` is not for the trader to do; allowed: ask_edit"));
    assert!(refused(Act::Revoke, Sender::Agency).starts_with("no message of this procedure means `revoke`; allowed: "));
    let draft = next_by_act(cycle, &dossier::begin(cycle), Act::Accept, Sender::Agency).unwrap_err().to_string();
    assert_eq!(draft, "`accept` is not allowed now; there is nothing that the agency can do now");
}

/// Plays acts on the general life cycle; gives the codes of the messages, the state and the clock.
fn act(acts: &[Act]) -> (Vec<String>, DossierState, ClockStatus) {
    let (mut codes, mut state, mut clock) = (Vec::new(), dossier::begin(general()), ClockStatus::default());
    for act in acts {
        let found = next_by_act(general(), &state, *act, act.sender()).unwrap_or_else(|refusal| panic!("{refusal}"));
        codes.push(found.code.to_string());
        clock = found.step.clocks().iter().fold(clock, |clock, (_, effect)| clock.after(*effect));
        state = found.step.state;
    }
    (codes, state, clock)
}

#[test]
fn a_dossier_without_a_life_cycle_of_its_own_follows_the_common_pattern() {
    use Act::{
        Accept, AgreeEdit, AgreeWithdrawal, Apply, Ask, AskCertificateEdit, AskEdit, AskWithdrawal, Confirm, Edit,
        Fail, Fee, FeeConfirmed, Issue, Pay, RefuseEdit, RefuseWithdrawal, Reject, Replace, Revoke, Supplement,
        Withdraw,
    };
    let file = |state: &DossierState| key(general(), state, "file").to_owned();
    let (codes, state, clock) = act(&[Apply, Replace, Ask, Supplement, Accept, Fee, Pay, FeeConfirmed, Issue]);
    assert_eq!(codes, ["10/01", "10/02", "12/06", "10/03", "13/07", "18/14", "19/15", "23/20", "20/16"]);
    assert_eq!((file(&state).as_str(), clock), ("issued", ClockStatus::Stopped));
    assert_eq!(key(general(), &state, "fee"), "confirmed");

    let (_, state, clock) = act(&[Apply, Accept, Ask]);
    assert_eq!((file(&state).as_str(), clock), ("supplement_requested", ClockStatus::Paused));
    let (_, state, clock) = act(&[Apply, Accept, Confirm]);
    assert_eq!((file(&state).as_str(), clock), ("registration_confirmed", ClockStatus::Running));
    let (codes, state, _) = act(&[Apply, Accept, Confirm, Issue, AskCertificateEdit, Edit, Edit, Revoke]);
    assert_eq!(codes[4..], ["25/22", "20/17", "20/17", "22/19"]);
    assert!(file(&state) == "revoked" && state.is_closed(general()));

    for (acts, ends) in [
        (vec![Apply, Withdraw], "withdrawn"),
        (vec![Apply, Accept, Ask, Withdraw], "withdrawn"),
        (vec![Apply, Reject], "rejected"),
        (vec![Apply, Accept, Reject], "rejected"),
        (vec![Apply, Accept, Fail], "failed"),
        (vec![Apply, Accept, AskWithdrawal, RefuseWithdrawal, AskWithdrawal, AgreeWithdrawal], "withdrawn"),
    ] {
        let (_, state, clock) = act(&acts);
        assert!(file(&state) == ends && state.is_closed(general()), "{acts:?}");
        assert!(matches!(clock, ClockStatus::Stopped | ClockStatus::Idle), "{acts:?}");
    }

    // Requests wait for consent; meanwhile nothing is decided, and the file stays where it is.
    for (request, agree, refuse) in
        [(AskEdit, AgreeEdit, RefuseEdit), (AskWithdrawal, AgreeWithdrawal, RefuseWithdrawal)]
    {
        let (_, asked, _) = act(&[Apply, Accept, request]);
        assert_eq!(file(&asked), "accepted");
        assert_eq!(allowed_acts(general(), &asked, Sender::Agency), [agree, refuse]);
        assert!(next_by_act(general(), &asked, request, Sender::Trader).is_err(), "once is enough");
        assert!(next_by_act(general(), &act(&[Apply, Accept, request, refuse]).1, Issue, Sender::Agency).is_ok());
    }
    assert!(next_by_act(general(), &act(&[Apply]).1, AskWithdrawal, Sender::Trader).is_err(), "withdrawn at once");
    assert!(next_by_act(general(), &act(&[Apply, Accept]).1, Withdraw, Sender::Trader).is_err(), "consent is needed");
}

#[test]
fn every_procedure_has_some_life_cycle() {
    let pack = pack();
    for (procedure, id) in pack.procedures.iter().zip(0u16..).map(|(p, at)| (p, motcua::law::ProcedureId(at))) {
        let cycle = pack.life_cycle_of(Some(id)).unwrap();
        match pack.life_cycle(id) {
            Some(own) => assert!(std::ptr::eq(own, cycle), "{}", procedure.code),
            None => assert!(std::ptr::eq(general(), cycle), "{}", procedure.code),
        }
        let has = |act| cycle.transitions.iter().any(|transition| transition.act == act);
        let ends = if procedure.kind == ProcedureKind::Registration {
            has(Act::Confirm) || has(Act::Issue)
        } else {
            has(Act::Issue)
        };
        assert!(ends, "{}", procedure.code);
    }
    let effects = general().transitions.iter().flat_map(|t| &t.clocks).map(|(_, effect)| *effect);
    assert!(effects.into_iter().any(|effect| effect == ClockEffect::Start));
}

#[test]
fn a_state_is_kept_by_its_keys() {
    for cycle in &pack().life_cycles {
        for state in reachable(cycle) {
            let keys = state.to_keys(cycle);
            assert_eq!(keys.len(), cycle.tracks.len());
            let back = DossierState::from_keys(cycle, keys.iter().map(|(t, s)| (t.as_str(), s.as_str())));
            assert_eq!(back.as_ref(), Ok(state));
            let reversed = DossierState::from_keys(cycle, keys.iter().rev().map(|(t, s)| (t.as_str(), s.as_str())));
            assert_eq!(reversed.as_ref(), Ok(state));
        }
    }
    let cycle = cycle("BNNPTNT0600012");
    let issued = play(cycle, "10/01 11/29 12/07 18/14");
    let confirmed = "registration_confirmed";
    let named = [("file", confirmed), ("quarantine", "certificate_issued"), ("fee", confirmed)];
    let kept = issued.to_keys(cycle);
    assert!(named.iter().all(|(track, state)| kept.contains(&((*track).to_owned(), (*state).to_owned()))), "{kept:?}");
    assert_eq!(DossierState::from_keys(cycle, named), Ok(issued), "tracks that are not named are where they begin");
    let wrong = |keys: &[(&str, &str)]| DossierState::from_keys(cycle, keys.iter().copied()).unwrap_err();
    assert_eq!(wrong(&[("fil", "accepted")]), DossierKeysError::UnknownTrack { track: "fil".to_owned() });
    let unknown = DossierKeysError::UnknownState { track: "file".to_owned(), state: "gone".to_owned() };
    assert_eq!(wrong(&[("file", "gone")]), unknown);
    let twice = DossierKeysError::Repeated { track: "file".to_owned() };
    assert_eq!(wrong(&[("file", "accepted"), ("file", "awaiting")]), twice);
}

#[test]
fn a_message_without_a_known_function_is_given_one() {
    let code = transitions(cycle("BNN0300003"), "20/*")[0].message.example();
    assert_eq!(code, MessageCode { kind: 20, function: 1 });
    assert!(!code.is_technical());
}
