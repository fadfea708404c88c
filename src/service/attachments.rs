//! Documents attached to cases: of a known kind, within limits, looked at by a scanner for viruses
//! where the operator has one.

mod kind;
mod scanner;

pub use kind::{Kind, KindError};
pub use scanner::{ScanError, Scanner};

use sha2::{Digest as _, Sha256};

use super::Service;
use super::desk::{ActError, Desk};
use super::ids::new_id;
use super::writer::WorkError;
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason, Role, declaration, dossier};
use crate::people::Scope;
use crate::store::attachments::{self, Attachment, Scanned};
use crate::store::journal::hex;
use crate::store::{Link, StoreError};

/// What is taken.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of one.
    pub bytes: usize,
    /// How many one case may have.
    pub of_case: usize,
    /// The kinds.
    pub kinds: Vec<Kind>,
    /// Who looks for viruses.
    pub scanner: Option<Scanner>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bytes: 20 << 20, of_case: 100, kinds: Kind::ALL.to_vec(), scanner: None }
    }
}

/// Letters of a name that are kept.
const NAME_MAX: usize = 200;

/// A document that is to be attached.
#[derive(Debug, Clone)]
pub struct Document {
    /// What its sender calls it.
    pub name: String,
    /// Its media type, as its sender says.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// The case that it is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A declaration.
    Declaration(CaseId),
    /// A dossier.
    Dossier(CaseId),
}

impl Target {
    fn case(self) -> CaseId {
        match self {
            Self::Declaration(case) | Self::Dossier(case) => case,
        }
    }
}

/// Why a document is not attached.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// It is too large.
    #[error("an attachment may have {0} bytes at most")]
    TooLarge(usize),
    /// It is of no kind that is taken, or not of the one that it is said to be.
    #[error(transparent)]
    Kind(#[from] KindError),
    /// It has no name, or nothing in it.
    #[error("{0}")]
    Lacks(&'static str),
    /// The scanner found something.
    #[error("the scanner for viruses found something in it; it was not kept")]
    Infected,
    /// It could not be scanned.
    #[error("it could not be scanned for viruses, and was not kept: {0}")]
    Scan(#[from] ScanError),
    /// The case does not allow it.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl Service {
    /// Attaches a document to a case, once it is durable. The same document again, of the same
    /// sender under the same name, is there already.
    ///
    /// # Errors
    /// [`AttachError`]
    pub async fn attach(
        &self,
        settings: &Settings,
        target: Target,
        document: Document,
        by: Author,
    ) -> Result<Attachment, AttachError> {
        let Document { name, content_type, content } = document;
        let name = printable(&name).ok_or(AttachError::Lacks("an attachment has a name: `?name=`"))?;
        if content.is_empty() {
            return Err(AttachError::Lacks("there is nothing in it"));
        }
        if content.len() > settings.bytes {
            return Err(AttachError::TooLarge(settings.bytes));
        }
        let kind = Kind::of_document(&content_type, &content, &settings.kinds)?;
        let scanned = match &settings.scanner {
            None => Scanned::None,
            Some(scanner) if scanner.is_clean(&content).await? => Scanned::Clean,
            Some(_) => {
                tracing::warn!(case.id = %target.case(), "an infected attachment to case {} was refused", target.case());
                return Err(AttachError::Infected);
            }
        };
        let attachment = Attachment {
            id: String::new(),
            case: target.case(),
            name,
            content_type: kind.content_type().to_owned(),
            bytes: content.len() as u64,
            digest: Sha256::digest(&content).into(),
            scanned,
            uploaded: self.shared.clock.now(),
            organisation: by.organisation.clone().unwrap_or_default(),
            role: by.role,
        };
        let most = settings.of_case;
        let attach = self
            .writer
            .run(move |desk| Box::pin(async move { desk.attach(target, attachment, content, most, &by).await }));
        Ok(attach.await?)
    }
}

impl Desk<'_> {
    async fn attach(
        &mut self,
        target: Target,
        mut attachment: Attachment,
        content: Vec<u8>,
        most: usize,
        by: &Author,
    ) -> Result<Attachment, ActError> {
        let there = attachments::of_case(&mut self.link(), attachment.case).await?;
        let same = |known: &&Attachment| {
            (known.digest, &known.name, &known.organisation)
                == (attachment.digest, &attachment.name, &attachment.organisation)
        };
        if let Some(known) = there.iter().find(same) {
            return Ok(known.clone());
        }
        if there.len() >= most {
            let message = format!("the case has {most} attachments, as many as one may have");
            return Err(Refused::because(RefusedReason::Conflict, message).into());
        }
        attachment.id = new_id(self.now).to_string();
        attachment.uploaded = self.now;
        let (id, name, digest) = (attachment.id.clone(), attachment.name.clone(), hex(&attachment.digest));
        match target {
            Target::Declaration(case) => {
                let command = declaration::Command::Attach { attachment: id, name, digest };
                self.command(case, &command, by).await?;
            }
            Target::Dossier(case) => {
                let command = dossier::Command::Attach { attachment: id, name, digest };
                self.dossier_command(case, &command, by).await?;
            }
        }
        attachments::keep(&mut self.link(), &attachment, content).await?;
        Ok(attachment)
    }
}

/// The attachments of a case that somebody may see. An agency that sees its own tasks only sees what
/// the trader attached, and what it did itself.
///
/// # Errors
/// [`StoreError`]
pub async fn seen(link: &mut Link<'_>, case: CaseId, scope: Scope, by: &Author) -> Result<Vec<Attachment>, StoreError> {
    let mut all = attachments::of_case(link, case).await?;
    all.retain(|attachment| may_see(attachment, scope, by));
    Ok(all)
}

/// Whether somebody who sees so much of its case may see an attachment.
pub fn may_see(attachment: &Attachment, scope: Scope, by: &Author) -> bool {
    match scope {
        Scope::Whole => true,
        Scope::OwnTasks => matches!(attachment.role, Role::Trader | Role::Broker) || attachment.is_of(by),
        Scope::Steps => false,
    }
}

/// An attachment as answers show it.
pub fn shown(attachment: &Attachment) -> serde_json::Value {
    serde_json::json!({
        "id": attachment.id,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "bytes": attachment.bytes,
        "sha256": hex(&attachment.digest),
        "scanned": attachment.scanned.as_str(),
        "uploaded": attachment.uploaded.to_string(),
        "by": attachment.organisation,
        "links": { "content": format!("/v1/attachments/{}", attachment.id) },
    })
}

/// A name as it can be shown, without folders.
fn printable(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|sign| !is_unseen(*sign)).take(NAME_MAX).collect();
    let name = name.trim();
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

/// Controls, and signs that turn the direction of what follows: `gpj.exe` shown as `exe.jpg`.
fn is_unseen(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_without_folders_and_as_it_is_seen() {
        assert_eq!(printable("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(printable("C:\\hoá đơn.pdf").as_deref(), Some("hoá đơn.pdf"));
        assert_eq!(printable("a\u{202e}fdp.exe\r\n").as_deref(), Some("afdp.exe"));
        for nothing in ["", "  ", "..", "a/", "\u{200b}"] {
            assert_eq!(printable(nothing), None, "{nothing:?}");
        }
        assert_eq!(printable(&"ô".repeat(500)).map(|name| name.chars().count()), Some(NAME_MAX));
    }
}
