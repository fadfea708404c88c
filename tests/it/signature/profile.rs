//! One profile is taken, everything else is refused before anything is reckoned.

use motcua::message::Limits;
use motcua::message::signature::{Algorithm, Place, SignatureError, verify, verify_within};

use super::made::{FORM_D, OTHER, Office, element, now, rsa, signer_of, signer_params, with};

#[test]
fn both_algorithms_hold_and_say_who_signed() {
    let office = Office::new();
    let by_rsa = signer_of(&signer_params("Office with RSA"), &rsa(), &office.authority, "");
    for document in [FORM_D, OTHER] {
        let signed = office.verify(&office.sign(document)).unwrap();
        assert_eq!(signed.algorithm, Algorithm::EcdsaP256Sha256);
        assert_eq!(signed.certificate.subject, "CN=Office");
        assert_eq!(signed.certificate.issuer, "CN=Root");
        assert_eq!(signed.certificate.not_after.to_string(), "2028-01-01T00:00:00Z");
        let signed = office.verify(&by_rsa.sign(document, Place::Document).unwrap()).unwrap();
        assert_eq!(signed.algorithm, Algorithm::RsaSha256);
        assert_eq!(signed.certificate.subject, "CN=Office with RSA");
    }
}

#[test]
fn a_signature_leaves_the_document_as_it_is() {
    let office = Office::new();
    for document in [FORM_D, OTHER] {
        let signed = office.sign(document);
        let from = signed.find("<ext:UBLExtensions").or_else(|| signed.find("<ds:Signature ")).unwrap();
        let end =
            ["</ext:UBLExtensions>", "</ds:Signature>"].iter().find_map(|end| Some(signed.find(end)? + end.len()));
        assert_eq!(format!("{}{}", &signed[..from], &signed[end.unwrap()..]), document);
    }
}

#[test]
fn unsigned_is_refused() {
    let office = Office::new();
    assert_eq!(office.refusal(FORM_D), "SIGNATURE_MISSING");
    assert_eq!(office.refusal(OTHER), "SIGNATURE_MISSING");
}

/// Comments are left out of the canonical form: `1<!---->00` would be signed as `100`, and a
/// reader that stops at the comment would read `1`.
#[test]
fn comments_and_instructions_are_refused_wherever_they_stand() {
    let office = Office::new();
    let signed = office.sign(FORM_D);
    for (from, to) in [("100.00", "1<!---->00.00"), ("<cbc:ID>", "<!-- x --><cbc:ID>"), ("?>\n", "?>\n<!---->")] {
        assert_eq!(office.refusal(&with(&signed, from, to)), "SIGNATURE_COMMENT", "{to}");
    }
    assert_eq!(office.refusal(&format!("{signed}<!-- after -->")), "SIGNATURE_COMMENT");
    let inside = with(&signed, "<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->");
    assert_eq!(office.refusal(&inside), "SIGNATURE_COMMENT");
    for (from, to) in [("100.00", "1<?x?>00.00"), ("?>\n", "?>\n<?x y?>"), ("<cbc:ID>", "<?xml-x?><cbc:ID>")] {
        assert_eq!(office.refusal(&with(&signed, from, to)), "SIGNATURE_INSTRUCTION", "{to}");
    }
    assert_eq!(office.refusal(&format!("{signed}<?after?>")), "SIGNATURE_INSTRUCTION");
    assert!(matches!(
        office.verify(&with(&signed, "100.00", "1\n<!---->00")),
        Err(SignatureError::Comment { line: 5 })
    ));
}

