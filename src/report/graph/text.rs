//! Text in boxes: how wide it is, about, and where it breaks.

use unicode_width::UnicodeWidthChar;

/// About how wide a text is in a sans-serif letter of so many pixels, rather too wide than too
/// narrow.
pub(super) fn width(text: &str, size: usize) -> usize {
    let hundredths: usize = text
        .chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '(' | ')'
            | '-' => 40,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 100,
            letter if letter.width().is_some_and(|width| width > 1) => 110,
            letter if letter.is_uppercase() => 76,
            _ => 62,
        })
        .sum();
    (hundredths * size).div_ceil(100)
}

/// Breaks a text into rows of at most so many pixels: between words, a longer word within.
pub(super) fn wrap(text: &str, size: usize, most: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let joined = rows.last().map(|row| format!("{row} {word}"));
        match (joined, rows.last_mut()) {
            (Some(joined), Some(row)) if width(&joined, size) <= most => *row = joined,
            _ => rows.extend(broken(word, size, most)),
        }
    }
    rows
}

/// A word in pieces that fit.
fn broken(word: &str, size: usize, most: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in word.chars() {
        let mut buffer = [0; 4];
        let full = pieces.last().is_some_and(|piece| {
            !piece.is_empty() && width(piece, size) + width(letter.encode_utf8(&mut buffer), size) > most
        });
        if full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fit_and_nothing_is_lost() {
        let text = "Cục Chăn nuôi và Thú y; cơ quan kiểm dịch động vật cửa khẩu donaudampfschifffahrtsgesellschaftskapitänsmütze 1, 2, 5–9";
        let rows = wrap(text, 13, 200);
        assert!(rows.len() > 3);
        for row in &rows {
            assert!(width(row, 13) <= 200, "{row}");
        }
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&rows.concat()), letters(text));
        assert!(wrap(" ", 13, 200).is_empty());
    }
}
