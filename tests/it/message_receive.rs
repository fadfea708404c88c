//! Every message of a declaration's or dossier's life: the corpus against a naive reading, the
//! national profile, receipts and errors, what a refused message still says of itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use motcua::message::incoming::{Cancellation, Content, Family, Letter, MessageKey, Pointer};
use motcua::message::{Incoming, ReadOptions, Refused, read, receive};
use motcua::trade::{Finding, FindingCode, Severity};

use crate::support::shared;

fn received(xml: &str) -> Incoming<'_> {
    receive(xml.as_bytes(), &ReadOptions::default()).unwrap()
}

fn refused(xml: &str) -> Box<Refused<'_>> {
    receive(xml.as_bytes(), &ReadOptions::default()).unwrap_err()
}

fn letter<'m, 'a>(message: &'m Incoming<'a>) -> &'m Letter<'a> {
    match &message.content {
        Content::Letter(letter) => letter,
        other => panic!("no letter: {other:?}"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "xml"))
        .collect();
    found.sort();
    found
}

#[test]
fn a_root_in_the_wrong_namespace_or_none_is_told_which_would_be_right() {
    let said = |xml: &str| read(xml.as_bytes(), &ReadOptions::default()).unwrap_err().findings[0].message.clone();
    let bare = said("<Declaration><A/></Declaration>");
    assert!(bare.contains("`Declaration` without a namespace"), "{bare}");
    assert!(bare.contains("`Declaration` in a namespace `urn:wco:datamodel:WCO:DEC…`"), "{bare}");
    let other = said(r#"<Envelope xmlns="urn:other"><A/></Envelope>"#);
    assert!(other.contains("`Envelope` in the namespace `urn:other`"), "{other}");
    assert!(other.ends_with("these two without a namespace"), "{other}");
}

/// The first text of an element, by looking for its tags.
fn text_of(xml: &str, name: &str) -> Option<String> {
    let begin = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let end = xml[begin..].find('<')? + begin;
    let text = xml[begin..end].trim();
    (!text.is_empty()).then(|| text.replace("&amp;", "&"))
}

/// An envelope around a content.
fn envelope(document_type: &str, kind: &str, function: &str, content: &str) -> String {
    format!(
        "<Envelope><Header><Reference><version>01</version><messageId>7f3c</messageId></Reference>\
         <From><name>Sông Hồng</name><identity>0301234567</identity><countryCode>VN</countryCode><ministryCode>A</ministryCode><organizationCode>B</organizationCode><unitCode>C</unitCode></From>\
         <To><name>NSW</name><identity>NSW</identity><countryCode>VN</countryCode><ministryCode>BTC</ministryCode><organizationCode>TCHQ</organizationCode><unitCode>NSW</unitCode></To>\
         <Subject><documentType>{document_type}</documentType><type>{kind}</type><function>{function}</function><reference>M1</reference><documentYear>2026</documentYear><preReference>M0</preReference><preDocumentYear>2025</preDocumentYear><sendDate>2026-07-20 09:15:00</sendDate></Subject>\
         </Header><Body><Content>{content}</Content></Body></Envelope>"
    )
}

/// What stands in `Content` of a fixture.
fn content_of(xml: &str) -> &str {
    let begin = xml.find("<Content>").unwrap() + "<Content>".len();
    &xml[begin..xml.find("</Content>").unwrap()]
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

fn codes(findings: &[Finding]) -> Vec<(FindingCode, &str)> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| (finding.code, finding.field.as_deref().unwrap_or_default())).collect()
}

