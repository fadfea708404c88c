//! The writer: takes what is to be done from many, does it in one transaction, and answers when it
//! is durable.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::desk::{ActError, Desk};
use super::shared::{Happened, Shared};
use crate::clearance::case::CaseId;
use crate::store::journal::Hash;
use crate::store::messages::{self, Answer, MessageKey};
use crate::store::{StoreError, cases, waiting};

/// Work that one transaction does at most.
const BATCH: usize = 256;
/// Work that waits for the writer at most; who brings more waits.
const QUEUE: usize = 1_024;

type Value = Box<dyn Any + Send>;
type Doing<'a> = Pin<Box<dyn Future<Output = Result<Value, ActError>> + Send + 'a>>;
type Job = Box<dyn for<'a> FnOnce(&'a mut Desk<'_>) -> Doing<'a> + Send>;

/// What makes a message one, and its digest.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Sender and id.
    pub key: MessageKey,
    /// SHA-256 of its bytes.
    pub digest: Hash,
    /// Under which its answer is kept where it is refused: what was never taken leaves its id free.
    /// None: what is refused is not kept.
    pub refused: Option<MessageKey>,
}

impl Identity {
    /// The keys under which it may be kept; what was refused stays refused.
    fn keys(&self) -> impl Iterator<Item = &MessageKey> {
        self.refused.iter().chain(std::iter::once(&self.key))
    }
}

/// Why work was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// It is refused.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The same id came before with other content.
    #[error("message `{0}` came before with other content; a new message needs a new id")]
    OtherContent(String),
    /// The service is being shut down.
    #[error("the service is shutting down")]
    ShuttingDown,
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Act(ActError::Store(error))
    }
}

/// What came of work.
#[derive(Debug)]
enum Done {
    /// It was done.
    Value(Value),
    /// It was done before: this was answered.
    Before(Answer),
}

/// What work rests on beside its message; it is looked up for all works of a transaction at once.
#[derive(Debug, Clone, Default)]
pub struct RestsOn {
    /// The trader whose records count.
    pub holder: Option<String>,
    /// The names of the declaration that comes.
    pub names: Vec<String>,
}

/// Work for the writer.
struct Work {
    identity: Option<Identity>,
    rests_on: RestsOn,
    job: Job,
    done: oneshot::Sender<Result<Done, WorkError>>,
}

/// Where work is handed in.
#[derive(Debug, Clone)]
pub struct WriterHandle(mpsc::Sender<Work>);

/// What came of work that had an identity.
#[derive(Debug)]
pub enum Once<T> {
    /// It was done now.
    Now(T),
    /// It was done before: this was answered.
    Before(Answer),
}

impl WriterHandle {
    /// Has something done on the desk.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn run<T, F>(&self, job: F) -> Result<T, WorkError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Desk<'_>) -> Pin<Box<dyn Future<Output = Result<T, ActError>> + Send + 'a>>
            + Send
            + 'static,
    {
        match self.hand_in(None, RestsOn::default(), job).await?.await.map_err(|_| WorkError::ShuttingDown)?? {
            Done::Value(value) => value.downcast().map(|value| *value).map_err(|_| WorkError::ShuttingDown),
            Done::Before(_) => Err(WorkError::ShuttingDown),
        }
    }

    /// The same, once for its identity.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn run_once<T, F>(&self, identity: Identity, rests_on: RestsOn, job: F) -> Result<Once<T>, WorkError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Desk<'_>) -> Pin<Box<dyn Future<Output = Result<T, ActError>> + Send + 'a>>
            + Send
            + 'static,
    {
        let done = self.hand_in(Some(identity), rests_on, job).await?;
        match done.await.map_err(|_| WorkError::ShuttingDown)?? {
            Done::Value(value) => value.downcast().map(|value| Once::Now(*value)).map_err(|_| WorkError::ShuttingDown),
            Done::Before(answer) => Ok(Once::Before(answer)),
        }
    }

