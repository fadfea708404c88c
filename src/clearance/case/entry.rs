//! An entry of the journal: which case, the how manieth of it, when, by whom, and what happened.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::certificate::CertificateEvent;
use super::declaration::DeclarationEvent;
use super::dossier::DossierEvent;
use super::permit::PermitEvent;
use super::window::WindowEvent;

/// The id of a case, of either kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Uuid);

/// Why a text is no id of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 hexadecimal digits in five groups")]
pub struct CaseIdError;

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for CaseId {
    type Err = CaseIdError;

    fn from_str(text: &str) -> Result<Self, CaseIdError> {
        Uuid::try_parse(text).map(Self).map_err(|_| CaseIdError)
    }
}

/// In which capacity somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An importer or exporter.
    Trader,
    /// Who files for traders.
    Broker,
    /// A licensing agency.
    Agency,
    /// Customs.
    Customs,
    /// A partner's gateway.
    Partner,
    /// Who looks after the installation.
    Operator,
    /// Who may see everything and change nothing.
    Auditor,
    /// The program itself: clocks, transitions of the law.
    System,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Trader,
        Self::Broker,
        Self::Agency,
        Self::Customs,
        Self::Partner,
        Self::Operator,
        Self::Auditor,
        Self::System,
    ];

    /// The word that the journal and answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trader => "trader",
            Self::Broker => "broker",
            Self::Agency => "agency",
            Self::Customs => "customs",
            Self::Partner => "partner",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::System => "system",
        }
    }

    /// The role of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// In which capacity.
    pub role: Role,
    /// The organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
}

impl Author {
    /// The program itself.
    pub fn system() -> Self {
        Self { role: Role::System, organisation: None, person: None }
    }
}

/// What happened, in one of the five streams.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// To a declaration.
    Declaration(DeclarationEvent),
    /// To a dossier.
    Dossier(DossierEvent),
    /// To the quantity of a permit or quota.
    Permit(PermitEvent),
    /// To a certificate of origin.
    Certificate(CertificateEvent),
    /// To the single window itself.
    Window(WindowEvent),
}

/// The streams of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// A declaration.
    Declaration,
    /// A dossier.
    Dossier,
    /// A permit's or quota's quantity.
    Permit,
    /// A certificate of origin.
    Certificate,
    /// The single window itself.
    Window,
}

impl Stream {
    /// The stream of a kind of event, by what stands before its point.
    pub fn of_kind(kind: &str) -> Option<Self> {
        match kind.split_once('.')?.0 {
            "declaration" => Some(Self::Declaration),
            "dossier" => Some(Self::Dossier),
            "permit" => Some(Self::Permit),
            "certificate" => Some(Self::Certificate),
            "window" => Some(Self::Window),
            _ => None,
        }
    }
}

impl Event {
    /// Its kind, such as `declaration.registered`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Declaration(event) => event.kind(),
            Self::Dossier(event) => event.kind(),
            Self::Permit(event) => event.kind(),
            Self::Certificate(event) => event.kind(),
            Self::Window(event) => event.kind(),
        }
    }
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its case.
    pub case: CaseId,
    /// Its number in the case, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Author,
    /// What.
    pub event: Event,
}

/// Why a text is no entry.
#[derive(Debug, thiserror::Error)]
#[error("no entry of a journal: {0}")]
pub struct EntryError(String);

/// What stands before an event.
#[derive(Serialize)]
struct Head<'e> {
    case: CaseId,
    number: u64,
    at: Timestamp,
    by: &'e Author,
}

impl Entry {
    /// The entry as one JSON object: these very bytes are hashed and kept.
    pub fn to_json(&self) -> String {
        let head = Head { case: self.case, number: self.number, at: self.at, by: &self.by };
        // Neither can fail: all keys are texts, and nothing writes but to memory.
        let mut text = serde_json::to_string(&head).unwrap_or_default();
        let event = serde_json::to_string(&self.event).unwrap_or_default();
        text.pop();
        text.push(',');
        text.push_str(event.get(1..).unwrap_or("}"));
        text
    }

    /// Reads what [`Entry::to_json`] wrote, in one pass.
    ///
    /// # Errors
    /// [`EntryError`] where it did not.
    pub fn from_json(text: &str) -> Result<Self, EntryError> {
        serde_json::from_str(text).map_err(|error| EntryError(error.to_string()))
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

/// Takes the fields of an entry in their order: the head, the kind of event, and the rest with the
/// stream that the kind names.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry: case, number, at, by, event, data")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Entry, A::Error> {
        let case = field(&mut fields, "case")?;
        let number = field(&mut fields, "number")?;
        let at = field(&mut fields, "at")?;
        let by = field(&mut fields, "by")?;
        let kind: Cow<'de, str> = field(&mut fields, "event")?;
        let stream = Stream::of_kind(&kind);
        let unknown = || A::Error::custom(format_args!("`{kind}` is no kind of event"));
        let stream = stream.ok_or_else(unknown)?;
        let tagged = MapAccessDeserializer::new(Tagged { kind: Some(kind), told: false, rest: fields });
        let event = match stream {
            Stream::Declaration => Event::Declaration(Deserialize::deserialize(tagged)?),
            Stream::Dossier => Event::Dossier(Deserialize::deserialize(tagged)?),
            Stream::Permit => Event::Permit(Deserialize::deserialize(tagged)?),
            Stream::Certificate => Event::Certificate(Deserialize::deserialize(tagged)?),
            Stream::Window => Event::Window(Deserialize::deserialize(tagged)?),
        };
        Ok(Entry { case, number, at, by, event })
    }
}

/// The value of the next field, which has to have this name.
fn field<'de, A: MapAccess<'de>, T: Deserialize<'de>>(fields: &mut A, name: &'static str) -> Result<T, A::Error> {
    match fields.next_key_seed(Named(name))? {
        Some(()) => fields.next_value(),
        None => Err(A::Error::missing_field(name)),
    }
}

/// The name of a field, which has to be this one.
struct Named(&'static str);

impl<'de> DeserializeSeed<'de> for Named {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Named {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the field `{}`", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        if name == self.0 { Ok(()) } else { Err(E::missing_field(self.0)) }
    }
}

/// The kind of an event, which was read to know its stream, and what comes after it.
struct Tagged<'de, A> {
    kind: Option<Cow<'de, str>>,
    told: bool,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tagged<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        if self.told {
            return self.rest.next_key_seed(seed);
        }
        self.told = true;
        seed.deserialize("event".into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.kind.take() {
            Some(kind) => seed.deserialize(kind.into_deserializer()),
            None => self.rest.next_value_seed(seed),
        }
    }
}
