//! Intake: messages are read and screened in parallel, before the one transaction that keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use rayon::prelude::*;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};

use super::act::{self, Registering};
use super::answers;
use super::answers::family::{Voice, XML};
use super::desk::{ActError, Beforehand, Desk, names_of};
use super::examine::{self, Known};
use super::ids::{new_case, new_id};
use super::known;
use super::lanes::{Full, Lane, Lanes};
use super::law_book::Edition;
use super::needs;
use super::notices;
use super::origin;
use super::sender::{author, not_for};
use super::shared::Shared;
use super::signatures::Asked;
use super::writer::{Identity, Once, RestsOn, WorkError, WriterHandle};
use crate::clearance::case::MessageRef;
use crate::clearance::case::declaration::waits_for;
use crate::clearance::explain::Lang;
use crate::clearance::record::DecisionRecord;
use crate::message::incoming::{Content, Family, Head, Incoming, MessageKey as WireKey};
use crate::message::{self, ReadOptions, Reading};
use crate::people::{Action, Principal, Subject};
use crate::store::journal::{Hash, hex};
use crate::store::messages::{Answer, Message, MessageKey};
use crate::store::{StoreError, cases, journal, project, waiting};

/// A message as it was read.
type Received<'a> = Result<Incoming<'a>, Box<message::incoming::Refused<'a>>>;

/// Messages that are screened together at most.
const TOGETHER: usize = 256;
/// Messages between screening and their answer at most.
const IN_FLIGHT: usize = 1_024;

/// A message as it came.
#[derive(Debug)]
pub struct Sent {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who sent it.
    pub principal: Arc<Principal>,
    /// Its id, where the transport gives one.
    pub key: Option<String>,
    /// The language of the answer.
    pub lang: Lang,
    /// How the answer is wanted.
    pub wanted: Wanted,
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// In the sender's own family, where it has answers.
    Family,
    /// In an envelope, whatever came: the transport carries nothing else.
    Envelope,
    /// As JSON.
    Json,
}

/// A message that waits, and who waits for the answer.
struct Waiting {
    message: Sent,
    received: Timestamp,
    answer: oneshot::Sender<Result<Answer, WorkError>>,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// There is no room for it now.
    #[error("too much waits already; try again in {} s", .0.retry_after.as_secs())]
    Full(Full),
    /// It could not be done.
    #[error(transparent)]
    Work(#[from] WorkError),
}

/// The intake.
#[derive(Debug)]
pub struct Intake {
    lanes: Arc<Lanes<Waiting>>,
    shared: Arc<Shared>,
}

impl Wanted {
    /// The form in a word.
    fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Envelope => "envelope",
            Self::Json => "json",
        }
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("received", &self.received).finish_non_exhaustive()
    }
}

impl Intake {
    /// Starts the intake: one thread that screens, on rayon's pool.
    pub fn start(shared: Arc<Shared>, writer: WriterHandle, runtime: Handle) -> std::io::Result<Self> {
        let lanes = Arc::new(Lanes::new(shared.room));
        let screening =
            Screening { shared: Arc::clone(&shared), writer, runtime, in_flight: Arc::new(Semaphore::new(IN_FLIGHT)) };
        let of_thread = Arc::clone(&lanes);
        std::thread::Builder::new().name("screening".to_owned()).spawn(move || screening.run(&of_thread))?;
        Ok(Self { lanes, shared })
    }

    /// Takes a message in and gives its answer when it is durable.
    ///
    /// # Errors
    /// [`IntakeError`]
    pub async fn take(&self, lane: Lane, mut message: Sent) -> Result<Answer, IntakeError> {
        // What stands behind the document is no part of it, and some ways in lose it: the same message
        // is the same on all of them.
        message.bytes.truncate(message.bytes.trim_ascii_end().len());
        let (answer, receiver) = oneshot::channel();
        let (sender, bytes) = (message.principal.organisation.as_str().to_owned(), message.bytes.len());
        let waiting = Waiting { message, received: self.shared.clock.now(), answer };
        if let Err((_, full)) = self.lanes.put(lane, &sender, waiting, bytes) {
            let ending = self.shared.is_stopping();
            return Err(if ending { WorkError::ShuttingDown.into() } else { IntakeError::Full(full) });
        }
        Ok(receiver.await.map_err(|_| WorkError::ShuttingDown)??)
    }

    /// Takes nothing more in; what waits is still screened.
    pub(super) fn close(&self) {
        self.lanes.close();
    }

    /// How many messages wait in a lane.
    pub fn waiting(&self, lane: Lane) -> usize {
        self.lanes.waiting(lane)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.close();
    }
}

/// The thread that screens.
struct Screening {
    shared: Arc<Shared>,
    writer: WriterHandle,
    runtime: Handle,
    in_flight: Arc<Semaphore>,
}