#[test]
fn other_algorithms_are_refused_by_name() {
    let office = Office::new();
    let signed = office.sign(FORM_D);
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    for other in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#ECDSA-SHA256",
        "none",
        "",
    ] {
        let downgraded = with(&signed, ecdsa, other);
        match office.verify(&downgraded) {
            Err(SignatureError::Algorithm { role: "SignatureMethod", found, allowed }) => {
                assert_eq!(found, other);
                assert!(allowed.contains(ecdsa));
            }
            result => panic!("{other}: {result:?}"),
        }
    }
    for other in ["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5", ""] {
        let downgraded = with(&signed, "http://www.w3.org/2001/04/xmlenc#sha256", other);
        assert!(matches!(office.verify(&downgraded), Err(SignatureError::Algorithm { role: "DigestMethod", .. })));
    }
    for other in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ] {
        let method = "<ds:CanonicalizationMethod Algorithm=\"";
        let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let downgraded = with(&signed, &format!("{method}{exclusive}"), &format!("{method}{other}"));
        assert!(matches!(
            office.verify(&downgraded),
            Err(SignatureError::Algorithm { role: "CanonicalizationMethod", .. })
        ));
        let transform = "<ds:Transform Algorithm=\"";
        let transformed = with(&signed, &format!("{transform}{exclusive}"), &format!("{transform}{other}"));
        assert_eq!(office.refusal(&transformed), "SIGNATURE_REFERENCE", "{other}");
    }
}

#[test]
fn an_algorithm_that_is_not_the_keys_is_refused() {
    let office = Office::new();
    let signed = with(&office.sign(OTHER), "#ecdsa-sha256", "#rsa-sha256");
    assert_eq!(office.refusal(&signed), "CERTIFICATE_KEY");
}

#[test]
fn other_transforms_are_refused() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let end = "</ds:Transforms>";
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let exclusive = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    for other in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ] {
        let transform = format!("<ds:Transform Algorithm=\"{other}\"><ds:XPath>false()</ds:XPath></ds:Transform>");
        for changed in [
            with(&signed, end, &format!("{transform}{end}")),
            with(&signed, enveloped, &format!("{transform}{enveloped}")),
            with(&signed, exclusive, &transform),
        ] {
            assert_eq!(office.refusal(&changed), "SIGNATURE_REFERENCE", "{other}");
        }
    }
    let prefixes = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"a\"/>";
    let inclusive = exclusive.replace("/>", &format!(">{prefixes}</ds:Transform>"));
    for changed in [
        with(&signed, exclusive, &inclusive),
        with(&signed, exclusive, ""),
        with(&signed, enveloped, ""),
        with(&signed, &format!("{enveloped}{exclusive}"), &format!("{exclusive}{enveloped}")),
    ] {
        assert_eq!(office.refusal(&changed), "SIGNATURE_REFERENCE");
    }
    assert_eq!(
        office.refusal(&with(&signed, &format!("<ds:Transforms>{enveloped}{exclusive}{end}"), "")),
        "SIGNATURE_STRUCTURE"
    );
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let with_prefixes = method.replace("/>", &format!(">{prefixes}</ds:CanonicalizationMethod>"));
    assert_eq!(office.refusal(&with(&signed, method, &with_prefixes)), "SIGNATURE_STRUCTURE");
}

#[test]
fn only_the_whole_message_may_be_referred_to() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    for uri in ["#part", "#xpointer(/)", "cid:part", "file:///etc/passwd", "other.xml", "http://example.org/"] {
        assert_eq!(
            office.refusal(&with(&signed, "URI=\"\"", &format!("URI=\"{uri}\""))),
            "SIGNATURE_REFERENCE",
            "{uri}"
        );
    }
    assert_eq!(office.refusal(&with(&signed, " URI=\"\"", "")), "SIGNATURE_REFERENCE");
    let from = signed.find("<ds:Reference ").unwrap();
    let end = signed.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    let reference = &signed[from..end];
    assert_eq!(office.refusal(&with(&signed, reference, &format!("{reference}{reference}"))), "SIGNATURE_REFERENCE");
    assert_eq!(office.refusal(&with(&signed, reference, "")), "SIGNATURE_STRUCTURE");
}