#[test]
fn every_letter_of_the_corpus_says_what_its_elements_say() {
    let Some(shared) = shared() else { return };
    let mut letters = 0;
    for path in files(&shared.join("corpus/vnsw")) {
        let xml = std::fs::read_to_string(&path).unwrap();
        let message = received(&xml);
        let letter = letter(&message);
        let name = path.display();
        letters += 1;
        assert_eq!(message.head.family, Family::Envelope);
        assert_eq!(message.head.message_id.as_deref(), text_of(&xml, "messageId").as_deref(), "{name}");
        assert_eq!(Some(letter.procedure.as_ref()), text_of(&xml, "documentType").as_deref(), "{name}");
        assert_eq!(Some(letter.kind.as_ref()), text_of(&xml, "type").as_deref(), "{name}");
        assert_eq!(letter.reference.as_deref(), text_of(&xml, "reference").as_deref(), "{name}");
        let to = &xml[xml.find("<To>").unwrap()..];
        assert_eq!(Some(message.head.to.ministry_code.as_ref()), text_of(to, "ministryCode").as_deref(), "{name}");
        let body = content_of(&xml);
        let paper = &letter.papers[0];
        let file = text_of(body, "NSWFileCode").or_else(|| text_of(body, "fiNSWFileCode"));
        assert_eq!(paper.file.as_deref(), file.as_deref(), "{name}");
        // Where a form has a number of its own and another's, its own counts.
        for (element, value) in [
            ("CertificateNo", &paper.number),
            ("FreeInspectionDispatchNo", &paper.number),
            ("InvoiceNumber", &paper.invoice),
            ("SignConfirmName", &paper.officer),
            ("SignResultName", &paper.officer),
            ("Department", &paper.office),
        ] {
            if let Some(expected) = text_of(body, element) {
                assert_eq!(value.as_deref(), Some(expected.as_str()), "{name}: {element}");
            }
        }
        for (element, value) in [
            ("SignConfirmDate", paper.issued),
            ("ResultDate", paper.issued),
            ("ExpireDate", paper.valid_to),
            ("EffectiveDateTo", paper.valid_to),
        ] {
            if let Some(expected) = text_of(body, element) {
                assert_eq!(value.unwrap().to_string(), expected[..10], "{name}: {element}");
            }
        }
        if !body.contains("<Goods>") && !body.contains("<Product>") {
            let reason = text_of(body, "Reason").or_else(|| text_of(body, "ReasonEdit"));
            let others = ["Content", "Description", "Deescription", "DispatchContent"];
            let reason = reason.or_else(|| others.iter().find_map(|element| text_of(body, element)));
            assert_eq!(paper.reason.as_deref(), reason.as_deref(), "{name}");
        }
        let carries = letter.kind == "10" || body.contains("<RequestEdit>") || body.contains("<RequestProEdit>");
        assert_eq!(letter.application.is_some(), carries, "{name}");
        let lines = ["<Goods>", "<Product>", "<Animal>", "<AnimalProduct>", "<BoneMeal>"];
        let expected: usize = lines.iter().map(|line| body.matches(line).count()).sum();
        let found = match &letter.application {
            Some(application) => application.declaration.items.len(),
            None => letter.papers.iter().map(|paper| paper.lines.len()).sum(),
        };
        assert_eq!(found, expected, "{name}");
    }
    assert!(letters > 30, "{letters}");
}

#[test]
fn declarations_and_applications_are_received_as_they_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths: Vec<PathBuf> =
        ["declarations", "national", "vnsw", "asycuda", "errors"].iter().flat_map(|f| files(&root.join(f))).collect();
    if let Some(shared) = shared() {
        paths.extend(files(&shared.join("corpus/wco/declaration")));
    }
    let mut same = 0;
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let options = ReadOptions::default();
        match (read(&bytes, &options), receive(&bytes, &options)) {
            (Ok(reading), Ok(message)) => {
                same += 1;
                let other = message.reading().unwrap();
                assert_eq!(reading.declaration, other.declaration, "{}", path.display());
                assert_eq!(reading.findings, message.findings(), "{}", path.display());
            }
            (Err(rejection), Err(refused)) => {
                // Other kinds are looked into, and may be refused for what is in them.
                if rejection.findings[0].code != FindingCode::OtherKind {
                    assert_eq!(rejection.findings, refused.rejection.findings, "{}", path.display());
                }
            }
            // Messages of the families that are no declarations.
            (Err(rejection), Ok(_)) => assert!(
                matches!(rejection.findings[0].code, FindingCode::OtherKind | FindingCode::UnknownProcedure),
                "{}",
                path.display()
            ),
            (Ok(_), Err(refused)) => panic!("{}: {:?}", path.display(), refused.rejection),
        }
    }
    assert!(same > 100, "{same}");
}

