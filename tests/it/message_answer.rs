//! Answers: each family's shape, escaping, and that what is written is read again.

use jiff::Timestamp;
use jiff::ZonedDateTime;
use jiff::civil::{Date, date};
use jiff::tz::{Offset, TimeZone};
use motcua::message::answer::{
    ErrorCode, Line, Notice, Outcome, Reason, Sending, Task, error_entries, errors, letter, notice, receipt, responses,
};
use motcua::message::incoming::{Address, Change, Content, Family, Head, LetterLine, MessageKey, Paper, Pointer};
use motcua::message::xml::Xml;
use motcua::message::{Incoming, Limits, ReadOptions, receive};
use motcua::trade::{Finding, FindingCode, GoodsItem};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn at(text: &str, hours: i8) -> ZonedDateTime {
    text.parse::<Timestamp>().unwrap().to_zoned_datetime(TimeZone::fixed(Offset::constant(hours)))
}

const ASKED: &str = "<Envelope><Header><Reference><version>01</version><messageId>m-1</messageId></Reference>\
    <From><name>Sông Hồng</name><identity>0301234567</identity><countryCode>VN</countryCode><ministryCode>A</ministryCode><organizationCode>B</organizationCode><unitCode>C</unitCode></From>\
    <To><name>NSW</name><identity>NSW</identity><countryCode>VN</countryCode><ministryCode>BTC</ministryCode><organizationCode>TCHQ</organizationCode><unitCode>NSW</unitCode></To>\
    <Subject><documentType>BNNPTNT0600010</documentType><type>10</type><function>01</function><reference>M1</reference><documentYear>2026</documentYear><preDocumentYear>2025</preDocumentYear><preReference>M0</preReference><sendDate>2026-07-20 09:15:00</sendDate></Subject>\
    </Header><Body><Content/></Body></Envelope>";

/// The head of a message about a procedure.
fn head(procedure: &str) -> Head<'static> {
    let mut head = receive(ASKED.as_bytes(), &ReadOptions::default())
        .map_or_else(|refused| refused.head.unwrap(), |message| message.head);
    head.subject.document_type = procedure.to_owned().into();
    head
}

fn own() -> Address<'static> {
    Address {
        name: "Motcua".into(),
        identity: "MC".into(),
        country_code: "VN".into(),
        ministry_code: "BTC".into(),
        organization_code: "HQ".into(),
        unit_code: "".into(),
    }
}

fn with<T>(run: impl FnOnce(&Sending<'_>) -> T) -> T {
    let (at, own) = (at("2026-07-20T02:15:07Z", 7), own());
    run(&Sending { id: "7d0c5a4e-0001-4000-8000-000000000001", at: &at, own: &own })
}

fn received(xml: &str) -> Incoming<'_> {
    receive(xml.as_bytes(), &ReadOptions::default()).unwrap()
}

fn sample(outcome: Outcome) -> Notice<'static> {
    Notice {
        outcome,
        at: at("2026-07-20T02:15:07Z", 7),
        reference: "TK-1".into(),
        number: Some("107012345678".into()),
        version: 2,
        accepted: Some(at("2026-07-19T20:00:00Z", 7)),
        decision: Some("hold".into()),
        channel: Some("yellow".into()),
        checked: true,
        edition: Some("2026-07".into()),
        reason: Some("Chờ kết quả".into()),
        lines: vec![Line {
            number: 3,
            hs: "03061721".into(),
            decision: "hold".into(),
            reasons: vec![Reason {
                rule: "r-1".into(),
                articles: vec!["Điều 1".into(), "Điều 2".into()],
                agency: "a".into(),
                status: "required".into(),
                text: "Kiểm dịch".into(),
            }],
        }],
        tasks: vec![Task {
            id: "t1".into(),
            agency: "a".into(),
            procedure: Some("p".into()),
            due: Some(at("2026-07-24T10:00:00Z", 7)),
            text: "Nộp hồ sơ".into(),
        }],
        changes: Vec::new(),
        findings: Vec::new(),
    }
}

