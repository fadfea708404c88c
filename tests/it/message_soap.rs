//! The transport of the single window: every style in both directions, and what strangers send.

use motcua::message::soap::{
    AnswerError, Call, Fault, FaultCode, Style, fault, read_answer, unwrap, wrap_answer, wrap_call,
};
use motcua::message::{Limits, ReadOptions, receive};
use motcua::trade::FindingCode;
use proptest::prelude::*;

const MESSAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Envelope><a>x &amp;amp; y</a></Envelope>";

fn unwrapped(xml: &str) -> Call<'_> {
    unwrap(xml.as_bytes(), &Limits::default()).unwrap()
}

fn refused(xml: &str) -> Fault {
    unwrap(xml.as_bytes(), &Limits::default()).unwrap_err()
}

/// An envelope of SOAP 1.1 around a body.
fn soap(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><id>1</id></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[test]
fn the_operations_of_the_services_are_recognised() {
    let text = escaped(MESSAGE);
    let bodies = [
        (
            Style::SingleWindow,
            format!(
                "<g:receiveRequest xmlns:g=\"http://com/vnsw/ws/generated\"><g:requestPayload>{text}</g:requestPayload></g:receiveRequest>"
            ),
            None,
        ),
        (
            Style::SingleWindow,
            format!(
                "<g:receiveRequest xmlns:g=\"http://com/vnsw/receive/gateway/generated\"><g:officeCode>BNN</g:officeCode><g:documentType>P1</g:documentType><g:requestPayload><![CDATA[{MESSAGE}]]></g:requestPayload></g:receiveRequest>"
            ),
            Some("BNN"),
        ),
        (
            Style::ToMinistry,
            format!(
                "<sendToMinistryRequest xmlns=\"http://com/vnsw/ws/generated\"><requestPayload>{text}</requestPayload></sendToMinistryRequest>"
            ),
            None,
        ),
        (
            Style::Gateway,
            format!(
                "<v:receive xmlns:v=\"http://mard.gov.vn/nsw/services\" xmlns:c=\"http://mard.gov.vn/nsw/data/contract\"><v:request><c:officeCode>NSW</c:officeCode><c:documentType>P1</c:documentType><c:requestPayload><![CDATA[{MESSAGE}]]></c:requestPayload></v:request></v:receive>"
            ),
            Some("NSW"),
        ),
        (
            Style::Direct,
            format!(
                "<v:receive xmlns:v=\"http://mard.gov.vn/nsw/services\"><officeCode>BNN</officeCode><documentType>P1</documentType><request>{text}</request></v:receive>"
            ),
            Some("BNN"),
        ),
        (
            Style::Direct,
            format!(
                "<receive><officeCode>BNN</officeCode><documentType>P1</documentType><request>{text}</request></receive>"
            ),
            Some("BNN"),
        ),
        (Style::Asmx, format!("<Request xmlns=\"http://tempuri.org/\"><payload>{text}</payload></Request>"), None),
    ];
    for (style, body, office) in bodies {
        let xml = soap(&body);
        let call = unwrapped(&xml);
        assert_eq!((call.style, call.office.as_deref()), (style, office), "{body}");
        assert_eq!(call.document_type.as_deref(), office.map(|_| "P1"), "{body}");
        assert_eq!(call.payload, MESSAGE, "unescaped exactly once: {body}");
        // An answer speaks the namespace of its call.
        let answer = wrap_answer(&call, MESSAGE);
        assert_eq!(read_answer(answer.as_bytes(), &Limits::default()).unwrap(), MESSAGE);
        assert_eq!(answer.contains("receive/gateway/generated"), body.contains("receive/gateway/generated"));
    }
}

#[test]
fn answers_have_the_shape_of_their_service() {
    let answer = |style| {
        let xml = wrap_call(style, "<a/>", "BNN", "P1");
        let answer = wrap_answer(&unwrapped(&xml), "<b/>");
        let begin = answer.find("<soap:Body>").unwrap() + "<soap:Body>".len();
        answer[begin..answer.find("</soap:Body>").unwrap()].to_owned()
    };
    assert_eq!(
        answer(Style::SingleWindow),
        "<receiveResponse xmlns=\"http://com/vnsw/ws/generated\"><responsePayload>&lt;b/&gt;</responsePayload></receiveResponse>"
    );
    assert_eq!(
        answer(Style::Gateway),
        "<receiveResponse xmlns=\"http://mard.gov.vn/nsw/services\"><receiveResult><responsePayload xmlns=\"http://mard.gov.vn/nsw/data/contract\">&lt;b/&gt;</responsePayload></receiveResult></receiveResponse>"
    );
    assert_eq!(
        answer(Style::Direct),
        "<receiveResponse><receiveResult><responsePayload>&lt;b/&gt;</responsePayload></receiveResult></receiveResponse>"
    );
    assert_eq!(
        answer(Style::Asmx),
        "<RequestResponse xmlns=\"http://tempuri.org/\"><RequestResult>&lt;b/&gt;</RequestResult></RequestResponse>"
    );
    assert_eq!(Style::Gateway.action(), "http://mard.gov.vn/nsw/services/IMardGateway/receive");
}

#[test]
fn a_payload_is_a_document_by_itself() {
    // What the payload refuses is refused when it is read, not before.
    let hostile = "<!DOCTYPE a [<!ENTITY b \"c\">]><Envelope>&b;</Envelope>";
    let xml = wrap_call(Style::SingleWindow, hostile, "", "");
    let call = unwrapped(&xml);
    assert_eq!(call.payload, hostile);
    let refused = receive(call.payload.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert_eq!(refused.rejection.findings[0].code, FindingCode::Dtd);
}

#[test]
fn wrong_envelopes_operations_and_namespaces_are_faults() {
    let fault = |xml: &str| {
        let fault = refused(xml);
        (fault.code, fault.text)
    };
    let client = |xml: &str, part: &str| {
        let (code, text) = fault(xml);
        assert_eq!(code, FaultCode::Client, "{text}");
        assert!(text.contains(part), "{text}");
    };
    let twelve =
        soap("<x/>").replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(fault(&twelve).0, FaultCode::VersionMismatch);
    client(MESSAGE, "no SOAP 1.1 envelope");
    client("nothing", "XML_NOT_XML");
    client(&soap(""), "`Body` is empty");
    client("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>", "no `Body`");
    client(&soap("<unknown/>"), "no operation");
    client(&soap("<receive xmlns=\"http://elsewhere\"/>"), "`http://mard.gov.vn/nsw/services`");
    client(
        &soap("<receiveRequest><requestPayload>x</requestPayload></receiveRequest>"),
        "`http://com/vnsw/ws/generated`",
    );
    client(&soap("<Request xmlns=\"http://tempuri.org/\"/>"), "no payload");
    let empty = soap("<Request xmlns=\"http://tempuri.org/\"><payload> </payload></Request>");
    assert_eq!(unwrapped(&empty).payload, "", "an empty message is refused as one");
    client(
        &soap("<Request xmlns=\"http://tempuri.org/\"><payload>a</payload><payload>b</payload></Request>"),
        "second payload",
    );
    client(
        &soap("<Request xmlns=\"http://tempuri.org/\"><payload>a</payload></Request><Request/>"),
        "beside the operation",
    );
    let must = soap("<x/>").replace("<id>", "<id s:mustUnderstand=\"1\">");
    assert_eq!(fault(&must).0, FaultCode::MustUnderstand);
}

#[test]
fn entities_doctypes_nested_envelopes_and_elements_for_text_are_refused() {
    let call =
        |payload: &str| soap(&format!("<Request xmlns=\"http://tempuri.org/\"><payload>{payload}</payload></Request>"));
    assert!(refused(&call("&evil;")).text.starts_with("XML_ENTITY"));
    assert!(refused(&format!("<!DOCTYPE a [<!ENTITY e \"x\">]>{}", call("&e;"))).text.starts_with("XML_DTD"));
    assert!(refused(&call("<Envelope/>")).text.contains("holds elements"));
    assert!(refused(&soap(&soap("<x/>"))).text.contains("no operation"));
    assert!(refused(&call("x")[..150]).text.starts_with("XML_"));
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    assert!(refused(&soap(&deep)).text.starts_with("`a` is no operation"));
    assert!(
        refused(&soap(&format!("<Request xmlns=\"http://tempuri.org/\"><x>{deep}</x></Request>")))
            .text
            .starts_with("XML_LIMIT")
    );
}

#[test]
fn a_payload_may_be_as_long_as_a_message_and_no_longer() {
    let limits = Limits { bytes: 4096, ..Limits::default() };
    let payload = |length: usize| wrap_call(Style::Gateway, &"<".repeat(length), "BNN", "P1");
    let (fits, over) = (payload(4096), payload(4097));
    assert_eq!(unwrap(fits.as_bytes(), &limits).unwrap().payload.len(), 4096);
    assert!(unwrap(over.as_bytes(), &limits).unwrap_err().text.contains("4096"));
    let huge = payload(200_000);
    assert!(unwrap(huge.as_bytes(), &limits).unwrap_err().text.starts_with("XML_LIMIT"));
    // Longer than the text of any element of a message may be.
    let long = wrap_call(Style::SingleWindow, &"x".repeat(3 * 1024 * 1024), "", "");
    assert_eq!(unwrapped(&long).payload.len(), 3 * 1024 * 1024);
}

#[test]
fn a_fault_is_told_from_an_answer_and_from_what_cannot_be_read() {
    for code in [FaultCode::VersionMismatch, FaultCode::MustUnderstand, FaultCode::Client, FaultCode::Server] {
        let told = Fault { code, text: "a < b & c".into() };
        let answer = fault(&told);
        assert_eq!(read_answer(answer.as_bytes(), &Limits::default()), Err(AnswerError::Fault(told)));
    }
    let foreign = soap(
        "<s:Fault><faultcode>s:Client.Authentication</faultcode><faultstring>no</faultstring><detail><x/></detail></s:Fault>",
    );
    let error = read_answer(foreign.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error, AnswerError::Fault(Fault { code: FaultCode::Client, text: "no".into() }));
    for unreadable in
        ["<html/>", "", &soap("<receiveResponse/>"), &soap("<other><responsePayload>x</responsePayload></other>")]
    {
        let error = read_answer(unreadable.as_bytes(), &Limits::default()).unwrap_err();
        assert!(matches!(&error, AnswerError::Unreadable(_)), "{unreadable}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_payload_comes_out_as_it_went_in(payload in "[a-zA-Zế<>&;'\"\\]\\[!#x \n\t\r]{0,60}", style in 0usize..5, cdata in any::<bool>()) {
        let payload = format!("<{payload}>");
        let style = Style::ALL[style];
        let mut xml = wrap_call(style, &payload, "BNN", "P1");
        if cdata && !payload.contains("]]>") && !payload.contains('\r') {
            let written = xml.clone();
            let begin = written.find("&lt;").unwrap();
            let end = written.rfind("&gt;").unwrap() + 4;
            xml = format!("{}<![CDATA[{payload}]]>{}", &written[..begin], &written[end..]);
        }
        let call = unwrap(xml.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(call.style, style);
        prop_assert_eq!(call.payload.as_ref(), &payload);
        let answer = wrap_answer(&call, &payload);
        let back = read_answer(answer.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(back.as_ref(), &payload);
    }

    #[test]
    fn no_bytes_make_it_panic(payload in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), style in 0usize..5) {
        let mut bytes = wrap_call(Style::ALL[style], "<a/>", "BNN", "P1").into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..at, payload);
        let _ = unwrap(&bytes, &Limits::default());
        let _ = read_answer(&bytes, &Limits::default());
    }
}
