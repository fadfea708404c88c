//! A demonstration: a window with a few hundred cases in motion, an account for each role, and
//! agencies that answer by themselves while its time runs fast.
//!
//! Everything goes the way that real traffic goes: declarations are messages of a broker, drawn from
//! the pack ([`traffic`]), whose traders ask for more afterwards ([`requests`]); the agencies' officers
//! act on their tasks ([`desks`]), and so does customs ([`customs`]), but for some of each kind that
//! wait for a person. One agency is told by a webhook that does not take everything ([`gateway`]), so
//! that operators have work too. Cases that a person files with one of the accounts ([`accounts`]) are left to
//! people altogether.

mod accounts;
pub mod certificates;
mod customs;
mod desks;
mod gateway;
pub mod keys;
pub mod neighbours;
pub mod partner;
mod requests;
mod traffic;

pub use accounts::{Account, Accounts, is_here};
pub use gateway::reach;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use self::desks::Desks;
use self::gateway::Gateway;
use self::neighbours::Neighbours;
use self::requests::Requests;
use self::traffic::Traffic;
use crate::approval::Calendar;
use crate::exchange::endpoint::EndpointError;
use crate::generate::GenerateError;
use crate::law::Pack;
use crate::server::App;
use crate::service::Service;
use crate::service::clock::Clock;
use crate::service::intake::IntakeError;
use crate::service::writer::WorkError;
use crate::store::StoreError;
use crate::store::people::PeopleError;

