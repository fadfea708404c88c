//! `motcua certificate`: results, exit codes, the bundled example.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::made::{OTHER, Office, authority, p256, rsa, signer_params};

const SIGNED: &str = "fixtures/asean/form-d-signed.xml";
const TRUST: &str = "fixtures/asean/trust.pem";

fn run(arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_motcua"))
        .arg("certificate")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Whoever has read enough closes; that is no failure of the test.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn bundled() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SIGNED)).unwrap()
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

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_bundled_example_is_valid_now_and_for_long() {
    let (code, out, _) = run(&["verify", SIGNED, "--trust", TRUST], b"");
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("VALID"), "{out}");
    for moment in ["2026-06-30", "2099-12-31", "2100-01-01T00:00:00Z"] {
        assert_eq!(run(&["verify", SIGNED, "--trust", TRUST, "--at", moment], b"").0, 0, "{moment}");
    }
}

/// The example is what `certificate sign` makes of the document beside it.
#[test]
fn the_bundled_example_is_the_document_beside_it_signed() {
    let signed = bundled();
    let from = signed.find("<ext:UBLExtensions").unwrap();
    let end = signed.find("</ext:UBLExtensions>").unwrap() + "</ext:UBLExtensions>".len();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/asean/form-d.xml");
    assert_eq!(format!("{}{}", &signed[..from], &signed[end..]), fs::read_to_string(document).unwrap());
}

#[test]
fn not_valid_is_three_and_says_why() {
    let changed = bundled().replacen(">1260<", ">9260<", 1);
    assert_ne!(changed, bundled());
    let (code, out, _) = run(&["verify", "-", "--trust", TRUST], changed.as_bytes());
    assert_eq!(code, 3);
    assert!(out.starts_with("NOT VALID") && out.contains("SIGNATURE_DIGEST"), "{out}");
    let (code, out, _) = run(&["verify", SIGNED, "--trust", TRUST, "--at", "2025-12-31"], b"");
    assert!(code == 3 && out.contains("CERTIFICATE_NOT_YET_VALID"), "{out}");
    for (input, word) in [(&b""[..], "XML_NOT_XML"), (b"<a/>", "SIGNATURE_MISSING"), (b"\xff\xfe<", "XML_ENCODING")] {
        let (code, out, _) = run(&["verify", "-", "--trust", TRUST], input);
        assert!(code == 3 && out.contains(word), "{out}");
    }
}

