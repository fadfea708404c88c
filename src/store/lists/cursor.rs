//! Where a page ends: the sort key of its last row, opaque to those outside.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::super::StoreError;
use super::super::sql::Value;

/// A part of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::store) enum Key {
    Number(i64),
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Number(number) => number.into(),
            Key::Text(text) => text.into(),
        }
    }
}

/// Writes a sort key down.
pub(in crate::store) fn write(key: &[Key]) -> String {
    // Numbers and texts: writing them cannot fail.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// Reads a sort key of this shape.
///
/// # Errors
/// [`StoreError::Address`] where it was written for another list, or by nobody.
pub(in crate::store) fn read(text: Option<&str>, shape: &[Key]) -> Result<Option<Vec<Key>>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let key: Option<Vec<Key>> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let same = |key: &Vec<Key>| {
        key.len() == shape.len()
            && key.iter().zip(shape).all(|(one, other)| std::mem::discriminant(one) == std::mem::discriminant(other))
    };
    match key.filter(same) {
        Some(key) => Ok(Some(key)),
        None => Err(StoreError::Address("this is no place in a list".to_owned())),
    }
}

/// The shape of a number.
pub(in crate::store) const NUMBER: Key = Key::Number(0);
/// The shape of a text.
pub(in crate::store) const TEXT: Key = Key::Text(String::new());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_in_its_own_list_only() {
        let key = [Key::Number(-7), Key::Text("0600010/đơn".to_owned())];
        let text = write(&key);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(read(Some(&text), &[NUMBER, TEXT]).unwrap(), Some(key.to_vec()));
        assert_eq!(read(None, &[TEXT]).unwrap(), None);
        for wrong in [text.as_str(), "", "!", "WzFd"] {
            assert!(read(Some(wrong), &[TEXT, TEXT]).is_err(), "{wrong}");
        }
    }
}
