//! Dossiers under the life cycles of the built-in pack.
//!
//! `fixtures/life-cycles/*.csv` was copied from the reference's tables, not from the pack.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::OnceLock;

use motcua::approval::dossier::{self, ClockStatus, DossierMessage, DossierState, RefusalReason};
use motcua::law::Pack;
use motcua::law::life_cycle::{ClockEffect, Founded, LifeCycle, MessageCode, Sender, TrackState, Transition};
use proptest::prelude::*;

/// Messages of the source that no life cycle has: they have no status and no handler, or belong to
/// no dossier. The files of the life cycles say so.
const LEFT_OUT: [(&str, &str); 11] = [
    ("BNN&PTNT0600003", "12/08"),
    ("BNN&PTNT0600003", "14/16"),
    ("BNN&PTNT0600003", "16/13"),
    ("BNN&PTNT0600003", "16/14"),
    ("BNN&PTNT0600003", "19/17"),
    ("BNN&PTNT0600003", "20/10"),
    ("BNN&PTNT0600003", "20/11"),
    ("BNN&PTNT0600003", "22/20"),
    ("BNNPTNT0200025", "23/26"),
    ("BNNPTNT0200025", "24/27"),
    ("BNNPTNT0200025", "25/28"),
];

fn pack() -> &'static Pack {
    motcua::embedded::pack()
}

fn cycle(code: &str) -> &'static LifeCycle {
    let pack = pack();
    pack.life_cycle(pack.procedure(code).unwrap()).unwrap()
}

/// That of all procedures without one of their own.
fn general() -> &'static LifeCycle {
    pack().life_cycle_of(None).unwrap()
}

/// The code of a life cycle's procedure; `*` of the general one.
fn code_of(cycle: &LifeCycle) -> &'static str {
    cycle.procedure.map_or("*", |procedure| pack().procedures[procedure.index()].code.as_str())
}

/// The rows of a fixture.
fn rows(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/life-cycles").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// `24/23:additional` as a message; any function where the source gives `*`.
fn message(text: &str, sender: Sender) -> DossierMessage<'_> {
    let (code, case) = text.split_once(':').map_or((text, None), |(code, case)| (code, Some(case)));
    let any = code.replace('*', "21");
    DossierMessage { code: MessageCode::parse(&any).unwrap(), case, sender }
}

fn message_of(transition: &Transition) -> DossierMessage<'_> {
    let code = MessageCode { kind: transition.message.kind, function: transition.message.function.unwrap_or(21) };
    let case = (!transition.case.is_empty()).then_some(transition.case.as_str());
    DossierMessage { code, case, sender: transition.sender }
}

fn sender(word: &str) -> Sender {
    match word {
        "trader" => Sender::Trader,
        "agency" => Sender::Agency,
        other => panic!("{other}"),
    }
}

/// Every state that some sequence of messages leads to, counted out once for all tests.
fn reachable(cycle: &LifeCycle) -> &'static [DossierState] {
    static ALL: OnceLock<Vec<Vec<DossierState>>> = OnceLock::new();
    let all = ALL.get_or_init(|| pack().life_cycles.iter().map(count_out).collect());
    let at = pack().life_cycles.iter().position(|one| one.procedure == cycle.procedure).unwrap();
    &all[at]
}

fn count_out(cycle: &LifeCycle) -> Vec<DossierState> {
    let begin = dossier::begin(cycle);
    let (mut seen, mut order, mut open) = (HashSet::from([begin]), vec![begin], vec![begin]);
    while let Some(state) = open.pop() {
        for transition in &cycle.transitions {
            if let Ok(step) = dossier::next(cycle, &state, &message_of(transition))
                && seen.insert(step.state)
            {
                order.push(step.state);
                open.push(step.state);
            }
        }
    }
    order
}

fn play(cycle: &LifeCycle, messages: &str) -> DossierState {
    messages.split(' ').fold(dossier::begin(cycle), |state, text| {
        let code = text.split(':').next().unwrap();
        let code = MessageCode::parse(code).unwrap();
        let by = cycle.transitions.iter().find(|t| t.message.matches(code)).unwrap().sender;
        dossier::next(cycle, &state, &message(text, by)).unwrap_or_else(|refusal| panic!("{refusal}")).state
    })
}

fn status<'c>(cycle: &'c LifeCycle, state: &DossierState, track: &str) -> &'c str {
    &state.of(cycle, track).unwrap().status
}

fn key<'c>(cycle: &'c LifeCycle, state: &DossierState, track: &str) -> &'c str {
    &state.of(cycle, track).unwrap().key
}

