//! Life cycles for reading.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{Asked, Named, Played};
use crate::approval::dossier::{DossierState, Refusal};
use crate::clearance::explain::Lang;
use crate::law::life_cycle::{ClockEffect, LifeCycle, MessageCode, STATES_MAX, Sender, Track, TrackState, Transition};

/// Every life cycle, one a line.
pub(super) fn list(known: &[Named<'_>], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let head = [
        lang.pick("thủ tục", "procedure"),
        lang.pick("nhánh", "tracks"),
        lang.pick("bước", "transitions"),
        lang.pick("tên", "title"),
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(known.iter().map(|named| {
        vec![
            named.code().to_owned(),
            named.cycle.tracks.iter().map(|track| track.key.as_str()).collect::<Vec<_>>().join(", "),
            named.cycle.transitions.len().to_string(),
            named.title(lang).to_owned(),
        ]
    }));
    columns(&rows, "", out)
}

/// One life cycle: its states, its messages.
pub(super) fn show(named: Named<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    head(named, lang, out)?;
    if !named.cycle.source.is_empty() {
        writeln!(out, "{}", named.cycle.source)?;
    }
    if !named.cycle.note.is_empty() {
        writeln!(out, "{}", named.cycle.note)?;
    }
    for track in &named.cycle.tracks {
        writeln!(out, "\n{} ({})", lang.pick(&track.title_vi, &track.title_en), track.key)?;
        let rows: Vec<Vec<String>> = track
            .states
            .iter()
            .enumerate()
            .map(|(at, state)| {
                let begins = (at == usize::from(track.initial)).then(|| lang.pick("bắt đầu", "begins"));
                let terminal = state.terminal.then(|| lang.pick("kết thúc", "terminal"));
                let unlinked = state.unlinked.then(|| lang.pick("không rõ thông điệp", "no message known"));
                let marks: Vec<&str> = [begins, terminal, unlinked].into_iter().flatten().collect();
                vec![
                    if state.status.is_empty() { "-" } else { &state.status }.to_owned(),
                    state.key.clone(),
                    lang.pick(&state.title_vi, &state.title_en).to_owned(),
                    marks.join(", "),
                ]
            })
            .collect();
        columns(&rows, "  ", out)?;
    }
    writeln!(out, "\n{}", lang.pick("thông điệp", "messages"))?;
    let heads = [
        "",
        lang.pick("bên gửi", "sender"),
        lang.pick("hành vi", "act"),
        lang.pick("khi", "allowed in"),
        lang.pick("dẫn đến", "leads to"),
        lang.pick("thời hạn", "clocks"),
        lang.pick("căn cứ", "founded"),
        lang.pick("nội dung", "title"),
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(named.cycle.transitions.iter().map(|transition| {
        vec![
            label(transition),
            sender(transition.sender, lang).to_owned(),
            act(named, transition),
            allowed_in(named.cycle, transition, lang),
            leads_to(named.cycle, transition),
            effects(named.cycle, &transition.clocks),
            transition.founded.as_str().to_owned(),
            title(transition, lang),
        ]
    }));
    columns(&rows, "  ", out)
}

/// What messages did, where the dossier stands, and what it takes next.
pub(super) fn played(named: Named<'_>, played: &Played<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let cycle = named.cycle;
    head(named, lang, out)?;
    let rows: Vec<Vec<String>> = played
        .steps
        .iter()
        .map(|(code, before, step)| match step.transition {
            Some(transition) => vec![
                code_of(*code, transition),
                sender(transition.sender, lang).to_owned(),
                title(transition, lang),
                moved(cycle, before, &step.state, lang),
                effects(cycle, &transition.clocks),
            ],
            None => vec![
                code.to_string(),
                String::new(),
                lang.pick("báo nhận, không đổi trạng thái", "acknowledgement, changes nothing").to_owned(),
                String::new(),
                String::new(),
            ],
        })
        .collect();
    if !rows.is_empty() {
        writeln!(out)?;
        columns(&rows, "  ", out)?;
    }
    writeln!(out, "\n{}", lang.pick("hiện trạng", "now"))?;
    let mut rows: Vec<Vec<String>> = played
        .state
        .tracks(cycle)
        .map(|(track, state)| vec![track.key.clone(), status(state).to_owned(), said(state, lang)])
        .collect();
    rows.extend(cycle.clocks.iter().zip(&played.clocks).map(|(clock, status)| {
        let title = lang.pick(&clock.title_vi, &clock.title_en).to_owned();
        vec![format!("{}: {}", lang.pick("thời hạn", "clock"), clock.key), status.as_str().to_owned(), title]
    }));
    columns(&rows, "  ", out)?;
    let allowed: Vec<&Transition> = crate::approval::dossier::allowed(cycle, &played.state).collect();
    writeln!(out, "\n{}", lang.pick("được phép tiếp theo", "allowed next"))?;
    next(&allowed, lang, out)
}

/// Why a message went no further, and what is allowed instead.
pub(super) fn refused(
    refusal: &Refusal<'_>,
    number: usize,
    messages: &[Asked],
    lang: Lang,
    err: &mut dyn Write,
) -> io::Result<()> {
    let of = messages.len();
    writeln!(err, "motcua: {} {number}/{of}: {}", lang.pick("thông điệp", "message"), reason(refusal, lang))?;
    writeln!(err, "{}", lang.pick("được phép:", "allowed:"))?;
    next(&refusal.allowed, lang, err)
}

fn reason(refusal: &Refusal<'_>, lang: Lang) -> String {
    use crate::approval::dossier::RefusalReason::{NotNow, OtherSender, UnknownCase, UnknownMessage};
    let (code, from) = (refusal.message, sender(refusal.sender, lang));
    match (refusal.reason, lang) {
        (UnknownMessage, Lang::En) => format!("this procedure has no message {code}"),
        (UnknownMessage, Lang::Vi) => format!("thủ tục không có thông điệp {code}"),
        (OtherSender, Lang::En) => format!("message {code} does not come from the {from}"),
        (OtherSender, Lang::Vi) => format!("thông điệp {code} không do {from} gửi"),
        (UnknownCase, Lang::En) => format!("message {code} has to say which case it is, as {code}:CASE"),
        (UnknownCase, Lang::Vi) => format!("thông điệp {code} phải nêu rõ trường hợp, viết {code}:CASE"),
        (NotNow, Lang::En) => format!("message {code} from the {from} is not allowed now"),
        (NotNow, Lang::Vi) => format!("thông điệp {code} của {from} không được phép lúc này"),
    }
}

fn next(allowed: &[&Transition], lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    if allowed.is_empty() {
        return writeln!(out, "  {}", lang.pick("không có: hồ sơ đã đóng", "nothing: the dossier is closed"));
    }
    let rows: Vec<Vec<String>> = allowed
        .iter()
        .map(|transition| vec![label(transition), sender(transition.sender, lang).to_owned(), title(transition, lang)])
        .collect();
    columns(&rows, "  ", out)
}

fn head(named: Named<'_>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", named.code(), named.title(lang))
}

fn sender(sender: Sender, lang: Lang) -> &'static str {
    match sender {
        Sender::Trader => lang.pick("doanh nghiệp", "trader"),
        Sender::Agency => lang.pick("cơ quan", "agency"),
    }
}

/// What a transition means, and the evidence that it gives or takes back.
fn act(named: Named<'_>, transition: &Transition) -> String {
    let act = transition.act.as_str();
    match transition.gives(named.kind()) {
        Some(gives) => format!("{act} ({} {})", gives.kind.as_str(), gives.outcome.as_str()),
        None => act.to_owned(),
    }
}

/// A transition's message with its case.
fn label(transition: &Transition) -> String {
    match transition.case.as_str() {
        "" => transition.message.to_string(),
        case => format!("{}:{case}", transition.message),
    }
}

fn code_of(code: MessageCode, transition: &Transition) -> String {
    if transition.case.is_empty() { code.to_string() } else { format!("{code}:{}", transition.case) }
}

fn title(transition: &Transition, lang: Lang) -> String {
    let mut words = lang.pick(&transition.title_vi, &transition.title_en).to_owned();
    if transition.rolls_back {
        words.push_str(lang.pick(" [trả về hồ sơ trước]", " [back to the profile before]"));
    }
    if transition.releases_quota {
        words.push_str(lang.pick(" [hoàn hạn ngạch]", " [quota released]"));
    }
    words
}

/// A state by its status, or by its key where it has none.
fn status(state: &TrackState) -> &str {
    if state.status.is_empty() { &state.key } else { &state.status }
}

fn said(state: &TrackState, lang: Lang) -> String {
    let closed = if state.terminal { lang.pick(" (kết thúc)", " (terminal)") } else { "" };
    format!("{}{closed}", lang.pick(&state.title_vi, &state.title_en))
}

/// The states before, of the tracks that matter.
fn allowed_in(cycle: &LifeCycle, transition: &Transition, lang: Lang) -> String {
    let tracks: Vec<String> = cycle
        .tracks
        .iter()
        .zip(&transition.from)
        .filter(|(track, from)| !any(track, **from))
        .map(|(track, from)| {
            let states: Vec<&str> = track
                .states
                .iter()
                .enumerate()
                .filter(|(at, _)| has(*from, *at))
                .map(|(_, state)| status(state))
                .collect();
            format!("{} {}", track.key, states.join(","))
        })
        .collect();
    if tracks.is_empty() { lang.pick("hồ sơ chưa đóng", "any open file").to_owned() } else { tracks.join("; ") }
}

/// Whether the states before are all of a track, or all that are not terminal.
fn any(track: &Track, from: u64) -> bool {
    track.states.iter().enumerate().all(|(at, state)| has(from, at) || state.terminal)
}

fn has(from: u64, at: usize) -> bool {
    at < STATES_MAX && from >> at & 1 == 1
}

fn leads_to(cycle: &LifeCycle, transition: &Transition) -> String {
    let moves: Vec<String> = transition
        .to
        .iter()
        .filter_map(|(track, state)| {
            let track = cycle.tracks.get(usize::from(*track))?;
            Some(format!("{} {}", track.key, status(track.states.get(usize::from(*state))?)))
        })
        .collect();
    if moves.is_empty() { "-".to_owned() } else { moves.join("; ") }
}

fn moved(cycle: &LifeCycle, before: &DossierState, after: &DossierState, lang: Lang) -> String {
    let moves: Vec<String> = before
        .tracks(cycle)
        .zip(after.tracks(cycle))
        .filter(|((_, from), (_, to))| from.key != to.key)
        .map(|((track, from), (_, to))| format!("{} {} → {}", track.key, status(from), status(to)))
        .collect();
    if moves.is_empty() { lang.pick("giữ nguyên", "stays").to_owned() } else { moves.join("; ") }
}

fn effects(cycle: &LifeCycle, clocks: &[(u8, ClockEffect)]) -> String {
    let words: Vec<String> = clocks
        .iter()
        .filter_map(|(clock, effect)| {
            Some(format!("{} {}", cycle.clocks.get(usize::from(*clock))?.key, effect.as_str()))
        })
        .collect();
    words.join("; ")
}

fn columns(rows: &[Vec<String>], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let mut line = indent.to_owned();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
