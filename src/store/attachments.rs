//! Documents that are attached to cases.

use jiff::Timestamp;

use super::StoreError;
use super::journal::{self, Hash};
use super::sql::{Link, Row, Value, built, insert, sql};
use crate::clearance::case::{Author, CaseId, Role};

/// What a scanner for viruses said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scanned {
    /// There was none to ask.
    None,
    /// Nothing was found.
    Clean,
}

impl Scanned {
    /// The word that answers write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Clean => "clean",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "none" => Ok(Self::None),
            "clean" => Ok(Self::Clean),
            _ => Err(StoreError::Damaged(format!("`{text}` is nothing that a scanner says"))),
        }
    }
}

/// An attachment, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its case.
    pub case: CaseId,
    /// What its sender calls it.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of them.
    pub digest: Hash,
    /// What the scanner said.
    pub scanned: Scanned,
    /// When it came.
    pub uploaded: Timestamp,
    /// From which organisation.
    pub organisation: String,
    /// In which capacity.
    pub role: Role,
}

impl Attachment {
    /// Whether it came from whoever this is.
    pub fn is_of(&self, author: &Author) -> bool {
        author.organisation.as_deref() == Some(self.organisation.as_str())
    }
}

const COLUMNS: &str = "id, case_id, name, content_type, bytes, digest, scanned, uploaded_at, uploaded_by, uploaded_as";

/// Keeps an attachment with its bytes.
///
/// # Errors
/// [`StoreError`]
pub async fn keep(link: &mut Link<'_>, attachment: &Attachment, content: Vec<u8>) -> Result<(), StoreError> {
    const INTO: &str = "INSERT INTO attachments (id, case_id, name, content_type, bytes, digest, scanned, \
        uploaded_at, uploaded_by, uploaded_as, content)";
    let row: [Value; 11] = [
        attachment.id.as_str().into(),
        attachment.case.into(),
        attachment.name.as_str().into(),
        attachment.content_type.as_str().into(),
        i64::try_from(attachment.bytes).unwrap_or(i64::MAX).into(),
        attachment.digest.into(),
        attachment.scanned.as_str().into(),
        attachment.uploaded.into(),
        attachment.organisation.as_str().into(),
        attachment.role.as_str().into(),
        content.into(),
    ];
    insert(link, INTO, "", vec![row]).await?;
    Ok(())
}

/// The attachments of a case, the earliest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_case(link: &mut Link<'_>, case: CaseId) -> Result<Vec<Attachment>, StoreError> {
    let query = built(format!("SELECT {COLUMNS} FROM attachments WHERE case_id = $1 ORDER BY id"));
    query.bind(case).rows(link).await?.iter().map(read).collect()
}

/// An attachment.
///
/// # Errors
/// [`StoreError`]
pub async fn attachment(link: &mut Link<'_>, id: &str) -> Result<Option<Attachment>, StoreError> {
    let query = built(format!("SELECT {COLUMNS} FROM attachments WHERE id = $1"));
    query.bind(id).row(link).await?.as_ref().map(read).transpose()
}

/// The bytes of an attachment.
///
/// # Errors
/// [`StoreError`]
pub async fn content(link: &mut Link<'_>, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sql("SELECT content FROM attachments WHERE id = $1").bind(id).row(link).await?;
    row.map(|row| row.bytes(0)).transpose()
}

fn read(row: &Row) -> Result<Attachment, StoreError> {
    let role = row.text(9)?;
    let role = Role::parse(&role).ok_or_else(|| StoreError::Damaged(format!("`{role}` is no role")))?;
    Ok(Attachment {
        id: row.text(0)?,
        case: row.case(1)?,
        name: row.text(2)?,
        content_type: row.text(3)?,
        bytes: u64::try_from(row.number(4)?).unwrap_or(0),
        digest: journal::to_hash(&row.bytes(5)?)?,
        scanned: Scanned::parse(&row.text(6)?)?,
        uploaded: row.moment(7)?,
        organisation: row.text(8)?,
        role,
    })
}
