//! `risk.toml`: risk profiles.

use rust_decimal::Decimal;

use super::condition::{ConditionSource, condition};
use super::defect::{At, Defects};
use super::folder::Folder;
use super::table::{Table, read_toml};
use super::values::positive;
use crate::law::risk::Failures;
use crate::trade::Channel;

/// A `[[profile]]`.
#[derive(Debug)]
pub(crate) struct RiskProfileSource {
    /// Its key.
    pub(crate) key: At<String>,
    /// Vietnamese title.
    pub(crate) title_vi: String,
    /// English title.
    pub(crate) title_en: String,
    /// Where it sends a declaration.
    pub(crate) channel: Channel,
    /// What holds for a line.
    pub(crate) condition: Option<At<ConditionSource>>,
    /// What the record shows.
    pub(crate) failures: Option<Failures>,
    /// The share drawn.
    pub(crate) share: Option<Decimal>,
}

/// Reads `risk.toml`; a pack may have none.
pub(crate) fn risk(folder: &Folder, to: &mut Defects) -> Vec<RiskProfileSource> {
    let mut found = Vec::new();
    if let Some(file) = folder.file("risk.toml") {
        read_toml(file, to, &mut |mut table, to| {
            table.text_or_empty("note", to);
            for inner in table.tables("profile", to) {
                found.extend(profile(inner, to));
            }
            table.finish(to);
        });
    }
    found
}

fn profile(mut table: Table<'_>, to: &mut Defects) -> Option<RiskProfileSource> {
    const CHANNELS: [(&str, Channel); 2] = [("yellow", Channel::Yellow), ("red", Channel::Red)];
    let place = table.place();
    let key = table.filled("key", to);
    let title_vi = table.filled("title_vi", to).map(|text| text.value).unwrap_or_default();
    let title_en = table.filled("title_en", to).map(|text| text.value).unwrap_or_default();
    let channel = table.word("channel", &CHANNELS, to);
    let tests = ["condition", "failures", "share_percent"].iter().any(|test| table.has(test));
    let condition = condition(&mut table, "condition", to);
    let failures = table.table("failures", to).and_then(|inner| failures(inner, to));
    let share = table.optional("share_percent", to).and_then(|text| share(&text, to));
    table.text_or_empty("note", to);
    table.finish(to);
    if !tests {
        let help = "add `condition`, `failures` or `share_percent`".to_owned();
        to.error_with(place, "risk_form", "a profile without a test fits everything", Some(help));
    }
    Some(RiskProfileSource { key: key?, title_vi, title_en, channel: channel?.value, condition, failures, share })
}

fn failures(mut table: Table<'_>, to: &mut Defects) -> Option<Failures> {
    let (count, within_months) = (positive(&mut table, "count", to), positive(&mut table, "within_months", to));
    table.finish(to);
    Some(Failures { count: count?, within_months: within_months? })
}

/// A share in percent, as a part of one: more than nothing, less than all.
fn share(text: &At<String>, to: &mut Defects) -> Option<Decimal> {
    let percent = Decimal::from_str_exact(&text.value).ok();
    let percent = percent.filter(|percent| *percent > Decimal::ZERO && *percent < Decimal::ONE_HUNDRED);
    if percent.is_none() {
        to.error(
            text.place,
            "bad_number",
            format!("`{}` is no share between 0 and 100 percent, such as `5`", text.value),
        );
    }
    percent.and_then(|percent| percent.checked_div(Decimal::ONE_HUNDRED))
}
