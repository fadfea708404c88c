//! Life cycles as written: tracks, their states, and what each message does.

use super::codes::EVIDENCE_KINDS;
use super::defect::{At, Defects, Place};
use super::folder::Folder;
use super::table::{Table, one_of, read_toml};
use crate::law::life_cycle::{
    Act, CLOCKS_MAX, Clock, ClockEffect, Evidence, Founded, MessagePattern, STATES_MAX, Sender, TRACKS_MAX,
    TRANSITIONS_MAX,
};
use crate::law::pack::EvidenceKind;

/// The folder of life cycles; the other files of `procedures/` are procedures.
pub(crate) const LIFE_CYCLES: &str = "procedures/life-cycles/";

/// Stands for every procedure without a life cycle of its own, and for none.
pub(crate) const GENERAL: &str = "*";

/// A file of the folder.
#[derive(Debug)]
pub(crate) struct LifeCycleSource {
    /// Where it begins.
    pub(crate) place: Place,
    /// Codes of the procedures whose dossiers live so; [`GENERAL`]: all without one of their own.
    pub(crate) procedures: Vec<At<String>>,
    /// Where it was read.
    pub(crate) source: String,
    /// Remarks.
    pub(crate) note: String,
    /// Clocks.
    pub(crate) clocks: Vec<At<Clock>>,
    /// Tracks.
    pub(crate) tracks: Vec<TrackSource>,
    /// Transitions.
    pub(crate) transitions: Vec<TransitionSource>,
}

/// A `[[track]]`.
#[derive(Debug)]
pub(crate) struct TrackSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// The key of its first state.
    pub(crate) initial: At<String>,
    /// Its states.
    pub(crate) states: Vec<StateSource>,
}

/// A state of a track.
#[derive(Debug)]
pub(crate) struct StateSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// The status of the agency's system.
    pub(crate) status: Option<At<String>>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Nothing leads out.
    pub(crate) terminal: bool,
    /// Nothing that the source knows leads in.
    pub(crate) unlinked: bool,
}

/// A `[[transition]]`.
#[derive(Debug)]
pub(crate) struct TransitionSource {
    /// Its message.
    pub(crate) message: At<MessagePattern>,
    /// Its case.
    pub(crate) case: String,
    /// Its sender.
    pub(crate) sender: Sender,
    /// What it means.
    pub(crate) act: At<Act>,
    /// The evidence that it gives or takes back.
    pub(crate) evidence: Option<At<Evidence>>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Tracks and the states that allow it.
    pub(crate) from: Vec<(At<String>, Vec<At<String>>)>,
    /// Tracks and the state that each is in afterwards.
    pub(crate) to: Vec<(At<String>, Vec<At<String>>)>,
    /// Clocks and what becomes of them.
    pub(crate) clocks: Vec<(At<String>, ClockEffect)>,
    /// The profile sent last is dropped.
    pub(crate) rolls_back: bool,
    /// Quota is free again.
    pub(crate) releases_quota: bool,
    /// How well it is founded.
    pub(crate) founded: Founded,
    /// Remarks.
    pub(crate) note: String,
}

/// `procedures/life-cycles/*.toml`
pub(crate) fn life_cycles(folder: &Folder, to: &mut Defects) -> Vec<LifeCycleSource> {
    let mut found = Vec::new();
    for file in folder.under(LIFE_CYCLES, ".toml") {
        read_toml(file, to, &mut |table, to| found.push(life_cycle(table, to)));
    }
    found
}

fn life_cycle(mut table: Table<'_>, to: &mut Defects) -> LifeCycleSource {
    let place = table.place();
    let procedures = table.texts("procedures", to);
    if procedures.is_empty() {
        let help = "name the procedures: `procedures = [\"…\"]`".to_owned();
        to.error_with(place, "missing_key", "a life cycle of no procedure", Some(help));
    }
    let source = table.text_or_empty("source", to);
    let note = table.text_or_empty("note", to);
    let clocks: Vec<_> = table.tables("clock", to).into_iter().filter_map(|inner| clock(inner, to)).collect();
    let tracks: Vec<_> = table.tables("track", to).into_iter().filter_map(|inner| track(inner, to)).collect();
    let transitions: Vec<_> =
        table.tables("transition", to).into_iter().filter_map(|inner| transition(inner, to)).collect();
    table.finish(to);
    if tracks.is_empty() {
        to.error(place, "missing_key", "a life cycle needs a `[[track]]`");
    }
    limit("tracks", tracks.len(), TRACKS_MAX, place, to);
    limit("clocks", clocks.len(), CLOCKS_MAX, place, to);
    limit("transitions", transitions.len(), TRANSITIONS_MAX, place, to);
    LifeCycleSource { place, procedures, source, note, clocks, tracks, transitions }
}

fn limit(what: &str, found: usize, most: usize, place: Place, to: &mut Defects) {
    if found > most {
        to.error(place, "limit_life_cycle", format!("{found} {what}: a life cycle has at most {most}"));
    }
}

