//! What a gateway answers to a message: a receipt with the digest of what it has received, or an
//! error, as the signal messages of OASIS ebMS 3.0 and AS4 have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use crate::message::Limits;
use crate::message::answer::xml::Writer;
use crate::message::xml::{Fatal, Xml};
use crate::trade::{Finding, FindingCode};

/// The namespace of ebMS 3.0.
pub const EBMS: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/";
/// The namespace of the signals of ebBP, in which AS4 keeps the digests of what was received.
const EBBP: &str = "http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// An answer to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Its own id.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// The message that it answers.
    pub answers: String,
    /// What it says.
    pub content: SignalContent,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignalContent {
    /// The message was received and is kept.
    Receipt {
        /// SHA-256 of its bytes.
        digest: [u8; 32],
    },
    /// It was not taken.
    Error {
        /// Why.
        code: SignalError,
        /// In words.
        description: String,
    },
}

macro_rules! signal_errors {
    ($($(#[$meta:meta])* $variant:ident = $code:literal $short:literal),+ $(,)?) => {
        /// Why a message was not taken (ebMS 3.0, section 6.7).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SignalError { $($(#[$meta])* $variant),+ }

        impl SignalError {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its code, such as `EBMS:0101`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Its name in the standard.
            pub fn short(self) -> &'static str {
                match self { $(Self::$variant => $short),+ }
            }
        }
    };
}

signal_errors!(
    /// Something that was stated is not known here.
    ValueNotRecognized = "EBMS:0001" "ValueNotRecognized",
    /// What is stated contradicts itself or what came before.
    ValueInconsistent = "EBMS:0003" "ValueInconsistent",
    /// Anything else.
    Other = "EBMS:0004" "Other",
    /// The message cannot be read.
    InvalidHeader = "EBMS:0009" "InvalidHeader",
    /// It is not signed, or not by whom it should be.
    FailedAuthentication = "EBMS:0101" "FailedAuthentication",
    /// What partners have agreed on does not have it.
    PolicyNoncompliance = "EBMS:0103" "PolicyNoncompliance",
);

/// Writes an answer, not signed yet.
pub fn write_signal(signal: &Signal) -> String {
    let mut writer = Writer::new();
    writer.open_with("eb:SignalMessage", &[("xmlns:eb", EBMS)]);
    writer.open("eb:MessageInfo");
    writer.text("eb:Timestamp", &signal.at.to_string());
    writer.text("eb:MessageId", &signal.id);
    writer.text("eb:RefToMessageId", &signal.answers);
    writer.close();
    match &signal.content {
        SignalContent::Receipt { digest } => {
            writer.open("eb:Receipt");
            writer.open_with("ebbp:NonRepudiationInformation", &[("xmlns:ebbp", EBBP)]);
            writer.open("ebbp:MessagePartNRInformation");
            writer.open_with("ds:Reference", &[("xmlns:ds", DS), ("URI", "")]);
            writer.text_with("ds:DigestMethod", &[("Algorithm", SHA256)], "");
            writer.text("ds:DigestValue", &BASE64.encode(digest));
        }
        SignalContent::Error { code, description } => {
            let attributes = [
                ("category", "Processing"),
                ("errorCode", code.code()),
                ("refToMessageInError", signal.answers.as_str()),
                ("severity", "failure"),
                ("shortDescription", code.short()),
            ];
            writer.open_with("eb:Error", &attributes);
            writer.text_with("eb:Description", &[("xml:lang", "en")], description);
        }
    }
    writer.finish()
}

/// Reads an answer, whose signature has been verified.
///
/// # Errors
/// What the hardened reader refuses, or an answer that is neither receipt nor error.
pub fn read_signal(bytes: &[u8], limits: Limits) -> Result<Signal, Fatal> {
    let mut xml = Xml::new(bytes, limits)?;
    let root = xml.root()?;
    if root.local() != "SignalMessage" || xml.uri(root.namespace) != EBMS {
        let message = format!("the root element is `{}`; `SignalMessage` of ebMS 3.0 is expected", root.local());
        return Err(Finding::error(FindingCode::OtherKind, message).at(root.offset).field(root.local()).into());
    }
    let (mut id, mut at, mut answers) = (None, None, None);
    let mut content = None;
    while let Some(tag) = xml.child()? {
        match tag.local() {
            "MessageInfo" => {
                while let Some(tag) = xml.child()? {
                    match tag.local() {
                        "MessageId" => id = Some(xml.text()?.into_owned()),
                        "RefToMessageId" => answers = Some(xml.text()?.into_owned()),
                        "Timestamp" => at = xml.text()?.parse().ok(),
                        _ => xml.skip()?,
                    }
                }
            }
            "Receipt" => content = digest(&mut xml)?.map(|digest| SignalContent::Receipt { digest }),
            "Error" => {
                let code = tag.attribute("errorCode");
                let code = SignalError::ALL.iter().copied().find(|error| Some(error.code()) == code.as_deref());
                let mut description = tag.attribute("shortDescription").unwrap_or_default().into_owned();
                while let Some(tag) = xml.child()? {
                    if tag.local() == "Description" {
                        description = xml.text()?.into_owned();
                    } else {
                        xml.skip()?;
                    }
                }
                content = Some(SignalContent::Error { code: code.unwrap_or(SignalError::Other), description });
            }
            _ => xml.skip()?,
        }
    }
    xml.finish()?;
    match (id, at, answers, content) {
        (Some(id), Some(at), Some(answers), Some(content)) => Ok(Signal { id, at, answers, content }),
        _ => {
            let message =
                "a signal has an id, a moment, the message that it answers, and a receipt with a digest or an error";
            Err(Finding::error(FindingCode::Missing, message).at(root.offset).field("SignalMessage").into())
        }
    }
}

/// The digest in a receipt.
fn digest(xml: &mut Xml<'_>) -> Result<Option<[u8; 32]>, Fatal> {
    let depth = xml.depth();
    let mut found = None;
    loop {
        let Some(tag) = xml.child()? else {
            // Something within has ended, or the receipt itself.
            if xml.depth() < depth {
                return Ok(found);
            }
            continue;
        };
        if tag.local() == "DigestValue" {
            let text = xml.text()?;
            let text: String = text.chars().filter(|sign| !sign.is_ascii_whitespace()).collect();
            found = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).or(found);
        }
    }
}
