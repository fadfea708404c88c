//! What the drawings show.

use std::process::Command;

fn draw(name: &str, format: &str, lang: &str) -> String {
    let path = format!("{}/fixtures/declarations/{name}.xml", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", &path, "--format", format, "--lang", lang, "--quiet"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of an attribute of each element of a name.
fn elements(svg: &str, name: &str) -> Vec<String> {
    svg.lines().flat_map(|line| line.split('<')).filter(|e| e.starts_with(name)).map(str::to_owned).collect()
}

fn number(element: &str, attribute: &str) -> f64 {
    let from = element.find(&format!(" {attribute}=\"")).unwrap() + attribute.len() + 3;
    element[from..].split('"').next().unwrap().parse().unwrap()
}

#[test]
fn agency_procedure_due_time_and_the_critical_path_are_drawn() {
    let svg = draw("10-chicken-two-tasks-in-order", "svg", "en");
    for words in ["BNNPTNT0600011", "BNNPTNT0600012", "lines 1", "due 2026-07-24 17:00", "★ t1", "★ t2", "Clearance"]
    {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    assert_eq!(svg.matches("stroke-width=\"3\"").count(), 2 + 2 + 1, "two boxes, two edges, the legend");
    let dot = draw("10-chicken-two-tasks-in-order", "dot", "vi");
    assert!(dot.contains("t1 -> t2 [") && dot.contains("t2 -> clearance [") && dot.contains("hạn 2026-07-31 17:00"));
    assert_eq!(dot.matches("penwidth=3").count(), 4);
}

#[test]
fn obligations_stand_behind_clearance() {
    let dot = draw("02-candy-last-day-of-1182", "dot", "en");
    assert!(dot.contains("t1 -> clearance") && dot.contains("clearance -> t2") && !dot.contains("t1 -> t2"), "{dot}");
}

#[test]
fn every_text_lies_within_a_box_or_beside_one() {
    for name in ["90-shrimp-feed", "18-medicine-presumed-by-heading", "78-clean-machinery-clears"] {
        for lang in ["vi", "en"] {
            let svg = draw(name, "svg", lang);
            let rects: Vec<[f64; 4]> = elements(&svg, "rect ")
                .iter()
                .filter(|e| e.contains(" x="))
                .map(|e| [number(e, "x"), number(e, "y"), number(e, "width"), number(e, "height")])
                .collect();
            let (wide, high) = (number(&svg, "width"), number(&svg, "height"));
            for text in elements(&svg, "text ") {
                let (x, y) = (number(&text, "x"), number(&text, "y"));
                let words = text.split('>').nth(1).unwrap();
                // The mean width of a sans-serif letter of 13 pixels.
                let right = x + 6.6 * f64::from(u32::try_from(words.chars().count()).unwrap());
                assert!(right <= wide && y <= high, "{name}: {words} leaves the drawing");
                let of_box = rects.iter().find(|[bx, by, w, h]| *bx < x && x < bx + w && *by < y && y < by + h);
                if let Some([bx, _, w, _]) = of_box {
                    assert!(right <= bx + w, "{name}: {words} leaves its box");
                }
            }
            for (at, one) in rects.iter().enumerate() {
                for other in &rects[at + 1..] {
                    let apart = one[0] + one[2] <= other[0]
                        || other[0] + other[2] <= one[0]
                        || one[1] + one[3] <= other[1]
                        || other[1] + other[3] <= one[1];
                    assert!(apart, "{name}: {one:?} {other:?}");
                }
            }
        }
    }
}
