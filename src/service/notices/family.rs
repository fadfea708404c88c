//! Notices in the recipient's own family: who sent an envelope is told in envelopes, who sent a WCO
//! declaration by its response. What they have no words for goes out as JSON.
//!
//! A message that one side sends by itself in the family of the other is passed on as it came.

use super::super::answers::family::{Voice, outcome_of};
use super::super::directory::Directory;
use super::super::examine::options;
use super::body::Telling;
use super::{Notice, Reader, Source, Topic};
use crate::clearance::case::declaration::{Declaration, Status};
use crate::clearance::case::dossier::Dossier;
use crate::law::life_cycle::{Act, MessageCode};
use crate::message::answer::{self, Outcome, Sending};
use crate::message::incoming::{Content, Family, Head, Paper};
use crate::message::receive;
use crate::trade::Format;

/// The message to which a notice on a declaration is an answer.
pub(super) fn source_of_declaration(notice: &Notice, case: &Declaration) -> Option<Source> {
    let registration = &case.registration;
    let families = [Format::WcoDeclaration, Format::VnDeclaration];
    let has_words = families.iter().any(|format| format.as_str() == registration.format);
    let id = &registration.message.id;
    (notice.reader == Reader::Filer && has_words && told(notice.topic, case).is_some())
        .then(|| Source { asked_by: Some(id.clone()), bytes_of: id.clone() })
}

/// The message of a dossier that is passed on, or to which a notice is an answer.
pub(super) fn source_of_dossier(notice: &Notice, case: &Dossier, directory: &Directory) -> Option<Source> {
    let sent = notice.message.clone();
    match notice.reader {
        // What an agency sends in an envelope is for the one who sent his dossier in one.
        Reader::Filer => {
            let profile = case.profiles.first()?.id.clone();
            Some(Source { bytes_of: sent.unwrap_or_else(|| profile.clone()), asked_by: Some(profile) })
        }
        Reader::Agency => {
            let bytes_of = sent.filter(|_| directory.takes_envelopes_only(&notice.to))?;
            Some(Source { asked_by: None, bytes_of })
        }
        Reader::Overseer => None,
    }
}

/// A notice on a declaration as an answer to `source`, which registered it.
pub(super) fn of_declaration(
    telling: &Telling<'_>,
    notice: &Notice,
    case: &Declaration,
    source: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let (source, told) = source.zip(told(notice.topic, case))?;
    let head =
        receive(source, &options(telling.edition)).map_or_else(|refused| refused.head, |read| Some(read.head))?;
    let voice = Voice { own: telling.own, edition: telling.edition, now: telling.at };
    written(&voice, &head, (telling.id, told), &notice.note, case)
}

/// What came of a declaration that an envelope registers.
pub(super) fn of_registration(
    voice: &Voice<'_>,
    head: &Head<'_>,
    (id, topic): (&str, Topic),
    case: &Declaration,
) -> Option<Vec<u8>> {
    let national = head.family == Family::Envelope && case.registration.format == Format::VnDeclaration.as_str();
    let told = told(topic, case).filter(|_| national)?;
    written(voice, head, (id, told), "", case)
}

fn written(
    voice: &Voice<'_>,
    head: &Head<'_>,
    (id, told): (&str, Outcome),
    note: &str,
    case: &Declaration,
) -> Option<Vec<u8>> {
    let at = voice.now.to_zoned_datetime(voice.edition.zone.clone());
    let mut answer = voice.notice(case, told);
    answer.reason = Some(note).filter(|note| !note.is_empty()).map(Into::into);
    let sending = Sending { id, at: &at, own: voice.own };
    answer::notice(head, &sending, &answer).map(String::into_bytes)
}

/// A notice on a dossier: the message itself where one was sent, else a letter in answer to the
/// application.
pub(super) fn of_dossier(
    telling: &Telling<'_>,
    notice: &Notice,
    case: &Dossier,
    source: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let source = source?;
    let read = receive(source, &options(telling.edition)).ok()?;
    let (Family::Envelope, Content::Letter(letter)) = (read.head.family, &read.content) else { return None };
    if notice.message.is_some() {
        return Some(answer::passed_on(source, telling.id));
    }
    letter.application.as_ref()?;
    let code = MessageCode::parse(notice.code.as_deref()?).ok()?;
    let at = telling.at.to_zoned_datetime(telling.edition.zone.clone());
    let sending = Sending { id: telling.id, at: &at, own: telling.own };
    let paper = paper(notice, case);
    let (kind, function) = (format!("{:02}", code.kind), format!("{:02}", code.function));
    Some(answer::letter(&read.head, &sending, &kind, &function, &paper).into_bytes())
}

/// What a dossier's message says, as far as it was given with the act.
fn paper<'n>(notice: &'n Notice, case: &'n Dossier) -> Paper<'n> {
    let number = notice.papers.first();
    let given = case.issued.iter().rev().find(|issued| number.is_some() && issued.evidence.id.as_ref() == number);
    let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
    let Topic::Dossier(act) = notice.topic else { return Paper::default() };
    Paper {
        file: case.reference.as_deref().map(Into::into),
        number: number.map(|number| number.as_str().into()),
        valid_to: given.and_then(|given| day(&given.evidence.to)),
        quantity: given.and_then(|given| given.evidence.quantity.as_ref()?.parse().ok()),
        unit: given.and_then(|given| Some(given.evidence.unit.as_ref()?.as_str().into())),
        passed: match act {
            Act::Issue | Act::Confirm => Some(true),
            Act::Fail => Some(false),
            _ => None,
        },
        reason: Some(notice.note.as_str()).filter(|note| !note.is_empty()).map(Into::into),
        ..Paper::default()
    }
}

/// What the families have a word for.
fn told(topic: Topic, case: &Declaration) -> Option<Outcome> {
    Some(match topic {
        Topic::Accepted => Outcome::Accepted,
        Topic::Amended => Outcome::Granted,
        Topic::AmendmentRefused | Topic::CancellationRefused | Topic::StorageRefused => Outcome::NotGranted,
        Topic::Cancelled => Outcome::Cancelled,
        Topic::StorageGranted => Outcome::Storage,
        Topic::Cleared => Outcome::Cleared,
        Topic::Decided => match (case.status, outcome_of(case)) {
            // Nothing stands against the goods, but they are not cleared yet.
            (Status::Registered, Outcome::Cleared) => Outcome::Registered,
            (Status::Accepted, Outcome::Cleared) => Outcome::Held,
            (_, outcome) => outcome,
        },
        _ => return None,
    })
}
