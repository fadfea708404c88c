//! Where a signature stands, and that no other is taken for it.

use std::fs;
use std::path::Path;

use motcua::message::signature::{Place, SignatureError, Signer, Trust, payload, verify};
use motcua::message::{ReadOptions, receive};

use super::made::{FORM_D, OTHER, Office, element, now, signer, with};

/// Something in an exchange envelope.
fn envelope(document: &str) -> String {
    let document = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(document).trim_end();
    format!(
        "<sh:StandardBusinessDocument xmlns:sh=\"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader\"><sh:StandardBusinessDocumentHeader><sh:HeaderVersion>1.0</sh:HeaderVersion></sh:StandardBusinessDocumentHeader>{document}</sh:StandardBusinessDocument>"
    )
}

#[test]
fn an_envelope_and_what_it_carries_are_signed_each() {
    let office = Office::new();
    let gateway = signer("Gateway", &office.authority);
    let document = office.sign(FORM_D);
    let message = gateway.sign(&envelope(&document), Place::Document).unwrap();
    assert_eq!(office.verify(&message).unwrap().certificate.subject, "CN=Gateway");
    let range = payload(message.as_bytes()).unwrap().unwrap();
    let inner = &message[range];
    assert!(document.contains(inner));
    assert_eq!(office.verify(inner).unwrap().certificate.subject, "CN=Office");
    assert_eq!(payload(document.as_bytes()).unwrap(), None);
}

/// The envelope's signature is the one that is looked at: neither does that of the document in it
/// make up for it, nor does a document that was signed before keep a changed envelope valid.
#[test]
fn the_envelopes_signature_is_the_one_that_counts() {
    let office = Office::new();
    let gateway = signer("Gateway", &office.authority);
    let message = gateway.sign(&envelope(&office.sign(FORM_D)), Place::Document).unwrap();
    // Changed in the header: the document's own signature still holds.
    let changed = with(&message, ">1.0<", ">9.0<");
    assert_eq!(office.refusal(&changed), "SIGNATURE_DIGEST");
    let range = payload(changed.as_bytes()).unwrap().unwrap();
    assert!(office.verify(&changed[range]).is_ok());
    // A signature value of the envelope that is another.
    let value = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let mut forged = message.clone();
    forged.replace_range(value..value + 4, if message[value..].starts_with("AAAA") { "BBBB" } else { "AAAA" });
    assert_eq!(office.refusal(&forged), "SIGNATURE_VALUE");
    // Taken out: that of the document does not take its place.
    assert_eq!(office.refusal(&with(&message, element(&message), "")), "SIGNATURE_PLACE");
    // Moved behind the document: then another would come first.
    let own = element(&message).to_owned();
    let moved = with(
        &with(&message, &own, ""),
        "</sh:StandardBusinessDocument>",
        &format!("{own}</sh:StandardBusinessDocument>"),
    );
    assert_eq!(office.refusal(&moved), "SIGNATURE_PLACE");
    // Both at once.
    assert_eq!(office.refusal(&with(&message, &own, &format!("{own}{own}"))), "SIGNATURE_SEVERAL");
    // The document changed: the envelope covers it.
    assert_eq!(office.refusal(&with(&message, "100.00", "900.00")), "SIGNATURE_DIGEST");
}

#[test]
fn an_envelope_carries_one_document() {
    let two = envelope("<a xmlns=\"\"/><b xmlns=\"\"/>");
    assert_eq!(payload(two.as_bytes()).unwrap_err().code(), "SIGNATURE_STRUCTURE");
    assert_eq!(payload(envelope("").as_bytes()).unwrap(), None);
}

/// What was signed, put into something else that the reader would take for the message.
#[test]
fn what_was_signed_cannot_be_wrapped() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let own = element(&signed).to_owned();
    let bare = with(&signed, &own, "");
    let forged = with(OTHER, ">100<", ">900<");
    let into = |document: &str, what: &str| with(document, "</a:Paper>", &format!("{what}</a:Paper>"));
    // Beside the false one, in another root.
    assert_eq!(office.refusal(&format!("<x>{signed}{forged}</x>")), "SIGNATURE_PLACE");
    // In the false one, signature and all.
    assert_eq!(office.refusal(&into(&forged, &signed)), "SIGNATURE_PLACE");
    // The signature in the false one, and what was signed beside it.
    assert_eq!(office.refusal(&into(&forged, &format!("{own}<old>{bare}</old>"))), "SIGNATURE_DIGEST");
    // What was signed within the signature.
    let holding = with(&own, "</ds:Signature>", &format!("<ds:Object>{bare}</ds:Object></ds:Signature>"));
    assert_eq!(office.refusal(&into(&forged, &holding)), "SIGNATURE_STRUCTURE");
    // By a name instead of the whole.
    let named = with(&own, "URI=\"\"", "URI=\"#old\"");
    let old = bare.replacen("<a:Paper", "<a:Paper Id=\"old\"", 1);
    assert_eq!(office.refusal(&into(&forged, &format!("{named}<x>{old}</x>"))), "SIGNATURE_REFERENCE");
    // A signature as the root.
    assert_eq!(office.refusal(&own), "SIGNATURE_PLACE");
    let around = with(&own, "</ds:Signature>", &format!("<ds:Object>{signed}</ds:Object></ds:Signature>"));
    assert_eq!(office.refusal(&around), "SIGNATURE_PLACE");
}