#[test]
fn a_receipt_swaps_the_addresses_and_keeps_the_subject() {
    let head = head("BNNPTNT0600010");
    let xml = with(|sending| receipt(&head, sending, sending.at));
    assert_eq!(
        xml,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Envelope><Header>\
         <Reference><version>01</version><messageId>7d0c5a4e-0001-4000-8000-000000000001</messageId></Reference>\
         <From><name>NSW</name><identity>NSW</identity><countryCode>VN</countryCode><ministryCode>BTC</ministryCode><organizationCode>TCHQ</organizationCode><unitCode>NSW</unitCode></From>\
         <To><name>Sông Hồng</name><identity>0301234567</identity><countryCode>VN</countryCode><ministryCode>A</ministryCode><organizationCode>B</organizationCode><unitCode>C</unitCode></To>\
         <Subject><documentType>BNNPTNT0600010</documentType><type>10</type><function>99</function><reference>M1</reference><documentYear>2026</documentYear><preDocumentYear>2025</preDocumentYear><preReference>M0</preReference><sendDate>2026-07-20 09:15:07</sendDate></Subject>\
         </Header><Body><Content><ReceiveDate>2026-07-20 09:15:07</ReceiveDate></Content></Body></Envelope>"
    );
    let strict = ReadOptions { strict: true, ..ReadOptions::default() };
    let message = receive(xml.as_bytes(), &strict).unwrap();
    assert_eq!(message.findings(), []);
    assert!(matches!(message.content, Content::Receipt(_)));
}

#[test]
fn the_first_generation_of_schemas_has_the_reference_before_the_year() {
    let order = |procedure: &str| {
        let head = head(procedure);
        let xml = with(|sending| receipt(&head, sending, sending.at));
        xml.find("<preReference>").unwrap() < xml.find("<preDocumentYear>").unwrap()
    };
    assert!(order("BNN&PTNT0600003"));
    assert!(!order("BNNPTNT0600009") && !order("IDA"));
}

