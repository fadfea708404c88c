//! A change of law while the service runs: an edition is checked, its effect on the open cases is
//! shown, and from its day on it decides. It can be taken back; then the one before decides again.

mod editions;
mod effect;
mod packed;

use jiff::civil::Date;

use super::Service;
use super::StartError;
use super::desk::{ActError, Desk};
use super::law_book::Edition;
use super::shared::Shared;
use super::writer::WorkError;
use crate::clearance::case::window::WindowEvent;
use crate::clearance::case::{Author, Refused, RefusedReason};
use crate::clearance::test_cases;
use crate::law::{Defect, Loaded, Pack};
use crate::store::packs::{self, Kept};
use crate::store::settings::{self, Setting};

pub use editions::{Listed, editions, meant};
pub use effect::{Effect, Moved, MovedCase, Rescheduled};
pub use packed::unpack;

/// Defects that a refusal prints; `motcua rules test` prints them all.
const PRINTED_MAX: usize = 50;

/// An edition that was checked and may be installed.
#[derive(Debug)]
pub struct Checked {
    pack: Pack,
    compiled: Vec<u8>,
    warnings: Vec<Defect>,
}

impl Checked {
    /// Checks an edition: its compiled form can be read again, and its own cases come out as its
    /// authors say.
    ///
    /// # Errors
    /// [`Refused`] with what is wrong.
    pub fn new(loaded: Loaded) -> Result<Self, Refused> {
        let Loaded { pack, cases, warnings } = loaded;
        let report = test_cases(&pack, &cases, &|_| true);
        if report.failed > 0 {
            return Err(invalid(listed(&report.errors)));
        }
        let compiled = pack.to_bytes().map_err(|error| invalid(error.to_string()))?;
        let pack = Pack::from_bytes(&compiled).map_err(|error| invalid(error.to_string()))?;
        Ok(Self { pack, compiled, warnings })
    }

    /// The pack.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// What is suspect in it.
    pub fn warnings(&self) -> &[Defect] {
        &self.warnings
    }
}

fn listed(defects: &[Defect]) -> String {
    let mut text = "cases of the pack come out otherwise than they say".to_owned();
    // That a rule has no case is for lint.
    for defect in defects.iter().filter(|defect| defect.code != "case_missing").take(PRINTED_MAX) {
        text.push('\n');
        text.push_str(&defect.to_string());
    }
    text
}

fn invalid(message: impl Into<String>) -> Refused {
    Refused::because(RefusedReason::Invalid, message)
}

impl Service {
    /// What an edition would do to the open cases.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn law_effect(&self, edition: Checked) -> Result<Effect, WorkError> {
        effect::effect(&self.shared, edition.pack).await
    }

    /// Installs an edition that decides from a day on, and says what it does to the open cases.
    ///
    /// # Errors
    /// [`WorkError`]: nothing is installed then.
    pub async fn install_law(&self, edition: Checked, from: Date, by: Author) -> Result<Effect, WorkError> {
        let Checked { pack, compiled, .. } = edition;
        may_install(&self.shared, &pack, from).map_err(ActError::from)?;
        let installing = Installing::new(&pack, compiled, from);
        let effect = effect::effect(&self.shared, pack).await?;
        let counts = (effect.changed, effect.rescheduled);
        self.writer.run(move |desk| Box::pin(async move { desk.install_law(&installing, counts, &by).await })).await?;
        self.law_has_changed().await?;
        Ok(effect)
    }

    /// Takes an edition back, by its digest. The one before decides again.
    ///
    /// # Errors
    /// [`WorkError`]
    pub async fn withdraw_law(&self, digest: String, reason: String, by: Author) -> Result<(), WorkError> {
        self.writer.run(move |desk| Box::pin(async move { desk.withdraw_law(&digest, &reason, &by).await })).await?;
        self.law_has_changed().await
    }

    /// Reads what has changed and has the open cases looked at again.
    async fn law_has_changed(&self) -> Result<(), WorkError> {
        let mut reader = self.shared.database.read().await?;
        self.shared.law.refresh(&mut reader.link()).await?;
        self.shared.waiting.notify_one();
        Ok(())
    }
}

/// Installs an edition in a database beside the services that run on it: they take note of it with
/// their next transaction. With `from` none, it is only said what the edition would do.
///
/// # Errors
/// [`WorkError`]: nothing is installed then.
pub async fn install_beside(
    shared: &Shared,
    edition: Checked,
    from: Option<Date>,
    by: &Author,
) -> Result<Effect, WorkError> {
    know(shared).await?;
    let Checked { pack, compiled, .. } = edition;
    let Some(from) = from else { return effect::effect(shared, pack).await };
    may_install(shared, &pack, from).map_err(ActError::from)?;
    let installing = Installing::new(&pack, compiled, from);
    let effect = effect::effect(shared, pack).await?;
    let mut desk = Desk::open(shared).await?;
    desk.install_law(&installing, (effect.changed, effect.rescheduled), by).await?;
    desk.commit().await?;
    Ok(effect)
}