/// How many times as fast as the machine's clock the time of a demonstration runs.
pub const FACTOR: u32 = 120;
/// Working days before today on which the first cases came.
const DAYS: usize = 10;
/// Declarations of a working day.
const A_DAY: u64 = 32;
/// How often the simulated desks look at their queues, on the machine's clock.
const LOOK: Duration = Duration::from_secs(1);

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The pack has too little to draw traffic from.
    #[error(transparent)]
    Traffic(#[from] GenerateError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An account could not be made.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// An act could not be done.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The gateway of an agency could not be opened.
    #[error("the gateway of an agency: {0}")]
    Gateway(#[from] std::io::Error),
    /// It is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// A declaration could not be sent.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// A demonstration that is ready to go on.
#[derive(Debug)]
pub struct Demo {
    days: Days,
    traffic: Traffic,
    requests: Requests,
    desks: Desks,
    gateway: Option<Gateway>,
    neighbours: Option<Neighbours>,
}

/// What was made ready, for those who are to see it.
#[derive(Debug)]
pub struct Ready {
    /// The accounts.
    pub accounts: Accounts,
    /// Cases that came before.
    pub cases: usize,
}

/// The clock of a demonstration in a database whose last event was at `last`: time never goes back.
pub fn clock(wall: &Clock, last: Option<Timestamp>) -> Clock {
    let now = wall.wall();
    Clock::fast(last.map_or(now, |last| last.max(now)), FACTOR)
}

impl Demo {
    /// Makes the accounts and, in a database that has none, the cases of the last working days, with
    /// everything that happened to them since. `progress` is told how many of how many there are.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn prepare(
        service: &Service,
        pack: &'static Pack,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<(Self, Ready), DemoError> {
        let shared = service.shared();
        let today = shared.law.at(shared.clock.now()).day_of(shared.clock.now());
        let days = Days { calendar: Calendar::new(pack), pack };
        let mut traffic = Traffic::new(pack, today)?;
        let last = days.before(today, DAYS);
        let trader = traffic.busiest(&last, A_DAY)?;
        let (accounts, is_new) = accounts::make(service, pack, &trader).await?;
        let (requests, desks) = (Requests::default(), Desks::new(pack));
        let mut demo = Self { days, traffic, requests, desks, gateway: None, neighbours: None };
        let mut cases = 0;
        if is_new {
            let now = shared.clock.now();
            let all = last.len() as u64 * A_DAY;
            for day in &last {
                let Some((opening, closing)) = demo.days.hours(*day) else { continue };
                shared.clock.set(opening);
                for part in 0..8 {
                    let moment = opening + (closing - opening) / 8 * part;
                    shared.clock.set(moment.min(now));
                    demo.step((service, None), *day, cases % A_DAY..cases % A_DAY + A_DAY / 8).await?;
                    cases += A_DAY / 8;
                    progress(cases, all);
                }
            }
            shared.clock.set(now);
            demo.step((service, None), today, 0..0).await?;
        }
        let tasks = demo.desks.open_tasks(service).await?;
        demo.gateway = Gateway::open(service, &tasks).await?;
        let cases = usize::try_from(cases).unwrap_or(usize::MAX);
        Ok((demo, Ready { accounts, cases }))
    }

    /// The same with partners.
    #[must_use]
    pub fn beside(self, neighbours: Neighbours) -> Self {
        Self { neighbours: Some(neighbours), ..self }
    }

    /// Goes on until the service ends: declarations come, agencies answer, nights pass at once.
    pub async fn run(mut self, app: Arc<App>) {
        self.go_on(&app).await;
        if let Some(neighbours) = self.neighbours.take() {
            neighbours.stop().await;
        }
    }

    async fn go_on(&mut self, app: &App) {
        let shared = Arc::clone(app.shared());
        let mut came = 0;
        let mut day = Date::ZERO;
        while !shared.is_stopping() {
            tokio::select! {
                () = shared.stopping() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let now = shared.clock.now();
            let today = shared.law.at(now).day_of(now);
            let Some((opening, closing)) = self.days.hours(today).filter(|(_, closing)| now < *closing) else {
                if let Some(next) = self.days.opening_after(today) {
                    shared.clock.set(next);
                }
                continue;
            };
            if now < opening {
                shared.clock.set(opening);
                continue;
            }
            if day != today {
                (day, came) = (today, 0);
            }
            let passed = now.duration_since(opening).as_secs().max(0).unsigned_abs();
            let length = closing.duration_since(opening).as_secs().max(1).unsigned_abs();
            let due = (passed * A_DAY / length).min(A_DAY);
            if let Err(error) = self.step((&app.service, Some(app)), today, came..due).await {
                tracing::warn!(error = %error, "the demonstration waits: {error}");
            }
            came = due.max(came);
        }
    }

    async fn step(
        &mut self,
        (service, app): (&Service, Option<&App>),
        day: Date,
        numbers: std::ops::Range<u64>,
    ) -> Result<(), DemoError> {
        self.requests.ask(service, &self.traffic).await?;
        if !numbers.is_empty() {
            let mut documents = self.traffic.documents(day, numbers.clone())?;
            if let (Some(neighbours), Some(app)) = (&mut self.neighbours, app) {
                documents = neighbours.accompany(app, documents, day).await?;
            }
            let corrected = self.traffic.corrected(day, numbers)?;
            self.requests.note(&self.traffic.send(service, documents).await?, corrected);
        }
        let wrong = self.desks.work(service, self.gateway.as_ref()).await?;
        self.requests.correct(service, &self.traffic, wrong).await?;
        if let Some(gateway) = &self.gateway {
            gateway.look(service).await?;
        }
        if let Some(neighbours) = &self.neighbours {
            neighbours.look().await?;
        }
        Ok(())
    }
}

/// The working days of the pack.
#[derive(Debug)]
struct Days {
    calendar: Calendar,
    pack: &'static Pack,
}

impl Days {
    /// The last working days before a day, the earliest first.
    fn before(&self, day: Date, count: usize) -> Vec<Date> {
        let days = std::iter::successors(day.yesterday().ok(), |day| day.yesterday().ok());
        let mut found: Vec<Date> = days.take(400).filter(|day| self.calendar.is_working(*day)).take(count).collect();
        found.reverse();
        found
    }

    /// When a working day opens and closes.
    fn hours(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        if !self.calendar.is_working(day) {
            return None;
        }
        let opening = self.calendar.timestamp(self.calendar.opening(day))?;
        let (first, last) = (self.pack.office_hours.first(), self.pack.office_hours.last());
        let minutes = last.zip(first).map_or(8 * 60, |((_, to), (from, _))| i64::from(to.saturating_sub(*from)));
        Some((opening, opening + SignedDuration::from_mins(minutes)))
    }

    /// When the next working day opens.
    fn opening_after(&self, day: Date) -> Option<Timestamp> {
        (1..=30).find_map(|days| self.hours(day.checked_add(days.days()).ok()?)).map(|(opening, _)| opening)
    }
}
