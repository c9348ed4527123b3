//! `[build]`.

use toml::de::DeValue;

use super::reader::{Problems, Table};
use crate::manifest::{Build, Form, Preinit};
use crate::span::Spanned;

/// Keys of `[build]`.
pub(crate) const BUILD_KEYS: &[&str] = &["form", "preinit"];

/// The export that runs before the snapshot where `preinit = true`.
const HOOK: &str = "preinit";

pub(super) fn build(root: &Table<'_>, problems: &mut Problems) -> Build {
    let table = root
        .get("build")
        .and_then(|value| problems.table(root, "build", value, "build = { preinit = true }"));
    let Some(table) = table else {
        return Build::default();
    };
    problems.check_keys(&table, BUILD_KEYS);
    let form = table.get("form").and_then(|value| {
        let choices = [Form::Fused, Form::Linked];
        let words = choices.map(Form::as_str);
        let index = problems.one_of(&table.what("form"), value, "a form of a box", &words)?;
        Some(index.map(|index| choices[index]))
    });
    Build {
        form,
        preinit: preinit(&table, problems),
    }
}

fn preinit(build: &Table<'_>, problems: &mut Problems) -> Option<Preinit> {
    let value = build.get("preinit")?;
    if let DeValue::String(_) = value.get_ref() {
        let hook = problems.filled_string(&build.what("preinit"), value, "warm-up")?;
        return Some(Preinit {
            hook: hook.map(str::to_owned),
            required: true,
        });
    }
    let wanted = problems.boolean(build.what("preinit"), value)?;
    wanted.then(|| Preinit {
        hook: Spanned::new(HOOK.to_owned(), value.span()),
        required: false,
    })
}
