//! The partners of a demonstration: two countries with gateways and stores of their own. What comes
//! from them, and what goes there, has certificates of origin that really go over.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::DemoError;
use super::certificates::for_declaration;
use super::keys::GatewayKeys;
use super::partner::{Opening, PartnerWindow, enter};
use crate::clearance::case::{Author, Role};
use crate::exchange::registry::Entering;
use crate::exchange::{Policy, Reach, Settings};
use crate::law::Pack;
use crate::message::{ReadOptions, read};
use crate::server::App;
use crate::service::gateway::Gateway;
use crate::store::Database;
use crate::store::partners::PartnerPolicy;
use crate::trade::{CountryCode, Declaration, Direction};

/// The countries.
const COUNTRIES: [&str; 2] = ["TH", "MY"];

/// Numbers of certificates count from this second (2026-01-01).
const NUMBERS_FROM: i64 = 1_767_225_600;

/// The partners.
#[derive(Debug)]
pub struct Neighbours {
    windows: Vec<PartnerWindow>,
    own: CountryCode,
    /// The number of the last certificate.
    issued: u64,
    folder: PathBuf,
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        // What cannot be removed now is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Neighbours {
    /// Opens their windows beside that of the demonstration, whose gateway is at `address` and is
    /// believed by `trust`.
    ///
    /// # Errors
    /// [`DemoError`]
    pub async fn open(
        app: &App,
        gateway: &Gateway,
        (address, trust): (&str, &str),
        law: &'static Pack,
    ) -> Result<Self, DemoError> {
        let folder = std::env::temp_dir().join(format!("motcua-partners-{}", crate::service::request_id()));
        std::fs::create_dir(&folder)?;
        // Each run has numbers of its own: a database may have certificates of an earlier one.
        let issued = u64::try_from(app.shared().clock.wall().as_second() - NUMBERS_FROM).unwrap_or_default();
        let mut neighbours = Self { windows: Vec::new(), own: gateway.country, issued, folder };
        let reach = super::reach(Reach::default());
        for code in COUNTRIES {
            let Ok(country) = CountryCode::parse(code) else { continue };
            let keys = GatewayKeys::new(code, &["localhost"]).map_err(std::io::Error::other)?;
            let theirs = keys.trust.clone();
            let file = neighbours.folder.join(format!("{code}.db"));
            let policy = Policy { base: Duration::from_millis(500), ..Policy::default() };
            let opening = Opening {
                country,
                database: Database::open(&file.display().to_string()).await?,
                keys,
                listen: ([127, 0, 0, 1], 0).into(),
                reach: reach.clone(),
                clock: app.shared().clock.clone(),
                delivery: Settings { policy, ..Settings::default() },
            };
            let window = PartnerWindow::open(opening, law).await?;
            window.knows(entering(gateway.country, address, trust)).await?;
            enter(app.service.writer(), entering(country, &window.address(), &theirs), &reach).await?;
            neighbours.windows.push(window);
        }
        Ok(neighbours)
    }

    /// Has certificates issued for declarations that are about to be sent, each of which then quotes
    /// its own.
    ///
    /// # Errors
    /// [`DemoError`]
    pub(super) async fn accompany(
        &mut self,
        app: &App,
        documents: Vec<Vec<u8>>,
        day: Date,
    ) -> Result<Vec<Vec<u8>>, DemoError> {
        let mut accompanied = Vec::with_capacity(documents.len());
        for document in documents {
            let quoted = self.issue_for(app, &document, day).await?;
            accompanied.push(quoted.unwrap_or(document));
        }
        Ok(accompanied)
    }

    async fn issue_for(&mut self, app: &App, document: &[u8], day: Date) -> Result<Option<Vec<u8>>, DemoError> {
        let Ok(reading) = read(document, &ReadOptions::default()) else { return Ok(None) };
        let declaration = &reading.declaration;
        let Some((window, country)) = self.partner_of(declaration) else { return Ok(None) };
        let import = declaration.direction == Some(Direction::Import);
        let (from, to) = if import { (country, self.own) } else { (self.own, country) };
        let reference = format!("D{}-{from}-{:06}", day.year(), self.issued + 1);
        let Some(certificate) = for_declaration(declaration, (from, to), &reference, day) else { return Ok(None) };
        if import {
            window.issue(certificate).await?;
        } else {
            let holder = declaration.exporter.id.as_deref().map(str::to_owned);
            let about = (certificate.certified.authority.clone(), holder, None);
            let by = Author { role: Role::Agency, organisation: None, person: None };
            let issued = app
                .service
                .writer()
                .run(move |desk| Box::pin(async move { desk.issue_certificate(certificate, about, &by).await }));
            issued.await?;
        }
        self.issued += 1;
        let quoted = format!("<NT2>C/O mẫu D số {reference} ngày {}</NT2>", day.strftime("%d/%m/%Y"));
        let text = String::from_utf8_lossy(document);
        Ok(text.find("<GoodsList>").map(|at| format!("{}{quoted}{}", &text[..at], &text[at..]).into_bytes()))
    }

    /// The partner with which goods of a declaration are traded.
    fn partner_of(&self, declaration: &Declaration<'_>) -> Option<(&PartnerWindow, CountryCode)> {
        let concerned = |country: CountryCode| match declaration.direction {
            Some(Direction::Import) => declaration.items.iter().any(|item| item.origin == Some(country)),
            Some(Direction::Export) => declaration.destination_country == Some(country),
            None => false,
        };
        let window = self.windows.iter().find(|window| concerned(window.country()))?;
        Some((window, window.country()))
    }

    /// Their officers do their work.
    ///
    /// # Errors
    /// [`DemoError`]
    pub(super) async fn look(&self) -> Result<(), DemoError> {
        for window in &self.windows {
            window.look().await?;
        }
        Ok(())
    }

    /// Ends them.
    pub async fn stop(mut self) {
        for window in std::mem::take(&mut self.windows) {
            window.stop().await;
        }
    }
}

fn entering(country: CountryCode, address: &str, trust: &str) -> Entering {
    Entering {
        organisation: format!("gateway-{}", country.as_str().to_lowercase()),
        country,
        address: address.to_owned(),
        trust: trust.as_bytes().to_vec(),
        documents: Vec::new(),
        policy: PartnerPolicy::default(),
    }
}
