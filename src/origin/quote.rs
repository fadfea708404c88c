//! How a declaration quotes certificates of origin: documents by their codes, numbers in the notes
//! (OCP rule 30(1)).

use serde::{Deserialize, Serialize};

use super::index::CertificateIndex;
use super::words::{fold, reference_key};
use crate::law::{Agreement, NoteWords};
use crate::trade::{Declaration, DocumentRef};

/// A certificate that a declaration quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its number, as written.
    pub reference: String,
    /// For this line; absent: for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Where it is quoted.
    pub source: ClaimSource,
}

/// Where a certificate is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimSource {
    /// Among the documents.
    Document,
    /// In the notes.
    Notes,
}

/// All that a declaration says of certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Those that it quotes.
    pub quoted: Vec<Claim>,
    /// It says that one comes later.
    #[serde(default)]
    pub late: bool,
}

/// The longest number of a certificate, in words of the notes.
const REFERENCE_WORDS: usize = 3;

/// What a declaration says of certificates. With an index, numbers in the notes are found wherever they
/// stand; without one, after the words that announce them.
pub fn claims(declaration: &Declaration<'_>, agreement: &Agreement, index: Option<&CertificateIndex>) -> Claims {
    let mut claims = Claims::default();
    let Some(quoting) = agreement.quoting(declaration.format.family()) else {
        return claims;
    };
    let mut take = |documents: &[DocumentRef<'_>], line: Option<u32>| {
        for document in documents {
            let quotes = quoting.document_codes.iter().any(|code| *code == document.code);
            if quotes && !document.number.trim().is_empty() {
                claims.add(document.number.trim(), line, ClaimSource::Document);
            }
        }
    };
    take(&declaration.documents, None);
    for item in &declaration.items {
        take(&item.documents, Some(item.number));
    }
    if quoting.in_notes
        && let Some(notes) = declaration.notes.as_deref()
    {
        in_notes(notes, &agreement.note_words, index, &mut claims);
    }
    claims
}

impl Claims {
    /// Whether no certificate is quoted or announced.
    pub fn is_empty(&self) -> bool {
        self.quoted.is_empty() && !self.late
    }

    fn add(&mut self, reference: &str, line: Option<u32>, source: ClaimSource) {
        let key = reference_key(reference);
        let known = |claim: &Claim| claim.line == line && reference_key(&claim.reference) == key;
        if !key.is_empty() && !self.quoted.iter().any(known) {
            self.quoted.push(Claim { reference: reference.to_owned(), line, source });
        }
    }
}

/// A word of the notes.
struct Word<'n> {
    text: &'n str,
    folded: String,
    /// The sign behind it, if any.
    sign: Option<char>,
}

fn in_notes(notes: &str, known: &NoteWords, index: Option<&CertificateIndex>, claims: &mut Claims) {
    let words: Vec<Word<'_>> = notes
        .split_whitespace()
        .map(|word| {
            let text = word.trim_matches(|c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '"' | '.' | '#'));
            let sign = word.chars().next_back().filter(|sign| matches!(sign, ',' | ';' | ')' | '.'));
            Word { text, folded: fold(text), sign }
        })
        .filter(|word| !word.text.is_empty())
        .collect();
    let begins_with = |at: usize, phrase: &str| {
        let mut parts = phrase.split(' ');
        let met = parts.by_ref().zip(&words[at..]).take_while(|(part, word)| *part == word.folded).count();
        (met == phrase.split(' ').count()).then_some(met)
    };
    let longest = |at: usize, phrases: &[String]| phrases.iter().filter_map(|p| begins_with(at, p)).max();
    let mut at = 0;
    while at < words.len() {
        if longest(at, &known.late).is_some() {
            claims.late = true;
        }
        if let Some(length) = index.and_then(|index| longest_known(&words[at..], index)) {
            claims.add(&joined(&words[at..at + length]), None, ClaimSource::Notes);
            at += length;
        } else if let Some(length) = longest(at, &known.begins) {
            at += length;
            if matches!(words[at - 1].sign, Some('.' | ';')) {
                continue;
            }
            // One that is known is found by itself, with all its words.
            let is_known = |at: usize| index.is_some_and(|index| longest_known(&words[at..], index).is_some());
            while at < words.len() && known.labels.contains(&words[at].folded) && !is_known(at) {
                at += 1;
            }
            if at < words.len()
                && !is_known(at)
                && let Some(length) = announced(&words[at..], known)
            {
                claims.add(&joined(&words[at..at + length]), None, ClaimSource::Notes);
                at += length;
            }
        } else {
            at += 1;
        }
    }
}

/// How many of the first words are the number of a certificate in the index.
fn longest_known(words: &[Word<'_>], index: &CertificateIndex) -> Option<usize> {
    let most = words.len().min(REFERENCE_WORDS);
    (1..=most).rev().find(|length| {
        let key = reference_key(&joined(&words[..*length]));
        // Short keys would be found in any number of a house or a line.
        key.len() >= 4 && key.bytes().any(|byte| byte.is_ascii_digit()) && !index.of_key(&key).is_empty()
    })
}

/// How many of the first words are a number, by its looks: it ends with the first word that has three
/// digits, and before that it has codes in capitals.
fn announced(words: &[Word<'_>], known: &NoteWords) -> Option<usize> {
    for (at, word) in words.iter().take(REFERENCE_WORDS).enumerate() {
        if known.ends.contains(&word.folded) || is_date(word.text) {
            return None;
        }
        if word.text.bytes().filter(u8::is_ascii_digit).count() >= 3 {
            return Some(at + 1);
        }
        let is_code = word.text.bytes().all(|byte| !byte.is_ascii_lowercase() && byte.is_ascii());
        if !is_code || word.sign.is_some() {
            return None;
        }
    }
    None
}

/// Whether a word is a day: three numbers with one sign between them, the year of four digits.
fn is_date(word: &str) -> bool {
    ['/', '-', '.'].into_iter().any(|sign| {
        let parts: Vec<&str> = word.split(sign).collect();
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        parts.iter().all(digits) && matches!(lengths.as_slice(), [1 | 2, 1 | 2, 4] | [4, 1 | 2, 1 | 2])
    })
}

fn joined(words: &[Word<'_>]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
    texts.join(" ")
}
