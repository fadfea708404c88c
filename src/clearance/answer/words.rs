//! What answers say of a rule, put into words once.

use super::super::explain::Lang;
use super::super::json::{push_optional_number, push_string, push_string_list};
use crate::law::{Authority, Day, Deadline, Interval, Pack, Rule};
use crate::trade::Direction;

/// What answers say of a rule.
#[derive(Debug)]
pub(super) struct RuleWords {
    /// For goods that come in and that leave, and for each stretch of days on which nothing
    /// changes: from the opening brace to the value of `status`, and from `sourced` to the value
    /// of `exemption`.
    ways: [Vec<Said>; 2],
    /// From `limit` to the value of `slack_working_days`, for each of its time limits.
    pub(super) limits: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct Said {
    days: Interval,
    head: String,
    basis: String,
}

impl RuleWords {
    pub(super) fn of(pack: &Pack, rule: &Rule, lang: Lang) -> Self {
        let said = |direction| said(pack, rule, direction, lang);
        Self {
            ways: [said(Direction::Import), said(Direction::Export)],
            limits: rule.deadlines.iter().map(limit_words).collect(),
        }
    }

    /// The words of a day and a direction: up to the value of `status`, and from `sourced` on.
    pub(super) fn on(&self, day: Day, direction: Option<Direction>) -> (&str, &str) {
        let way = &self.ways[usize::from(direction == Some(Direction::Export))];
        let found = way.iter().find(|said| said.days.contains(day)).or(way.last());
        found.map_or(("{\"status\":\"", ",\"exemption\":"), |said| (&said.head, &said.basis))
    }
}

/// What a task's answer says of its time limit.
pub(super) fn limit_words(deadline: &Deadline) -> String {
    let mut words = Vec::new();
    words.extend_from_slice(b",\"limit\":{\"text\":");
    push_string(&mut words, &deadline.text);
    words.extend_from_slice(b",\"value\":");
    push_optional_number(&mut words, deadline.value.map(|value| value as usize));
    words.extend_from_slice(b",\"unit\":\"");
    words.extend_from_slice(deadline.unit.as_str().as_bytes());
    words.extend_from_slice(b"\",\"source\":");
    push_string(&mut words, &deadline.source);
    words.extend_from_slice(b"},\"slack_working_days\":");
    String::from_utf8_lossy(&words).into_owned()
}

/// The words between the changes of the legal basis, of the bodies and of the procedures.
fn said(pack: &Pack, rule: &Rule, direction: Direction, lang: Lang) -> Vec<Said> {
    let bodies = pack.agencies.iter().flat_map(|a| &a.names).chain(pack.ministries.iter().flat_map(|m| &m.names));
    let dated = rule.legal_basis.iter().map(|basis| basis.valid).chain(bodies.map(|name| name.valid));
    let dated = dated.chain(pack.procedures.iter().map(|procedure| procedure.valid));
    let mut boundaries: Vec<Day> = dated.flat_map(|days| [days.from, days.to.next_number()]).collect();
    boundaries.push(Day::MIN);
    boundaries.sort_unstable();
    boundaries.dedup();
    let ends = boundaries.iter().skip(1).map(|day| day.previous_number()).chain([Day::MAX]);
    let mut found: Vec<Said> = Vec::new();
    for (from, to) in boundaries.iter().zip(ends) {
        let (head, basis) = (head(pack, rule, direction, *from), basis(pack, rule, *from, lang));
        match found.last_mut() {
            Some(before) if before.head == head && before.basis == basis => before.days.to = to,
            _ => found.push(Said { days: Interval { from: *from, to }, head, basis }),
        }
    }
    found
}

/// From the opening brace to the value of `status`.
fn head(pack: &Pack, rule: &Rule, direction: Direction, day: Day) -> String {
    let mut head = Vec::new();
    head.extend_from_slice(b"{\"rule\":");
    push_string(&mut head, &rule.id);
    head.extend_from_slice(b",\"measure\":");
    push_string(&mut head, &pack.measures[rule.measure.index()].key);
    head.extend_from_slice(b",\"ministry\":");
    push_string(&mut head, &pack.ministries[rule.ministry.index()].code);
    head.extend_from_slice(b",\"agency\":");
    push_string(&mut head, &pack.agencies[pack.authority_on(rule.agency, day).agency.index()].code);
    head.extend_from_slice(b",\"procedures\":");
    push_string_list(&mut head, &pack.procedure_codes(rule, Some(direction), day));
    head.extend_from_slice(b",\"stage\":\"");
    head.extend_from_slice(rule.stage.as_str().as_bytes());
    head.extend_from_slice(b"\",\"status\":\"");
    String::from_utf8_lossy(&head).into_owned()
}

/// From `sourced` to the value of `exemption`; who took over, where somebody did.
fn basis(pack: &Pack, rule: &Rule, day: Day, lang: Lang) -> String {
    let valid = rule.legal_basis.iter().filter(|basis| basis.valid.contains(day));
    let texts: Vec<&str> = valid.map(|basis| basis.text.as_str()).collect();
    let mut words = Vec::new();
    words.extend_from_slice(b",\"sourced\":\"");
    words.extend_from_slice(rule.sourced.as_str().as_bytes());
    words.extend_from_slice(b"\",\"legal_basis\":");
    push_string_list(&mut words, &texts);
    let authority = pack.authority_on(rule.agency, day);
    if took_over(pack, rule, &authority, day) {
        words.extend_from_slice(b",\"competent\":{\"ministry\":");
        push_string(&mut words, &pack.ministries[authority.ministry.index()].code);
        words.extend_from_slice(b",\"ministry_name\":");
        push_string(&mut words, lang.pick(&authority.ministry_name.name_vi, &authority.ministry_name.name_en));
        words.extend_from_slice(b",\"agency\":");
        push_string(&mut words, &pack.agencies[authority.agency.index()].code);
        words.extend_from_slice(b",\"agency_name\":");
        push_string(&mut words, lang.pick(&authority.agency_name.name_vi, &authority.agency_name.name_en));
        words.push(b'}');
    }
    words.extend_from_slice(b",\"exemption\":");
    String::from_utf8_lossy(&words).into_owned()
}

/// Whether another body than the rule's own stands for it on a day: another agency, another
/// ministry above it than it had first, or another ministry than the one that the rule names.
fn took_over(pack: &Pack, rule: &Rule, authority: &Authority<'_>, day: Day) -> bool {
    let first = pack.agencies[rule.agency.index()].names.first().and_then(|name| name.ministry);
    authority.agency != rule.agency
        || first.is_some_and(|first| first != authority.ministry)
        || pack.ministry_on(rule.ministry, day) != rule.ministry
}