#[test]
fn errors_name_the_finding_its_line_and_its_element() {
    let broken = "<Envelope>\n<Header>\n<a></b></Header></Envelope>";
    let refused = receive(broken.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert!(refused.head.is_none());
    let entries = error_entries(&refused.rejection, broken.as_bytes());
    let xml = with(|sending| errors(refused.head.as_ref(), sending, &entries));
    let message = received(&xml);
    let subject = &message.head.subject;
    assert_eq!((subject.kind.as_ref(), subject.reference.as_ref(), subject.function.as_ref()), ("00", "00", "00"));
    assert_eq!(message.head.from.name, "Motcua");
    let Content::Errors(list) = &message.content else { panic!("{:?}", message.content) };
    assert_eq!(list[0].code, "ERR02_CODE");
    assert!(list[0].name.starts_with("Phân tích xml bị lỗi: XML_SYNTAX, dòng 3"), "{}", list[0].name);
    assert_eq!(message.findings(), []);
}

#[test]
fn every_kind_of_refusal_has_its_code() {
    let code = |xml: &str| {
        let refused = receive(xml.as_bytes(), &ReadOptions::default()).unwrap_err();
        error_entries(&refused.rejection, xml.as_bytes())[0].code.to_string()
    };
    assert_eq!(code(""), "ERR00_CODE");
    assert_eq!(code("<Other/>"), "ERR00_CODE");
    assert_eq!(code("<Envelope><!DOCTYPE x></Envelope>"), "ERR02_CODE");
    assert_eq!(code(&ASKED[..200]), "ERR02_CODE");
    assert_eq!(code("<Envelope><Body/></Envelope>"), "ERR03_CODE");
    assert_eq!(code(&ASKED.replace("BNNPTNT0600010", "")), "ERR03_CODE");
    assert_eq!(code(&ASKED.replace("<type>10<", "<type>x<")), "ERR04_CODE");
    assert_eq!(code(&ASKED.replace("<function>01<", "<function><")), "ERR04_CODE");
    assert_eq!(code(&ASKED.replace("BNNPTNT0600010", "IDA")), "ERR05_CODE");
    assert_eq!(ErrorCode::of(&Finding::error(FindingCode::UnknownProcedure, "")), ErrorCode::UnknownProcedure);
    assert_eq!(ErrorCode::NotStored(4).entry("").code, "BNN04_CODE");
}

#[test]
fn a_letter_has_the_element_of_its_schema() {
    let paper = Paper { reason: Some("Thiếu giấy".into()), ..Paper::default() };
    let element = |procedure: &str, kind: &str, function: &str| {
        let head = head(procedure);
        let xml = with(|sending| letter(&head, sending, kind, function, &paper));
        let begin = xml.find("<Content>").unwrap() + "<Content><".len();
        xml[begin..].split('>').next().unwrap().to_owned()
    };
    assert_eq!(element("BNNPTNT0600010", "21", "18"), "QuarantineCertificate");
    assert_eq!(element("BNN&PTNT0600003", "25", "22"), "AnimalQuarantineList");
    assert_eq!(element("BNNPTNT0200025", "12", "07"), "Result");
    assert_eq!(element("BYT0100001", "12", "07"), "Result");
}

#[test]
fn the_notice_on_a_national_declaration_tells_lines_reasons_and_tasks() {
    let head = head("IDA");
    let xml = with(|sending| notice(&head, sending, &sample(Outcome::Held))).unwrap();
    let begin = xml.find("<Content>").unwrap();
    assert_eq!(
        &xml[begin..xml.find("</Content>").unwrap()],
        "<Content><DeclarationNotice><DeclarationNo>107012345678</DeclarationNo><Version>2</Version><AcceptanceDate>2026-07-20 03:00:00</AcceptanceDate>\
         <Decision>hold</Decision><DecisionDate>2026-07-20 09:15:07</DecisionDate><Channel>yellow</Channel><LawEdition>2026-07</LawEdition><Reason>Chờ kết quả</Reason>\
         <LineList><Line><LineNo>3</LineNo><CMD>03061721</CMD><LineDecision>hold</LineDecision><RequirementList><Requirement><Rule>r-1</Rule><Article>Điều 1</Article><Article>Điều 2</Article><Agency>a</Agency><Status>required</Status><Explanation>Kiểm dịch</Explanation></Requirement></RequirementList></Line></LineList>\
         <TaskList><Task><Id>t1</Id><Agency>a</Agency><Procedure>p</Procedure><Due>2026-07-24 17:00:00</Due><Explanation>Nộp hồ sơ</Explanation></Task></TaskList></DeclarationNotice>"
    );
    let message = received(&xml);
    assert_eq!((message.head.subject.kind.as_ref(), message.head.subject.function.as_ref()), ("30", "04"));
    let Content::Letter(letter) = &message.content else { panic!("{:?}", message.content) };
    let paper = &letter.papers[0];
    assert_eq!(paper.number.as_deref(), Some("107012345678"));
    assert_eq!((paper.result.as_deref(), paper.reason.as_deref()), (Some("hold"), Some("Chờ kết quả")));
    assert_eq!(paper.issued, Some(date(2026, 7, 20)));
    assert_eq!(message.findings(), []);
}

/// The element names within the first `Response`, in order, outermost level only.
fn response_elements(xml: &str) -> Vec<String> {
    let mut walk = Xml::new(xml.as_bytes(), Limits::default()).unwrap();
    walk.root().unwrap();
    let mut names = Vec::new();
    while let Some(tag) = walk.child().unwrap() {
        if tag.local() == "Response" && names.is_empty() {
            while let Some(tag) = walk.child().unwrap() {
                names.push(tag.local().to_owned());
                walk.skip().unwrap();
            }
        } else {
            walk.skip().unwrap();
        }
    }
    walk.finish().unwrap();
    names
}

#[test]
fn a_rejection_points_at_what_was_wrong() {
    let mut rejected = sample(Outcome::Refused);
    rejected.accepted = None;
    rejected.reason = None;
    rejected.lines.clear();
    rejected.findings = vec![
        Finding::error(FindingCode::BadDate, "no date").field("MetaData/Declaration/AcceptanceDateTime"),
        Finding::error(FindingCode::BadHs, "x".repeat(600))
            .field("MetaData/Declaration/GoodsShipment/GovernmentAgencyGoodsItem/Commodity/Classification/ID")
            .line(2),
    ];
    let xml = responses(&[("7d0c5a4e-0001-4000-8000-000000000001", &rejected)]);
    assert!(xml.contains("<FunctionCode>03</FunctionCode><FunctionalReferenceID>7d0c5a4e000140008000000000000001</FunctionalReferenceID><IssueDateTime><DateTimeString xmlns=\"urn:wco:datamodel:WCO:Response_DS:DMS:2\" formatCode=\"304\">20260720091507+07</DateTimeString></IssueDateTime>"));
    assert!(xml.contains("<Error><Description>DATE_BAD: no date</Description><ValidationCode>MC300007</ValidationCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode><TagID>023</TagID></Pointer></Error>"));
    assert!(xml.contains("<Pointer><DocumentSectionCode>42A</DocumentSectionCode></Pointer><Pointer><DocumentSectionCode>67A</DocumentSectionCode></Pointer><Pointer><SequenceNumeric>2</SequenceNumeric><DocumentSectionCode>68A</DocumentSectionCode></Pointer><Pointer><DocumentSectionCode>23A</DocumentSectionCode></Pointer><Pointer><DocumentSectionCode>21A</DocumentSectionCode><TagID>145</TagID></Pointer>"));
    assert!(xml.contains("x…</Description>") && !xml.contains(&"x".repeat(512)));
    assert!(xml.contains(
        "<Declaration><FunctionalReferenceID>TK-1</FunctionalReferenceID><ID>107012345678</ID><RejectionDateTime>"
    ));
    assert_eq!(
        response_elements(&xml),
        ["FunctionCode", "FunctionalReferenceID", "IssueDateTime", "Error", "Error", "Declaration"]
    );
}

#[test]
fn each_outcome_is_a_response_with_its_content_in_the_order_of_the_schema() {
    const ORDER: [&str; 8] = [
        "FunctionCode",
        "FunctionalReferenceID",
        "IssueDateTime",
        "AdditionalInformation",
        "Amendment",
        "Error",
        "Status",
        "Declaration",
    ];
    for outcome in Outcome::ALL {
        let mut told = sample(outcome);
        if outcome == Outcome::Changed {
            let pointers = vec![Pointer { section: "42A".into(), sequence: None, tag: Some("146".into()) }];
            told.changes = vec![Change { reason_code: Some("28".into()), pointers }];
        }
        let xml = responses(&[("a", &told)]);
        let names = response_elements(&xml);
        let places: Vec<_> = names.iter().map(|name| ORDER.iter().position(|known| known == name).unwrap()).collect();
        assert!(places.is_sorted(), "{outcome:?}: {names:?}");
        let has = |part: &str| xml.contains(part);
        assert!(has(&format!("<FunctionCode>{}</FunctionCode>", outcome.wco())));
        assert!(has("<VersionID>2</VersionID>"));
        assert_eq!(has("<NameCode>39</NameCode>"), outcome == Outcome::Granted);
        assert_eq!(has("CancellationDateTime"), outcome == Outcome::Cancelled);
        assert_eq!(has("RejectionDateTime"), outcome == Outcome::Refused);
        assert_eq!(has("<StatementCode>A1</StatementCode>"), matches!(outcome, Outcome::Released | Outcome::Cleared));
        assert_eq!(has("LimitDateTime"), matches!(outcome, Outcome::Documents | Outcome::Held), "{outcome:?}");
        assert_eq!(
            has(
                "<Amendment><ChangeReasonCode>28</ChangeReasonCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode><TagID>146</TagID></Pointer></Amendment>"
            ),
            outcome == Outcome::Changed
        );
        // Recognised for what it is.
        let refused = receive(xml.as_bytes(), &ReadOptions::default()).unwrap_err();
        assert_eq!(refused.rejection.findings[0].code, FindingCode::OtherKind);
    }
    let codes = ["01", "02", "03", "05", "06", "07", "08", "09", "10", "11"];
    let written: std::collections::BTreeSet<_> = Outcome::ALL.iter().map(|outcome| outcome.wco()).collect();
    assert_eq!(written.into_iter().collect::<Vec<_>>(), codes);
}

#[test]
fn several_responses_stand_in_one_message_and_a_zone_of_half_hours_is_told_in_utc() {
    let (mut one, two) = (sample(Outcome::Registered), sample(Outcome::Accepted));
    one.at = "2026-07-20T02:15:07Z"
        .parse::<Timestamp>()
        .unwrap()
        .to_zoned_datetime(TimeZone::fixed(Offset::from_seconds(19_800).unwrap()));
    let xml = responses(&[("a", &one), ("b", &two)]);
    assert_eq!(xml.matches("<Response ").count(), 2);
    assert!(xml.contains(">20260720021507Z<") && xml.contains(">20260720091507+07<"));
}

#[test]
fn asycuda_has_no_notice() {
    let mut head = head("IDA");
    head.family = Family::Asycuda;
    assert!(with(|sending| notice(&head, sending, &sample(Outcome::Cleared))).is_none());
    head.family = Family::Wco;
    assert!(with(|sending| notice(&head, sending, &sample(Outcome::Cleared))).unwrap().contains("<MetaData "));
}

/// Words with everything that could break a document, never blank at the ends, where a reader
/// trims.
fn words() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        any::<char>(),
        prop::sample::select(vec![
            '<', '>', '&', '"', '\'', ']', '\0', '\u{b}', '\u{1f}', '\u{fffe}', '\r', '\n', 'ế', ';'
        ])
    ];
    prop::collection::vec(sign, 1..20).prop_map(|signs| format!("x{}x", String::from_iter(signs)))
}

