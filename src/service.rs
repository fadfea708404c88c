//! The service: takes each message once, keeps it, moves the case, and always knows who holds it.
//!
//! ```text
//!  message ──lanes──▶ screening (rayon) ──▶ writer (one transaction for many) ──▶ answer
//!                                              ▲            │
//!             acts, clocks, reviews ───────────┘            └──▶ journal, rows, outbox
//! ```
//!
//! * [`lanes`]: whose turn it is; [`intake`]: read and screened in parallel.
//! * [`attachments`]: documents of cases; [`bulk`]: many messages at once, read from what carries them.
//! * [`writer`]: the only one that writes; [`desk`]: one transaction's work; [`act`]: what is asked
//!   and what follows from it.
//! * [`notices`]: who is told what, in the same transaction; [`directory`]: who they are.
//! * [`law_book`]: which edition of the law decides; [`law_change`]: how another comes to;
//!   [`clock`]: the only source of time.

pub mod accounts;
pub mod act;
pub mod answers;
pub mod attachments;
pub mod bulk;
pub mod clock;
pub mod desk;
pub mod directory;
pub mod entered;
pub mod examine;
pub mod gateway;
mod ids;
pub mod intake;
mod known;
pub mod lanes;
pub mod law_book;
pub mod law_change;
mod lead;
mod needs;
pub mod next;
pub mod notices;
pub mod once;
mod origin;
mod render;
mod scheduler;
pub mod sender;
pub mod shared;
pub mod signatures;
mod stuck;
pub mod writer;

pub use ids::{new_case, new_id, request_id};
pub use stuck::tasks_named;

use std::sync::Arc;

use tokio::task::JoinHandle;

use self::act::Act;
use self::answers::family::Voice;
use self::intake::{Intake, IntakeError, Sent, Wanted};
use self::lanes::Lane;
use self::lead::Leading;
use self::shared::Shared;
use self::writer::{WorkError, WriterHandle};
use crate::clearance::case::{Author, CaseId, Refused, RefusedReason};
use crate::store::StoreError;
use crate::store::messages::Answer;

/// A running service.
#[derive(Debug)]
pub struct Service {
    shared: Arc<Shared>,
    writer: WriterHandle,
    intake: Arc<Intake>,
    leading: Leading,
    tasks: Vec<JoinHandle<()>>,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database is another country's.
    #[error("the database is of country {kept}, the law is of country {given}")]
    Country {
        /// The country whose law has decided here.
        kept: String,
        /// The country whose law is to.
        given: String,
    },
    /// The system.
    #[error("a thread cannot be started: {0}")]
    System(#[from] std::io::Error),
}

impl Service {
    /// Starts the service on the runtime of the caller.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start(shared: Arc<Shared>) -> Result<Self, StartError> {
        law_change::settle_country(&shared).await?;
        let mut reader = shared.database.read().await?;
        shared.law.refresh(&mut reader.link()).await?;
        drop(reader);
        let leading = Leading::start(Arc::clone(&shared)).await?;
        let (writer, writing) = writer::start(Arc::clone(&shared))?;
        let runtime = tokio::runtime::Handle::current();
        let intake = Arc::new(Intake::start(Arc::clone(&shared), writer.clone(), runtime)?);
        let scheduler = scheduler::start(Arc::clone(&shared), writer.clone());
        Ok(Self { shared, writer, intake, leading, tasks: vec![scheduler, writing] })
    }

    /// What all of it shares.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Where work for the one writer is handed in.
    pub fn writer(&self) -> &WriterHandle {
        &self.writer
    }

    /// How many messages wait for screening in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.intake.waiting(lane)
    }

    /// Takes a message in and gives its answer when it is durable.
    ///
    /// # Errors
    /// [`IntakeError`]
    pub async fn take(&self, lane: Lane, message: Sent) -> Result<Answer, IntakeError> {
        self.intake.take(lane, message).await
    }

    /// The refusal of a message whose id is taken by other content, where it is wanted in the
    /// sender's own family and that has words for it.
    pub fn other_content(&self, bytes: &[u8], wanted: Wanted, error: &WorkError) -> Option<Answer> {
        let now = self.shared.clock.now();
        let edition = self.shared.law.at(now);
        let voice = Voice { own: &self.shared.own, edition: &edition, now };
        let read = crate::message::receive(bytes, &examine::options(&edition));
        let head = read.map_or_else(|refused| refused.head, |read| Some(read.head))?;
        let refused = Refused::because(RefusedReason::Conflict, error.to_string()).into();
        (wanted != Wanted::Json).then(|| voice.refused(&head, 409, &refused)).flatten()
    }

    /// A desk to look at cases from.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn view(&self) -> Result<desk::Desk<'_>, StoreError> {
        desk::Desk::view(&self.shared).await
    }

    /// Does an act, once it is durable.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn act(&self, act: Act, by: Author) -> Result<CaseId, WorkError> {
        self.writer.run(move |desk| Box::pin(async move { desk.act(&act, &by).await })).await
    }

    /// Ends the service: what was taken in is finished first.
    pub async fn stop(self) {
        let Self { shared, writer, intake, leading, mut tasks } = self;
        intake.close();
        drop(intake);
        drop(writer);
        shared.stop();
        // The writer ends when the last of those that hand work in has ended.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(30), async {
            for task in &mut tasks {
                let _ = task.await;
            }
        })
        .await;
        leading.end().await;
        shared.database.close().await;
    }
}
