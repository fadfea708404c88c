//! Set phrases of the trade, found in a goods description in one pass.
//!
//! Vietnamese declarations must say *hàng mới 100%* or *đã qua sử dụng*; such words settle facts.
//! The phrases form one automaton (Aho and Corasick) over letters folded to lower case, each
//! phrase with its diacritics and wholly without. Words are whole: `hàng cũ` is not found in
//! `hàng cũng`. Where several phrases end at one place the longest counts, so that `không dùng
//! làm thực phẩm` hides `dùng làm thực phẩm`.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::condition::FactMask;

/// The phrases of a pack and what each settles.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Phrases {
    list: Vec<Phrase>,
    settles: FactMask,
    #[serde(skip)]
    automaton: OnceLock<Automaton>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Phrase {
    words: String,
    yes: FactMask,
    no: FactMask,
}

impl Phrases {
    /// Adds a phrase that settles the bits `yes` as true and `no` as false.
    pub fn add(&mut self, words: &str, yes: FactMask, no: FactMask) {
        self.settles.add(&yes);
        self.settles.add(&no);
        self.list.push(Phrase { words: words.to_owned(), yes, no });
        self.automaton = OnceLock::new();
    }

    /// The bits that some phrase settles.
    pub fn settles(&self) -> &FactMask {
        &self.settles
    }

    /// How many phrases there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds to `yes` and `no` what the phrases in `text` settle.
    pub fn search(&self, text: &str, yes: &mut FactMask, no: &mut FactMask) {
        self.find(text, &mut |phrase| {
            yes.add(&phrase.yes);
            no.add(&phrase.no);
        });
    }

    /// The words of the phrases in `text` that settle any bit of `wanted`.
    pub fn found<'a>(&'a self, text: &str, wanted: &FactMask) -> Vec<&'a str> {
        let mut words = Vec::new();
        self.find(text, &mut |phrase| {
            if phrase.yes.meets(wanted) || phrase.no.meets(wanted) {
                words.push(phrase.words.as_str());
            }
        });
        words
    }

    fn find<'a>(&'a self, text: &str, report: &mut dyn FnMut(&'a Phrase)) {
        if self.list.is_empty() || text.is_empty() {
            return;
        }
        let automaton = self.automaton.get_or_init(|| Automaton::new(&self.list));
        if !automaton.run(text, &mut |at| report(&self.list[at])) {
            // Decomposed letters: compose them and look again.
            let composed: String = text.nfc().collect();
            automaton.run(&composed, &mut |at| report(&self.list[at]));
        }
    }
}

/// Class of everything between words.
const SEPARATOR: u8 = 0;
/// Class of a letter that no phrase has.
const OTHER: u8 = 1;
/// Classes at most: the letters of Vietnamese, digits and `%` fit.
const CLASSES: usize = 128;
/// Class of a combining mark: the text is not composed.
const COMBINING: u8 = 255;
const NONE: u16 = u16::MAX;
/// The state in which no phrase has begun.
const ROOT: u16 = 0;
/// Most states: phrases past it are left out, which the loader's limit on phrases prevents.
const STATES: usize = NONE as usize;

#[derive(Debug, Clone)]
struct Automaton {
    /// Classes of the letters below U+0250 and of U+1E00 to U+1EFF, where Vietnamese lives.
    latin: Vec<u8>,
    vietnamese: Vec<u8>,
    /// The letters and digits of ASCII.
    within_word: [bool; 128],
    /// For each state the next for every class.
    next: Vec<[u16; CLASSES]>,
    /// For each state the longest phrase that ends there.
    ends: Vec<u16>,
    start: u16,
}

