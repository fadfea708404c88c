//! The drawing itself.

use std::fmt::Write as _;

use super::layout::{self, BOX_WIDTH, Picture};
use super::text::{width, wrap};
use super::{Edge, Node, NodeKind};
use crate::clearance::explain::Lang;

/// Sizes of letters and the rows that they stand in.
const LETTER: usize = 13;
const ROW: usize = 18;
/// Room between the border of a box and its text.
const INNER: usize = 12;
const MARGIN: usize = 24;
const TITLE: usize = 16;
const TITLE_ROW: usize = 22;
const LEGEND: usize = 34;

/// Around the arrowheads.
const DEFS: &str = "<defs>";
const DEFS_END: &str = "</defs>\n";

/// Colours: what is critical also has a star, its word and a thick border.
const CRITICAL: &str = "#b00020";
const PLAIN: &str = "#4a5568";

/// Draws boxes and edges under a title.
pub(super) fn draw(title: &str, nodes: &[Node], edges: &[Edge], lang: Lang) -> String {
    let rows: Vec<Vec<(String, bool)>> = nodes.iter().map(rows).collect();
    let heights = rows.iter().map(|rows| 2 * INNER + rows.len() * ROW - (ROW - LETTER)).collect();
    let picture = Picture { heights, edges: edges.iter().map(|edge| (edge.from, edge.to)).collect() };
    let layout = layout::place(&picture);
    let legend = legend(lang);
    let legend_width = legend.iter().map(|(_, words)| 50 + width(words, LETTER) + 24).sum();
    let inner_width = layout.width.max(legend_width).max(480);
    let titles = wrap(title, TITLE, inner_width);
    let top = MARGIN + titles.len() * TITLE_ROW + 12;
    let (wide, high) = (inner_width + 2 * MARGIN, top + layout.height + LEGEND + 2 * MARGIN);
    let mut out = opening(wide, high);
    let _ = write!(out, "<title>{}</title>\n{DEFS}", escaped(title));
    for (name, colour) in [("plain", PLAIN), ("critical", CRITICAL)] {
        let _ = write!(
            out,
            "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{colour}\"/></marker>"
        );
    }
    let _ = writeln!(out, "{DEFS_END}<rect width=\"{wide}\" height=\"{high}\" fill=\"#ffffff\"/>");
    for (at, row) in titles.iter().enumerate() {
        let y = MARGIN + TITLE + at * TITLE_ROW;
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{y}\" font-size=\"{TITLE}\" font-weight=\"bold\">{}</text>",
            escaped(row)
        );
    }
    for route in &layout.routes {
        line(&mut out, &route.points, (MARGIN, top), edges[route.edge].critical);
    }
    for ((node, rows), ((x, y), height)) in nodes.iter().zip(&rows).zip(layout.boxes.iter().zip(&picture.heights)) {
        frame(&mut out, node.kind, node.critical, (x + MARGIN, y + top, BOX_WIDTH, *height));
        for (at, (row, bold)) in rows.iter().enumerate() {
            let weight = if *bold { " font-weight=\"bold\"" } else { "" };
            let (x, y) = (x + MARGIN + INNER, y + top + INNER + LETTER - 2 + at * ROW);
            let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{weight}>{}</text>", escaped(row));
        }
    }
    let mut x = MARGIN;
    let y = high - MARGIN - LEGEND / 2;
    for ((kind, critical), words) in &legend {
        frame(&mut out, *kind, *critical, (x, y - 9, 38, 18));
        let _ = writeln!(out, "<text x=\"{}\" y=\"{}\">{}</text>", x + 50, y + 5, escaped(words));
        x += 50 + width(words, LETTER) + 24;
    }
    out.push_str("</svg>\n");
    out
}

/// What a message that could not be read leaves of a drawing: its name and the reason.
pub(super) fn refusal(title: &str, reason: &str) -> String {
    let most = 480;
    let rows: Vec<(String, bool)> = wrap(title, LETTER, most * 9 / 10)
        .into_iter()
        .map(|row| (row, true))
        .chain(wrap(reason, LETTER, most).into_iter().map(|row| (row, false)))
        .collect();
    let (box_wide, box_high) = (most + 2 * INNER, 2 * INNER + rows.len().max(1) * ROW - (ROW - LETTER));
    let (wide, high) = (box_wide + 2 * MARGIN, box_high + 2 * MARGIN);
    let mut out = opening(wide, high);
    let _ =
        writeln!(out, "<title>{}</title>\n<rect width=\"{wide}\" height=\"{high}\" fill=\"#ffffff\"/>", escaped(title));
    frame(&mut out, NodeKind::Obligation, true, (MARGIN, MARGIN, box_wide, box_high));
    for (at, (row, bold)) in rows.iter().enumerate() {
        let weight = if *bold { " font-weight=\"bold\"" } else { "" };
        let (x, y) = (MARGIN + INNER, MARGIN + INNER + LETTER - 2 + at * ROW);
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{weight}>{}</text>", escaped(row));
    }
    out.push_str("</svg>\n");
    out
}

