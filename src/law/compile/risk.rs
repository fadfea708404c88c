//! Risk profiles: names to positions.

use super::super::condition::Condition;
use super::super::risk::RiskProfile;
use super::super::source::{Defects, Source};
use super::conditions::Conditions;
use super::names::Kind;

/// Compiles the profiles, in the order of the file.
pub(super) fn risk(source: &Source, conditions: &Conditions<'_>, to: &mut Defects) -> Vec<RiskProfile> {
    Kind::new("profile", "unknown_profile", source.risk.iter().map(|profile| &profile.key), to);
    let mut found = Vec::new();
    for written in &source.risk {
        let condition = conditions.compile(written.condition.as_ref(), to);
        if let Some(place) = written.condition.as_ref().filter(|_| is_scoped(&condition)).map(|written| written.place) {
            to.error(place, "risk_form", "a profile cannot hang on a fact that is asked for each rule by itself");
        }
        if RiskProfile::RESERVED.contains(&written.key.value.as_str()) {
            let message = format!("`{}` is what answers write where no profile decided", written.key.value);
            to.error(written.key.place, "risk_form", message);
        }
        found.push(RiskProfile {
            key: written.key.value.clone(),
            title_vi: written.title_vi.clone(),
            title_en: written.title_en.clone(),
            channel: written.channel,
            condition,
            failures: written.failures,
            share: written.share,
        });
    }
    found
}

fn is_scoped(condition: &Condition) -> bool {
    match condition {
        Condition::Scoped(_) => true,
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(is_scoped),
        Condition::Not(part) => is_scoped(part),
        _ => false,
    }
}