#[test]
fn every_procedure_of_the_source_has_a_life_cycle() {
    let own = pack().life_cycles.iter().filter(|cycle| cycle.procedure.is_some());
    let found: BTreeSet<&str> = own.map(code_of).collect();
    let rows = rows("messages.csv");
    assert_eq!(found, rows.iter().map(|row| row[0].as_str()).collect());
    assert_eq!(found.len(), 15);
}

#[test]
fn every_documented_message_leads_where_the_source_says() {
    for row in rows("messages.csv") {
        let [code, text, by, track, expected, _] = row.as_slice() else { panic!("{row:?}") };
        let (cycle, states) = (cycle(code), reachable(cycle(code)));
        let message = message(text, sender(by));
        let steps: Vec<_> =
            states.iter().filter_map(|state| Some((state, dossier::next(cycle, state, &message).ok()?))).collect();
        if LEFT_OUT.contains(&(code, text)) {
            assert!(steps.is_empty(), "{code} {text} is said to be left out");
            continue;
        }
        assert!(!steps.is_empty(), "{code} {text} is never allowed");
        for (before, step) in steps {
            if expected.is_empty() && code == "BNNPTNT0200026" {
                // The source has no status of it at all; the next test follows its messages.
                assert_ne!(before.of(cycle, "file").unwrap().key, key(cycle, &step.state, "file"), "{code} {text}");
            } else if expected.is_empty() {
                assert_eq!(before.of(cycle, "file").unwrap().key, key(cycle, &step.state, "file"), "{code} {text}");
            } else {
                assert_eq!(status(cycle, &step.state, track), expected, "{code} {text} {track}");
            }
        }
    }
}

#[test]
fn a_procedure_without_statuses_follows_its_messages() {
    let cycle = cycle("BNNPTNT0200026");
    let states = [("10/01", "awaiting"), ("10/01 11/03", "received"), ("10/01 11/03 12/04", "letter_issued")];
    for (messages, state) in states.into_iter().chain([("10/01 11/03 12/04 13/05", "revoked")]) {
        assert_eq!(key(cycle, &play(cycle, messages), "file"), state);
    }
}

#[test]
fn what_the_source_does_not_list_is_said_to_be_inferred() {
    let rows = rows("messages.csv");
    for cycle in &pack().life_cycles {
        let code = code_of(cycle);
        for transition in &cycle.transitions {
            let listed = rows.iter().any(|row| {
                let pattern = row[1].split(':').next().unwrap();
                row[0] == code && pattern == transition.message.to_string() && row[2] == transition.sender.as_str()
            });
            let status_known = rows.iter().any(|row| {
                row[0] == code
                    && row[1].split(':').next() == Some(&transition.message.to_string())
                    && !row[5].is_empty()
            });
            if !(listed && status_known) {
                assert_eq!(transition.founded, Founded::Inferred, "{code} {}", transition.message);
            }
        }
    }
}

/// A guard of the handlers is the whole truth about the file's status: allowed there, refused in
/// every other. Of another track it is what is needed, beside an open file.
#[test]
fn guards_of_the_handlers_allow_and_refuse() {
    for row in rows("guards.csv") {
        let (code, text, track, statuses) = (&row[0], &row[1], &row[2], row[3].split(';').collect::<Vec<_>>());
        let cycle = cycle(code);
        let transition = cycle.transitions.iter().find(|t| t.message.to_string() == *text).unwrap();
        let by = transition.sender;
        let withdraws = transition.title_en.starts_with("Request to withdraw");
        let mut accepted: BTreeSet<&str> = BTreeSet::new();
        for state in reachable(cycle) {
            let now = status(cycle, state, track);
            let allowed = dossier::next(cycle, state, &message(text, by)).is_ok();
            if allowed {
                accepted.insert(now);
            }
            // What a unit has decided is no longer withdrawn, though the file's own status stays.
            let units = ["quarantine", "quality"].into_iter().filter_map(|unit| state.of(cycle, unit));
            let decided = withdraws && units.into_iter().any(|unit| unit.key != "none");
            if track == "file" || !statuses.contains(&now) {
                assert_eq!(allowed, statuses.contains(&now) && !decided, "{code} {text} in {track} {now}");
            }
        }
        assert_eq!(accepted, statuses.iter().copied().collect(), "{code} {text}");
        let founded = cycle.transitions.iter().filter(|t| t.message.to_string() == *text);
        assert!(founded.into_iter().all(|t| t.founded == Founded::Sourced), "{code} {text}");
    }
}

