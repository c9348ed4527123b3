//! Lines and columns: which entries share a line.

use super::options::{Compact, Options};
use super::style::unpainted;
use super::text::{columns, units};

/// What kind of value the entries belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Properties, `key: value`.
    Object,
    /// Elements of an array or iterator.
    Array,
}

/// What the layout needs to know of its surroundings.
#[derive(Debug)]
pub struct Place<'a> {
    /// The options.
    pub options: &'a Options,
    /// Columns that the value is indented by.
    pub indentation: usize,
    /// Levels between this value and the deepest one in it.
    pub height: f64,
    /// Whether numbers stand in the array, which are aligned to the right.
    pub numeric: bool,
}

/// Puts `entries` between `open` and `close`, after `base`.
pub fn assemble(
    place: &Place<'_>,
    mut entries: Vec<String>,
    base: &str,
    open: &str,
    close: &str,
    kind: Kind,
) -> String {
    let margin = " ".repeat(place.indentation);
    let before = if base.is_empty() {
        String::new()
    } else {
        format!("{base} ")
    };
    if place.options.compact == Compact::Always {
        if fits(place, &entries, 0, base) {
            let base = if base.is_empty() {
                String::new()
            } else {
                format!(" {base}")
            };
            return format!("{open}{base} {} {close}", entries.join(", "));
        }
        let lead = if base.is_empty() && open.len() == 1 {
            " ".to_owned()
        } else {
            let base = if base.is_empty() {
                String::new()
            } else {
                format!(" {base}")
            };
            format!("{base}\n{margin}  ")
        };
        let separator = format!(",\n{margin}  ");
        return format!("{open}{lead}{} {close}", entries.join(&separator));
    }
    if let Compact::Levels(levels) = place.options.compact
        && levels >= 1.0
    {
        let count = entries.len();
        if kind == Kind::Array && count > 6 {
            entries = into_columns(place, entries, levels);
        }
        if place.height < levels && entries.len() == count {
            let start = count + place.indentation + units(open) + units(base) + 10;
            if fits(place, &entries, start, base) {
                let joined = entries.join(", ");
                if !joined.contains('\n') {
                    return format!("{before}{open} {joined} {close}");
                }
            }
        }
    }
    let separator = format!(",\n{margin}  ");
    format!(
        "{before}{open}\n{margin}  {}\n{margin}{close}",
        entries.join(&separator)
    )
}

fn fits(place: &Place<'_>, entries: &[String], start: usize, base: &str) -> bool {
    let mut length = entries.len() + start;
    if (length + entries.len()) as f64 > place.options.break_length {
        return false;
    }
    for entry in entries {
        length += if place.options.colors {
            units(&unpainted(entry))
        } else {
            units(entry)
        };
        if length as f64 > place.options.break_length {
            return false;
        }
    }
    !base.contains('\n')
}

/// The comma and the space between two entries.
const GAP: usize = 2;

/// A terminal's character is about this many times as high as wide.
const HEIGHT_OF_A_CHARACTER: f64 = 2.5;

/// Joins short entries into rows of a table that is about square. Entries of very
/// different length stay on lines of their own.
fn into_columns(place: &Place<'_>, entries: Vec<String>, levels: f64) -> Vec<String> {
    let options = place.options;
    // The `... n more items` stays outside of the table.
    let has_rest = options.max_array_length < entries.len() as f64;
    let count = entries.len() - usize::from(has_rest);
    let widths: Vec<usize> = entries[..count]
        .iter()
        .map(|entry| columns(entry, options.colors))
        .collect();
    let total: usize = widths.iter().map(|width| width + GAP).sum();
    let widest = widths.iter().copied().max().unwrap_or(0);
    let cell = (widest + GAP) as f64;
    let similar = total as f64 / cell > 5.0 || widest <= 6;
    if cell * 3.0 + place.indentation as f64 >= options.break_length || !similar {
        return entries;
    }
    let bias = (cell - total as f64 / entries.len() as f64).sqrt();
    let biased = (cell - 3.0 - bias).max(1.0);
    let square = (HEIGHT_OF_A_CHARACTER * biased * count as f64).sqrt() / biased;
    // Math.round of a positive number.
    let columns = (square + 0.5)
        .floor()
        .min(((options.break_length - place.indentation as f64) / cell).floor())
        .min(levels * 4.0)
        .min(15.0);
    if columns <= 1.0 {
        return entries;
    }
    let columns = columns as usize;
    let column_widths: Vec<usize> = (0..columns)
        .map(|column| {
            let widest = widths.iter().skip(column).step_by(columns).max();
            widest.copied().unwrap_or(0) + GAP
        })
        .collect();
    let mut rows = Vec::with_capacity(count / columns + 2);
    for first in (0..count).step_by(columns) {
        let end = (first + columns).min(count);
        let mut row = String::new();
        for index in first..end {
            let last = index + 1 == end;
            let entry = &entries[index];
            let mut cell = entry.clone();
            let mut wanted = column_widths[index - first];
            if last {
                wanted -= GAP;
            } else {
                cell.push_str(", ");
            }
            let taken = widths[index] + if last { 0 } else { GAP };
            let padding = " ".repeat(wanted.saturating_sub(taken));
            if place.numeric {
                row.push_str(&padding);
                row.push_str(&cell);
            } else {
                row.push_str(&cell);
                if !last {
                    row.push_str(&padding);
                }
            }
        }
        rows.push(row);
    }
    if has_rest && let Some(rest) = entries.last() {
        rows.push(rest.clone());
    }
    rows
}
