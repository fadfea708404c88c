//! Problem documents (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::clearance::case::CaseId;
use crate::people::Denied;
use crate::service::accounts::AccountError;
use crate::service::answers;
use crate::service::desk::ActError;
use crate::service::intake::IntakeError;
use crate::service::writer::WorkError;
use crate::store::StoreError;
use crate::store::people::PeopleError;

/// A problem document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// What kind of problem it is: stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:motcua:problem:not-now")]
    pub(super) kind: String,
    /// The same in words.
    pub(super) title: &'static str,
    /// The HTTP status.
    pub(super) status: u16,
    /// What happened here.
    pub(super) detail: String,
    /// What whoever asks may do instead (409 of an act): what `may` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed: Option<Vec<String>>,
    /// What a name means, where it is that of several: the ids of the cases.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) candidates: Box<[String]>,
    /// After so many seconds it may succeed.
    #[serde(skip)]
    pub(super) retry_after: Option<u32>,
}

impl Problem {
    /// A problem of a kind.
    pub(super) fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:motcua:problem:{kind}"),
            title: status.canonical_reason().unwrap_or("problem"),
            status: status.as_u16(),
            detail: detail.into(),
            allowed: None,
            candidates: Box::default(),
            retry_after: None,
        }
    }

    /// There is no such thing, or it is none of the asker's.
    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown", format!("there is no such {what}, or you may not see it"))
    }

    /// A name is that of several declarations: the asker says which.
    pub(super) fn ambiguous(name: &str, cases: &[CaseId]) -> Self {
        let detail = format!("`{name}` is the name of several declarations: ask by the id of one of `candidates`");
        let candidates = cases.iter().map(CaseId::to_string).collect();
        Self { candidates, ..Self::new(StatusCode::CONFLICT, "ambiguous", detail) }
    }

    /// Whether the state of a case stands against what was asked: then it says what may be done instead.
    pub(super) fn is_of_state(&self) -> bool {
        self.allowed.is_some()
    }

    /// The same with what may be done instead as it is shown: words, each by itself or with what it means.
    pub(super) fn instead(self, shown: &Value) -> Self {
        let words = shown["may"].as_array().into_iter().flatten();
        let words = words.filter_map(|word| word.as_str().or(word["act"].as_str()));
        Self { allowed: Some(words.map(str::to_owned).collect()), ..self }
    }

    /// A parameter of the address that is not known, or cannot be.
    pub(super) fn parameter(name: &str, detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request", format!("{name}: {detail}"))
    }

    /// What is stated cannot be.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A struct of texts: writing it cannot fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, answers::PROBLEM)], body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE && self.kind.ends_with(":encoding") {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(error = %error, "the database does not answer");
                let detail = "the database does not answer; nothing was done, try again";
                let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
                problem.retry_after = Some(2);
                problem
            }
            StoreError::Address(detail) => Self::parameter("`after`", &detail),
            error => {
                tracing::error!(error = %error, "{error}");
                let detail = "something went wrong inside; the log says what";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        if denied.hides() {
            return Self::not_found("thing");
        }
        let kind = match denied {
            Denied::SecondFactor => "second-factor",
            Denied::Enrolment => "enrolment",
            Denied::PasswordChange => "password-change",
            Denied::Kind(_) | Denied::NotOwn => "forbidden",
        };
        Self::new(StatusCode::FORBIDDEN, kind, denied.to_string())
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Store(error) => error.into(),
            PeopleError::Refused => Self::new(StatusCode::UNAUTHORIZED, "refused", error.to_string()),
            PeopleError::Unknown { kind, .. } => Self::not_found(kind),
            PeopleError::Taken { .. } => Self::new(StatusCode::CONFLICT, "taken", error.to_string()),
            PeopleError::Busy | PeopleError::Random(_) => {
                let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", error.to_string());
                problem.retry_after = Some(2);
                problem
            }
            PeopleError::Password(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "password", error.to_string()),
            PeopleError::Name(_) | PeopleError::Invalid(_) => Self::invalid(error.to_string()),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::People(error) => error.into(),
            AccountError::Work(error) => error.into(),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::Refused(refused) => {
                let status = answers::status_of(&ActError::Refused(refused.clone()));
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT);
                let kind = match refused.reason {
                    crate::clearance::case::RefusedReason::NotNow => "not-now",
                    crate::clearance::case::RefusedReason::Conflict => "conflict",
                    crate::clearance::case::RefusedReason::Unknown
                    | crate::clearance::case::RefusedReason::NoProcedure
                    | crate::clearance::case::RefusedReason::NoMessage => "unknown",
                    crate::clearance::case::RefusedReason::Invalid => "invalid",
                    crate::clearance::case::RefusedReason::Forbidden => "forbidden",
                };
                let mut problem = Self::new(status, kind, refused.message);
                problem.allowed = (status == StatusCode::CONFLICT).then_some(refused.allowed);
                problem
            }
        }
    }
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Act(error) => error.into(),
            WorkError::OtherContent(_) => Self::new(StatusCode::CONFLICT, "other-content", error.to_string()),
            WorkError::ShuttingDown => {
                let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting-down", error.to_string());
                problem.retry_after = Some(5);
                problem
            }
        }
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Full(full) => {
                let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-much", error.to_string());
                problem.retry_after = Some(u32::try_from(full.retry_after.as_secs()).unwrap_or(u32::MAX).max(1));
                problem
            }
            IntakeError::Work(error) => error.into(),
        }
    }
}

/// What the framework says of a query or a body that it cannot read, in our words: `field: what`.
pub(super) fn told(said: &str) -> String {
    const WORDS: [(&str, &str); 3] = [
        ("Failed to deserialize query string: ", "the query: "),
        ("Failed to deserialize the JSON body into the target type: ", "the body: "),
        ("Failed to parse the request body as JSON: ", "the body is no JSON: "),
    ];
    let found = WORDS.iter().find_map(|(theirs, ours)| Some(format!("{ours}{}", said.strip_prefix(theirs)?)));
    found.unwrap_or_else(|| "the body or the query is not what /openapi.json describes".to_owned())
}