#[test]
fn a_message_of_one_unit_moves_only_its_own_track() {
    for code in ["BNNPTNT0600010", "BNNPTNT0600012"] {
        let cycle = cycle(code);
        let units = ["file", "quarantine", "quality"];
        let mut moved_by_unit = [0; 3];
        for state in reachable(cycle) {
            for transition in dossier::allowed(cycle, state) {
                let step = dossier::next(cycle, state, &message_of(transition)).unwrap();
                let moved: Vec<usize> =
                    (0..3).filter(|at| key(cycle, state, units[*at]) != key(cycle, &step.state, units[*at])).collect();
                assert!(moved.len() <= 1, "{code} {} moves {moved:?}", transition.message);
                for at in moved {
                    moved_by_unit[at] += 1;
                }
            }
        }
        assert!(moved_by_unit.iter().all(|count| *count > 0), "{code} {moved_by_unit:?}");
    }
    let cycle = cycle("BNNPTNT0600012");
    let confirmed = play(cycle, "10/01 11/29 12/07");
    let failed = play(cycle, "10/01 11/29 12/07 26/26");
    assert_eq!((key(cycle, &failed, "quality"), key(cycle, &failed, "quarantine")), ("failed", "none"));
    let issued = play(cycle, "10/01 11/29 12/07 26/26 18/14");
    assert_eq!((status(cycle, &issued, "quality"), status(cycle, &issued, "quarantine")), ("18", "16"));
    assert_eq!(status(cycle, &issued, "file"), status(cycle, &confirmed, "file"));
    let other_order = play(cycle, "10/01 11/29 12/07 18/14 26/26");
    assert_eq!(issued, other_order);
    let retest = play(cycle, "10/01 11/29 12/07 26/26 18/14 27/27 19/16");
    assert_eq!((status(cycle, &retest, "quality"), status(cycle, &retest, "quarantine")), ("19", "16"));
}

#[test]
fn a_second_request_to_edit_a_certificate_waits_for_the_first() {
    let cycle = cycle("BNNPTNT0600012");
    let both = play(cycle, "10/01 11/29 12/07 18/14 19/16");
    let asked = play(cycle, "10/01 11/29 12/07 18/14 19/16 23/21:quality");
    for case in ["quarantine", "quality"] {
        let message = DossierMessage { case: Some(case), ..message("23/21", Sender::Trader) };
        assert!(dossier::next(cycle, &both, &message).is_ok());
        assert_eq!(dossier::next(cycle, &asked, &message).unwrap_err().reason, RefusalReason::NotNow);
    }
    let refused = play(cycle, "10/01 11/29 12/07 18/14 19/16 23/21:quality 24/23");
    assert_eq!((status(cycle, &refused, "quality"), status(cycle, &refused, "certificate")), ("19", "2"));
}

#[test]
fn an_edit_and_a_supplement_share_a_status_and_not_their_answers() {
    let cycle = cycle("BNNPTNT0600009");
    let supplemented = play(cycle, "10/01 11/07 10/03");
    let edit = play(cycle, "10/01 11/05 15/11");
    assert_eq!((status(cycle, &supplemented, "file"), status(cycle, &edit, "file")), ("8", "8"));
    for (text, of_supplement) in [("11/05", true), ("11/07", true), ("16/12", false), ("16/13", false)] {
        let message = message(text, Sender::Agency);
        assert_eq!(dossier::next(cycle, &supplemented, &message).is_ok(), of_supplement, "{text}");
        assert_eq!(dossier::next(cycle, &edit, &message).is_ok(), !of_supplement, "{text}");
    }
    let refused = dossier::next(cycle, &edit, &message("16/13", Sender::Agency)).unwrap();
    assert!(refused.transition.unwrap().rolls_back);
}

#[test]
fn a_refused_cancellation_gives_back_the_status_before() {
    let cycle = cycle("BNN0300003");
    for before in ["10/01 12/05", "10/01 12/05 12/20", "10/01 12/05 13/08 14/09"] {
        let (before, after) = (play(cycle, before), play(cycle, &format!("{before} 15/11 16/13")));
        assert_eq!(status(cycle, &before, "file"), status(cycle, &after, "file"));
    }
}

