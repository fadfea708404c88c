//! What the installation knows of itself.

use super::StoreError;
use super::sql::{Link, sql};

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The country whose law decides here, by its code.
    Country,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
        }
    }
}

/// What a setting says.
///
/// # Errors
/// [`StoreError`]
pub async fn get(link: &mut Link<'_>, setting: Setting) -> Result<Option<String>, StoreError> {
    let row = sql("SELECT value FROM settings WHERE name = $1").bind(setting.name()).row(link).await?;
    row.map(|row| row.text(0)).transpose()
}

/// Keeps a setting that is not kept yet; one that is stays as it is.
///
/// # Errors
/// [`StoreError`]
pub async fn keep(link: &mut Link<'_>, setting: Setting, value: &str) -> Result<(), StoreError> {
    let query = sql("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
    query.bind(setting.name()).bind(value).execute(link).await?;
    Ok(())
}
