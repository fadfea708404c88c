//! The tasks of a declaration as a graph: for Graphviz, or drawn.

use std::fmt::Write as _;

use crate::approval::{Task, TaskKind};
use crate::clearance::Examination;
use crate::clearance::batch::Render;
use crate::clearance::explain::Lang;
use crate::law::{Day, Pack};
use crate::message::Rejection;
use crate::screening::TraceEntry;

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawing {
    /// The language of Graphviz.
    Dot,
    /// A drawing.
    Svg,
}

/// Writes graphs.
#[derive(Debug)]
pub(super) struct GraphRender<'p> {
    pack: &'p Pack,
    lang: Lang,
    drawing: Drawing,
}

const WIDTH: usize = 300;
const HEIGHT: usize = 74;
const GAP_X: usize = 70;
const GAP_Y: usize = 22;

impl<'p> GraphRender<'p> {
    /// Graphs under a pack.
    pub(super) fn new(pack: &'p Pack, lang: Lang, drawing: Drawing) -> Self {
        Self { pack, lang, drawing }
    }

    /// What a task's box says: agency, procedure, measure and lines.
    fn words(&self, examination: &Examination<'_, '_>, at: usize, task: &Task) -> [String; 3] {
        let who = match task.agency {
            Some(agency) => {
                let agency = self.pack.authority_on(agency, Day::of(examination.day)).agency_name;
                self.lang.pick(&agency.name_vi, &agency.name_en)
            }
            None => self.lang.pick("Hải quan", "Customs"),
        };
        let measure = &self.pack.measures[task.measure.index()];
        let what = match task.kind {
            TaskKind::SettleFact => self.lang.pick("làm rõ thông tin hàng hóa", "settle what the goods are"),
            TaskKind::Dossier => self.lang.pick(&measure.title_vi, &measure.title_en),
        };
        let procedure = task.procedure.map(|p| self.pack.procedures[p.index()].code.as_str()).unwrap_or_default();
        let lines: Vec<String> =
            task.lines.iter().map(|l| examination.screening.lines[*l as usize].number.to_string()).collect();
        [
            format!("t{} {who}", at + 1),
            format!("{what} {procedure}"),
            format!("{} {}", self.lang.pick("dòng", "lines"), lines.join(", ")),
        ]
    }

    fn dot(&self, source: &str, examination: &Examination<'_, '_>) -> String {
        let mut text = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(source));
        for (at, task) in examination.tasks.tasks.iter().enumerate() {
            let label = self.words(examination, at, task).join("\n");
            let _ = writeln!(text, "  t{} [label={}];", at + 1, quoted(&label));
            for first in &task.after {
                let _ = writeln!(text, "  t{} -> t{};", first + 1, at + 1);
            }
        }
        text.push_str("}\n");
        text
    }

    /// A layered drawing: a task stands one column right of the last that it waits for.
    fn svg(&self, source: &str, examination: &Examination<'_, '_>) -> String {
        let tasks = &examination.tasks.tasks;
        let mut column = vec![0usize; tasks.len()];
        for _ in 0..tasks.len() {
            for (at, task) in tasks.iter().enumerate() {
                let waits = task.after.iter().map(|first| column[usize::from(*first)] + 1).max();
                column[at] = column[at].max(waits.unwrap_or(0)).min(tasks.len());
            }
        }
        let mut filled: Vec<usize> = Vec::new();
        let mut places = Vec::new();
        for col in &column {
            if filled.len() <= *col {
                filled.resize(col + 1, 0);
            }
            places.push((20 + col * (WIDTH + GAP_X), 50 + filled[*col] * (HEIGHT + GAP_Y)));
            filled[*col] += 1;
        }
        let width = 40 + filled.len().max(1) * (WIDTH + GAP_X) - GAP_X;
        let height = 70 + filled.iter().max().copied().unwrap_or(0) * (HEIGHT + GAP_Y);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n<title>{0}</title>\n<text x=\"20\" y=\"28\" font-size=\"16\" font-weight=\"bold\">{0} · {1}</text>\n<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n",
            escaped(source),
            examination.decision.as_str()
        );
        for (at, task) in tasks.iter().enumerate() {
            let (x, y) = places[at];
            for first in &task.after {
                let (from_x, from_y) = places[usize::from(*first)];
                let (x1, y1, y2) = (from_x + WIDTH, from_y + HEIGHT / 2, y + HEIGHT / 2);
                let middle = x.midpoint(x1);
                let _ = writeln!(
                    text,
                    "<path d=\"M{x1} {y1}C{middle} {y1} {middle} {y2} {x} {y2}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#a)\"/>"
                );
            }
            let _ = writeln!(
                text,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"#f4f6fa\" stroke=\"#335\"/>"
            );
            for (row, words) in self.words(examination, at, task).iter().enumerate() {
                let weight = if row == 0 { " font-weight=\"bold\"" } else { "" };
                let shown: String = words.chars().take(44).collect();
                let _ = writeln!(
                    text,
                    "<text x=\"{}\" y=\"{}\"{weight}>{}</text>",
                    x + 10,
                    y + 22 + row * 20,
                    escaped(&shown)
                );
            }
        }
        text.push_str("</svg>\n");
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
            Drawing::Svg => self.svg(source, examination),
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn rejected(&self, out: &mut Vec<u8>, source: &str, _: &[u8], rejection: &Rejection) {
        let message = rejection.findings.first().map_or("", |f| f.message.as_str());
        let text = match self.drawing {
            Drawing::Dot => format!("// {}: {}\n", source.replace('\n', " "), message.replace('\n', " ")),
            Drawing::Svg => format!("<!-- {}: {} -->\n", source.replace("--", "- -"), message.replace("--", "- -")),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
