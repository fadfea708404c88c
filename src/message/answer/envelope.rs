//! The envelope of an answer: addresses swapped, the rest of the header kept.

use jiff::ZonedDateTime;
use jiff::civil::DateTime;

use super::Sending;
use super::xml::Writer;
use crate::message::incoming::{Address, ErrorEntry, Head};
use crate::message::vnsw;

/// What stands for what could not be read of a message.
const UNKNOWN: &str = "00";

/// A receipt: the message has arrived, and what it asks for is looked into.
pub fn receipt(head: &Head<'_>, sending: &Sending<'_>, received: &ZonedDateTime) -> String {
    let mut writer = begin(Some(head), sending, None, "99");
    writer.text("ReceiveDate", &moment(received.datetime()));
    writer.finish()
}

/// A list of errors: the message was refused. Without a head it could not even be read as an
/// envelope; type, reference and procedure are `00` then.
pub fn errors(head: Option<&Head<'_>>, sending: &Sending<'_>, errors: &[ErrorEntry<'_>]) -> String {
    let mut writer = begin(head, sending, None, UNKNOWN);
    writer.open("ErrorList");
    for error in errors {
        writer.open("Error");
        writer.text("ErrorCode", &error.code);
        writer.text("ErrorName", &error.name);
        writer.close();
    }
    writer.finish()
}

/// Begins an answer to a message: `Content` is open. The type is that of the message where none
/// is given.
pub(super) fn begin(head: Option<&Head<'_>>, sending: &Sending<'_>, kind: Option<&str>, function: &str) -> Writer {
    let mut writer = Writer::new();
    writer.open("Envelope");
    writer.open("Header");
    writer.open("Reference");
    let version = head.map_or("", |head| &head.subject.version);
    writer.text("version", if version.is_empty() { "01" } else { version });
    writer.text("messageId", sending.id);
    writer.close();
    let known = |address: &Address<'_>| !address.name.is_empty() || !address.identity.is_empty();
    let from = head.map(|head| &head.to).filter(|address| known(address)).unwrap_or(sending.own);
    let nobody = Address {
        name: UNKNOWN.into(),
        identity: UNKNOWN.into(),
        country_code: sending.own.country_code.clone(),
        ministry_code: UNKNOWN.into(),
        organization_code: UNKNOWN.into(),
        unit_code: "".into(),
    };
    let to = head.map(|head| &head.from).filter(|address| known(address)).unwrap_or(&nobody);
    address(&mut writer, "From", from);
    address(&mut writer, "To", to);
    subject(&mut writer, head, sending, kind, function);
    writer.close();
    writer.open("Body");
    writer.open("Content");
    writer
}

fn address(writer: &mut Writer, name: &'static str, address: &Address<'_>) {
    writer.open(name);
    writer.text("name", &address.name);
    writer.text("identity", &address.identity);
    writer.text("countryCode", &address.country_code);
    writer.text("ministryCode", &address.ministry_code);
    writer.text("organizationCode", &address.organization_code);
    writer.optional("unitCode", &address.unit_code);
    writer.close();
}

fn subject(writer: &mut Writer, head: Option<&Head<'_>>, sending: &Sending<'_>, kind: Option<&str>, function: &str) {
    let subject = head.map(|head| &head.subject);
    let of = |text: Option<&str>, otherwise: &str| {
        text.filter(|text| !text.is_empty()).map_or_else(|| otherwise.to_owned(), str::to_owned)
    };
    let document_type = of(subject.map(|subject| subject.document_type.as_ref()), UNKNOWN);
    let reference = of(subject.map(|subject| subject.reference.as_ref()), UNKNOWN);
    let year = of(subject.map(|subject| subject.document_year.as_ref()), &sending.at.year().to_string());
    let before = of(subject.map(|subject| subject.pre_reference.as_ref()), &reference);
    let year_before = of(subject.map(|subject| subject.pre_document_year.as_ref()), &year);
    writer.open("Subject");
    writer.text("documentType", &document_type);
    writer.text("type", &of(kind.or(subject.map(|subject| subject.kind.as_ref())), UNKNOWN));
    writer.text("function", function);
    writer.text("reference", &reference);
    writer.text("documentYear", &year);
    if vnsw::reference_first(&document_type) {
        writer.text("preReference", &before);
        writer.text("preDocumentYear", &year_before);
    } else {
        writer.text("preDocumentYear", &year_before);
        writer.text("preReference", &before);
    }
    writer.text("sendDate", &moment(sending.at.datetime()));
    writer.close();
}

/// A moment as the envelope writes it: by the clock of the place, without a zone.
pub(super) fn moment(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
