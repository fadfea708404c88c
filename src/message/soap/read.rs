//! Unwrapping calls and answers.

use super::{ASMX, AnswerError, Call, Fault, FaultCode, GATEWAY, SOAP, Style, WINDOW, WINDOW_GATEWAY};
use crate::message::Limits;
use crate::message::xml::{Fatal, Namespace, Tag, Xml};
use crate::trade::{Finding, FindingCode, Text};

/// What ends an unwrapping.
#[derive(Debug)]
enum Stop {
    /// The reader refuses.
    Unreadable(Fatal),
    /// A fault to answer with.
    Fault(Fault),
    /// The fault that the service answered with.
    Answered(Fault),
}

impl From<Fatal> for Stop {
    fn from(finding: Fatal) -> Self {
        Self::Unreadable(finding)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Unwraps a call. `limits` are those of the payload; around it there is room for its escapes.
///
/// # Errors
/// The fault to answer with.
pub fn unwrap<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Call<'a>, Fault> {
    let call = || -> Result<Call<'a>, Stop> {
        let mut xml = Xml::new(bytes, around(limits))?;
        let operation = body(&mut xml)?;
        let (style, namespace) = operation_of(&xml, &operation)?;
        let mut parts = Parts::default();
        parts.read(&mut xml, true)?;
        alone(&mut xml)?;
        let payload = parts.payload.ok_or_else(|| Fault::client("the call has no payload"))?;
        if payload.len() > limits.bytes {
            return Err(
                Fault::client(format!("a payload of {} bytes; the limit is {}", payload.len(), limits.bytes)).into()
            );
        }
        let style = if style == Style::Gateway && parts.direct { Style::Direct } else { style };
        Ok(Call { style, office: parts.office, document_type: parts.document_type, payload, namespace })
    };
    call().map_err(|stop| match stop {
        Stop::Fault(fault) | Stop::Answered(fault) => fault,
        Stop::Unreadable(finding) => Fault::client(format!("{}: {}", finding.code.as_str(), finding.message)),
    })
}

/// Unwraps the answer to a call of any style.
///
/// # Errors
/// The fault that the service answers with, or what makes the answer unreadable.
pub fn read_answer<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Text<'a>, AnswerError> {
    let answer = || -> Result<Text<'a>, Stop> {
        let mut xml = Xml::new(bytes, around(limits))?;
        let answer = body(&mut xml)?;
        if answer.local() == "Fault" && xml.uri(answer.namespace) == SOAP {
            return Err(Stop::Answered(fault(&mut xml)?));
        }
        let known = matches!(answer.local(), "receiveResponse" | "sendToMinistryResponse" | "RequestResponse");
        let payload = if known { payload_of_answer(&mut xml)? } else { None };
        let Some(payload) = payload else {
            let message = format!("`{}` is no answer with a payload", answer.local());
            return Err(Box::new(Finding::error(FindingCode::Missing, message).at(answer.offset)).into());
        };
        alone(&mut xml)?;
        Ok(payload)
    };
    answer().map_err(|stop| match stop {
        Stop::Unreadable(finding) => AnswerError::Unreadable(*finding),
        Stop::Fault(fault) => AnswerError::Unreadable(Finding::error(FindingCode::OtherKind, fault.text)),
        Stop::Answered(fault) => AnswerError::Fault(fault),
    })
}

/// The limits of an envelope around a message: its text may be as long as the message, and each
/// sign of it written as an entity.
fn around(limits: &Limits) -> Limits {
    let bytes = limits.bytes.saturating_mul(2).saturating_add(64 * 1024);
    Limits { bytes, text_bytes: limits.bytes, ..*limits }
}

/// Walks to the element in `Body`, and opens it.
fn body<'a>(xml: &mut Xml<'a>) -> Result<Tag<'a>, Stop> {
    let root = xml.root()?;
    let soap = xml.uri(root.namespace).to_owned();
    if root.local() != "Envelope" || soap != SOAP {
        let versioned = root.local() == "Envelope" && soap.contains("soap-envelope");
        let code = if versioned { FaultCode::VersionMismatch } else { FaultCode::Client };
        let text = format!("`{}` in the namespace `{soap}` is no SOAP 1.1 envelope (`{SOAP}`)", root.local());
        return Err(Fault { code, text }.into());
    }
    let own = |tag: &Tag<'_>, namespace: Namespace| tag.namespace == namespace;
    while let Some(tag) = xml.child()? {
        match tag.local() {
            "Header" if own(&tag, root.namespace) => header(xml)?,
            "Body" if own(&tag, root.namespace) => {
                return xml.child()?.ok_or_else(|| Fault::client("`Body` is empty").into());
            }
            _ => xml.skip()?,
        }
    }
    Err(Fault::client("the envelope has no `Body`").into())
}

/// Headers are read over, unless one must be understood.
fn header(xml: &mut Xml<'_>) -> Result<(), Stop> {
    while let Some(tag) = xml.child()? {
        let must = tag
            .attribute_names()
            .filter(|name| name.ends_with(":mustUnderstand"))
            .any(|name| tag.attribute(name).is_some_and(|value| matches!(value.as_ref(), "1" | "true")));
        if must {
            let text = format!("the header `{}` must be understood and is not", tag.local());
            return Err(Fault { code: FaultCode::MustUnderstand, text }.into());
        }
        xml.skip()?;
    }
    Ok(())
}

