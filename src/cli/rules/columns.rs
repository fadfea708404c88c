//! Rows of text in columns.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// Which way a column leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Column {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Writes rows, the first of them as the head, each cell as wide as its column.
pub(in crate::cli) fn columns<const N: usize>(
    kinds: [Column; N],
    rows: &[[String; N]],
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let widths: [usize; N] = std::array::from_fn(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or_default());
    for row in rows {
        let mut line = indent.to_owned();
        for ((cell, width), kind) in row.iter().zip(widths).zip(kinds) {
            let gap = " ".repeat(width - cell.width());
            match kind {
                Column::Left => line.extend([cell, gap.as_str(), "  "]),
                Column::Right => line.extend([gap.as_str(), cell, "  "]),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
