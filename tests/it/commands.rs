//! The program from outside: inputs, formats, exit codes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{line, wco};

fn motcua(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua")).args(arguments).env("LANG", "C").env_remove("LC_ALL").output().unwrap()
}

fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

/// A folder of its own that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("motcua-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn messages() -> Vec<(String, String)> {
    let one = wco(&[line("03061721", "tôm đông lạnh", "IN", "A11")]);
    let two = wco(&[line("84713020", "máy tính, hàng mới 100%", "CN", "A11"), line("10063099", "gạo", "TH", "A11")]);
    vec![("a.xml".into(), one), ("b.xml".into(), "no xml".into()), ("c.xml".into(), two)]
}

fn tar_of(messages: &[(String, String)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, message) in messages {
        let mut header = tar::Header::new_gnu();
        header.set_size(message.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, message.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(messages: &[(String, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, message) in messages {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(message.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn results(output: &Output) -> Vec<Value> {
    serde_json::from_slice::<Value>(&output.stdout)
        .unwrap_or_else(|e| {
            panic!("{e}: {}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        })
        .as_array()
        .unwrap()
        .clone()
}

/// What an answer says, without its source.
fn gist(value: &Value) -> String {
    match value.get("error") {
        Some(error) => format!("rejected {}", error["code"]),
        None => format!("{} {}", value["decision"], value["lines"].as_array().unwrap().len()),
    }
}

#[test]
fn every_kind_of_input_gives_the_same_answers_in_order() {
    let folder = Folder::new("inputs");
    let messages = messages();
    fs::create_dir(folder.path("documents")).unwrap();
    for (name, message) in &messages {
        fs::write(folder.path("documents").join(name), message).unwrap();
    }
    let tar = tar_of(&messages);
    fs::write(folder.path("x.zip"), zip_of(&messages)).unwrap();
    fs::write(folder.path("x.tar"), &tar).unwrap();
    fs::write(folder.path("x.tar.gz"), gz(&tar)).unwrap();
    fs::write(folder.path("x.tar.zst"), zstd::encode_all(&tar[..], 1).unwrap()).unwrap();
    let expected = ["\"hold\" 1", "rejected \"XML_NOT_XML\"", "\"hold\" 2"];
    for (name, source) in [
        ("documents", "documents/a.xml"),
        ("x.zip", "x.zip!a.xml"),
        ("x.tar", "x.tar!a.xml"),
        ("x.tar.gz", "x.tar.gz!a.xml"),
        ("x.tar.zst", "x.tar.zst!a.xml"),
    ] {
        let path = folder.path(name);
        let output = motcua(&["clear", text(&path), "--format", "json", "--quiet", "--jobs", "2"]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        let results = results(&output);
        let gists: Vec<String> = results.iter().map(gist).collect();
        assert_eq!(gists, expected, "{name}");
        assert_eq!(results[0]["source"], text(&folder.path(source)), "{name}");
    }
    for (bytes, source) in [(gz(&tar), "-!a.xml"), (zip_of(&messages), "-!a.xml"), (tar.clone(), "-!a.xml")] {
        let output = with_input(&["clear", "-", "--format", "json", "--quiet"], &bytes);
        let results = results(&output);
        assert_eq!(results.iter().map(gist).collect::<Vec<_>>(), expected);
        assert_eq!(results[0]["source"], source);
    }
    let stream = format!("{}\n{}", messages[0].1, messages[2].1);
    let output = with_input(&["clear", "-", "--format", "ndjson", "--quiet"], stream.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.iter().map(|l| l["source"].as_str().unwrap()).collect::<Vec<_>>(), ["-#1", "-#2"]);
}

#[test]
fn a_folder_is_read_in_byte_order_of_its_paths_with_archives_in_it() {
    let folder = Folder::new("order");
    let messages = messages();
    fs::create_dir_all(folder.path("B/sub")).unwrap();
    for name in ["b.xml", "B/z.xml", "B/sub/a.xml", "a.XML", "note.txt"] {
        fs::write(folder.path(name), &messages[0].1).unwrap();
    }
    fs::write(folder.path("c.tar"), tar_of(&messages)).unwrap();
    let output = motcua(&["clear", text(&folder.0), "--format", "json", "--quiet"]);
    let sources: Vec<String> =
        results(&output).iter().map(|r| r["source"].as_str().unwrap().replace(text(&folder.0), "")).collect();
    assert_eq!(
        sources,
        ["/B/sub/a.xml", "/B/z.xml", "/a.XML", "/b.xml", "/c.tar!a.xml", "/c.tar!b.xml", "/c.tar!c.xml"]
    );
}

#[test]
fn a_damaged_archive_is_named_and_what_came_before_is_decided() {
    let folder = Folder::new("damaged");
    let many: Vec<(String, String)> = (0..50).map(|at| (format!("{at:02}.xml"), messages()[0].1.clone())).collect();
    let mut bytes = gz(&tar_of(&many));
    bytes.truncate(bytes.len() / 2);
    fs::write(folder.path("x.tar.gz"), &bytes).unwrap();
    fs::write(folder.path("y.xml"), &messages()[0].1).unwrap();
    let output = motcua(&["clear", text(&folder.0), "--format", "json", "--quiet"]);
    assert_eq!(output.status.code(), Some(3));
    let results = results(&output);
    let damaged = results.iter().find(|r| r.get("error").is_some()).unwrap();
    assert_eq!(damaged["error"]["code"], "ARCHIVE");
    assert!(results.len() >= 2);
    assert_eq!(results.last().unwrap()["decision"], "hold");
}

#[test]
fn exit_codes_say_what_happened() {
    let folder = Folder::new("codes");
    fs::write(folder.path("good.xml"), &messages()[0].1).unwrap();
    fs::write(folder.path("bad.xml"), "<a>").unwrap();
    assert_eq!(motcua(&["clear", text(&folder.path("good.xml"))]).status.code(), Some(0));
    assert_eq!(motcua(&["clear", text(&folder.path("bad.xml"))]).status.code(), Some(3));
    let missing = motcua(&["clear", text(&folder.path("none.xml"))]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("none.xml"));
    assert!(missing.stdout.is_empty());
    assert_eq!(motcua(&["clear"]).status.code(), Some(2));
    assert_eq!(motcua(&["clear", "--format", "xml", "x"]).status.code(), Some(2));
    assert_eq!(motcua(&["check", "--hs", "12x4"]).status.code(), Some(2));
    assert_eq!(motcua(&["check", "--hs", "03061721", "--fact", "nothing=true"]).status.code(), Some(2));
    assert_eq!(motcua(&["check", "--hs", "03061721", "--fact", "maker"]).status.code(), Some(2));
    assert_eq!(motcua(&["check", "--hs", "03061721", "--fact", "maker=Xưởng A"]).status.code(), Some(0));
    let zip = folder.path("x.zip");
    assert_eq!(motcua(&["generate", "--count", "1", "--out", text(&zip)]).status.code(), Some(2));
    assert!(!zip.exists());
    assert_eq!(motcua(&["--help"]).status.code(), Some(0));
    assert_eq!(motcua(&["clear", text(&folder.path("good.xml")), "--rules", "/nowhere"]).status.code(), Some(1));
}

#[test]
fn check_answers_with_the_object_of_clear() {
    let output = motcua(&[
        "check",
        "--hs",
        "0306.17.21",
        "--date",
        "2024-12-02",
        "--origin",
        "IN",
        "--regime",
        "A11",
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let results = results(&output);
    let answer = &results[0];
    assert_eq!(answer["date"], "2024-12-02");
    assert_eq!(answer["date_source"], "as_of");
    assert_eq!(answer["decision"], "hold");
    assert_eq!(answer["lines"][0]["hs"], "03061721");
    assert_eq!(answer["lines"][0]["match"], "tariff");
    let quarantine = answer["lines"][0]["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["measure"] == "aquatic_quarantine")
        .unwrap();
    assert_eq!(quarantine["status"], "required");
    assert_eq!(quarantine["certainty"], "certain");
    assert!(!quarantine["legal_basis"].as_array().unwrap().is_empty());
    let task = quarantine["task"].as_str().unwrap();
    assert!(
        answer["tasks"].as_array().unwrap().iter().any(|t| t["id"] == task && t["after"] == serde_json::json!(["t1"]))
    );
    assert_eq!(answer["ready"], serde_json::json!(["t1"]));
}

#[test]
fn the_law_of_another_day_gives_another_answer() {
    let folder = Folder::new("law-date");
    let message = wco(&[line("87032361", "xe ô tô đã qua sử dụng", "JP", "A11")]);
    fs::write(folder.path("x.xml"), message).unwrap();
    let path = folder.path("x.xml");
    let of = |day: &str| {
        let output = motcua(&["clear", text(&path), "--law-date", day, "--format", "json", "--quiet"]);
        let answer = results(&output)[0].clone();
        assert_eq!(answer["date_source"], "law_date");
        assert_eq!(answer["date"], day);
        answer
    };
    let own = results(&motcua(&["clear", text(&path), "--format", "json", "--quiet"]))[0].clone();
    assert_eq!((own["date"].as_str(), own["date_source"].as_str()), (Some("2026-11-02"), Some("document")));
    // 33/2026/TT-BCT and its sisters begin on 2026-07-01.
    assert_ne!(of("2026-06-30")["lines"][0]["requirements"], of("2026-07-01")["lines"][0]["requirements"]);
}

#[test]
fn all_formats_are_written() {
    let folder = Folder::new("formats");
    fs::write(folder.path("x.xml"), &messages()[2].1).unwrap();
    fs::write(folder.path("y.xml"), "nothing").unwrap();
    let run = |format: &str, more: &[&str]| {
        let mut arguments = vec!["clear", text(&folder.0), "--quiet", "--format", format];
        arguments.extend_from_slice(more);
        let output = motcua(&arguments);
        assert_eq!(output.status.code(), Some(3), "{format}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = run("table", &["--lang", "en"]);
    assert!(table.contains("HOLD") && table.contains("REJECTED") && table.contains("XML_NOT_XML"), "{table}");
    assert!(run("table", &["--lang", "vi"]).contains("GIỮ LẠI"));
    let sheet = run("csv", &[]);
    let mut rows = csv::Reader::from_reader(sheet.as_bytes());
    let columns = rows.headers().unwrap().len();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert!(rows.len() > 2 && rows.iter().all(|r| r.len() == columns));
    assert!(rows.iter().any(|r| &r[7] == "rejected"));
    assert!(run("dot", &[]).starts_with("digraph"));
    let drawing = run("svg", &[]);
    assert!(drawing.starts_with("<svg") && drawing.contains("</svg>"));
    let explained = run("json", &["--explain", "--lang", "en"]);
    let explained: Value = serde_json::from_str(&explained).unwrap();
    assert!(explained[0]["lines"][0]["dropped"].is_array());
    assert!(explained[0]["lines"][0]["requirements"][0]["why"].is_array());
    fs::create_dir(folder.path("out")).unwrap();
    let out = folder.path("out/answers.ndjson");
    assert!(run("ndjson", &["--out", text(&out)]).is_empty());
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 2);
}

#[test]
fn the_summary_goes_to_standard_error() {
    let folder = Folder::new("summary");
    fs::write(folder.path("x.xml"), &messages()[0].1).unwrap();
    let output = motcua(&["clear", text(&folder.0), "--format", "json", "--lang", "en"]);
    let summary = String::from_utf8(output.stderr).unwrap();
    assert!(summary.contains("1 declarations, 1 lines: 0 clear, 0 release, 0 storage, 1 hold, 0 refuse"), "{summary}");
    assert!(
        summary.contains("Measures that hold most lines:") && summary.contains("Agencies that hold most lines:"),
        "{summary}"
    );
    assert!(motcua(&["clear", text(&folder.0), "--format", "json", "--quiet"]).stderr.is_empty());
}

/// The examples of the README that start with `$ motcua` and need nothing but the project: each
/// line that stands under one is a line of the answer.
#[test]
fn the_readme_says_what_the_program_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut examples = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.split("$ motcua ").skip(1) {
            let (command, answer) = example.split_once('\n').unwrap();
            if ["my-pack", " draft ", "sample", "/usr/bin/time", "serve ", "admin ", "partner ", "exchange "]
                .iter()
                .any(|word| command.contains(word))
            {
                continue;
            }
            let output = Command::new(env!("CARGO_BIN_EXE_motcua"))
                .args(command.split_whitespace())
                .current_dir(root)
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            for line in answer.lines().filter(|line| !line.trim().is_empty() && *line != "…") {
                assert!(text.lines().any(|given| given.trim_end() == line.trim_end()), "{command}: {line}\n{text}");
            }
            examples += 1;
        }
    }
    assert!(examples >= 4, "only {examples} examples");
}

/// What the README shows of its first command is what that command prints, the counts included.
#[test]
fn the_first_example_of_the_readme_is_what_it_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, rest) = readme.split_once("cargo run --release -- ").unwrap();
    let (command, rest) = rest.split_once('\n').unwrap();
    let shown = rest.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_motcua")).args(command.split_whitespace()).current_dir(root).output().unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(shown.contains("declarations, "), "the summary is shown");
    for line in shown.lines() {
        assert!(printed.lines().any(|given| given.trim_end() == line.trim_end()), "not printed any more: {line}");
    }
}

#[test]
fn a_heading_is_told_how_many_digits_a_line_needs() {
    let output = motcua(&["check", "--hs", "0306", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer[0]["errors"][0]["code"], "HS_UNKNOWN");
    let message = answer[0]["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("`0306` has 4 digits; a goods line needs six at least"), "{message}");
    assert_eq!(answer[0]["lines"][0]["decision"], "hold");
}

#[test]
fn rules_test_runs_the_cases_of_a_pack() {
    let all = motcua(&["rules", "test", "--format", "json"]);
    let report: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!((report["rules"].as_u64(), report["with_codes"].as_u64()), (Some(140), Some(128)));
    assert_eq!(report["errors"], serde_json::json!([]), "{:#}", report["errors"]);
    assert_eq!((report["with_positive"].as_u64(), report["with_negative"].as_u64()), (Some(128), Some(128)));
    assert_eq!((all.status.code(), report["failed"].as_u64()), (Some(0), Some(0)));
    let one = motcua(&["rules", "test", "mard-aquatic-quarantine-01-2024-m5", "--format", "json"]);
    let report: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(report["rules"], 1);
    let none = motcua(&["rules", "test", "nothing-like-it"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("nothing-like-it"));
    assert_eq!(motcua(&["rules", "test", "--rules", "/no/such/pack"]).status.code(), Some(1));
}
