//! The order of tasks as a drawing: dot for Graphviz, or svg.
//!
//! What is critical has a thick red border, a star and the word; clearance is a box of its own,
//! with the obligations that only begin there behind it.

mod layout;
mod svg;
mod text;

use std::fmt::Write as _;

use super::times;
use crate::clearance::Examination;
use crate::clearance::batch::Render;
use crate::clearance::explain::Lang;
use crate::law::{Day, Pack};
use crate::message::Rejection;
use crate::screening::TraceEntry;

/// The two drawings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// The language of Graphviz.
    Dot,
    /// A drawing.
    Svg,
}

/// Writes graphs.
#[derive(Debug)]
pub struct GraphRender<'p> {
    pack: &'p Pack,
    lang: Lang,
    drawing: Drawing,
}

/// A box of the drawing.
#[derive(Debug)]
struct Node {
    /// Its name in dot.
    id: String,
    /// What it says; the first is its heading.
    rows: Vec<String>,
    critical: bool,
    kind: NodeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NodeKind {
    Task,
    Obligation,
    Clearance,
}

/// An edge of the drawing, by positions of boxes.
#[derive(Debug)]
struct Edge {
    from: usize,
    to: usize,
    critical: bool,
}

/// Runs of lines that a box lists.
const RUNS_MAX: usize = 12;

impl<'p> GraphRender<'p> {
    /// Graphs under a pack.
    pub fn new(pack: &'p Pack, lang: Lang, drawing: Drawing) -> Self {
        Self { pack, lang, drawing }
    }

    /// The boxes: the tasks, then clearance.
    fn nodes(&self, examination: &Examination<'_, '_>) -> Vec<Node> {
        let (pack, lang) = (self.pack, self.lang);
        let tasks = examination.tasks.tasks.iter().zip(&examination.schedule.tasks).enumerate();
        let mut nodes: Vec<Node> = tasks
            .map(|(at, (task, timing))| {
                let star = if timing.critical { "★ " } else { "" };
                let mut rows =
                    vec![format!("{star}t{} · {}", at + 1, times::agency(pack, task, Day::of(examination.day), lang))];
                let subject = times::subject(pack, task, lang);
                rows.push(match task.procedure {
                    Some(procedure) => format!("{subject} · {}", pack.procedures[procedure.index()].code),
                    None => subject.to_owned(),
                });
                rows.push(times::lines(examination, task, RUNS_MAX, lang));
                rows.push(times::due(pack, task, timing, lang));
                rows.extend(Some(times::slack(timing, lang)).filter(|words| !words.is_empty()));
                let kind = if task.before_clearance() { NodeKind::Task } else { NodeKind::Obligation };
                Node { id: format!("t{}", at + 1), rows, critical: timing.critical, kind }
            })
            .collect();
        let heading = lang.pick("Thông quan", "Clearance").to_owned();
        let rows = vec![heading, times::clearance(pack, examination, lang)];
        nodes.push(Node { id: "clearance".to_owned(), rows, critical: false, kind: NodeKind::Clearance });
        nodes
    }

    /// What waits for what; clearance for every task before it, obligations for clearance.
    fn edges(examination: &Examination<'_, '_>) -> Vec<Edge> {
        let tasks = &examination.tasks.tasks;
        let critical = |at: usize| examination.schedule.tasks[at].critical;
        let mut edges = Vec::new();
        let mut waited_for = vec![false; tasks.len()];
        for (to, task) in tasks.iter().enumerate() {
            for from in task.after.iter().map(|from| usize::from(*from)) {
                // Clearance stands between.
                if tasks[from].before_clearance() == task.before_clearance() {
                    waited_for[from] = true;
                    edges.push(Edge { from, to, critical: critical(from) && critical(to) });
                }
            }
        }
        for (at, task) in tasks.iter().enumerate() {
            if task.before_clearance() {
                if !waited_for[at] {
                    edges.push(Edge { from: at, to: tasks.len(), critical: critical(at) });
                }
            } else if !task.after.iter().any(|first| !tasks[usize::from(*first)].before_clearance()) {
                edges.push(Edge { from: tasks.len(), to: at, critical: false });
            }
        }
        edges
    }

    fn dot(&self, source: &str, examination: &Examination<'_, '_>) -> String {
        let mut text = format!(
            "digraph {} {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  label={};\n",
            quoted(source),
            quoted(self.lang.pick("★ và nét đậm: đường găng", "★ and thick: critical path"))
        );
        let nodes = self.nodes(examination);
        for node in &nodes {
            let rows: Vec<String> = node.rows.iter().flat_map(|row| text::wrap(row, 13, 330)).collect();
            let style = match node.kind {
                _ if node.critical => ", color=\"#b00020\", penwidth=3",
                NodeKind::Task => "",
                NodeKind::Obligation => ", style=dashed",
                NodeKind::Clearance => ", shape=octagon, penwidth=2",
            };
            let _ = writeln!(text, "  {} [label={}{style}];", node.id, quoted(&rows.join("\n")));
        }
        for edge in Self::edges(examination) {
            let style = if edge.critical { " [color=\"#b00020\", penwidth=3]" } else { "" };
            let _ = writeln!(text, "  {} -> {}{style};", nodes[edge.from].id, nodes[edge.to].id);
        }
        text.push_str("}\n");
        text
    }
}

impl Render for GraphRender<'_> {
    fn wants_trace(&self) -> bool {
        false
    }

    fn decided(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        _: &[u8],
        examination: &Examination<'_, '_>,
        _: Option<&[TraceEntry]>,
    ) {
        let text = match self.drawing {
            Drawing::Dot => self.dot(source, examination),
            Drawing::Svg => {
                let title = format!("{source} · {}", examination.decision.as_str());
                svg::draw(&title, &self.nodes(examination), &Self::edges(examination), self.lang)
            }
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn rejected(&self, out: &mut Vec<u8>, source: &str, _: &[u8], rejection: &Rejection) {
        let message = rejection.findings.first().map_or("", |f| f.message.as_str());
        let text = match self.drawing {
            Drawing::Dot => format!("// {}: {}\n", source.replace('\n', " "), message.replace('\n', " ")),
            Drawing::Svg => svg::refusal(source, message),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Drawings that one document holds at most: their heights add up to its own before it begins, so
/// all are kept until then.
pub const DRAWINGS_MAX: usize = 500;

/// One document of the drawings of several answers; one alone is a document itself.
pub fn document(drawings: &[String]) -> String {
    match drawings {
        [one] => one.clone(),
        several => svg::page(several.iter().map(String::as_str)),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