    /// How much work waits for it.
    pub fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    async fn hand_in<T, F>(
        &self,
        identity: Option<Identity>,
        rests_on: RestsOn,
        job: F,
    ) -> Result<oneshot::Receiver<Result<Done, WorkError>>, WorkError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Desk<'_>) -> Pin<Box<dyn Future<Output = Result<T, ActError>> + Send + 'a>>
            + Send
            + 'static,
    {
        let (done, receiver) = oneshot::channel();
        let job: Job = Box::new(move |desk| {
            let doing = job(desk);
            Box::pin(async move { doing.await.map(|value| Box::new(value) as Value) })
        });
        let work = Work { identity, rests_on, job, done };
        self.0.send(work).await.map_err(|_| WorkError::ShuttingDown)?;
        Ok(receiver)
    }
}

/// Starts the writer. It ends when every handle is gone and all that was handed in is done.
///
/// It has a thread of its own: all wait for it, and each of its statements, when it is done, for its
/// turn. Among the tasks of the runtime that turn comes after those of all who send meanwhile.
///
/// # Errors
/// Where there is no thread to be had.
pub fn start(shared: Arc<Shared>) -> std::io::Result<(WriterHandle, JoinHandle<()>)> {
    let (sender, mut receiver) = mpsc::channel::<Work>(QUEUE);
    let (ended, end) = oneshot::channel::<()>();
    let runtime = Handle::current();
    std::thread::Builder::new().name("motcua-writer".to_owned()).spawn(move || {
        let _ended = ended;
        runtime.block_on(async {
            let mut batch = Vec::with_capacity(BATCH);
            while receiver.recv_many(&mut batch, BATCH).await > 0 {
                transact(&shared, std::mem::take(&mut batch)).await;
            }
        });
    })?;
    let task = tokio::spawn(async move {
        // Its end is that the thread lets go of it.
        let _ = end.await;
    });
    Ok((WriterHandle(sender), task))
}

type Waiting = (oneshot::Sender<Result<Done, WorkError>>, Result<Done, WorkError>);

/// Does a batch in one transaction and answers everybody.
async fn transact(shared: &Shared, batch: Vec<Work>) {
    let mut waiting: Vec<Waiting> = Vec::with_capacity(batch.len());
    match try_transact(shared, batch, &mut waiting).await {
        Ok(()) => {
            for (done, outcome) in waiting {
                // Who no longer listens finds out when he asks again.
                let _ = done.send(outcome);
            }
        }
        Err((error, rest)) => {
            tracing::error!(error = %error, works = waiting.len() + rest.len(), "a transaction failed: {error}");
            let senders = waiting.into_iter().map(|(done, _)| done).chain(rest.into_iter().map(|work| work.done));
            for done in senders {
                let passing = StoreError::Unavailable(error.to_string());
                let _ = done.send(Err(ActError::Store(passing).into()));
            }
        }
    }
}

