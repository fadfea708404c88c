//! Changes of organisations, people, keys and mandates: by the one writer, each with its entry in
//! the journal. Whoever calls has checked the rights.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use super::desk::{ActError, Desk};
use super::writer::{WorkError, WriterHandle};
use crate::clearance::case::Author;
use crate::clearance::case::window::WindowEvent;
use crate::people::Change;
use crate::store::people::PeopleError;
use crate::store::{Link, StoreError};

/// What a change gives: a value for whoever asked, and what was changed, for the journal.
pub type Changed<T> = Result<(T, Vec<Change>), PeopleError>;

/// A change in progress.
pub type Changing<'a, T> = Pin<Box<dyn Future<Output = Changed<T>> + Send + 'a>>;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// It cannot be.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// It could not be done.
    #[error(transparent)]
    Work(#[from] WorkError),
}

/// Has something changed.
///
/// # Errors
/// [`AccountError`]
pub async fn change<T, F>(writer: &WriterHandle, by: Author, job: F) -> Result<T, AccountError>
where
    T: Send + 'static,
    F: for<'a> FnOnce(Link<'a>, Timestamp) -> Changing<'a, T> + Send + 'static,
{
    let done = writer.run(move |desk| Box::pin(async move { on_desk(desk, &by, job).await })).await?;
    Ok(done?)
}

/// The same on a desk that is there already. What the change refuses is given back inside: it has
/// written nothing, and the transaction stands.
///
/// # Errors
/// [`ActError`] where the store fails.
pub async fn on_desk<T, F>(desk: &mut Desk<'_>, by: &Author, job: F) -> Result<Result<T, PeopleError>, ActError>
where
    F: for<'a> FnOnce(Link<'a>, Timestamp) -> Changing<'a, T>,
{
    let now = desk.shared.clock.wall();
    match job(desk.link(), now).await {
        Ok((value, changes)) => {
            note(desk, by, &changes).await?;
            Ok(Ok(value))
        }
        Err(PeopleError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Err(error)),
    }
}

/// Puts what was changed into the journal.
///
/// # Errors
/// [`StoreError`]
pub async fn note(desk: &mut Desk<'_>, by: &Author, changes: &[Change]) -> Result<(), StoreError> {
    for change in changes {
        let event = WindowEvent::Account { what: change.what.to_owned(), whom: change.whom.clone() };
        desk.window(event, by).await?;
    }
    Ok(())
}