/// What is known of a trader when his declaration is screened.
#[derive(Debug, Clone, Default)]
struct OfHolder {
    known: Known,
    joins: bool,
}

/// A message that is ready for the transaction.
enum Ready {
    /// A declaration to register, with the answer that it gets.
    Register(Box<Registering>, Answer),
    /// Something about a case that is there: it is read again on the desk.
    Follow,
    /// It is not taken: this is the answer.
    Refused(Answer),
    /// Its sender has no right to send it: this is the answer, today. It is not kept, so that the same
    /// message may come again when he has.
    Denied(Answer),
}

impl Screening {
    fn run(&self, lanes: &Lanes<Waiting>) {
        loop {
            let batch = lanes.take(TOGETHER, Instant::now);
            if batch.is_empty() {
                return;
            }
            if let Err(error) = self.screen(batch) {
                tracing::error!(error = %error, "messages could not be screened: {error}");
            }
        }
    }

    /// Screens a batch; where the database does not answer, everybody is told.
    fn screen(&self, batch: Vec<Waiting>) -> Result<(), StoreError> {
        let edition = self.shared.law.at(self.shared.clock.now());
        let options = examine::options(&edition);
        let asked = match self.runtime.block_on(self.shared.signatures.asked(&self.shared.database)) {
            Ok(asked) => asked,
            Err(error) => {
                unavailable(batch, &error);
                return Err(error);
            }
        };
        let received: Vec<Received<'_>> =
            batch.par_iter().map(|waiting| signed_and_read(&asked, waiting, &options)).collect();
        let holders: Vec<Option<String>> = received.iter().map(|received| holder(&edition, received)).collect();
        let (known_until, of_holders) = match self.runtime.block_on(self.holders(&edition, &holders)) {
            Ok(found) => found,
            Err(error) => {
                drop(received);
                unavailable(batch, &error);
                return Err(error);
            }
        };
        let ready: Vec<(Identity, Ready)> = received
            .into_par_iter()
            .zip(&batch)
            .zip(&holders)
            .map(|((received, waiting), holder)| {
                let of_holder = holder.as_ref().and_then(|holder| of_holders.get(holder));
                let screened = Screened { shared: &self.shared, edition: &edition, waiting };
                screened.ready(received, of_holder, known_until)
            })
            .collect();
        for ((waiting, (identity, ready)), holder) in batch.into_iter().zip(ready).zip(holders) {
            self.hand_over(waiting, identity, ready, holder);
        }
        Ok(())
    }

    /// What is known of the traders of a batch, and the last entry of the journal it can rest on.
    async fn holders(
        &self,
        edition: &Edition,
        holders: &[Option<String>],
    ) -> Result<(i64, std::collections::HashMap<String, OfHolder>), StoreError> {
        let mut names: Vec<String> = holders.iter().flatten().cloned().collect();
        names.sort_unstable();
        names.dedup();
        let mut reader = self.shared.database.read().await?;
        let link = &mut reader.link();
        let last = journal::last_seq(link).await?;
        let mut found = std::collections::HashMap::new();
        for (holder, _) in waiting::holders(link, &names).await? {
            let known = known::of_trader(link, &holder, edition).await?;
            let joins = !cases::unlinked_dossiers(link, &holder).await?.is_empty();
            found.insert(holder, OfHolder { known, joins });
        }
        Ok((last, found))
    }

    /// Hands a message over to the writer, and its answer to who waits for it.
    fn hand_over(&self, waiting: Waiting, identity: Identity, ready: Ready, holder: Option<String>) {
        let Waiting { message, received, answer } = waiting;
        // INVARIANT: the semaphore is never closed.
        let Ok(permit) = self.runtime.block_on(Arc::clone(&self.in_flight).acquire_owned()) else { return };
        let names = match &ready {
            Ready::Register(registering, _) => {
                names_of(&registering.beforehand.state.registration).map(str::to_owned).collect()
            }
            Ready::Follow | Ready::Refused(_) | Ready::Denied(_) => Vec::new(),
        };
        let rests_on = RestsOn { holder, names };
        let writer = self.writer.clone();
        self.runtime.spawn(async move {
            let _permit = permit;
            let of_job = identity.clone();
            let done = writer
                .run_once(identity, rests_on, move |desk| {
                    Box::pin(keep(desk, Keeping { message, received, identity: of_job, ready }))
                })
                .await;
            let _ = answer.send(done.map(|once| match once {
                Once::Now(answer) | Once::Before(answer) => answer,
            }));
        });
    }
}

