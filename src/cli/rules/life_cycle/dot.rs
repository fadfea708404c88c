//! Life cycles as a graph for Graphviz: a box for each track, an edge for each way from state to
//! state, with the messages that take it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Named;
use crate::approval::dossier::DossierState;
use crate::clearance::explain::Lang;
use crate::law::life_cycle::{STATES_MAX, Track};

/// Draws a life cycle; the states of `now` are filled.
pub(super) fn draw(named: Named<'_>, now: Option<&DossierState>, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph {} {{\n  rankdir=LR;\n  node [shape=box];", quoted(named.code()))?;
    for (at, track) in named.cycle.tracks.iter().enumerate() {
        writeln!(
            out,
            "  subgraph cluster_{at} {{\n    label={};",
            quoted(lang.pick(&track.title_vi, &track.title_en))
        )?;
        for (state, position) in track.states.iter().zip(0u8..) {
            let mut words = lang.pick(&state.title_vi, &state.title_en).to_owned();
            if !state.status.is_empty() {
                words = format!("{}\n{words}", state.status);
            }
            let mut style = String::new();
            if state.terminal {
                style.push_str(", peripheries=2");
            }
            if state.unlinked {
                style.push_str(", style=dashed");
            }
            let current = now.and_then(|now| now.of(named.cycle, &track.key));
            if current.is_some_and(|current| current.key == state.key) {
                style.push_str(", style=filled, fillcolor=lightyellow");
            }
            writeln!(out, "    s{at}_{position} [label={}{style}];", quoted(&words))?;
        }
        for ((from, to), messages) in edges(named, at, track) {
            writeln!(out, "    s{at}_{from} -> s{at}_{to} [label={}];", quoted(&messages.join("\n")))?;
        }
        writeln!(out, "  }}")?;
    }
    writeln!(out, "}}")
}

/// The ways within a track, each with its messages.
fn edges(named: Named<'_>, at: usize, track: &Track) -> BTreeMap<(usize, u8), Vec<String>> {
    let mut edges: BTreeMap<(usize, u8), Vec<String>> = BTreeMap::new();
    for transition in &named.cycle.transitions {
        let (Some((_, to)), Some(from)) =
            (transition.to.iter().find(|(moved, _)| usize::from(*moved) == at), transition.from.get(at))
        else {
            continue;
        };
        for state in (0..track.states.len().min(STATES_MAX)).filter(|state| from >> state & 1 == 1) {
            let message = if transition.case.is_empty() {
                transition.message.to_string()
            } else {
                format!("{}:{}", transition.message, transition.case)
            };
            let messages = edges.entry((state, *to)).or_default();
            if !messages.contains(&message) {
                messages.push(message);
            }
        }
    }
    edges
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
