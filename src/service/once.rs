//! Acts that are done once, however often they are sent: whoever asks gives each a key, and the
//! same key again gets the same answer. They are kept as messages are.

use std::future::Future;
use std::pin::Pin;

use sha2::{Digest as _, Sha256};

use super::desk::{ActError, Desk};
use super::ids::new_id;
use super::writer::{Identity, Once, RestsOn, WorkError, WriterHandle};
use crate::clearance::case::CaseId;
use crate::store::Database;
use crate::store::messages::{self, Answer, Message, MessageKey};

/// What kept acts have as their format.
const FORMAT: &str = "act";

/// An act as it was asked, with the key that makes it one.
#[derive(Debug, Clone)]
pub struct Asked {
    identity: Identity,
    content: Vec<u8>,
}

impl Asked {
    /// An act of an organisation: `what` and `body` are what has to be the same.
    pub fn new(organisation: &str, key: &str, what: &str, body: &[u8]) -> Self {
        let content = [what.as_bytes(), b"\n", body].concat();
        // The ids of messages are the sender's own; these are beside them.
        let key = MessageKey { sender: organisation.to_owned(), key: format!("act:{key}") };
        Self { identity: Identity { key, digest: Sha256::digest(&content).into(), refused: None }, content }
    }

    /// What was answered when it came before.
    ///
    /// # Errors
    /// [`WorkError::OtherContent`] where the key came with something else.
    pub async fn before(&self, database: &Database) -> Result<Option<Answer>, WorkError> {
        let mut reader = database.read().await.map_err(WorkError::from)?;
        let found = messages::find(&mut reader.link(), &[&self.identity.key]).await?;
        match found.into_iter().next() {
            None => Ok(None),
            Some((_, before)) if before.digest == self.identity.digest => Ok(Some(before.answer)),
            Some((key, _)) => Err(WorkError::OtherContent(key.key.trim_start_matches("act:").to_owned())),
        }
    }
}

/// An act in progress: the case that it is about, and the answer.
pub type Acting<'a> = Pin<Box<dyn Future<Output = Result<(CaseId, Answer), ActError>> + Send + 'a>>;

/// Has an act done; once, where it has a key.
///
/// # Errors
/// [`WorkError`]; what is refused is not kept, and may be asked again with the same key.
pub async fn act<F>(writer: &WriterHandle, asked: Option<Asked>, job: F) -> Result<Answer, WorkError>
where
    F: for<'a> FnOnce(&'a mut Desk<'_>) -> Acting<'a> + Send + 'static,
{
    let Some(Asked { identity, content }) = asked else {
        return writer.run(move |desk| Box::pin(async move { Ok(job(desk).await?.1) })).await;
    };
    let (key, digest) = (identity.key.clone(), identity.digest);
    let once = writer.run_once(identity, RestsOn::default(), move |desk| {
        Box::pin(async move {
            let (case, answer) = job(desk).await?;
            let (id, received, format) = (new_id(desk.now).to_string(), desk.now, FORMAT.to_owned());
            let case = Some(case);
            desk.keep(Message { id, key, digest, case, format, received, content, answer: answer.clone() });
            Ok::<_, ActError>(answer)
        })
    });
    match once.await? {
        Once::Now(answer) | Once::Before(answer) => Ok(answer),
    }
}