/// Reads a message that is signed as is asked of its sender; of another only its head, for the answer.
fn signed_and_read<'w>(asked: &Asked, waiting: &'w Waiting, options: &ReadOptions) -> Received<'w> {
    let Waiting { message, received, .. } = waiting;
    let checked = asked.check(message.principal.organisation.as_str(), &message.bytes, *received);
    match (checked, message::receive(&message.bytes, options)) {
        (Ok(()), read) => read,
        (Err(rejection), Ok(incoming)) => {
            Err(Box::new(message::incoming::Refused { head: Some(incoming.head), rejection }))
        }
        (Err(rejection), Err(refused)) => Err(Box::new(message::incoming::Refused { rejection, ..*refused })),
    }
}

/// The database does not answer: everybody is told.
fn unavailable(batch: Vec<Waiting>, error: &StoreError) {
    for waiting in batch {
        let passing = StoreError::Unavailable(error.to_string());
        let _ = waiting.answer.send(Err(passing.into()));
    }
}

/// A message and what was made ready of it.
struct Keeping {
    message: Sent,
    received: Timestamp,
    identity: Identity,
    ready: Ready,
}

/// Keeps a message and does what it asks.
async fn keep(desk: &mut Desk<'_>, keeping: Keeping) -> Result<Answer, ActError> {
    let Keeping { message, received, identity: Identity { key, digest, refused }, ready } = keeping;
    let mut kept = Message {
        id: new_id(received).to_string(),
        key,
        digest,
        case: None,
        format: "unknown".to_owned(),
        received,
        content: message.bytes,
        answer: Answer { status: 0, content_type: String::new(), body: Vec::new() },
    };
    let ready = match ready {
        // Under its name there is another already: that one is followed.
        Ready::Register(registering, _)
            if desk.namesake(&registering.beforehand.state.registration).await?.is_some() =>
        {
            Ready::Follow
        }
        ready => ready,
    };
    match ready {
        Ready::Denied(answer) => return Ok(answer),
        Ready::Refused(answer) => {
            kept.answer = answer;
            kept.key = refused.unwrap_or(kept.key);
        }
        Ready::Register(registering, answer) => {
            let case = registering.beforehand.state.id;
            let registration = &registering.beforehand.state.registration;
            kept.case = Some(case);
            kept.id.clone_from(&registration.message.id);
            kept.format.clone_from(&registration.format);
            kept.answer = answer.clone();
            let id = kept.id.clone();
            // The case reads its message again where it is decided again.
            desk.keep(kept);
            let by = author(&message.principal);
            if !desk.register(*registering, &by).await? {
                return Ok(answer);
            }
            return desk.answer_otherwise(case, &id, (message.wanted, message.lang), &message.principal).await;
        }
        Ready::Follow => {
            desk.keep(kept.clone());
            let reference = MessageRef { id: kept.id.clone(), digest: hex(&digest) };
            let followed = desk.followed(&kept.content, reference, &message.principal, (message.wanted, message.lang));
            let (case, format, answer) = followed.await?;
            // For want of rights, or for the state in which a case is today: the same may come again.
            if matches!(answer.status, 403 | 404 | 409) {
                desk.do_not_keep(&kept.id);
                return Ok(answer);
            }
            if answer.status >= 400 {
                kept.key = refused.unwrap_or(kept.key);
            }
            (kept.case, kept.format, kept.answer) = (case, format, answer);
            desk.replace_kept(kept.clone());
            return Ok(kept.answer);
        }
    }
    let answer = kept.answer.clone();
    desk.keep(kept);
    Ok(answer)
}

/// What screening a message needs.
struct Screened<'s> {
    shared: &'s Shared,
    edition: &'s Edition,
    waiting: &'s Waiting,
}

