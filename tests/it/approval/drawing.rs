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

/// Whether every element is closed in its order and nothing stands beside the root.
fn is_one_document(svg: &str) -> bool {
    let (mut open, mut roots) = (Vec::new(), 0);
    for tag in svg.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').unwrap();
        match (tag.strip_prefix('/'), tag.ends_with('/')) {
            (Some(name), _) if open.pop() != Some(name) => return false,
            (Some(_), _) => {}
            (None, closed) => {
                roots += usize::from(open.is_empty());
                if !closed {
                    open.push(tag.split_whitespace().next().unwrap());
                }
            }
        }
        if open.is_empty() && !text.trim().is_empty() {
            return false;
        }
    }
    open.is_empty() && roots == 1
}

/// The drawing of documents from standard input, and the exit code.
fn draw_stream(documents: &[u8], more: &[&str]) -> (Option<i32>, String, String) {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(["clear", "-", "--format", "svg", "--quiet", "--lang", "en"])
        .args(more)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The reader may stop before all is written.
    let _ = stdin.write_all(documents);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn several_declarations_make_one_drawing() {
    let read = |name: &str| {
        let path = format!("{}/fixtures/declarations/{name}.xml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let (chicken, apples) = (read("10-chicken-two-tasks-in-order"), read("12-apples-plant-quarantine"));
    let (code, svg, _) = draw_stream(format!("{chicken}<no><declaration/></no>{apples}").as_bytes(), &[]);
    assert_eq!(code, Some(3), "one was refused");
    assert!(is_one_document(&svg), "{svg}");
    for words in ["-#1 · hold", "-#2<", "-#3 · hold", "BNNPTNT0600012", "BNNPTNT0300004"] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    for id in ["id=\"plain\"", "id=\"critical\""] {
        assert_eq!(svg.matches(id).count(), 1, "an id stands once");
    }
    // Each begins where the one before ends.
    let drawings: Vec<String> = elements(&svg, "svg ");
    assert_eq!(drawings.len(), 1 + 3);
    let mut top = 0.0;
    for drawing in &drawings[1..] {
        assert!((number(drawing, "y") - top).abs() < 0.5, "{drawing}");
        assert!(number(drawing, "width") <= number(&drawings[0], "width"));
        top += number(drawing, "height");
    }
    assert!((number(&drawings[0], "height") - top).abs() < 0.5);
    // One alone is drawn as ever, a refused one as well.
    assert!(is_one_document(&draw("12-apples-plant-quarantine", "svg", "en")));
    let (code, svg, _) = draw_stream(b"<no/>", &[]);
    assert!(code == Some(3) && is_one_document(&svg) && svg.contains("-#1"), "{svg}");
}

#[test]
fn too_many_declarations_for_one_drawing_are_a_wrong_use() {
    let out = std::env::temp_dir().join(format!("motcua-drawing-{}.svg", std::process::id()));
    let arguments = ["--out", out.to_str().unwrap()];
    let (code, _, _) = draw_stream("<no/>".repeat(500).as_bytes(), &arguments);
    assert_eq!(code, Some(3));
    assert!(is_one_document(&std::fs::read_to_string(&out).unwrap()));
    std::fs::remove_file(&out).unwrap();
    let (code, _, error) = draw_stream("<no/>".repeat(501).as_bytes(), &arguments);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("more than 500") && error.contains("--format dot"), "{error}");
    assert!(!out.exists(), "no half of a drawing");
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