/// Closes the envelope: after the element in `Body` nothing follows.
fn alone(xml: &mut Xml<'_>) -> Result<(), Stop> {
    if let Some(tag) = xml.child()? {
        return Err(
            Fault::client(format!("`{}` beside the operation; one element stands in `Body`", tag.local())).into()
        );
    }
    Ok(xml.finish()?)
}

fn operation_of(xml: &Xml<'_>, tag: &Tag<'_>) -> Result<(Style, &'static str), Fault> {
    let known: &[(Style, &'static str)] = match tag.local() {
        "receiveRequest" => &[(Style::SingleWindow, WINDOW), (Style::SingleWindow, WINDOW_GATEWAY)],
        "sendToMinistryRequest" => &[(Style::ToMinistry, WINDOW), (Style::ToMinistry, WINDOW_GATEWAY)],
        "receive" => &[(Style::Gateway, GATEWAY), (Style::Direct, "")],
        "Request" => &[(Style::Asmx, ASMX)],
        other => return Err(Fault::client(format!("`{other}` is no operation of this service"))),
    };
    let uri = xml.uri(tag.namespace);
    known.iter().find(|(_, namespace)| *namespace == uri).copied().ok_or_else(|| {
        let expected: Vec<String> = known.iter().map(|(_, namespace)| format!("`{namespace}`")).collect();
        Fault::client(format!("`{}` in the namespace `{uri}`; {} was expected", tag.local(), expected.join(" or ")))
    })
}

/// What stands in an operation.
#[derive(Debug, Default)]
struct Parts<'a> {
    office: Option<Text<'a>>,
    document_type: Option<Text<'a>>,
    payload: Option<Text<'a>>,
    /// The payload is the text of `request`.
    direct: bool,
}

impl<'a> Parts<'a> {
    /// Reads what stands in the open element; `outer`: the operation itself.
    fn read(&mut self, xml: &mut Xml<'a>, outer: bool) -> Result<(), Stop> {
        while let Some(tag) = xml.child()? {
            match tag.local() {
                "officeCode" => self.office = Some(xml.text()?).filter(|text| !text.is_empty()),
                "documentType" => self.document_type = Some(xml.text()?).filter(|text| !text.is_empty()),
                "request" if outer && holds_elements(xml)? => self.read(xml, false)?,
                "request" if outer => {
                    self.direct = true;
                    self.payload(xml, &tag)?;
                }
                "requestPayload" | "payload" => self.payload(xml, &tag)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn payload(&mut self, xml: &mut Xml<'a>, tag: &Tag<'_>) -> Result<(), Stop> {
        if self.payload.is_some() {
            return Err(Fault::client("a second payload; one was expected").into());
        }
        self.payload = Some(payload(xml, tag)?);
        Ok(())
    }
}

/// The text of a payload. A message that stands in it as elements has
/// lost what tells one document from the other.
fn payload<'a>(xml: &mut Xml<'a>, tag: &Tag<'_>) -> Result<Text<'a>, Stop> {
    if holds_elements(xml)? {
        let text = format!("`{}` holds elements; the message stands in it as text, escaped or in CDATA", tag.local());
        return Err(Fault::client(text).into());
    }
    Ok(xml.text()?)
}

/// Whether elements stand in the open element.
fn holds_elements(xml: &Xml<'_>) -> Result<bool, Stop> {
    Ok(xml.clone().child()?.is_some())
}

/// The payload of an answer, however deep it stands.
fn payload_of_answer<'a>(xml: &mut Xml<'a>) -> Result<Option<Text<'a>>, Stop> {
    let mut found = None;
    while let Some(tag) = xml.child()? {
        match tag.local() {
            "receiveResult" | "RequestResult" if found.is_none() && holds_elements(xml)? => {
                found = payload_of_answer(xml)?;
            }
            "responsePayload" | "receiveResult" | "RequestResult" if found.is_none() => {
                found = Some(payload(xml, &tag)?).filter(|text| !text.is_empty());
            }
            _ => xml.skip()?,
        }
    }
    Ok(found)
}

/// The fault whose element is open.
fn fault(xml: &mut Xml<'_>) -> Result<Fault, Stop> {
    let mut read = Fault { code: FaultCode::Server, text: String::new() };
    while let Some(tag) = xml.child()? {
        match tag.local() {
            "faultcode" => {
                let code = xml.text()?;
                let code = code.rsplit(':').next().unwrap_or_default();
                let known = [FaultCode::VersionMismatch, FaultCode::MustUnderstand, FaultCode::Client];
                let found = known.into_iter().find(|known| code.split('.').next() == Some(known.as_str()));
                read.code = found.unwrap_or(FaultCode::Server);
            }
            "faultstring" => read.text = xml.text()?.into_owned(),
            _ => xml.skip()?,
        }
    }
    Ok(read)
}
