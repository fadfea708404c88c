//! `motcua.toml`, the environment and flags.

use std::fs;
use std::path::Path;

use super::program;
use crate::store::servers::folder;

/// What `motcua serve --print-config` says in a folder: its exit code and everything that it printed.
fn printed(within: &Path, variables: &[(&str, &str)], flags: &[&str]) -> (i32, String) {
    let mut program = program();
    program.current_dir(within).args(["serve", "--print-config"]).args(flags).envs(variables.iter().copied());
    let output = program.output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    (output.status.code().unwrap(), out + &err)
}

/// What is said of a setting: its value and where it comes from.
fn of<'p>(printed: &'p str, name: &str) -> (&'p str, &'p str) {
    let of_it = |line: &&str| line.starts_with(&format!("{name} = "));
    let line = printed.lines().find(of_it).unwrap_or_else(|| panic!("{printed}"));
    let (value, source) = line.split_once(" = ").unwrap().1.rsplit_once("  # ").unwrap();
    (value.trim(), source)
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_what_is_taken_by_default() {
    let folder = folder();
    let (code, said) = printed(&folder, &[], &[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(of(&said, "database"), ("\"motcua.db\"", "default"));
    assert_eq!(of(&said, "listen"), ("\"127.0.0.1:8080\"", "default"));
    assert_eq!(of(&said, "remind_before"), ("\"24h\"", "default"));
    assert!(said.contains("# rules is not set"), "{said}");

    fs::write(
        folder.join("motcua.toml"),
        "database = \"of-the-file.db\"\nlisten = \"127.0.0.1:1\"\n[limits]\nper_second = 7\n[log]\nformat = \"json\"\n",
    )
    .unwrap();
    let variables = [("MOTCUA_LISTEN", "127.0.0.1:2"), ("MOTCUA_LIMITS_PER_SECOND", "8"), ("MOTCUA_LOG", "")];
    let (code, said) = printed(&folder, &variables, &["--per-second", "9"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(of(&said, "database"), ("\"of-the-file.db\"", "motcua.toml:1"));
    assert_eq!(of(&said, "listen"), ("\"127.0.0.1:2\"", "MOTCUA_LISTEN"));
    assert_eq!(of(&said, "per_second"), ("9", "--per-second"));
    assert_eq!(of(&said, "format"), ("\"json\"", "motcua.toml:6"));
    assert_eq!(of(&said, "filter"), ("\"info\"", "default"));
    // What is printed is a file that says the same.
    fs::write(folder.join("again.toml"), &said).unwrap();
    let (_, again) = printed(&folder, &[], &["--config", "again.toml"]);
    for name in ["database", "listen", "per_second", "format", "filter", "escalate_after"] {
        assert_eq!(of(&again, name).0, of(&said, name).0, "{name}");
    }
    assert!(!folder.join("of-the-file.db").exists(), "nothing is opened");
}

#[test]
fn no_secret_is_printed() {
    let folder = folder();
    let key = "sixteen bytes or more";
    fs::write(folder.join("motcua.toml"), format!("sample_key = \"{key}\"\n")).unwrap();
    let address = "postgres://motcua:s3cret@db/nsw?password=s3cret&host=x";
    let (code, said) = printed(&folder, &[], &["--database", address]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("s3cret") && !said.contains(key), "{said}");
    assert_eq!(of(&said, "database"), ("\"postgres://motcua@db/nsw?host=x\"", "--database"));
    assert_eq!(of(&said, "sample_key"), ("\"(hidden)\"", "motcua.toml:1"));
}

#[test]
fn what_cannot_be_is_told_with_where_it_was_stated() {
    let folder = folder();
    let file = |text: &str| fs::write(folder.join("motcua.toml"), text).unwrap();
    for (text, wanted) in [
        ("\nlisten = \"here\"", "motcua.toml:2: `listen`: `here` is not an address such as 127.0.0.1:8080"),
        ("[limits]\nper_second = 0", "motcua.toml:2: `limits.per_second`: `0` is not a number from 1 to 4294967295"),
        ("[limits]\nmessage_bytes = 33554433", "is not a number from 1 to 33554432"),
        ("[log]\nformat = \"xml\"", "motcua.toml:2: `log.format`: `xml` is not `text` or `json`"),
        ("[log]\nfilter = \"info=x=y\"", "motcua.toml:2: `log.filter`"),
        ("[clocks]\nremind_before = \"-1h\"", "is not a length of time such as 24h or 90m"),
        ("[clocks]\nremind_before = \"soon\"", "is not a length of time such as 24h or 90m"),
        ("[tls]\ncert = \"c.pem\"", "motcua.toml:2: `tls.cert` is set and `tls.key` is not"),
        ("[tls]\nkey = \"k.pem\"", "motcua.toml:2: `tls.key` is set and `tls.cert` is not"),
        ("sample_key = \"short\"", "motcua.toml:1: the key of the draw has 5 bytes"),
        ("sample_key = \"sixteen bytes or more\"\nsample_key_file = \"x\"", "are both set"),
        (
            "[limits]\nper_secnd = 1",
            "motcua.toml:2: there is no setting `limits.per_secnd`; did you mean `limits.per_second`?",
        ),
        ("cert = \"x\"", "motcua.toml:1: there is no setting `cert`; did you mean `tls.cert`?"),
        ("listen = ", "motcua.toml:1: "),
    ] {
        file(text);
        let (code, said) = printed(&folder, &[], &[]);
        assert_eq!(code, 2, "{text}: {said}");
        assert!(said.contains(wanted), "{text}\n{said}");
    }
    file("");
    let (code, said) = printed(&folder, &[("MOTCUA_LISTEN", "8080")], &[]);
    assert_eq!((code, said.contains("MOTCUA_LISTEN: `listen`: `8080`")), (2, true), "{said}");
    let (code, said) = printed(&folder, &[], &["--log-format", "xml"]);
    assert_eq!((code, said.contains("--log-format: `log.format`: `xml`")), (2, true), "{said}");
    let (code, said) = printed(&folder, &[], &["--config", "missing.toml"]);
    assert_eq!((code, said.contains("missing.toml: ")), (2, true), "{said}");
}

#[test]
fn the_other_commands_of_the_service_heed_the_file_too() {
    let folder = folder();
    fs::write(folder.join("motcua.toml"), "database = \"elsewhere.db\"\n").unwrap();
    let output = program().current_dir(&folder).args(["admin", "organisation", "list"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.contains("elsewhere.db")), (Some(1), true), "{said}");
}

#[test]
fn a_scanner_that_cannot_be_run_is_told_before_anything_is_made() {
    let folder = folder();
    fs::write(folder.join("data"), "no program").unwrap();
    for (scanner, setting) in [("/nonexist --fast", "--scanner"), ("./data", "MOTCUA_ATTACHMENTS_SCANNER")] {
        let mut program = program();
        program.current_dir(&folder).args(["serve", "--listen", "127.0.0.1:0", "--database", "window.db"]);
        match setting {
            "--scanner" => program.args(["--scanner", scanner]),
            variable => program.env(variable, scanner),
        };
        let output = program.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        let named = scanner.split(' ').next().unwrap();
        for word in [setting, "attachments.scanner", named] {
            assert!(said.contains(word), "no {word}: {said}");
        }
        assert!(!folder.join("window.db").exists(), "{scanner}");
    }
}

#[test]
fn when_a_message_is_given_up_and_where_it_may_go_can_be_set() {
    let folder = folder();
    let (code, said) = printed(&folder, &[], &[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(of(&said, "attempts"), ("500", "default"));
    assert_eq!(of(&said, "refusals"), ("5", "default"));
    assert_eq!(of(&said, "longest_pause"), ("\"1h\"", "default"));
    fs::write(folder.join("motcua.toml"), "[webhooks]\nattempts = 20\nplain_http = \"gateway.lan, 10.0.0.7\"\n")
        .unwrap();
    let variables = [("MOTCUA_WEBHOOKS_REFUSALS", "3")];
    let (code, said) = printed(&folder, &variables, &["--delivery-pause", "10m"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(of(&said, "attempts"), ("20", "motcua.toml:2"));
    assert_eq!(of(&said, "refusals"), ("3", "MOTCUA_WEBHOOKS_REFUSALS"));
    assert_eq!(of(&said, "longest_pause"), ("\"10m\"", "--delivery-pause"));
    for (flag, wrong) in [("--delivery-attempts", "0"), ("--delivery-pause", "soon"), ("--plain-http", "http://a/b")] {
        let (code, said) = printed(&folder, &[], &[flag, wrong]);
        assert!(code == 2 && said.contains(flag), "{flag}: {code} {said}");
    }
}
