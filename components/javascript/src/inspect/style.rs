//! Colours of inspected values.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `[Function: f]`, `[Circular *1]` and the like.
    Special,
    /// A number.
    Number,
    /// A bigint.
    BigInt,
    /// `true` or `false`.
    Boolean,
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A string, or a key in quotes.
    String,
    /// A symbol.
    Symbol,
    /// A date.
    Date,
    /// A regular expression.
    RegExp,
    /// A package's name in a stack.
    Module,
}

impl Style {
    /// The style that Node calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "special" => Self::Special,
            "number" => Self::Number,
            "bigint" => Self::BigInt,
            "boolean" => Self::Boolean,
            "undefined" => Self::Undefined,
            "null" => Self::Null,
            "string" => Self::String,
            "symbol" => Self::Symbol,
            "date" => Self::Date,
            "regexp" => Self::RegExp,
            "module" => Self::Module,
            _ => return None,
        })
    }

    /// `text` between the escape sequences of this style's colour.
    pub fn paint(self, text: &str) -> String {
        let (on, off) = match self {
            Self::Special => (36, 39),
            Self::Number | Self::BigInt | Self::Boolean => (33, 39),
            Self::Undefined => (90, 39),
            Self::Null => (1, 22),
            Self::String | Self::Symbol => (32, 39),
            Self::Date => (35, 39),
            Self::RegExp => (31, 39),
            Self::Module => (4, 24),
        };
        format!("\u{1b}[{on}m{text}\u{1b}[{off}m")
    }
}

/// `text` without escape sequences.
pub fn unpainted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let csi = match c {
            '\u{9b}' => true,
            '\u{1b}' => chars.next_if_eq(&'[').is_some(),
            _ => false,
        };
        if csi {
            // Parameters, then one final byte.
            for c in chars.by_ref() {
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        } else if c == '\u{1b}' && chars.next_if_eq(&']').is_some() {
            // An operating system command ends with BEL or ESC \.
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        } else {
            plain.push(c);
        }
    }
    plain
}