#[test]
fn additional_messages_of_the_corpus_are_what_their_type_says() {
    let Some(shared) = shared() else { return };
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files(&shared.join("corpus/wco/cancellation")) {
        let xml = std::fs::read_to_string(&path).unwrap();
        let message = received(&xml);
        let name = path.display();
        assert_eq!(codes(message.findings()), [], "{name}");
        let number = text_of(&xml, "ID");
        let reference = text_of(&xml, "FunctionalReferenceID").unwrap();
        assert_eq!(
            message.head.key,
            MessageKey::Reference { reference: reference.into(), function: "13".into(), version: "".into() },
            "{name}"
        );
        let kind = match &message.content {
            Content::Amendment(amendment) => {
                assert!(!amendment.whole && amendment.reason.is_some(), "{name}");
                assert_eq!(amendment.changes.len(), xml.matches("<Amendment>").count(), "{name}");
                assert_eq!(amendment.reading.declaration.number.as_deref(), number.as_deref(), "{name}");
                "COR"
            }
            Content::Cancellation(cancellation) => {
                assert_eq!(
                    *cancellation,
                    Cancellation {
                        number: Some("24GBA4ZYBWXU1BSA00".into()),
                        reason: Some("This is a duplicate declaration, please cancel".into()),
                        reason_code: Some("1".into()),
                        after_acceptance: None,
                    }
                );
                "INV"
            }
            Content::Presentation(presentation) => {
                assert_eq!(presentation.number.as_deref(), number.as_deref(), "{name}");
                assert_eq!(
                    message.head.from.identity,
                    text_of(&xml[xml.find("<Submitter>").unwrap()..], "ID").unwrap()
                );
                "GPR"
            }
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(message.head.subject.kind, kind);
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(kinds, BTreeMap::from([("COR", 11), ("GPR", 3), ("INV", 1)]));
}

/// A WCO message with function and type in a given place.
fn wco(before: &str, after: &str) -> String {
    format!(
        "<Declaration xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\">{before}<FunctionalReferenceID>R-1</FunctionalReferenceID><ID>24VN1</ID>\
         <AdditionalInformation><StatementDescription>the first</StatementDescription><StatementTypeCode>AES</StatementTypeCode></AdditionalInformation>\
         <AdditionalInformation><StatementDescription>the second</StatementDescription><StatementTypeCode>AES</StatementTypeCode></AdditionalInformation>\
         <Amendment><ChangeReasonCode>28</ChangeReasonCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode></Pointer><Pointer><SequenceNumeric>2</SequenceNumeric><DocumentSectionCode>68A</DocumentSectionCode><TagID>108</TagID></Pointer></Amendment>\
         <GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>2</SequenceNumeric><CustomsValueAmount currencyID=\"USD\">7.5</CustomsValueAmount></GovernmentAgencyGoodsItem></GoodsShipment>{after}</Declaration>"
    )
}

#[test]
fn a_wco_amendment_holds_what_changes_wherever_its_function_stands() {
    let head = "<FunctionCode>13</FunctionCode><TypeCode>COR</TypeCode><VersionID>2</VersionID>";
    for xml in [wco(head, ""), wco("", head)] {
        let message = received(&xml);
        assert_eq!(message.findings(), []);
        assert_eq!(
            message.head.key,
            MessageKey::Reference { reference: "R-1".into(), function: "13".into(), version: "2".into() }
        );
        let Content::Amendment(amendment) = &message.content else { panic!("{:?}", message.content) };
        assert_eq!(amendment.reason.as_deref(), Some("the first; the second"));
        assert_eq!(amendment.changes[0].reason_code.as_deref(), Some("28"));
        assert_eq!(
            amendment.changes[0].pointers[1],
            Pointer { section: "68A".into(), sequence: Some(2), tag: Some("108".into()) }
        );
        let declaration = &amendment.reading.declaration;
        assert_eq!((declaration.items.len(), declaration.items[0].number), (1, 2));
        assert_eq!(declaration.items[0].customs_value.unwrap().amount.to_string(), "7.5");
        assert!(declaration.statements.is_empty(), "reasons are no statements of the declaration");
    }
}

#[test]
fn an_additional_message_of_another_type_is_refused_and_one_that_points_at_nothing_is_told() {
    let unknown = wco("<FunctionCode>13</FunctionCode><TypeCode>XYZ</TypeCode>", "");
    let refused = refused(&unknown);
    assert_eq!(refused.rejection.findings[0].code, FindingCode::OtherKind);
    assert_eq!(refused.head.as_ref().unwrap().subject.function, "13");
    let silent = "<Declaration xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><FunctionCode>13</FunctionCode><TypeCode>COR</TypeCode></Declaration>";
    assert_eq!(
        codes(received(silent).findings()),
        [(FindingCode::Missing, "Declaration/ID"), (FindingCode::Missing, "Declaration/Amendment/Pointer")]
    );
}

#[test]
fn a_cancellation_in_its_service_wrapper_is_received() {
    let xml = format!(
        "<cancelDeclarationRequest xmlns=\"urn:example:1\"><requestDetail>{}</requestDetail></cancelDeclarationRequest>",
        wco("<FunctionCode>13</FunctionCode><TypeCode>INV</TypeCode>", "").replace("<Amendment>", "<Amendment >")
    );
    let message = received(&xml);
    let Content::Cancellation(cancellation) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!((cancellation.number.as_deref(), cancellation.reason_code.as_deref()), (Some("24VN1"), Some("28")));
}

#[test]
fn a_national_declaration_is_sent_again_changed_and_cancelled() {
    let first = fixture("national/import-seafood.xml");
    let declared = received(&first);
    let Content::Declaration(reading) = &declared.content else { panic!("{:?}", declared.content) };

    let again = first.replace("<function>01</function>", "<function>02</function>");
    let message = received(&again);
    let Content::Replacement(replacement) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!(replacement.declaration, reading.declaration);

    let request = format!(
        "<RequestEdit><RequestDate>2026-07-21 08:00:00</RequestDate><Reason>Sai số lượng</Reason>{}</RequestEdit>",
        content_of(&first)
    );
    let edit = envelope("IDA", "14", "08", &request);
    let message = received(&edit);
    let Content::Amendment(amendment) = &message.content else { panic!("{:?}", message.content) };
    assert!(amendment.whole);
    assert_eq!(amendment.reason.as_deref(), Some("Sai số lượng"));
    assert_eq!(amendment.reading.declaration.items, reading.declaration.items);
    assert_eq!(amendment.reading.declaration.number.as_deref(), Some("107012345678"));
    assert_eq!(codes(message.findings()), []);

    let withdrawn = envelope("EDA", "11", "04", "<RequestCancel/>");
    let message = received(&withdrawn);
    assert_eq!(message.findings(), []);
    let Content::Cancellation(cancellation) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!((cancellation.after_acceptance, cancellation.number.as_deref()), (Some(false), None));

    let request = "<RequestCancel><Number>107012345678</Number><Reason>Không nhập nữa</Reason></RequestCancel>";
    let cancel = envelope("IDA", "16", "11", request);
    let message = received(&cancel);
    assert_eq!(message.findings(), []);
    let Content::Cancellation(cancellation) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!(cancellation.after_acceptance, Some(true));
    assert_eq!(cancellation.number.as_deref(), Some("107012345678"));
    assert_eq!(cancellation.reason.as_deref(), Some("Không nhập nữa"));
}

#[test]
fn what_a_request_about_a_declaration_has_to_say_and_does_not_is_told() {
    let cancel = envelope("IDA", "16", "11", "<RequestCancel/>");
    assert_eq!(
        codes(received(&cancel).findings()),
        [
            (FindingCode::Missing, "Envelope/Body/Content/RequestCancel/Number"),
            (FindingCode::Missing, "Envelope/Body/Content/RequestCancel/Reason"),
        ]
    );
    let number = envelope("IDA", "16", "11", "<RequestCancel><Number>1070</Number><Reason>x</Reason></RequestCancel>");
    let found = received(&number);
    assert_eq!(codes(found.findings())[0], (FindingCode::BadNumber, "Envelope/Body/Content/RequestCancel/Number"));

    let unregistered = fixture("national/import-unregistered.xml");
    let edit = envelope("IDA", "14", "08", &format!("<RequestEdit>{}</RequestEdit>", content_of(&unregistered)));
    assert_eq!(
        codes(received(&edit).findings()),
        [
            (FindingCode::Missing, "Envelope/Body/Content/RequestEdit/ImportDeclaration/Registration/Number"),
            (FindingCode::Missing, "Envelope/Body/Content/RequestEdit/Reason"),
        ]
    );
    for content in ["<RequestEdit><Reason>x</Reason></RequestEdit>", "", "<ImportDeclaration/>"] {
        let edit = envelope("IDA", "14", "08", content);
        let refused = refused(&edit);
        assert!(
            matches!(refused.rejection.findings[0].code, FindingCode::Missing | FindingCode::OtherKind),
            "{content}: {:?}",
            refused.rejection
        );
    }
}

#[test]
fn receipts_and_errors_are_received_whatever_the_procedure() {
    let receipt = envelope("ANY9", "10", "99", "<ReceiveDate>2026-07-20 09:15:01</ReceiveDate>");
    let message = received(&receipt);
    let Content::Receipt(receipt) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!(receipt.received_at.unwrap().to_string(), "2026-07-20T09:15:01");
    assert_eq!(message.findings(), []);

    let list = "<ErrorList><Error><ErrorCode>ERR02_CODE</ErrorCode><ErrorName>Phân tích xml bị lỗi &lt;a&gt;</ErrorName></Error><Error><ErrorCode>ERR05_CODE</ErrorCode></Error></ErrorList>";
    let errors = envelope("00", "00", "00", list);
    let message = received(&errors);
    let Content::Errors(errors) = &message.content else { panic!("{:?}", message.content) };
    let told: Vec<_> = errors.iter().map(|error| (error.code.as_ref(), error.name.as_ref())).collect();
    assert_eq!(told, [("ERR02_CODE", "Phân tích xml bị lỗi <a>"), ("ERR05_CODE", "")]);

    let empty = envelope("IDA", "10", "00", "");
    let message = received(&empty);
    assert!(matches!(&message.content, Content::Errors(errors) if errors.is_empty()));
    assert_eq!(message.findings()[0].code, FindingCode::Missing);
}

#[test]
fn a_procedure_or_message_that_is_not_known_is_a_letter_without_application() {
    let goods = "<RegistrationProfile><NSWFileCode>M1</NSWFileCode><Reason>vì sao</Reason><GoodsList><Goods><NameOfGoods>Tôm</NameOfGoods><HSCode>03061721</HSCode><Quantity>20 thùng</Quantity></Goods></GoodsList></RegistrationProfile>";
    for (procedure, kind, function) in [("BYT0100001", "10", "01"), ("BNNPTNT0600010", "77", "123")] {
        let xml = envelope(procedure, kind, function, goods);
        let message = received(&xml);
        let letter = letter(&message);
        assert!(letter.application.is_none());
        let paper = &letter.papers[0];
        assert_eq!((paper.file.as_deref(), paper.reason.as_deref()), (Some("M1"), Some("vì sao")));
        assert_eq!(paper.lines[0].item.description, "Tôm");
        assert_eq!(paper.lines[0].item.hs.unwrap().to_string(), "03061721");
        assert_eq!(message.findings(), [], "goods that decide nothing are not judged");
    }
}

#[test]
fn types_and_functions_are_digits() {
    for (kind, function, name) in [("1", "01", "type"), ("10", "0x", "function"), ("1000", "01", "type")] {
        let xml = envelope("IDA", kind, function, "<x/>");
        let refused = refused(&xml);
        let finding = &refused.rejection.findings[0];
        assert_eq!(finding.code, FindingCode::OtherKind);
        assert_eq!(finding.field.as_deref(), Some(format!("Envelope/Header/Subject/{name}").as_str()));
        assert_eq!(refused.head.as_ref().unwrap().subject.reference, "M1");
    }
}

#[test]
fn a_list_of_papers_keeps_them_apart() {
    let one = |number: &str, to: &str, result: &str| {
        format!(
            "<AnimalQuarantine><DispatchNo>{number}</DispatchNo><ValidToDate>{to} 00:00:00</ValidToDate><ProductList><Product><ProductName>Bò</ProductName><Result>{result}</Result><Reason>r{number}</Reason></Product></ProductList></AnimalQuarantine>"
        )
    };
    let list = format!(
        "<AnimalQuarantineList>{}{}</AnimalQuarantineList>",
        one("1/KD", "2026-08-01", "1"),
        one("2/KD", "2026-09-01", "0")
    );
    let xml = envelope("BNN&amp;PTNT0600003", "25", "22", &list);
    let message = received(&xml);
    let papers = &letter(&message).papers;
    let told: Vec<_> = papers
        .iter()
        .map(|paper| {
            let line = &paper.lines[0];
            (paper.number.as_deref(), paper.valid_to.unwrap().to_string(), line.passed, line.reason.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("1/KD"), "2026-08-01".to_owned(), Some(true), Some("r1/KD")),
            (Some("2/KD"), "2026-09-01".to_owned(), Some(false), Some("r2/KD")),
        ]
    );
}

#[test]
fn the_head_tells_where_signatures_stand_and_comes_back_from_storage() {
    let plain = envelope("IDA", "11", "04", "<RequestCancel/>");
    let signed = plain
        .replace("</Header>", "<Signature>abc=</Signature></Header>")
        .replace("</Body>", "<Signature> \n <!-- c --> x</Signature></Body><SystemSignature>s</SystemSignature>");
    let empty = signed.replace("abc=", " \n").replace(">s<", "><");
    let of = |xml: &str| {
        let signed = received(xml).head.signed;
        (signed.header, signed.body, signed.system)
    };
    assert_eq!(of(&plain), (false, false, false));
    assert_eq!(of(&signed), (true, true, true));
    assert_eq!(of(&empty), (false, true, false));

    let head = received(&plain).head;
    assert_eq!(head.key, MessageKey::Id("7f3c".into()));
    assert_eq!((head.from.name.as_ref(), head.from.unit_code.as_ref()), ("Sông Hồng", "C"));
    assert_eq!((head.subject.pre_reference.as_ref(), head.subject.pre_document_year.as_ref()), ("M0", "2025"));
    assert_eq!(head.subject.sent_at.unwrap().to_string(), "2026-07-20T09:15:00");
    let stored = serde_json::to_string(&head).unwrap();
    assert_eq!(serde_json::from_str::<motcua::message::incoming::Head<'_>>(&stored).unwrap(), head);
}

#[test]
fn a_refused_message_keeps_its_head_as_far_as_it_was_read() {
    let whole = envelope("IDA", "10", "01", "<ImportDeclaration></ImportDeclaration>");
    let cut = &whole[..whole.find("<Body>").unwrap() + 10];
    let refusal = refused(cut);
    let head = refusal.head.as_ref().unwrap();
    assert_eq!((head.subject.kind.as_ref(), head.subject.reference.as_ref()), ("10", "M1"));
    assert_eq!(refusal.rejection.findings[0].code, FindingCode::Truncated);
    assert!(refused(&whole[..whole.find("</Header>").unwrap()]).head.is_none());
    assert!(refused("nothing").head.is_none());
    let wco = "<Declaration xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"><FunctionCode>9</FunctionCode><FunctionalReferenceID>R-9</FunctionalReferenceID><TypeCode>IMA</TypeCode></Declaration>";
    assert_eq!(refused(wco).head.as_ref().unwrap().subject.reference, "R-9");
}

#[test]
fn a_body_before_its_header_is_received_too() {
    let xml =
        envelope("IDA", "16", "11", "<RequestCancel><Number>107012345678</Number><Reason>x</Reason></RequestCancel>");
    let (begin, end) = (xml.find("<Header>").unwrap(), xml.find("</Header>").unwrap() + "</Header>".len());
    let header = &xml[begin..end];
    let turned = format!("<Envelope>{}{header}</Envelope>", &xml[end..xml.len() - "</Envelope>".len()]);
    let message = received(&turned);
    assert!(matches!(&message.content, Content::Cancellation(cancellation) if cancellation.number.is_some()));
}