/// What a reader gets of words: what XML forbids has been replaced.
fn readable(text: &str) -> String {
    let allowed =
        |sign: char| !matches!(sign, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|sign| if allowed(sign) { sign } else { '\u{fffd}' }).collect()
}

fn day() -> impl Strategy<Value = Date> {
    (2000i16..2100, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn paper() -> impl Strategy<Value = Paper<'static>> {
    let line = (words(), prop::option::of(any::<bool>()), prop::option::of(words()));
    let texts = prop::collection::vec(prop::option::of(words()), 10);
    let days = prop::collection::vec(prop::option::of(day()), 5);
    let numbers = (prop::option::of(0u32..1_000_000), prop::option::of(0u32..1_000_000));
    (texts, days, prop::option::of(any::<bool>()), numbers, prop::collection::vec(line, 0..3)).prop_map(
        |(texts, days, passed, (fee, quantity), lines)| {
            let text = |at: usize| texts[at].clone().map(Into::into);
            Paper {
                file: text(0),
                number: text(1),
                issued: days[0],
                valid_from: days[1],
                valid_to: days[2],
                result: passed.map(|passed| if passed { "1".into() } else { "0".into() }),
                passed,
                reason: text(2),
                note: text(3),
                fee: fee.map(Into::into),
                invoice: text(4),
                officer: text(5),
                office: text(6),
                place: text(7),
                check_place: text(8),
                check_from: days[3].map(|day| day.at(8, 30, 0, 0)),
                check_to: days[4].map(|day| day.at(17, 0, 0, 0)),
                quantity: quantity.map(|quantity| Decimal::new(quantity.into(), 3)),
                unit: quantity.map(|_| "KGM".into()),
                link: text(9),
                lines: lines
                    .into_iter()
                    .enumerate()
                    .map(|(at, (name, passed, reason))| LetterLine {
                        item: GoodsItem {
                            number: u32::try_from(at + 1).unwrap(),
                            description: name.into(),
                            ..GoodsItem::default()
                        },
                        result: passed.map(|passed| if passed { "1".into() } else { "0".into() }),
                        passed,
                        reason: reason.map(Into::into),
                    })
                    .collect(),
            }
        },
    )
}

/// The paper as a reader gets it.
fn read_back(mut paper: Paper<'static>) -> Paper<'static> {
    for text in [
        &mut paper.file,
        &mut paper.number,
        &mut paper.reason,
        &mut paper.note,
        &mut paper.invoice,
        &mut paper.officer,
        &mut paper.office,
        &mut paper.place,
        &mut paper.check_place,
        &mut paper.link,
    ] {
        *text = text.as_deref().map(|text| readable(text).into());
    }
    for line in &mut paper.lines {
        line.item.description = readable(&line.item.description).into();
        line.reason = line.reason.as_deref().map(|text| readable(text).into());
    }
    paper
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_letter_is_read_as_it_was_written(paper in paper(), known in any::<bool>(), list in any::<bool>()) {
        let head = head(match (known, list) {
            (true, false) => "BNNPTNT0600010",
            (true, true) => "BNN&PTNT0600003",
            _ => "BYT0100001",
        });
        let (kind, function) = if list { ("25", "22") } else { ("21", "18") };
        let xml = with(|sending| letter(&head, sending, kind, function, &paper));
        let message = received(&xml);
        prop_assert_eq!(message.findings(), []);
        let Content::Letter(letter) = &message.content else { panic!("{:?}", message.content) };
        prop_assert_eq!(&letter.papers, &vec![read_back(paper)]);
    }

    #[test]
    fn errors_and_receipts_are_read_whatever_stands_in_them(name in words(), reference in words(), what in words()) {
        let mut head = head("IDA");
        head.from.name = name.clone().into();
        head.subject.reference = reference.clone().into();
        let entries = [ErrorCode::Content.entry(&what), ErrorCode::Syntax.entry("")];
        let xml = with(|sending| errors(Some(&head), sending, &entries));
        let message = received(&xml);
        prop_assert_eq!(message.head.to.name.as_ref(), readable(&name));
        prop_assert_eq!(message.head.subject.reference.as_ref(), readable(&reference));
        let Content::Errors(list) = &message.content else { panic!("{:?}", message.content) };
        prop_assert_eq!(list[0].name.as_ref(), readable(&entries[0].name));
        let xml = with(|sending| receipt(&head, sending, sending.at));
        prop_assert!(matches!(received(&xml).content, Content::Receipt(_)));
        prop_assert_eq!(&xml, &with(|sending| receipt(&head, sending, sending.at)), "the same input, the same bytes");
    }

    #[test]
    fn notices_are_well_formed_whatever_stands_in_them(text in words(), at in 0usize..13) {
        let mut told = sample(Outcome::ALL[at]);
        told.reference = text.clone().into();
        told.reason = Some(text.clone().into());
        told.lines[0].reasons[0].text = text.clone().into();
        told.tasks[0].text = text.clone().into();
        told.findings = vec![Finding::error(FindingCode::Missing, text.clone()).field(text.clone())];
        response_elements(&responses(&[(&text, &told)]));
        let xml = with(|sending| notice(&head("EDA"), sending, &told)).unwrap();
        let message = received(&xml);
        let Content::Letter(letter) = &message.content else { panic!("{:?}", message.content) };
        let expected = readable(&text);
        prop_assert_eq!(letter.papers[0].reason.as_deref(), Some(expected.as_str()));
        prop_assert_eq!(&message.head.key, &MessageKey::Id("7d0c5a4e-0001-4000-8000-000000000001".into()));
    }
}
