//! The transport of the single window: SOAP 1.1 with a whole message as text in it.
//!
//! The payload is an XML document by itself, escaped or in CDATA; it is unescaped once and given
//! to [`receive`](super::receive) as it is. Four generations of services speak differently:
//!
//! | style | operation | namespace | payload in | answered by |
//! |---|---|---|---|---|
//! | [`Style::SingleWindow`] | `receiveRequest` | `http://com/vnsw/ws/generated`, `http://com/vnsw/receive/gateway/generated` | `requestPayload`, beside `officeCode`, `documentType` where stated | `receiveResponse/responsePayload` |
//! | [`Style::ToMinistry`] | `sendToMinistryRequest` | the same | `requestPayload` | `sendToMinistryResponse/responsePayload` |
//! | [`Style::Gateway`] | `receive` | `http://mard.gov.vn/nsw/services` | `request/requestPayload` of `http://mard.gov.vn/nsw/data/contract`, beside `officeCode`, `documentType` | `receiveResponse/receiveResult/responsePayload` |
//! | [`Style::Direct`] | `receive` | the gateway's, or none | `request` itself, beside `officeCode`, `documentType` without namespace | the same |
//! | [`Style::Asmx`] | `Request` | `http://tempuri.org/` | `payload` | `RequestResponse/RequestResult` |
//!
//! Names within an operation count without their namespaces. A header that must be understood is
//! not understood; an encrypted payload is none of XML and is refused where it is read.

mod read;
mod write;

pub use read::{read_answer, unwrap};
pub use write::{fault, wrap_answer, wrap_call};

use crate::trade::{Finding, Text};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WINDOW: &str = "http://com/vnsw/ws/generated";
const WINDOW_GATEWAY: &str = "http://com/vnsw/receive/gateway/generated";
const GATEWAY: &str = "http://mard.gov.vn/nsw/services";
const CONTRACT: &str = "http://mard.gov.vn/nsw/data/contract";
const ASMX: &str = "http://tempuri.org/";

/// Which service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The service of the single window.
    SingleWindow,
    /// The single window's call to a ministry.
    ToMinistry,
    /// The gateway of a ministry.
    Gateway,
    /// Its older form.
    Direct,
    /// The oldest, of ASP.NET.
    Asmx,
}

impl Style {
    /// Every style.
    pub const ALL: [Self; 5] = [Self::SingleWindow, Self::ToMinistry, Self::Gateway, Self::Direct, Self::Asmx];

    /// The `SOAPAction` of its calls, without quotation marks; the single window's are empty.
    pub fn action(self) -> &'static str {
        match self {
            Self::SingleWindow | Self::ToMinistry => "",
            Self::Gateway | Self::Direct => "http://mard.gov.vn/nsw/services/IMardGateway/receive",
            Self::Asmx => "http://tempuri.org/Request",
        }
    }

    /// The namespace in which calls are written.
    fn namespace(self) -> &'static str {
        match self {
            Self::SingleWindow | Self::ToMinistry => WINDOW,
            Self::Gateway => GATEWAY,
            Self::Direct => "",
            Self::Asmx => ASMX,
        }
    }
}

/// A call that was unwrapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'a> {
    /// Which service speaks; the answer speaks likewise.
    pub style: Style,
    /// The office it is meant for, where stated.
    pub office: Option<Text<'a>>,
    /// Which procedure, where stated; what the payload says counts.
    pub document_type: Option<Text<'a>>,
    /// The message: an XML document by itself.
    pub payload: Text<'a>,
    /// The namespace of the operation; that of the answer.
    namespace: &'static str,
}

/// Whose fault it is that a call could not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    /// The envelope is of another version of SOAP.
    VersionMismatch,
    /// A header that must be understood is not.
    MustUnderstand,
    /// The caller's.
    Client,
    /// The service's.
    Server,
}

impl FaultCode {
    /// The code as written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand => "MustUnderstand",
            Self::Client => "Client",
            Self::Server => "Server",
        }
    }
}

/// Why a call could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {text}", code.as_str())]
pub struct Fault {
    /// Whose fault it is.
    pub code: FaultCode,
    /// Why.
    pub text: String,
}

impl Fault {
    fn client(text: impl Into<String>) -> Self {
        Self { code: FaultCode::Client, text: text.into() }
    }
}

/// Why an answer gives no payload.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// The service answers with a fault.
    #[error("the service answers with a fault: {0}")]
    Fault(Fault),
    /// The answer cannot be read.
    #[error("the answer cannot be read: {}: {}", .0.code.as_str(), .0.message)]
    Unreadable(Finding),
}