#[test]
fn quota_is_free_again_where_the_source_says() {
    let expected = [
        ("*", ["11/04", "12/05", "15/09", "17/12"]),
        ("BNNPTNT0600010", ["11/05", "13/09", "14/03", "16/12"]),
        ("BNNPTNT0600012", ["11/05", "14/09", "15/03", "17/12"]),
    ];
    for cycle in &pack().life_cycles {
        let code = code_of(cycle);
        let mut free: Vec<String> =
            cycle.transitions.iter().filter(|t| t.releases_quota).map(|t| t.message.to_string()).collect();
        free.sort();
        let wanted = expected.iter().find(|(of, _)| *of == code).map_or(&[][..], |(_, messages)| messages);
        assert_eq!(free, wanted, "{code}");
    }
}

#[test]
fn the_agency_s_time_stands_still_while_the_trader_has_to_answer() {
    let cycle = cycle("BNNPTNT0600004");
    let mut state = dossier::begin(cycle);
    let mut clock = ClockStatus::default();
    let told = [
        ("10/01", Sender::Trader, ClockStatus::Idle),
        ("12/06", Sender::Agency, ClockStatus::Idle),
        ("10/03", Sender::Trader, ClockStatus::Idle),
        ("13/07", Sender::Agency, ClockStatus::Running),
        ("12/15", Sender::Agency, ClockStatus::Paused),
        ("10/03", Sender::Trader, ClockStatus::Running),
        ("13/07", Sender::Agency, ClockStatus::Running),
        ("18/16", Sender::Agency, ClockStatus::Running),
        ("20/20", Sender::Agency, ClockStatus::Stopped),
        ("29/43", Sender::Trader, ClockStatus::Stopped),
    ];
    for (text, by, expected) in told {
        let step = dossier::next(cycle, &state, &message(text, by)).unwrap();
        clock = step.clocks().iter().fold(clock, |clock, (_, effect)| clock.after(*effect));
        state = step.state;
        assert_eq!(clock, expected, "after {text}");
    }
    for cycle in &pack().life_cycles {
        let effects: Vec<ClockEffect> =
            cycle.transitions.iter().flat_map(|t| &t.clocks).map(|(_, effect)| *effect).collect();
        assert!(effects.contains(&ClockEffect::Start) && effects.contains(&ClockEffect::Stop));
    }
}

#[test]
fn a_closed_dossier_does_not_move() {
    for cycle in &pack().life_cycles {
        let mut closed = 0;
        for state in reachable(cycle).iter().copied().filter(|state| state.is_closed(cycle)) {
            closed += 1;
            for transition in dossier::allowed(cycle, &state) {
                assert_eq!(dossier::next(cycle, &state, &message_of(transition)).unwrap().state, state);
            }
        }
        assert!(closed > 0);
    }
}

#[test]
fn a_refusal_says_why_and_what_is_allowed() {
    let cycle = cycle("BNNPTNT0300004");
    let noticed = play(cycle, "10/01 12/07 22/20");
    let reason = |text, by| dossier::next(cycle, &noticed, &message(text, by)).unwrap_err().reason;
    assert_eq!(reason("10/01", Sender::Trader), RefusalReason::NotNow);
    assert_eq!(reason("77/01", Sender::Trader), RefusalReason::UnknownMessage);
    assert_eq!(reason("22/21", Sender::Agency), RefusalReason::UnknownMessage);
    assert_eq!(reason("22/20", Sender::Trader), RefusalReason::OtherSender);
    assert_eq!(reason("24/23", Sender::Agency), RefusalReason::UnknownCase);
    assert_eq!(reason("24/23:other", Sender::Agency), RefusalReason::UnknownCase);
    let draft = dossier::next(cycle, &dossier::begin(cycle), &message("12/07", Sender::Agency)).unwrap_err();
    let told = "message 12/07 from the agency is not allowed now; allowed: 10/01 from the trader (New application)";
    assert_eq!(draft.to_string(), told);
    let closed = dossier::next(cycle, &play(cycle, "10/01 11/05"), &message("12/07", Sender::Agency)).unwrap_err();
    assert!(closed.to_string().ends_with("the dossier is closed, nothing is allowed"), "{closed}");
}

#[test]
fn an_acknowledgement_changes_nothing() {
    let cycle = cycle("BNNPTNT0600010");
    for state in [dossier::begin(cycle), play(cycle, "10/01 11/61"), play(cycle, "10/01 11/05")] {
        for (text, by) in [("10/99", Sender::Agency), ("10/00", Sender::Agency), ("11/99", Sender::Trader)] {
            let step = dossier::next(cycle, &state, &message(text, by)).unwrap();
            assert_eq!((step.state, step.transition.is_none(), step.clocks().len()), (state, true, 0));
        }
        let unknown = dossier::next(cycle, &state, &message("77/99", Sender::Agency)).unwrap_err();
        assert_eq!(unknown.reason, RefusalReason::UnknownMessage);
    }
}

