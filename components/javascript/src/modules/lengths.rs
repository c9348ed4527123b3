//! Writing to `length`. Where a script does so twice at one place, the engine takes the
//! second as writing to an ordinary property: an array keeps the elements behind its
//! new end. It does not so for computed names, so `a.length = 0` becomes `a[ℓngth] = 0`,
//! which is as long, with a global constant of this name.

use std::borrow::Cow;

use boa_engine::property::Attribute;
use boa_engine::{Context, js_string};

use super::tokens::places;
use crate::native::define;

const MEMBER: &str = ".length";
const COMPUTED: &str = "[ℓngth]";

/// Defines the constant.
pub fn install(context: &mut Context) {
    let name = js_string!("ℓngth");
    define(
        &context.global_object(),
        name,
        js_string!("length"),
        Attribute::empty(),
    );
}

/// The text with other words for writing to `length`.
pub fn rewritten(text: &str) -> Cow<'_, str> {
    let candidates: Vec<usize> = text
        .match_indices(MEMBER)
        .map(|(at, _)| at)
        .filter(|at| is_written(text, *at))
        .collect();
    if candidates.is_empty() {
        return Cow::Borrowed(text);
    }
    // Not those in strings, comments and the like.
    let words = places(text, "length");
    let mut changed = String::with_capacity(text.len() + 2 * candidates.len());
    let mut rest = 0;
    for at in candidates {
        let found = words.binary_search_by_key(&(at + 1), |(place, _, _)| *place);
        if found.is_ok() {
            changed.push_str(&text[rest..at]);
            changed.push_str(COMPUTED);
            rest = at + MEMBER.len();
        }
    }
    changed.push_str(&text[rest..]);
    Cow::Owned(changed)
}

/// Whether the member at this offset is assigned to. Being wrong costs some time only.
fn is_written(text: &str, at: usize) -> bool {
    const OPERATORS: [&str; 15] = [
        "=", "+=", "-=", "++", "--", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=",
        "^=",
    ];
    let after = text[at + MEMBER.len()..].trim_start();
    if after.starts_with("==") || after.starts_with("=>") {
        return false;
    }
    if OPERATORS.iter().any(|operator| after.starts_with(operator)) {
        return true;
    }
    // `--this.list.length`
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | ']');
    let before = text[..at].trim_end_matches(is_part);
    before.ends_with("--") || before.ends_with("++")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_found() {
        for (text, expected) in [
            ("a.length = 0", "a[ℓngth] = 0"),
            (
                "a.b().length--; --c.d.length",
                "a.b()[ℓngth]--; --c.d[ℓngth]",
            ),
            ("a.length-=1;x.length", "a[ℓngth]-=1;x.length"),
            ("a.length == 0", "a.length == 0"),
            (
                "if (a.length === b.length) c",
                "if (a.length === b.length) c",
            ),
            (
                "x = 'a.length = 0' // a.length = 1",
                "x = 'a.length = 0' // a.length = 1",
            ),
            ("a.lengths = 0", "a.lengths = 0"),
        ] {
            assert_eq!(rewritten(text), expected);
        }
    }
}