impl Screened<'_> {
    fn ready(&self, received: Received<'_>, of_holder: Option<&OfHolder>, known_until: i64) -> (Identity, Ready) {
        let message = &self.waiting.message;
        let digest = journal::sha256([&message.bytes]);
        let own = message.key.clone();
        let identity = |head: Option<&Head<'_>>, may_fail: bool| {
            let of_sender = |key| MessageKey { sender: message.principal.organisation.as_str().to_owned(), key };
            let key = of_sender(own.or_else(|| head.and_then(key_of)).unwrap_or_else(|| hex(&digest)));
            // What was not taken is told anew to whoever asks for it in another form.
            let form = message.wanted.as_str();
            let refused = may_fail.then(|| of_sender(format!("refused:{form}:{}", hex(&digest))));
            Identity { key, digest, refused }
        };
        let voice = Voice { own: &self.shared.own, edition: self.edition, now: self.waiting.received };
        match received {
            Err(refused) => {
                let in_family =
                    voice.rejected(message.wanted, refused.head.as_ref(), &message.bytes, &refused.rejection);
                let answer =
                    in_family.unwrap_or_else(|| answers::rejected("message", &message.bytes, &refused.rejection));
                (identity(refused.head.as_ref(), true), Ready::Refused(answer))
            }
            Ok(incoming) => {
                let ready = match incoming.content {
                    Content::Declaration(reading) => {
                        self.declaration(&incoming.head, reading, digest, of_holder, known_until)
                    }
                    _ => Ready::Follow,
                };
                (identity(Some(&incoming.head), !matches!(ready, Ready::Register(..))), ready)
            }
        }
    }

    fn declaration(
        &self,
        head: &Head<'_>,
        mut reading: Reading<'_>,
        digest: Hash,
        of_holder: Option<&OfHolder>,
        known_until: i64,
    ) -> Ready {
        let (message, received) = (&self.waiting.message, self.waiting.received);
        let voice = Voice { own: &self.shared.own, edition: self.edition, now: received };
        let by = author(&message.principal);
        let reference = MessageRef { id: new_id(received).to_string(), digest: hex(&digest) };
        let filer = message.principal.organisation.as_str();
        let registration = examine::registration(self.edition, &reading, reference, filer);
        let subject = Subject::Declaration {
            holder: registration.holder.as_deref(),
            filer: &registration.filer,
            agencies: &[],
            stuck: false,
        };
        if let Err(denied) = message.principal.may_do(Action::File, &subject) {
            let error = not_for(&message.principal, registration.holder.as_deref(), denied).into();
            return Ready::Denied(answers::refused(&voice, head, message.wanted, &error));
        }
        let case = new_case(received);
        let source = examine::name_of(case, &registration);
        let none = Known::default();
        let known = of_holder.map_or(&none, |of_holder| &of_holder.known);
        let day = self.edition.day_of(received);
        let key = self.shared.sample_key.as_ref();
        let wants_json = message.wanted == Wanted::Json || head.family == Family::Asycuda;
        let take = |examiner: &crate::clearance::Examiner<'_>, examination: &crate::clearance::Examination<'_, '_>| {
            let result =
                wants_json.then(|| answers::result(self.edition, message.lang, &source, &message.bytes, examination));
            let mut decision = DecisionRecord::of(examiner, examination);
            // What certificates it quotes; what they are worth is looked at on the desk.
            origin::judge(&mut decision, examination, self.edition, &[]);
            (decision, needs::of(examiner, examination, known), result)
        };
        let (decision, needs, result) = examine::examine(self.edition, day, &mut reading, (known, key), take);
        let (state, entries) = match act::registered(case, registration, decision, &by, received) {
            Ok(decided) => decided,
            Err(refused) => return Ready::Refused(answers::refused(&voice, head, message.wanted, &refused.into())),
        };
        let in_family = if wants_json { None } else { voice.registered(head, &state) };
        let answer = in_family.unwrap_or_else(|| {
            let result = result.unwrap_or_else(|| b"{}".to_vec());
            let result = match &state.decision {
                Some(decided) => {
                    let held_by = waits_for(&state, |_| false);
                    answers::recorded::result(result, decided, (&state, &held_by), &self.edition.zone)
                }
                None => result,
            };
            let body = answers::joined(&answers::head(&state, &message.principal), &result);
            Answer { status: 201, content_type: answers::JSON.to_owned(), body }
        });
        let letter = (answer.content_type == XML).then(|| notices::beforehand(&voice, head, &state)).flatten();
        let written = entries.iter().map(journal::Written::new).collect();
        let head = journal::Head { number: state.head, hash: journal::NO_HASH };
        let rows = project::declaration(&state, head, &BTreeMap::new(), self.shared.policy);
        let registering = Registering {
            beforehand: Beforehand { state, entries, written, rows, letter },
            needs,
            known_until,
            digest: self.edition.pack.digest.clone(),
            joins: of_holder.is_some_and(|of_holder| of_holder.joins),
        };
        Ready::Register(Box::new(registering), answer)
    }
}

/// What makes a message one, where it says so itself.
fn key_of(head: &Head<'_>) -> Option<String> {
    match &head.key {
        WireKey::Id(id) => Some(id.to_string()),
        WireKey::Reference { reference, function, version } => Some(format!("{reference}/{function}/{version}")),
        WireKey::Content => None,
    }
}

/// The trader whose records a declaration rests on.
fn holder(edition: &Edition, received: &Received<'_>) -> Option<String> {
    let Content::Declaration(reading) = &received.as_ref().ok()?.content else { return None };
    let trader = match edition.screener.direction(&reading.declaration) {
        Some(crate::trade::Direction::Export) => &reading.declaration.exporter,
        _ => &reading.declaration.importer,
    };
    trader.id.as_deref().map(str::to_owned)
}