mod acts;

/// A message of one of the life cycles, or any other.
fn messages() -> impl Strategy<Value = Vec<(u16, u16, u8, bool)>> {
    let one = prop_oneof![
        8 => (10u16..31, 0u16..62),
        1 => (0u16..1000, 0u16..1000),
        1 => (10u16..31, prop_oneof![Just(0u16), Just(99u16)]),
    ];
    prop::collection::vec((one, 0u8..6, any::<bool>()).prop_map(|((k, f), case, trader)| (k, f, case, trader)), 0..60)
}

const CASES: [Option<&str>; 6] =
    [None, Some("quarantine"), Some("quality"), Some("sufficient"), Some("additional"), Some("")];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any messages, and between them what the state allows, so that dossiers get somewhere.
    #[test]
    fn no_messages_lead_out_of_the_table(at in 0usize..16, messages in messages(), chosen in prop::collection::vec(any::<prop::sample::Index>(), 60)) {
        let cycle = &pack().life_cycles[at];
        let known: HashSet<&str> = cycle.tracks.iter().flat_map(|track| &track.states).map(|s: &TrackState| s.key.as_str()).collect();
        let mut state = dossier::begin(cycle);
        for ((kind, function, case, trader), chosen) in messages.into_iter().zip(chosen) {
            let sender = if trader { Sender::Trader } else { Sender::Agency };
            let message = DossierMessage { code: MessageCode { kind, function }, case: CASES[usize::from(case)], sender };
            // What is allowed, worked out from the table by hand.
            let positions: Vec<usize> = state
                .tracks(cycle)
                .map(|(track, now)| track.states.iter().position(|one| one.key == now.key).unwrap())
                .collect();
            let allowed: Vec<*const Transition> = cycle
                .transitions
                .iter()
                .filter(|t| t.from.iter().zip(&positions).all(|(from, at)| from >> at & 1 == 1))
                .map(std::ptr::from_ref)
                .collect();
            match dossier::next(cycle, &state, &message) {
                Ok(step) => {
                    if let Some(transition) = step.transition {
                        prop_assert!(allowed.contains(&std::ptr::from_ref(transition)));
                        prop_assert!(transition.message.matches(message.code) && transition.sender == sender);
                        prop_assert_eq!(dossier::allowed(cycle, &state).filter(|t| {
                            t.sender == sender && t.message.matches(message.code)
                                && (t.case.is_empty() || Some(t.case.as_str()) == message.case)
                        }).count(), 1);
                    } else {
                        prop_assert_eq!(step.state, state);
                    }
                    state = step.state;
                }
                Err(refusal) => {
                    let listed: Vec<*const Transition> = refusal.allowed.iter().map(|t| std::ptr::from_ref(*t)).collect();
                    prop_assert_eq!(listed, allowed);
                    for transition in &refusal.allowed {
                        prop_assert!(dossier::next(cycle, &state, &message_of(transition)).is_ok());
                    }
                }
            }
            prop_assert_eq!(state.tracks(cycle).count(), cycle.tracks.len());
            prop_assert!(state.tracks(cycle).all(|(_, now)| known.contains(now.key.as_str())));
            let next: Vec<&Transition> = dossier::allowed(cycle, &state).collect();
            if !next.is_empty() {
                state = dossier::next(cycle, &state, &message_of(next[chosen.index(next.len())])).unwrap().state;
            }
        }
        let written = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<DossierState>(&written).unwrap(), state);
    }

    /// Whatever a store gives back for a state, the interpreter answers.
    #[test]
    fn a_state_from_elsewhere_is_answered(at in 0usize..16, states in any::<[u8; 8]>(), tracks in any::<u8>(), code in (0u16..1000, 0u16..1000)) {
        let cycle = &pack().life_cycles[at];
        let value = serde_json::json!({ "states": states, "tracks": tracks });
        let state: DossierState = serde_json::from_value(value).unwrap();
        let message = DossierMessage { code: MessageCode { kind: code.0, function: code.1 }, case: None, sender: Sender::Trader };
        let _ = dossier::next(cycle, &state, &message).map_err(|refusal| refusal.to_string());
        prop_assert!(dossier::allowed(cycle, &state).count() <= cycle.transitions.len());
        prop_assert!(state.tracks(cycle).count() <= cycle.tracks.len());
        let _ = state.is_closed(cycle);
    }
}
