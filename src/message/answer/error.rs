//! The error codes of the single window, and which of them a finding is.

use std::borrow::Cow;

use crate::message::Rejection;
use crate::message::incoming::ErrorEntry;
use crate::trade::{Finding, FindingCode, Severity};

/// An error of the single window's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// `ERR00`: the message is empty, or none of its kind.
    Invalid,
    /// `ERR01`: the procedure is not defined.
    UnknownProcedure,
    /// `ERR02`: the XML cannot be read, or departs from its schema.
    Syntax,
    /// `ERR03`: the message does not say its procedure.
    NoProcedure,
    /// `ERR04`: the procedure has no such message.
    UnknownType,
    /// `ERR05`: the content is missing, or wrong.
    Content,
    /// `BNN04` …: the message could not be stored. The number is the module's.
    NotStored(u8),
}

impl ErrorCode {
    /// The code as written.
    pub fn code(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Invalid => "ERR00_CODE",
            Self::UnknownProcedure => "ERR01_CODE",
            Self::Syntax => "ERR02_CODE",
            Self::NoProcedure => "ERR03_CODE",
            Self::UnknownType => "ERR04_CODE",
            Self::Content => "ERR05_CODE",
            Self::NotStored(module) => return Cow::Owned(format!("BNN{module:02}_CODE")),
        })
    }

    /// What the single window calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "Bản tin không hợp lệ",
            Self::UnknownProcedure => "Thủ tục chưa được định nghĩa",
            Self::Syntax => "Phân tích xml bị lỗi",
            Self::NoProcedure => "Không lấy được thủ tục từ xml",
            Self::UnknownType => "Message Type không tồn tại",
            Self::Content => "Nội dung không có dữ liệu hoặc không hợp lệ",
            Self::NotStored(_) => "Không lưu được dữ liệu",
        }
    }

    /// Which of them a finding is.
    pub fn of(finding: &Finding) -> Self {
        let field = finding.field.as_deref().unwrap_or_default();
        match finding.code {
            FindingCode::NotXml | FindingCode::UnknownFormat => Self::Invalid,
            FindingCode::Encoding
            | FindingCode::Truncated
            | FindingCode::Syntax
            | FindingCode::Dtd
            | FindingCode::Entity
            | FindingCode::Limit
            | FindingCode::Namespace
            | FindingCode::Deviation => Self::Syntax,
            FindingCode::UnknownProcedure => Self::UnknownProcedure,
            FindingCode::Missing if field.ends_with("Subject/documentType") || field == "Envelope/Header" => {
                Self::NoProcedure
            }
            FindingCode::Missing | FindingCode::OtherKind
                if field.ends_with("Subject/type") || field.ends_with("Subject/function") =>
            {
                Self::UnknownType
            }
            _ => Self::Content,
        }
    }

    /// An entry of the list, with what else there is to say.
    pub fn entry(self, what: &str) -> ErrorEntry<'static> {
        let name = if what.is_empty() { self.name().to_owned() } else { format!("{}: {what}", self.name()) };
        ErrorEntry { code: self.code(), name: Cow::Owned(name) }
    }
}

/// The list of errors of a refused message: every error found, with its own code, line and
/// element; warnings only where there is nothing else. `bytes` are the message's.
pub fn error_entries(rejection: &Rejection, bytes: &[u8]) -> Vec<ErrorEntry<'static>> {
    let weighs = rejection.findings.iter().any(|finding| finding.severity == Severity::Error);
    let told = rejection.findings.iter().filter(|finding| !weighs || finding.severity == Severity::Error);
    let entries: Vec<_> = told.map(|finding| ErrorCode::of(finding).entry(&words(finding, bytes))).collect();
    if entries.is_empty() { vec![ErrorCode::Invalid.entry("")] } else { entries }
}

/// The finding in one line: code, place, what was wrong.
fn words(finding: &Finding, bytes: &[u8]) -> String {
    let line = finding.position(bytes).map_or_else(String::new, |(line, _)| format!(", dòng {line}"));
    let field = finding.field.as_deref().map_or_else(String::new, |field| format!(", {field}"));
    format!("{}{line}{field}: {}", finding.code.as_str(), finding.message)
}