async fn try_transact(
    shared: &Shared,
    batch: Vec<Work>,
    waiting: &mut Vec<Waiting>,
) -> Result<(), (StoreError, Vec<Work>)> {
    let mut desk = match Desk::open(shared).await {
        Ok(desk) => desk,
        Err(error) => return Err((error, batch)),
    };
    let mut holders: Vec<String> = batch.iter().filter_map(|work| work.rests_on.holder.clone()).collect();
    let mut names: Vec<String> = batch.iter().flat_map(|work| work.rests_on.names.iter().cloned()).collect();
    for of in [&mut holders, &mut names] {
        of.sort_unstable();
        of.dedup();
    }
    let keys = batch.iter().filter_map(|work| work.identity.as_ref()).flat_map(Identity::keys).cloned().collect();
    let before = match before(&mut desk, (holders, names), keys).await {
        Ok(before) => before,
        Err(error) => return Err((error, batch)),
    };
    let mut mine: HashMap<MessageKey, (Hash, usize)> = HashMap::new();
    let mut again: Vec<(usize, usize)> = Vec::new();
    let mut works = batch.into_iter();
    while let Some(work) = works.next() {
        if let Some(identity) = &work.identity {
            if let Some(known) = identity.keys().find_map(|key| before.get(key)) {
                let outcome = if known.digest == identity.digest {
                    Ok(Done::Before(known.answer.clone()))
                } else {
                    Err(WorkError::OtherContent(identity.key.key.clone()))
                };
                waiting.push((work.done, outcome));
                continue;
            }
            if let Some((digest, first)) = identity.keys().find_map(|key| mine.get(key)) {
                if *digest == identity.digest {
                    // The answer of the first of them is known when the batch is through.
                    again.push((waiting.len(), *first));
                    waiting.push((work.done, Err(WorkError::ShuttingDown)));
                } else {
                    waiting.push((work.done, Err(WorkError::OtherContent(identity.key.key.clone()))));
                }
                continue;
            }
        }
        desk.begin_work();
        let done = (work.job)(&mut desk).await;
        match done {
            Ok(value) => {
                // What was answered and not kept is done again where it comes again.
                let kept = |key: &&MessageKey| desk.kept().iter().rev().any(|message| message.key == **key);
                if let Some(identity) = &work.identity
                    && let Some(key) = identity.keys().find(kept)
                {
                    mine.insert(key.clone(), (identity.digest, waiting.len()));
                }
                waiting.push((work.done, Ok(Done::Value(value))));
            }
            Err(ActError::Store(error)) if !matches!(error, StoreError::Damaged(_)) => {
                waiting.push((work.done, Err(ActError::Store(StoreError::Unavailable(String::new())).into())));
                return Err((error, works.collect()));
            }
            Err(error) => {
                desk.undo();
                waiting.push((work.done, Err(error.into())));
            }
        }
    }
    for (at, first) in again {
        let answer = match &waiting[first].1 {
            Ok(Done::Value(_)) => desk.answer_of(first_key(&mine, first)),
            _ => None,
        };
        if let Some(answer) = answer {
            waiting[at].1 = Ok(Done::Before(answer));
        }
    }
    match desk.commit().await {
        Ok(happened) => {
            metrics::counter!("motcua_transactions_total").increment(1);
            tell(shared, happened);
            Ok(())
        }
        Err(error) => Err((error, Vec::new())),
    }
}

fn first_key(mine: &HashMap<MessageKey, (Hash, usize)>, at: usize) -> Option<&MessageKey> {
    mine.iter().find(|(_, (_, first))| *first == at).map(|(key, _)| key)
}

/// What came before of the batch's messages; the desk learns which of its traders have records, and
/// which declarations are there under the names of those that come.
async fn before(
    desk: &mut Desk<'_>,
    (holders, names): (Vec<String>, Vec<String>),
    keys: Vec<MessageKey>,
) -> Result<HashMap<MessageKey, messages::Before>, StoreError> {
    if !holders.is_empty() {
        let changed = waiting::holders(&mut desk.link(), &holders).await?;
        desk.know_holders(changed);
    }
    if !names.is_empty() {
        let named = cases::named(&mut desk.link(), &names).await?;
        desk.know_names(named);
    }
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<&MessageKey> = keys.iter().collect();
    Ok(messages::find(&mut desk.link(), &keys).await?.into_iter().collect())
}

/// Tells what has happened to those who listen.
fn tell(shared: &Shared, happened: Vec<Happened>) {
    if happened.is_empty() {
        return;
    }
    log(&happened);
    for one in happened {
        let (case, kind) = (one.entry.case, one.entry.event.kind());
        tracing::debug!(case.id = %case, journal.seq = one.seq, "case {case}: {kind}");
        // Nobody listens: nobody is told.
        let _ = shared.happened.send(one);
    }
    shared.outbox.notify_one();
    shared.waiting.notify_one();
}

/// Cases of one transaction that the log names; the others are told of by number.
const NAMED: usize = 8;

/// Logs what one transaction has done: one line, however many wrote together. Each entry by itself is
/// for whoever looks closer.
fn log(happened: &[Happened]) {
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut cases: Vec<CaseId> = Vec::new();
    for one in happened {
        *kinds.entry(one.entry.event.kind()).or_default() += 1;
        if !cases.contains(&one.entry.case) {
            cases.push(one.entry.case);
        }
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let named: Vec<String> = cases.iter().take(NAMED).map(CaseId::to_string).collect();
    let more = cases.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (kinds, named) = (kinds.join(", "), named.join(" "));
    tracing::info!(events = happened.len(), cases = cases.len(), "{kinds}: case {named}{more}");
}