impl Automaton {
    fn new(phrases: &[Phrase]) -> Self {
        let mut patterns: Vec<(Vec<char>, u16)> = Vec::new();
        for (at, phrase) in phrases.iter().enumerate() {
            let at = u16::try_from(at).unwrap_or(NONE);
            let folded = fold(&phrase.words);
            let plain: Vec<char> = folded.iter().map(|c| without_diacritics(*c)).collect();
            if plain != folded {
                patterns.push((plain, at));
            }
            patterns.push((folded, at));
        }
        let mut letters: HashMap<char, u8> = HashMap::new();
        for letter in patterns.iter().flat_map(|(pattern, _)| pattern) {
            if *letter != ' ' && letters.len() < CLASSES - 2 {
                let class = u8::try_from(letters.len() + 2).unwrap_or(OTHER);
                letters.entry(*letter).or_insert(class);
            }
        }
        let class_of = |code: u32| class(char::from_u32(code), &letters);
        let latin: Vec<u8> = (0..0x250).map(class_of).collect();
        let vietnamese = (0x1E00..0x1F00).map(class_of).collect();

        let mut trie: Vec<[u16; CLASSES]> = vec![[NONE; CLASSES]];
        let mut ends = vec![NONE];
        for (pattern, at) in &patterns {
            if trie.len() + pattern.len() + 2 > STATES {
                break;
            }
            let mut state = 0usize;
            let inner =
                pattern.iter().map(|c| if *c == ' ' { SEPARATOR } else { letters.get(c).copied().unwrap_or(OTHER) });
            for class in std::iter::once(SEPARATOR).chain(inner).chain([SEPARATOR]) {
                let slot = trie[state][usize::from(class)];
                state = if slot == NONE {
                    let new = trie.len();
                    trie.push([NONE; CLASSES]);
                    ends.push(NONE);
                    trie[state][usize::from(class)] = u16::try_from(new).unwrap_or(ROOT);
                    new
                } else {
                    usize::from(slot)
                };
            }
            ends[state] = *at;
        }
        complete(&mut trie, &mut ends);
        let start = trie[0][usize::from(SEPARATOR)];
        let mut within_word = [false; 128];
        for (slot, class) in within_word.iter_mut().zip(&latin) {
            *slot = *class != SEPARATOR;
        }
        Self { latin, vietnamese, within_word, next: trie, ends, start }
    }

    /// Reports every phrase in `text`; `false` where the text is not composed and nothing counts.
    fn run(&self, text: &str, report: &mut dyn FnMut(usize)) -> bool {
        let bytes = text.as_bytes();
        let mut state = self.start;
        let mut last = SEPARATOR;
        let mut found: [u16; 16] = [NONE; 16];
        let mut count = 0;
        let mut at = 0;
        loop {
            // One separator more ends the last word.
            let class = match bytes.get(at) {
                None if at > bytes.len() => break,
                None => {
                    at += 1;
                    SEPARATOR
                }
                Some(byte) if byte.is_ascii() => {
                    at += 1;
                    self.latin[usize::from(*byte)]
                }
                Some(byte) => {
                    let (code, length) = decode(*byte, &bytes[at + 1..]);
                    at += length;
                    self.class(code)
                }
            };
            if class == SEPARATOR {
                if last == SEPARATOR {
                    continue;
                }
                state = self.next[usize::from(state)][usize::from(SEPARATOR)];
                let end = self.ends[usize::from(state)];
                if end != NONE && count < found.len() {
                    found[count] = end;
                    count += 1;
                }
            } else if class == COMBINING {
                return false;
            } else if state != ROOT {
                state = self.next[usize::from(state)][usize::from(class) % CLASSES];
            } else {
                // From the root only a separator leads on: the rest of the word is read over.
                at = self.word_end(bytes, at);
            }
            last = class;
        }
        for at in &found[..count] {
            report(usize::from(*at));
        }
        true
    }

    /// The end of the letters of Vietnamese that follow `at`; what else may be a letter is left
    /// to [`Automaton::class`].
    fn word_end(&self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(byte) = bytes.get(at) {
            at += match byte {
                0..0x80 if self.within_word[usize::from(*byte)] => 1,
                // U+00C0 to U+01BF are letters, but for the signs × and ÷.
                0xC3 if !matches!(bytes.get(at + 1), Some(0x97 | 0xB7) | None) => 2,
                0xC4..=0xC6 => 2,
                // U+1E80 to U+1EFF are letters.
                0xE1 if bytes.get(at + 1).is_some_and(|second| matches!(second, 0xBA | 0xBB)) => 3,
                _ => break,
            };
        }
        at
    }

    fn class(&self, code: u32) -> u8 {
        let at = code as usize;
        if let Some(class) = self.latin.get(at).or_else(|| self.vietnamese.get(at.wrapping_sub(0x1E00))) {
            return *class;
        }
        match char::from_u32(code) {
            Some(letter) if is_combining_mark(letter) => COMBINING,
            Some(letter) if letter.is_alphanumeric() => OTHER,
            _ => SEPARATOR,
        }
    }
}