#[test]
fn json_has_the_same() {
    let json = |input: &str| -> Value {
        serde_json::from_str(
            &run(
                &["verify", "-", "--trust", TRUST, "--format", "json", "--at", "2026-06-30T08:00:00Z"],
                input.as_bytes(),
            )
            .1,
        )
        .unwrap()
    };
    let valid = json(&bundled());
    assert_eq!(valid["valid"], true);
    assert_eq!(valid["at"], "2026-06-30T08:00:00Z");
    let signature = &valid["signatures"][0];
    assert_eq!(signature["document"]["form"], "D");
    assert_eq!(signature["document"]["country"], "VN");
    assert_eq!(signature["algorithm"], "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    assert_eq!(signature["certificate"]["sha256"].as_str().unwrap().len(), 64);
    let refused = json(&bundled().replacen(">1260<", ">9260<", 1));
    assert_eq!(refused["valid"], false);
    assert_eq!(refused["signatures"][0]["error"]["code"], "SIGNATURE_DIGEST");
    assert!(refused["signatures"][0].get("certificate").is_none());
}

#[test]
fn what_is_missing_or_wrong_has_its_code() {
    let folder = Folder::new("certificate-codes");
    let broken = folder.file("broken.pem", "nothing");
    for (arguments, code) in [
        (vec!["verify", "no-such-file", "--trust", TRUST], 1),
        (vec!["verify", SIGNED, "--trust", "no-such-file"], 1),
        (vec!["verify", "fixtures", "--trust", TRUST], 1),
        (vec!["verify", SIGNED, "--trust", broken.as_str()], 1),
        (vec!["verify", SIGNED], 2),
        (vec!["verify", SIGNED, "--trust", TRUST, "--at", "tomorrow"], 2),
        (vec!["verify", SIGNED, "--trust", TRUST, "--at", "2026-13-01"], 2),
        (vec!["nonsense"], 2),
        (vec!["verify", "--help"], 0),
    ] {
        let (got, out, err) = run(&arguments, b"");
        assert_eq!(got, code, "{arguments:?}: {out}{err}");
        assert!(code != 1 || err.starts_with("motcua: "), "{err}");
    }
}

#[test]
fn a_body_over_the_limit_is_refused_unread() {
    let (code, out, _) = run(&["verify", "-", "--trust", TRUST], &vec![b' '; 40 << 20]);
    assert!(code == 3 && out.contains("XML_LIMIT"), "{out}");
}

#[test]
fn what_is_signed_verifies() {
    let folder = Folder::new("certificate-sign");
    let root = authority("Root");
    let trust = folder.file("trust.pem", &root.pem());
    let document = folder.file("paper.xml", OTHER);
    for (name, key) in [("p256", p256()), ("rsa", rsa())] {
        let certificate = signer_params(name).signed_by(&key, &root).unwrap();
        let key = folder.file("key.pem", &key.serialize_pem());
        let cert = folder.file("cert.pem", &certificate.pem());
        let out = folder.0.join("signed.xml");
        let out = out.to_str().unwrap();
        let (code, printed, err) = run(&["sign", &document, "--key", &key, "--cert", &cert, "--out", out], b"");
        assert_eq!((code, printed.as_str()), (0, ""), "{err}");
        let (code, said, _) = run(&["verify", out, "--trust", &trust, "--at", "2026-06-30"], b"");
        assert!(code == 0 && said.contains(&format!("CN={name}")), "{said}");
        let (code, printed, _) = run(&["sign", "-", "--key", &key, "--cert", &cert], OTHER.as_bytes());
        assert!(code == 0 && printed.contains("<ds:SignatureValue>"), "{printed}");
        let (code, _, err) = run(&["sign", "-", "--key", &key, "--cert", &cert], b"<a><!-- x --></a>");
        assert!(code == 3 && err.contains("SIGNATURE_COMMENT"), "{err}");
        let (code, _, err) = run(&["sign", "-", "--key", &cert, "--cert", &cert], OTHER.as_bytes());
        assert!(code == 1 && !err.contains("BEGIN"), "{err}");
        assert_eq!(run(&["sign", &document, "--key", "no-such-file", "--cert", &cert], b"").0, 1);
    }
}

#[test]
fn an_envelope_is_verified_with_what_it_carries() {
    let folder = Folder::new("certificate-envelope");
    let office = Office::new();
    let trust = folder.file("trust.pem", &office.authority.pem());
    let inner = office.sign(OTHER);
    let header = "<h:StandardBusinessDocument xmlns:h=\"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader\"><h:StandardBusinessDocumentHeader/>";
    let check = |document: &str| {
        let message = office.sign(&format!("{header}{document}</h:StandardBusinessDocument>"));
        run(&["verify", "-", "--trust", &trust, "--at", "2026-06-30"], message.as_bytes())
    };
    let (code, out, _) = check(&inner);
    assert!(code == 0 && out.matches("signed by").count() == 2, "{out}");
    let (code, out, _) = check(OTHER);
    assert!(code == 0 && out.matches("signed by").count() == 1, "{out}");
    // The envelope holds, what it carries does not.
    let (code, out, _) = check(&inner.replacen(">100<", ">900<", 1));
    assert!(code == 3 && out.matches("signed by").count() == 1 && out.contains("SIGNATURE_DIGEST"), "{out}");
}