/// Takes an edition back in a database beside the services that run on it.
///
/// # Errors
/// [`WorkError`]
pub async fn withdraw_beside(shared: &Shared, digest: &str, reason: &str, by: &Author) -> Result<(), WorkError> {
    let mut desk = Desk::open(shared).await?;
    desk.withdraw_law(digest, reason, by).await?;
    desk.commit().await?;
    Ok(())
}

async fn know(shared: &Shared) -> Result<(), WorkError> {
    let mut reader = shared.database.read().await?;
    let kept = settings::get(&mut reader.link(), Setting::Country).await?;
    shared.law.refresh(&mut reader.link()).await?;
    let own = shared.law.first().pack.country;
    match kept {
        Some(kept) if kept != own.as_str() => {
            let message = format!("the database is of country {kept}; name a pack of it as the one that it began with");
            Err(ActError::from(invalid(message)).into())
        }
        _ => Ok(()),
    }
}

/// A database is of one country.
pub(super) async fn settle_country(shared: &Shared) -> Result<(), StartError> {
    let given = shared.law.first().pack.country;
    let mut writer = shared.database.write().await?;
    settings::keep(&mut writer.link(), Setting::Country, given.as_str()).await?;
    let kept = settings::get(&mut writer.link(), Setting::Country).await?.unwrap_or_default();
    writer.commit().await?;
    if kept != given.as_str() {
        return Err(StartError::Country { kept, given: given.to_string() });
    }
    Ok(())
}

/// Whether an edition may be installed.
fn may_install(shared: &Shared, pack: &Pack, from: Date) -> Result<(), Refused> {
    let own = shared.law.first().pack.country;
    if pack.country != own {
        return Err(invalid(format!("the pack is of country {}, this single window of {own}", pack.country)));
    }
    let today = Edition::zone_of(pack).to_datetime(shared.clock.now()).date();
    if from < today {
        let message = format!("{from} has passed: an edition decides from today ({today}) or a later day on");
        return Err(invalid(message));
    }
    if shared.law.on(from).pack.digest == pack.digest {
        let message = format!("edition {} ({}) decides on {from} already", pack.edition, pack.digest);
        return Err(Refused::because(RefusedReason::Conflict, message));
    }
    if let Some(other) = shared.law.other_of_name(&pack.edition, &pack.digest) {
        let message = format!(
            "another pack is called edition {} already ({other}); nobody could tell them apart: give this one its own \
             name (`edition` in pack.toml)",
            pack.edition
        );
        return Err(Refused::because(RefusedReason::Conflict, message));
    }
    Ok(())
}

/// An edition on its way into the store.
#[derive(Debug)]
struct Installing {
    digest: String,
    country: String,
    edition: String,
    compiled: Vec<u8>,
    from: Date,
}

impl Installing {
    fn new(pack: &Pack, compiled: Vec<u8>, from: Date) -> Self {
        let (digest, edition) = (pack.digest.clone(), pack.edition.clone());
        Self { digest, country: pack.country.to_string(), edition, compiled, from }
    }
}

impl Desk<'_> {
    async fn install_law(
        &mut self,
        installing: &Installing,
        (changed, rescheduled): (u64, u64),
        by: &Author,
    ) -> Result<(), ActError> {
        let Installing { digest, country, edition, compiled, from } = installing;
        // Somebody else may have been faster.
        if self.shared.law.on(*from).pack.digest == *digest {
            let message = format!("edition {edition} ({digest}) decides on {from} already");
            return Err(Refused::because(RefusedReason::Conflict, message).into());
        }
        let kept = Kept { digest, country, edition, compiled };
        let (now, who) = (self.now, name_of(by));
        packs::install(&mut self.link(), &kept, *from, (now, &who)).await?;
        let (digest, edition) = (digest.clone(), edition.clone());
        let event = WindowEvent::LawInstalled { digest, edition, active_from: *from, changed, rescheduled };
        Ok(self.window(event, by).await?)
    }

    async fn withdraw_law(&mut self, digest: &str, reason: &str, by: &Author) -> Result<(), ActError> {
        if reason.trim().is_empty() {
            return Err(invalid("`reason` has to be stated").into());
        }
        let first = self.shared.law.first();
        let today = self.shared.law.of_digest(digest).unwrap_or(first).day_of(self.now);
        if !packs::withdraw(&mut self.link(), digest, today).await? {
            let message = format!("no edition {digest} is installed, or it was taken back already");
            return Err(Refused::because(RefusedReason::Unknown, message).into());
        }
        let event = WindowEvent::LawWithdrawn { digest: digest.to_owned(), reason: reason.to_owned() };
        Ok(self.window(event, by).await?)
    }
}

/// Who installs, as lists show it; the journal has all of it.
fn name_of(by: &Author) -> String {
    by.person.clone().or_else(|| by.organisation.clone()).unwrap_or_else(|| by.role.as_str().to_owned())
}