/// The start of a drawing.
fn opening(wide: usize, high: usize) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" font-family=\"sans-serif\" font-size=\"{LETTER}\">\n"
    )
}

/// One document of several drawings, each below the one before.
pub(super) fn page<'d>(drawings: impl Iterator<Item = &'d str> + Clone) -> String {
    let size = |drawing: &str, attribute: &str| {
        let value = drawing.split_once(attribute).and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
        value.unwrap_or(0)
    };
    let wide = drawings.clone().map(|drawing| size(drawing, " width=\"")).max().unwrap_or(0);
    let high = drawings.clone().map(|drawing| size(drawing, " height=\"")).sum();
    let mut out = opening(wide, high);
    let (mut top, mut defined) = (0, false);
    for drawing in drawings {
        let _ = write!(out, "<svg y=\"{top}\"");
        top += size(drawing, " height=\"");
        let rest = drawing.strip_prefix("<svg").unwrap_or(drawing);
        // An id may stand once; the arrowheads of the first serve all.
        match (rest.find(DEFS), rest.find(DEFS_END)) {
            (Some(from), Some(to)) if defined => {
                out.push_str(&rest[..from]);
                out.push_str(&rest[to + DEFS_END.len()..]);
            }
            (from, _) => {
                defined |= from.is_some();
                out.push_str(rest);
            }
        }
    }
    out.push_str("</svg>\n");
    out
}

/// The rows of a box, and which of them are bold.
fn rows(node: &Node) -> Vec<(String, bool)> {
    let most = BOX_WIDTH - 2 * INNER;
    let mut rows = Vec::new();
    for (at, words) in node.rows.iter().enumerate() {
        // Bold letters are wider.
        let most = if at == 0 { most * 9 / 10 } else { most };
        rows.extend(wrap(words, LETTER, most).into_iter().map(|row| (row, at == 0)));
    }
    rows
}

/// What the kinds of boxes mean.
fn legend(lang: Lang) -> Vec<((NodeKind, bool), String)> {
    [
        (
            (NodeKind::Task, true),
            lang.pick("★ đường găng: chậm là chậm thông quan", "★ critical: if late, clearance is late"),
        ),
        ((NodeKind::Task, false), lang.pick("trước thông quan", "before clearance")),
        ((NodeKind::Clearance, false), lang.pick("thông quan", "clearance")),
        ((NodeKind::Obligation, false), lang.pick("nghĩa vụ sau thông quan", "obligation after clearance")),
    ]
    .map(|(kind, words)| (kind, words.to_owned()))
    .into()
}

fn line(out: &mut String, route: &[(usize, usize)], (left, top): (usize, usize), critical: bool) {
    let mut points = route.iter().map(|(x, y)| (x + left, y + top));
    let Some((mut x, mut y)) = points.next() else { return };
    let mut way = format!("M{x} {y}");
    for (next_x, next_y) in points {
        let middle = x.midpoint(next_x);
        let _ = write!(way, "C{middle} {y} {middle} {next_y} {next_x} {next_y}");
        (x, y) = (next_x, next_y);
    }
    let (colour, thick, marker) = if critical { (CRITICAL, "3", "critical") } else { (PLAIN, "1.2", "plain") };
    let _ = writeln!(
        out,
        "<path d=\"{way}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{thick}\" marker-end=\"url(#{marker})\"/>"
    );
}

fn frame(out: &mut String, kind: NodeKind, critical: bool, (x, y, wide, high): (usize, usize, usize, usize)) {
    let (fill, rest) = match kind {
        NodeKind::Task => ("#f7f9fc", "rx=\"6\""),
        NodeKind::Obligation => ("#ffffff", "rx=\"6\" stroke-dasharray=\"6 4\""),
        NodeKind::Clearance => ("#e8f3ec", "rx=\"16\""),
    };
    let (colour, thick) = if critical { (CRITICAL, "3") } else { (PLAIN, "1.2") };
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"{thick}\" {rest}/>"
    );
}

fn escaped(text: &str) -> String {
    // What XML cannot hold is shown as unknown.
    let text =
        text.replace(|letter| matches!(letter, '\0'..'\t' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'), "\u{fffd}");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
