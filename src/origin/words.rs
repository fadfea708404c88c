//! Names, descriptions and numbers made comparable.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::law::Tolerances;

/// Small letters without accents.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .map(|letter| if letter == 'đ' { 'd' } else { letter })
        .collect()
}

/// A reference number without what people write in different ways: letters and digits only, capital.
pub fn reference_key(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The words of a text, folded.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// The words of a description that say something of the goods, sorted, each once.
pub(super) fn keywords(text: &str, tolerances: &Tolerances) -> Vec<String> {
    let mut found = words(text);
    found.retain(|word| {
        let tells = word.chars().count() >= 3 || word.bytes().any(|byte| byte.is_ascii_digit());
        tells && !tolerances.empty_words.contains(word)
    });
    found.sort_unstable();
    found.dedup();
    found
}

/// How many in a hundred of the shorter list's words the other has; `None` where one is empty.
pub(super) fn shared_percent(a: &[String], b: &[String], tolerances: &Tolerances) -> Option<u32> {
    let (shorter, longer) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if shorter.is_empty() {
        return None;
    }
    let shared = shorter.iter().filter(|word| has(longer, word, tolerances)).count();
    u32::try_from(100 * shared / shorter.len()).ok()
}

/// How many in a hundred of the shorter list's numbers the other has; both are sorted.
pub(super) fn common_percent(a: &[u32], b: &[u32]) -> u32 {
    let shorter = a.len().min(b.len()).max(1);
    let (mut at, mut shared) = (0, 0);
    for number in a {
        at += b[at..].iter().take_while(|other| *other < number).count();
        shared += usize::from(b.get(at) == Some(number));
    }
    u32::try_from(100 * shared / shorter).unwrap_or_default()
}

/// Whether a sorted list has a word, or one that is it misspelt.
fn has(list: &[String], word: &str, tolerances: &Tolerances) -> bool {
    if list.binary_search_by(|known| known.as_str().cmp(word)).is_ok() {
        return true;
    }
    let (letters, least) = (tolerances.word_letters as usize, tolerances.word_letters_min as usize);
    letters > 0 && word.len() >= least && list.iter().any(|known| known.len() >= least && near(known, word, letters))
}

/// How two names or numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    Same,
    Misspelt,
    Other,
}

/// A name without the words that say only what kind of company it is.
pub(super) fn name_key(name: &str, tolerances: &Tolerances) -> String {
    let words = words(name);
    let is_form = |at: usize, form: &str| {
        let mut length = 0;
        for part in form.split(' ') {
            if words.get(at + length).is_none_or(|word| word != part) {
                return None;
            }
            length += 1;
        }
        Some(length)
    };
    let mut kept: Vec<&str> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        match tolerances.legal_forms.iter().filter_map(|form| is_form(at, form)).max() {
            Some(length) => at += length,
            None => {
                kept.push(&words[at]);
                at += 1;
            }
        }
    }
    if kept.is_empty() { words.join(" ") } else { kept.join(" ") }
}

/// Compares two keys of names.
pub(super) fn like_names(a: &str, b: &str, tolerances: &Tolerances) -> Likeness {
    let most = a.chars().count().max(b.chars().count()) * tolerances.name_letters_percent as usize / 100;
    like(a, b, most)
}

/// Compares two keys of which so many letters may differ.
pub(super) fn like(a: &str, b: &str, letters: usize) -> Likeness {
    if a == b {
        Likeness::Same
    } else if near(a, b, letters) {
        Likeness::Misspelt
    } else {
        Likeness::Other
    }
}

/// Whether at most `most` letters must be put in, taken out or changed.
fn near(a: &str, b: &str, most: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()] <= most
}

/// Whether a text has letters of another alphabet than plain Latin, or accents.
pub(super) fn has_accents(text: &str) -> bool {
    text.chars().any(|letter| !letter.is_ascii() && letter.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_drops_accents_and_case() {
        assert_eq!(fold("Chậm nộp C/O Đồng"), "cham nop c/o dong");
        assert_eq!(reference_key("VN-TH 26/05/01234"), "VNTH260501234");
    }

    #[test]
    fn a_misspelling_is_near_and_another_word_is_not() {
        assert!(near("longan", "lognan", 2));
        assert!(near("apple", "aple", 1));
        assert!(!near("apple", "orange", 2));
        assert_eq!(like("abc", "abc", 0), Likeness::Same);
    }
}