#[test]
fn a_document_of_ubl_has_one_signature_in_its_extensions() {
    let office = Office::new();
    let signed = office.sign(FORM_D);
    let own = element(&signed).to_owned();
    let end = "</co:CertificateOfOrigin>";
    assert_eq!(office.refusal(&with(&signed, end, &format!("{own}{end}"))), "SIGNATURE_SEVERAL");
    let moved = with(&with(&signed, &own, ""), end, &format!("{own}{end}"));
    assert_eq!(office.refusal(&moved), "SIGNATURE_PLACE");
    for (namespace, other) in [
        ("CommonSignatureComponents-2", "CommonSignatureComponents-3"),
        ("CommonExtensionComponents-2\"><ext:UBLExtension>", "x\"><ext:UBLExtension>"),
    ] {
        assert_eq!(office.refusal(&with(&signed, namespace, other)), "SIGNATURE_PLACE", "{namespace}");
    }
    // Another extension may stand there before.
    let extended = with(
        FORM_D,
        "<cbc:ID>",
        "<e:UBLExtensions xmlns:e=\"urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2\"><e:UBLExtension><e:ExtensionContent><x/></e:ExtensionContent></e:UBLExtension></e:UBLExtensions><cbc:ID>",
    );
    assert!(office.verify(&office.sign(&extended)).is_ok());
}

/// A namespace written with an entity is the same namespace: no reader may pass over a signature
/// that another finds.
#[test]
fn a_disguised_namespace_hides_no_signature() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let own = element(&signed).to_owned();
    for disguise in ["xmldsig&#35;", "xmldsig&#x23;"] {
        let decoy = with(&own, "xmldsig#\">", &format!("{disguise}\">"));
        let before = with(&signed, &own, &format!("<x xmlns=\"\">{decoy}</x>{own}"));
        assert_eq!(office.refusal(&before), "SIGNATURE_PLACE");
        let twice = with(&signed, &own, &format!("{decoy}{own}"));
        assert_eq!(office.refusal(&twice), "SIGNATURE_SEVERAL");
        // Alone it is what it is.
        assert!(office.verify(&with(&signed, &own, &decoy)).is_ok());
    }
}

fn national() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/declarations/10-chicken-two-tasks-in-order.xml");
    fs::read_to_string(path).unwrap()
}

fn code(message: &str, trust: &Trust, place: Place) -> &'static str {
    verify(message.as_bytes(), trust, now(), place).map_or_else(|error| error.code(), |_| "valid")
}

