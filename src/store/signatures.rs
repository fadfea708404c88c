//! What is asked of the signatures in messages of each sender.

use jiff::Timestamp;

use super::StoreError;
use super::partners::SignaturePolicy;
use super::sql::{Link, Row, sql};

/// What is asked of a sender's signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderSignatures {
    /// The organisation.
    pub organisation: String,
    /// Of that of the trader or officer: `Body/Signature` of an envelope, the one of any other message.
    pub body: SignaturePolicy,
    /// Of that of the sending gateway: `SystemSignature` of an envelope.
    pub system: SignaturePolicy,
    /// Whose signatures are believed: certificates and revocation lists, in PEM.
    pub trust: Vec<u8>,
    /// When this was changed last.
    pub changed: Timestamp,
}

/// Sets what is asked of a sender, in place of what was.
///
/// # Errors
/// [`StoreError`]
pub async fn set(link: &mut Link<'_>, signatures: &SenderSignatures) -> Result<(), StoreError> {
    let query = sql("INSERT INTO sender_signatures (organisation, body, gateway, trust, changed_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organisation) DO UPDATE SET body = excluded.body, \
        gateway = excluded.gateway, trust = excluded.trust, changed_at = excluded.changed_at");
    let query = query.bind(&signatures.organisation).bind(signatures.body.as_str()).bind(signatures.system.as_str());
    query.bind(signatures.trust.clone()).bind(signatures.changed).execute(link).await?;
    Ok(())
}

/// Asks nothing of a sender's signatures any more. Says whether anything was.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(link: &mut Link<'_>, organisation: &str) -> Result<bool, StoreError> {
    let query = sql("DELETE FROM sender_signatures WHERE organisation = $1").bind(organisation);
    Ok(query.execute(link).await? > 0)
}

/// All senders of whom anything is asked, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn all(link: &mut Link<'_>) -> Result<Vec<SenderSignatures>, StoreError> {
    let query =
        sql("SELECT organisation, body, gateway, trust, changed_at FROM sender_signatures ORDER BY organisation");
    query.rows(link).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<SenderSignatures, StoreError> {
    let organisation = row.text(0)?;
    let policy = |at| {
        let word = row.text(at)?;
        let policy = SignaturePolicy::parse(&word);
        policy.ok_or_else(|| StoreError::Damaged(format!("signatures of {organisation}: `{word}` is no policy")))
    };
    let (body, system) = (policy(1)?, policy(2)?);
    Ok(SenderSignatures { body, system, trust: row.bytes(3)?, changed: row.moment(4)?, organisation })
}
