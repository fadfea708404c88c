//! Wrapping calls, answers and faults.

use super::{CONTRACT, Call, Fault, GATEWAY, SOAP, Style};
use crate::message::answer::xml::Writer;

/// The prefix of the envelope; faults name it in their codes.
const PREFIX: &str = "soap";

/// Wraps the answer to a call: it speaks as the call did.
pub fn wrap_answer(call: &Call<'_>, payload: &str) -> String {
    let mut writer = begin();
    match call.style {
        Style::SingleWindow | Style::ToMinistry => {
            let name = if call.style == Style::SingleWindow { "receiveResponse" } else { "sendToMinistryResponse" };
            writer.open_with(name, &[("xmlns", call.namespace)]);
            writer.text("responsePayload", payload);
        }
        Style::Gateway => {
            writer.open_with("receiveResponse", &[("xmlns", GATEWAY)]);
            writer.open("receiveResult");
            writer.text_with("responsePayload", &[("xmlns", CONTRACT)], payload);
        }
        Style::Direct => {
            let namespace = [("xmlns", call.namespace)];
            writer.open_with("receiveResponse", if call.namespace.is_empty() { &[] } else { &namespace });
            writer.open("receiveResult");
            writer.text_with(
                "responsePayload",
                if call.namespace.is_empty() { &[] } else { &[("xmlns", "")] },
                payload,
            );
        }
        Style::Asmx => {
            writer.open_with("RequestResponse", &[("xmlns", call.namespace)]);
            writer.text("RequestResult", payload);
        }
    }
    writer.finish()
}

/// Wraps a call to a service. `office` and `document_type` are written where the style has room
/// for them.
pub fn wrap_call(style: Style, payload: &str, office: &str, document_type: &str) -> String {
    let mut writer = begin();
    let namespace = [("xmlns", style.namespace())];
    match style {
        Style::SingleWindow | Style::ToMinistry => {
            let name = if style == Style::SingleWindow { "receiveRequest" } else { "sendToMinistryRequest" };
            writer.open_with(name, &namespace);
            writer.text("requestPayload", payload);
        }
        Style::Gateway => {
            writer.open_with("receive", &namespace);
            writer.open("request");
            writer.text_with("officeCode", &[("xmlns", CONTRACT)], office);
            writer.text_with("documentType", &[("xmlns", CONTRACT)], document_type);
            writer.text_with("requestPayload", &[("xmlns", CONTRACT)], payload);
        }
        Style::Direct => {
            writer.open("receive");
            writer.text("officeCode", office);
            writer.text("documentType", document_type);
            writer.text("request", payload);
        }
        Style::Asmx => {
            writer.open_with("Request", &namespace);
            writer.text("payload", payload);
        }
    }
    writer.finish()
}

/// Writes a fault. It goes out with the HTTP status 500.
pub fn fault(fault: &Fault) -> String {
    let mut writer = begin();
    writer.open("soap:Fault");
    writer.text("faultcode", &format!("{PREFIX}:{}", fault.code.as_str()));
    writer.text("faultstring", &fault.text);
    writer.finish()
}

/// Begins an envelope: `Body` is open.
fn begin() -> Writer {
    let mut writer = Writer::new();
    writer.open_with("soap:Envelope", &[("xmlns:soap", SOAP)]);
    writer.open("soap:Body");
    writer
}