/// The sender signs first, the gateway adds its own over all of it.
#[test]
fn sender_and_gateway_sign_the_national_envelope() {
    let office = Office::new();
    let gateway = signer("Gateway", &office.authority);
    let national = national();
    let sent = office.signer.sign(&national, Place::EnvelopeBody).unwrap();
    let passed = gateway.sign(&sent, Place::EnvelopeSystem).unwrap();
    let both =
        |message: &str| [Place::EnvelopeBody, Place::EnvelopeSystem].map(|place| code(message, &office.trust, place));
    assert_eq!(both(&national), ["SIGNATURE_MISSING", "SIGNATURE_MISSING"]);
    assert_eq!(both(&sent), ["valid", "SIGNATURE_MISSING"]);
    assert_eq!(both(&passed), ["valid", "valid"]);
    let whose = |place| verify(passed.as_bytes(), &office.trust, now(), place).unwrap().certificate.subject;
    assert_eq!((whose(Place::EnvelopeBody), whose(Place::EnvelopeSystem)), ("CN=Office".into(), "CN=Gateway".into()));
    // What was said is covered by both, who said it by the gateway's too.
    assert_eq!(both(&with(&passed, "A11", "A12")), ["SIGNATURE_DIGEST", "SIGNATURE_DIGEST"]);
    let value_and_certificate = |text: &str| {
        let from = text.find("<ds:SignatureValue>").unwrap();
        text[from..text.find("</ds:Signature>").unwrap()].to_owned()
    };
    let by_another = gateway.sign(&national, Place::EnvelopeBody).unwrap();
    let exchanged = with(&passed, &value_and_certificate(&sent), &value_and_certificate(&by_another));
    assert_eq!(both(&exchanged), ["valid", "SIGNATURE_DIGEST"]);
    // Nothing but the gateway's signature may stand in its place, and nothing is hidden there.
    let extra = with(&passed, "<SystemSignature>", "<SystemSignature><More/>");
    assert_eq!(both(&extra), ["valid", "SIGNATURE_DIGEST"]);
    // Each in its own place only.
    assert_eq!(code(&passed, &office.trust, Place::Document), "SIGNATURE_UNVERIFIABLE");
    assert_eq!(code(&office.sign(OTHER), &office.trust, Place::EnvelopeBody), "SIGNATURE_UNVERIFIABLE");
    let swapped = passed.replace("SystemSignature>", "Elsewhere>");
    assert_eq!(both(&swapped), ["SIGNATURE_PLACE", "SIGNATURE_PLACE"]);
    let twice = with(&passed, "</Envelope>", "<SystemSignature/></Envelope>");
    assert_eq!(both(&twice)[0], "SIGNATURE_SEVERAL");
}

/// The body's signature is looked at by the library too while the gateway's is verified: it must
/// not lead it anywhere.
#[test]
fn the_bodys_signature_has_the_profile_where_the_gateways_is_verified() {
    let office = Office::new();
    let sent = office.signer.sign(&national(), Place::EnvelopeBody).unwrap();
    let passed = office.signer.sign(&sent, Place::EnvelopeSystem).unwrap();
    let reading_files = with(&passed, "URI=\"\"", "URI=\"Cargo.toml\"");
    assert_eq!(code(&reading_files, &office.trust, Place::EnvelopeSystem), "SIGNATURE_REFERENCE");
}

#[test]
fn an_empty_place_is_filled_and_a_filled_one_kept() {
    let office = Office::new();
    for empty in ["<Signature/>", "<Signature></Signature>", "<Signature> </Signature>"] {
        let message = with(&national(), "</Body>", &format!("{empty}</Body><SystemSignature/>"));
        let sent = office.signer.sign(&message, Place::EnvelopeBody).unwrap();
        assert_eq!(code(&sent, &office.trust, Place::EnvelopeBody), "valid");
        let passed = office.signer.sign(&sent, Place::EnvelopeSystem).unwrap();
        assert_eq!(code(&passed, &office.trust, Place::EnvelopeSystem), "valid");
    }
    let refused = |message: &str, place| office.signer.sign(message, place).unwrap_err();
    let sent = office.signer.sign(&national(), Place::EnvelopeBody).unwrap();
    assert!(matches!(refused(&sent, Place::EnvelopeBody), SignatureError::Several { .. }));
    let passed = office.signer.sign(&sent, Place::EnvelopeSystem).unwrap();
    assert_eq!(refused(&passed, Place::EnvelopeSystem).code(), "SIGNATURE_UNVERIFIABLE");
    let late = office.signer.sign(&national(), Place::EnvelopeSystem).unwrap();
    assert_eq!(refused(&late, Place::EnvelopeBody).code(), "SIGNATURE_UNVERIFIABLE");
    assert_eq!(refused(OTHER, Place::EnvelopeBody).code(), "SIGNATURE_UNVERIFIABLE");
}

/// What was signed is read as what was not: the signatures stand where the formats have them.
#[test]
fn a_signed_message_reads_as_before() {
    let office = Office::new();
    let plain = national();
    let sent = office.signer.sign(&plain, Place::EnvelopeBody).unwrap();
    let passed = office.signer.sign(&sent, Place::EnvelopeSystem).unwrap();
    let options = ReadOptions { strict: true, ..ReadOptions::default() };
    let before = receive(plain.as_bytes(), &options).unwrap();
    let after = receive(passed.as_bytes(), &options).unwrap();
    let (before_reading, after_reading) = (before.reading().unwrap(), after.reading().unwrap());
    assert_eq!(before_reading.findings.len(), after_reading.findings.len());
    assert_eq!(before_reading.declaration.items.len(), after_reading.declaration.items.len());
    assert!(after.head.signed.body && after.head.signed.system && !before.head.signed.body);
}

#[test]
fn signers_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Signer>();
    shared::<Trust>();
}