/// The letter that begins with a byte of UTF-8 text past ASCII, and how many bytes it has.
fn decode(first: u8, rest: &[u8]) -> (u32, usize) {
    let more = |at: usize| u32::from(rest.get(at).copied().unwrap_or(0) & 0x3F);
    let first = u32::from(first);
    match first {
        0xF0.. => ((first & 0x07) << 18 | more(0) << 12 | more(1) << 6 | more(2), 4),
        0xE0.. => ((first & 0x0F) << 12 | more(0) << 6 | more(1), 3),
        _ => ((first & 0x1F) << 6 | more(0), 2),
    }
}

/// Fills the failure transitions, so that every state knows the next for every class.
fn complete(trie: &mut [[u16; CLASSES]], ends: &mut [u16]) {
    let mut failure = vec![0usize; trie.len()];
    let mut queue = std::collections::VecDeque::new();
    for slot in &mut trie[0] {
        if *slot == NONE {
            *slot = ROOT;
        } else {
            queue.push_back(usize::from(*slot));
        }
    }
    while let Some(state) = queue.pop_front() {
        let fallback = failure[state];
        if ends[state] == NONE {
            ends[state] = ends[fallback];
        }
        let others = trie[fallback];
        for (slot, other) in trie[state].iter_mut().zip(others) {
            if *slot == NONE {
                *slot = other;
            } else {
                failure[usize::from(*slot)] = usize::from(other);
                queue.push_back(usize::from(*slot));
            }
        }
    }
}

fn class(letter: Option<char>, letters: &HashMap<char, u8>) -> u8 {
    let Some(letter) = letter else { return SEPARATOR };
    if is_combining_mark(letter) {
        return COMBINING;
    }
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    match letters.get(&lower) {
        Some(class) => *class,
        None if lower.is_alphanumeric() => OTHER,
        None => SEPARATOR,
    }
}

/// Lower case, composed, runs of anything but letters, digits and `%` as one blank.
fn fold(words: &str) -> Vec<char> {
    let mut folded: Vec<char> = Vec::new();
    for letter in words.nfc().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() || letter == '%' {
            folded.push(letter);
        } else if folded.last().is_some_and(|last| *last != ' ') {
            folded.push(' ');
        }
    }
    if folded.last() == Some(&' ') {
        folded.pop();
    }
    folded
}

/// A phrase as it is compared: with its diacritics, and wholly without.
pub(super) fn folded(words: &str) -> (String, String) {
    let full = fold(words);
    let bare = full.iter().map(|letter| without_diacritics(*letter)).collect();
    (full.into_iter().collect(), bare)
}

fn without_diacritics(letter: char) -> char {
    match letter {
        'đ' => 'd',
        _ => letter.nfd().next().unwrap_or(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bit(at: u16) -> FactMask {
        let mut mask = FactMask::EMPTY;
        mask.set(at);
        mask
    }

    fn phrases() -> Phrases {
        let mut phrases = Phrases::default();
        phrases.add("hàng mới 100%", FactMask::EMPTY, bit(0));
        phrases.add("đã qua sử dụng", bit(0), FactMask::EMPTY);
        phrases.add("hàng cũ", bit(0), FactMask::EMPTY);
        phrases.add("dùng làm thực phẩm", bit(1), FactMask::EMPTY);
        phrases.add("không dùng làm thực phẩm", FactMask::EMPTY, bit(1));
        phrases
    }

    fn search(text: &str) -> (bool, bool, bool, bool) {
        let (mut yes, mut no) = (FactMask::EMPTY, FactMask::EMPTY);
        phrases().search(text, &mut yes, &mut no);
        (yes.has(0), no.has(0), yes.has(1), no.has(1))
    }

    #[test]
    fn letter_case_and_spacing_do_not_matter() {
        assert_eq!(search("Bàn là hơi nước, HÀNG  MỚI 100%."), (false, true, false, false));
        assert_eq!(search("May khoan - hang moi 100%"), (false, true, false, false));
    }

    #[test]
    fn decomposed_letters_are_composed_first() {
        let decomposed: String = "Xe nâng đã qua sử dụng".nfd().collect();
        assert_eq!(search(&decomposed), (true, false, false, false));
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(search("hàng cũng được"), (false, false, false, false));
        assert_eq!(search("hàng cũ"), (true, false, false, false));
    }

    #[test]
    fn the_longer_phrase_counts() {
        assert_eq!(search("bột, không dùng làm thực phẩm"), (false, false, false, true));
        assert_eq!(search("bột, dùng làm thực phẩm"), (false, false, true, false));
    }

    #[test]
    fn half_stripped_diacritics_are_no_phrase() {
        assert_eq!(search("hang mới 100%"), (false, false, false, false));
    }
}