fn titles(table: &mut Table<'_>, to: &mut Defects) -> (String, String) {
    let title_vi = table.filled("title_vi", to).map(|text| text.value).unwrap_or_default();
    let title_en = table.filled("title_en", to).map(|text| text.value).unwrap_or_default();
    (title_vi, title_en)
}

fn clock(mut table: Table<'_>, to: &mut Defects) -> Option<At<Clock>> {
    let key = table.filled("key", to);
    let (title_vi, title_en) = titles(&mut table, to);
    table.finish(to);
    let key = key?;
    Some(At { value: Clock { key: key.value, title_vi, title_en }, place: key.place })
}

fn track(mut table: Table<'_>, to: &mut Defects) -> Option<TrackSource> {
    let place = table.place();
    let key = table.filled("key", to);
    let (title_vi, title_en) = titles(&mut table, to);
    let initial = table.filled("initial", to);
    let states: Vec<_> = table.tables("states", to).into_iter().filter_map(|inner| state(inner, to)).collect();
    table.finish(to);
    limit("states of one track", states.len(), STATES_MAX, place, to);
    Some(TrackSource { key: key?, title_vi, title_en, initial: initial?, states })
}

fn state(mut table: Table<'_>, to: &mut Defects) -> Option<StateSource> {
    let key = table.filled("key", to);
    let status = table.optional("status", to);
    let (title_vi, title_en) = titles(&mut table, to);
    let terminal = table.flag("terminal", to).is_some_and(|flag| flag.value);
    let unlinked = table.flag("unlinked", to).is_some_and(|flag| flag.value);
    table.finish(to);
    Some(StateSource { key: key?, status, title_vi, title_en, terminal, unlinked })
}

fn transition(mut table: Table<'_>, to: &mut Defects) -> Option<TransitionSource> {
    const SENDERS: [(&str, Sender); 2] = [("trader", Sender::Trader), ("agency", Sender::Agency)];
    const FOUNDED: [(&str, Founded); 3] =
        [("sourced", Founded::Sourced), ("partly", Founded::Partly), ("inferred", Founded::Inferred)];
    let message = table.filled("message", to).and_then(|text| pattern(&text, to));
    let case = table.text_or_empty("case", to);
    let sender = table.word("sender", &SENDERS, to);
    let act = table.word("act", Act::WORDS, to);
    let evidence = table.optional("evidence", to).and_then(|word| evidence(&word, to));
    let (title_vi, title_en) = titles(&mut table, to);
    let from = table.named_texts("from", to);
    let moves = table.named_texts("to", to);
    let clocks = table.named_texts("clocks", to).into_iter().filter_map(|named| effect(named, to)).collect();
    let rolls_back = table.flag("rolls_back", to).is_some_and(|flag| flag.value);
    let releases_quota = table.flag("releases_quota", to).is_some_and(|flag| flag.value);
    let founded = table.word("founded", &FOUNDED, to);
    let note = table.text_or_empty("note", to);
    if !table.has("from") {
        let help = "say in which states it is allowed: `from = { track = [\"state\"] }`".to_owned();
        to.error_with(table.place(), "missing_key", "`from` is missing", Some(help));
    }
    table.finish(to);
    Some(TransitionSource {
        message: message?,
        case,
        sender: sender?.value,
        act: act?,
        evidence,
        title_vi,
        title_en,
        from,
        to: moves,
        clocks,
        rolls_back,
        releases_quota,
        founded: founded?.value,
        note,
    })
}

fn evidence(word: &At<String>, to: &mut Defects) -> Option<At<Evidence>> {
    let kinds = EVIDENCE_KINDS.iter().filter(|(_, kind)| *kind != EvidenceKind::Other);
    let kinds = kinds.map(|(word, kind)| (*word, Evidence::Kind(*kind)));
    let words: Vec<_> = std::iter::once(("none", Evidence::None)).chain(kinds).collect();
    one_of(word, "evidence", &words, to)
}

fn pattern(text: &At<String>, to: &mut Defects) -> Option<At<MessagePattern>> {
    match MessagePattern::parse(&text.value) {
        Ok(value) => Some(At { value, place: text.place }),
        Err(error) => {
            let help = "`20/*` for every function of a type; functions 99 and 00 only acknowledge".to_owned();
            to.error_with(text.place, "bad_message", format!("`{}`: {error}", text.value), Some(help));
            None
        }
    }
}

fn effect((clock, words): (At<String>, Vec<At<String>>), to: &mut Defects) -> Option<(At<String>, ClockEffect)> {
    const EFFECTS: [(&str, ClockEffect); 4] = [
        ("start", ClockEffect::Start),
        ("pause", ClockEffect::Pause),
        ("resume", ClockEffect::Resume),
        ("stop", ClockEffect::Stop),
    ];
    let [word] = words.as_slice() else {
        to.error(clock.place, "wrong_type", format!("clock `{}` takes one word", clock.value));
        return None;
    };
    let effect = one_of(word, &clock.value, &EFFECTS, to)?;
    Some((clock, effect.value))
}