#[test]
fn nothing_else_may_stand_in_a_signature() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let nested = element(&signed).to_owned();
    for (before, what) in [
        ("</ds:Signature>", "<ds:Object><a:Paper xmlns:a=\"urn:paper\"/></ds:Object>"),
        ("</ds:Signature>", "<ds:Object><ds:Manifest/></ds:Object>"),
        ("</ds:Signature>", nested.as_str()),
        ("<ds:KeyInfo>", "<ds:Object/>"),
        ("<ds:X509Data>", "<ds:KeyName>x</ds:KeyName>"),
        ("</ds:KeyInfo>", "<ds:KeyValue/>"),
        ("</ds:X509Data>", "<ds:X509SubjectName>CN=Office</ds:X509SubjectName>"),
        ("</ds:X509Data>", "<ds:X509CRL>MA==</ds:X509CRL>"),
    ] {
        assert_eq!(office.refusal(&with(&signed, before, &format!("{what}{before}"))), "SIGNATURE_STRUCTURE", "{what}");
    }
    for (from, to) in [
        ("<ds:SignedInfo>", "<ds:SignedInfo xml:base=\"x\">"),
        ("<ds:Transforms>", "<ds:Transforms Id=\"x\">"),
        ("<ds:X509Certificate>", "<ds:X509Certificate><ds:X/>"),
        ("<ds:X509Certificate>", "<ds:X509Certificate><![CDATA[]]>"),
        ("<ds:X509Certificate>", "<ds:X509Certificate>&#77;"),
        ("<ds:X509Certificate>", "<ds:X509Certificate>!"),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA"),
    ] {
        assert_eq!(office.refusal(&with(&signed, from, to)), "SIGNATURE_STRUCTURE", "{to}");
    }
    let certificate = &signed[signed.find("<ds:X509Certificate>").unwrap()..signed.find("</ds:X509Data>").unwrap()];
    assert_eq!(office.refusal(&with(&signed, certificate, "")), "SIGNATURE_STRUCTURE");
    assert_eq!(office.refusal(&with(&signed, certificate, &certificate.repeat(6))), "SIGNATURE_STRUCTURE");
    assert!(office.verify(&with(&signed, certificate, &certificate.repeat(5))).is_ok());
}

#[test]
fn document_types_and_entities_are_refused() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let typed = format!("<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{signed}");
    assert_eq!(office.refusal(&typed), "XML_DTD");
    assert_eq!(office.refusal(&with(&signed, ">100<", ">&e;<")), "XML_ENTITY");
}

#[test]
fn limits_come_first() {
    let office = Office::new();
    let signed = office.sign(OTHER);
    let limits = Limits { bytes: signed.len() - 1, ..Limits::default() };
    let over = verify_within(signed.as_bytes(), &office.trust, now(), Place::Document, limits);
    assert_eq!(over.unwrap_err().code(), "XML_LIMIT");
    let huge = vec![b'x'; Limits::default().bytes + 1];
    assert_eq!(verify(&huge, &office.trust, now(), Place::Document).unwrap_err().code(), "XML_LIMIT");
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(office.refusal(&deep), "XML_LIMIT");
    let many = with(
        &signed,
        "<a:Sum",
        &format!("{}<a:Sum", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>".repeat(9)),
    );
    assert_eq!(office.refusal(&many), "SIGNATURE_SEVERAL");
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    let office = Office::new();
    assert!(office.verify(&format!("\u{FEFF}{}", office.sign(FORM_D))).is_ok());
}

#[test]
fn what_could_not_be_verified_is_not_signed() {
    let office = Office::new();
    let refused = |document: &str| office.signer.sign(document, Place::Document).unwrap_err().code();
    assert_eq!(refused("<a><!-- x --><b/></a>"), "SIGNATURE_COMMENT");
    assert_eq!(refused("<a><?x?><b/></a>"), "SIGNATURE_INSTRUCTION");
    assert_eq!(refused("<!DOCTYPE a><a><b/></a>"), "XML_DTD");
    assert_eq!(refused("<a/>"), "SIGNATURE_UNVERIFIABLE");
    assert_eq!(refused("<a><b></a>"), "XML_SYNTAX");
    assert_eq!(refused(&office.sign(FORM_D)), "SIGNATURE_SEVERAL");
    assert_eq!(refused(&office.sign(OTHER)), "SIGNATURE_SEVERAL");
}
