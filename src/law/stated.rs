//! Facts that somebody states outright.

use super::pack::{FactKind, Pack};

impl Pack {
    /// Whether a fact may be stated so: `fact`, or `fact@rule`, with one of its values.
    ///
    /// # Errors
    /// What is wrong and what would be right, in words.
    pub fn may_be_stated(&self, fact: &str, value: &str) -> Result<(), String> {
        let key = fact.split('@').next().unwrap_or(fact);
        let Some(known) = self.facts.iter().find(|known| known.key == key) else {
            let keys: Vec<&str> = self.facts.iter().map(|fact| fact.key.as_str()).collect();
            return Err(format!("the pack knows no fact `{key}`; it knows {}", keys.join(", ")));
        };
        if known.kind == FactKind::Text {
            let stated = !value.trim().is_empty();
            return if stated { Ok(()) } else { Err(format!("`{key}` is stated in words, as in `{key}=…`")) };
        }
        let yes_or_no = ["true", "false"].into_iter().filter(|_| known.values.is_empty());
        let values = known.values.iter().map(String::as_str).chain(yes_or_no);
        if values.clone().any(|known| known == value.strip_prefix('!').unwrap_or(value)) {
            return Ok(());
        }
        let values: Vec<&str> = values.collect();
        Err(format!("`{value}` is no value of `{key}`; it takes {}", values.join(", ")))
    }
}
