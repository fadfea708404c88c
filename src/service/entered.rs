//! What is entered of organisations and mandates, against what the law knows: a code that nothing
//! else uses would be found out only when nobody is told of a task.

use super::law_book::Edition;
use crate::law::did_you_mean;
use crate::people::OrganisationKind;
use crate::store::people::{EVERYBODY, OrganisationEdit};
use crate::trade::CountryCode;

/// Digits that a tax code has at least.
const TAX_DIGITS_MIN: usize = 8;
/// Signs that it has at most.
const TAX_SIGNS_MAX: usize = 20;

/// Whether what is entered of an organisation can be.
///
/// # Errors
/// What is wrong, with what would be right.
pub fn organisation(edition: &Edition, kind: OrganisationKind, edit: &OrganisationEdit) -> Result<(), String> {
    match &edit.identity {
        Some(code) => tax_code(code)?,
        None if kind == OrganisationKind::Trader => {
            return Err("a trader is known by its tax code, and none is given (identity)".to_owned());
        }
        None => {}
    }
    let pack = edition.pack;
    if let Some(code) = edit.agency.as_deref().filter(|_| kind == OrganisationKind::Agency) {
        known("agency", code, pack.agencies.iter().map(|agency| agency.code.as_str()), &pack.edition)?;
    }
    if let Some(country) = &edit.country {
        // Somebody who writes a country as letters of another one is not helped by its neighbours.
        let code = CountryCode::as_str(country);
        if !pack.countries.iter().any(|known| known.code == code) {
            return Err(format!("`{code}` is no country of edition {}", pack.edition));
        }
    }
    Ok(())
}

/// Whether a mandate can be for this trader.
///
/// # Errors
/// What is wrong, with what would be right.
pub fn mandate(trader: &str) -> Result<(), String> {
    if trader == EVERYBODY { Ok(()) } else { tax_code(trader) }
}

/// Whether a text can be a tax code, whatever country gave it.
fn tax_code(text: &str) -> Result<(), String> {
    let fits = text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-') && text.len() <= TAX_SIGNS_MAX;
    if fits && text.bytes().filter(u8::is_ascii_digit).count() >= TAX_DIGITS_MIN {
        return Ok(());
    }
    Err(format!(
        "`{text}` is no tax code: {TAX_DIGITS_MIN} digits or more, letters and hyphens among them, \
         {TAX_SIGNS_MAX} signs at most, such as 0301234567 or 0301234567-001"
    ))
}

fn known<'k>(what: &str, code: &str, codes: impl Iterator<Item = &'k str>, edition: &str) -> Result<(), String> {
    let mut codes: Vec<&str> = codes.collect();
    if codes.contains(&code) {
        return Ok(());
    }
    codes.sort_unstable();
    codes.dedup();
    let hint = did_you_mean(code, codes.iter().copied()).unwrap_or_else(|| format!("there are {}", codes.join(", ")));
    Err(format!("`{code}` is no {what} of edition {edition}; {hint}"))
}
