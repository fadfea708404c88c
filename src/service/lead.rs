//! Of those processes that serve the same database one leads: clocks ring and messages are
//! delivered by that one, and by another when it goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::shared::Shared;
use crate::store::StoreError;
use crate::store::lead::Lead;

/// So often whoever leads looks whether he still does, and the others whether one of them may.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The task that leads, or waits to. Dropped, it no longer does.
#[derive(Debug)]
pub(super) struct Leading(JoinHandle<Option<Lead>>);

impl Leading {
    /// Takes the lead where nobody has it, and goes on trying elsewhere.
    pub(super) async fn start(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let mut lead = shared.database.lead().await?;
        shared.lead(lead.is_some());
        if lead.is_none() {
            tracing::info!("another process leads: this one answers, and takes over when that one goes");
        }
        Ok(Self(tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = shared.stopping() => return lead,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
                lead = round(&shared, lead).await;
            }
        })))
    }

    /// Gives the lead up, once everything has ended that needs it.
    pub(super) async fn end(mut self) {
        if let Ok(Some(lead)) = (&mut self.0).await {
            lead.give_up().await;
        }
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn round(shared: &Shared, lead: Option<Lead>) -> Option<Lead> {
    let Some(mut lead) = lead else {
        // A database that does not answer is told of by all the others.
        let lead = shared.database.lead().await.ok().flatten();
        if lead.is_some() {
            tracing::info!("this process leads from now on");
            shared.lead(true);
        }
        return lead;
    };
    match lead.check().await {
        Ok(()) => Some(lead),
        Err(error) => {
            tracing::warn!(error = %error, "this process no longer leads: {error}");
            shared.lead(false);
            None
        }
    }
}
