//! Values that are written as strings and mean something: names, versions,
//! paths. Each complains with the remedy that fits what was written.

use std::path::PathBuf;

use semver::{Version, VersionReq};
use toml::de::DeValue;

use super::reader::{Problems, Value};
use crate::guest_path::{GuestPath, GuestPathError};
use crate::manifest::Instance;
use crate::name::{NameError, PackageName, PackageRef, parse_requirement, parse_version};
use crate::problem::{self, Problem, choice, quoted, shown};
use crate::span::Spanned;
use crate::suggest::closest;

impl Problems {
    pub(super) fn package_name(
        &mut self,
        what: &str,
        value: &Value<'_>,
    ) -> Option<Spanned<PackageName>> {
        let text = self.string(what, value)?;
        self.package_name_in(text)
    }

    /// A package name that stands in `text`, a value or a key.
    pub(super) fn package_name_in(&mut self, text: Spanned<&str>) -> Option<Spanned<PackageName>> {
        match text.parse() {
            Ok(name) => Some(text.map(|_| name)),
            Err(error) => {
                self.push(bad_package(&text, &error));
                None
            }
        }
    }

    pub(super) fn package_ref(
        &mut self,
        what: &str,
        value: &Value<'_>,
    ) -> Option<Spanned<PackageRef>> {
        let text = self.string(what, value)?;
        match text.parse() {
            Ok(reference) => Some(text.map(|_| reference)),
            Err(NameError::Requirement {
                requirement,
                reason,
            }) => {
                self.push(bad_requirement(&text, &requirement, &reason));
                None
            }
            Err(error) => {
                self.push(bad_package(&text, &error));
                None
            }
        }
    }

    pub(super) fn version(&mut self, what: &str, value: &Value<'_>) -> Option<Spanned<Version>> {
        let text = self.string(what, value)?;
        match parse_version(&text) {
            Ok(version) => Some(text.map(|_| version)),
            Err(error) => {
                self.push(Problem::BadVersion {
                    text: quoted(&text),
                    span: text.span().into(),
                    reason: without_text(error),
                    help: match whole_version(&text) {
                        Some(version) => format!("write `{version}`"),
                        None => "write three numbers, such as `1.0.0`".into(),
                    },
                });
                None
            }
        }
    }

    pub(super) fn requirement(
        &mut self,
        what: &str,
        value: &Value<'_>,
    ) -> Option<Spanned<VersionReq>> {
        let text = self.string(what, value)?;
        match parse_requirement(&text) {
            Ok(requirement) => Some(text.map(|_| requirement)),
            Err(error) => {
                self.push(bad_requirement(&text, &text, &without_text(error)));
                None
            }
        }
    }

    /// A path of the host, relative to the Boxfile or absolute.
    pub(super) fn host_path(
        &mut self,
        what: &str,
        value: &Value<'_>,
        example: &str,
    ) -> Option<Spanned<PathBuf>> {
        let text = self.filled_string(what, value, example)?;
        Some(text.map(PathBuf::from))
    }

    /// A path of the box that stands in `text`, a value or a key.
    pub(super) fn guest_path(&mut self, text: Spanned<&str>) -> Option<Spanned<GuestPath>> {
        let error = match GuestPath::new(&text) {
            Ok(path) => return Some(text.map(|_| path)),
            Err(error) => error,
        };
        let help = match &error {
            GuestPathError::Empty => "write `/` for the root of the box".into(),
            GuestPathError::Relative(path) => {
                format!("begin it with `/`: `{}`", shown(&absolute(path)))
            }
            GuestPathError::Parent(path) => {
                format!(
                    "write the path that is meant: `{}`",
                    shown(&without_parents(path))
                )
            }
            GuestPathError::Nul => "remove the `\\u0000`".into(),
            GuestPathError::TooLong => {
                "shorten it to at most 4095 bytes, and 255 between two `/`".into()
            }
        };
        self.push(Problem::BadGuestPath {
            reason: problem::reason(&error),
            span: text.span().into(),
            help,
        });
        None
    }

    /// Permission bits, `"0644"`.
    pub(super) fn mode(&mut self, value: &Value<'_>) -> Option<Spanned<u32>> {
        const EXAMPLE: &str = "write for instance `\"0644\"`, or `\"0755\"` for a program";
        let (text, help) = match value.get_ref() {
            DeValue::String(text) => {
                if let Some(mode) = parse_mode(text) {
                    return Some(Spanned::new(mode, value.span()));
                }
                (format!("`{}`", shown(text)), EXAMPLE.into())
            }
            // `0o644` says what is meant, and so does 644, which is 1204 to TOML.
            DeValue::Integer(number) => {
                let digits = number.as_str();
                let help = match parse_mode(digits) {
                    Some(_) if matches!(number.radix(), 8 | 10) => {
                        format!("write it in quotes: `\"{digits:0>4}\"`")
                    }
                    _ => EXAMPLE.into(),
                };
                (format!("the number `{}`", shown(&number.to_string())), help)
            }
            other => (super::reader::kind(other).into(), EXAMPLE.into()),
        };
        self.push(Problem::BadMode {
            text,
            span: value.span().into(),
            help,
        });
        None
    }

    /// The name of an environment variable (POSIX.1-2024, Base Definitions 8.1).
    pub(super) fn env_name(&mut self, text: Spanned<&str>) -> Option<Spanned<String>> {
        let (expected, help) = if text.is_empty() {
            (
                "a name",
                "write the name between the quotes, or remove it".into(),
            )
        } else if let Some((name, _)) = text.split_once('=') {
            (
                "a name without `=`",
                format!("write the name alone: `{}`", shown(name)),
            )
        } else if text.contains('\0') {
            (
                "a name without a NUL character",
                "remove the `\\u0000`".into(),
            )
        } else {
            return Some(text.map(str::to_owned));
        };
        self.push(Problem::BadEnvName {
            text: quoted(&text),
            span: text.span().into(),
            expected,
            help,
        });
        None
    }

    /// `shared` or `per-consumer`.
    pub(super) fn instance(&mut self, what: &str, value: &Value<'_>) -> Option<Spanned<Instance>> {
        let choices = [Instance::Shared, Instance::PerConsumer];
        let words = choices.map(Instance::as_str);
        let index = self.one_of(what, value, "a way to instantiate", &words)?;
        Some(index.map(|index| choices[index]))
    }

    /// Which of `words` the value is.
    pub(super) fn one_of(
        &mut self,
        what: &str,
        value: &Value<'_>,
        kind: &'static str,
        words: &[&str],
    ) -> Option<Spanned<usize>> {
        let text = self.string(what, value)?;
        if let Some(index) = words.iter().position(|word| *word == *text) {
            return Some(text.map(|_| index));
        }
        self.push(Problem::BadChoice {
            text: quoted(&text),
            what: kind,
            span: text.span().into(),
            expected: choice(words),
            help: match closest(&text, words) {
                Some(meant) => format!("write `{meant}`"),
                None => format!("write {}", choice(words)),
            },
        });
        None
    }
}

fn bad_package(text: &Spanned<&str>, error: &NameError) -> Problem {
    let help = if looks_like_path(text) {
        format!(
            "write `{{ path = \"{}\" }}` for a component of your own",
            shown(text)
        )
    } else if let Some(name) = tidied(text) {
        format!("write `{name}`")
    } else if let NameError::NoNamespace(_) = error {
        "put a namespace in front, as in `acme:hello`".into()
    } else {
        "write `namespace:name` in lower-case letters, digits and single hyphens, as in `acme:hello`"
            .into()
    };
    Problem::BadName {
        text: quoted(text),
        expected: "a package name",
        span: text.span().into(),
        reason: format!("expected namespace:name, but {}", problem::reason(error)),
        help,
    }
}

fn bad_requirement(text: &Spanned<&str>, requirement: &str, reason: &str) -> Problem {
    let help = if looks_like_path(requirement) {
        format!(
            "write `{{ path = \"{}\" }}` for a component of your own",
            shown(requirement)
        )
    } else if let Some(alone) = requirement.rsplit_once('@').map(|(_, alone)| alone)
        && parse_requirement(alone).is_ok()
    {
        format!("write the requirement alone: `{alone}`")
    } else if let Ok(several) = parse_requirement(&comma_separated(requirement)) {
        format!("put commas between its parts: `{several}`")
    } else {
        "write for instance `^1.2`, `=1.2.3`, `>=1, <3` or `*`".into()
    };
    Problem::BadRequirement {
        text: quoted(requirement),
        span: text.span().into(),
        reason: problem::reason(&reason),
        help,
    }
}

/// What is wrong with a version or requirement, without the text itself.
fn without_text(error: NameError) -> String {
    match error {
        NameError::Requirement { reason, .. } | NameError::Version { reason, .. } => reason,
        other => other.to_string(),
    }
}

/// `>=1 <2` with the comma that belongs there.
fn comma_separated(requirement: &str) -> String {
    requirement
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(", ")
}

fn looks_like_path(text: &str) -> bool {
    text.ends_with(".wasm") || text.starts_with("./") || text.starts_with("../")
}

/// The name that a badly written one was meant to be: `Acme/Hello_World` was
/// meant to be `acme:hello-world`. What is behind an `@` stays.
fn tidied(text: &str) -> Option<PackageRef> {
    let (name, requirement) = match text.split_once('@') {
        Some((name, requirement)) => (name, Some(requirement)),
        None => (text, None),
    };
    let name = if name.contains(':') {
        name.to_owned()
    } else {
        name.replacen('/', ":", 1)
    };
    let mut tidy = String::new();
    let mut after_lower = false;
    for character in name.chars() {
        if character.is_ascii_uppercase() && after_lower {
            tidy.push('-');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        match character {
            '_' | '.' | ' ' => tidy.push('-'),
            _ => tidy.push(character.to_ascii_lowercase()),
        }
    }
    let name: PackageName = tidy.parse().ok()?;
    Some(match requirement {
        Some(requirement) => PackageRef {
            name,
            requirement: parse_requirement(requirement).ok()?,
        },
        None => PackageRef::any(name),
    })
}

/// `1.0` or `v1` as a whole version.
fn whole_version(text: &str) -> Option<Version> {
    let bare = text.trim().trim_start_matches(['v', 'V', '=', '^', '~']);
    let missing = 2usize.checked_sub(bare.matches('.').count())?;
    Version::parse(&format!("{bare}{}", ".0".repeat(missing))).ok()
}

/// Three or four octal digits, with one zero more in front at most.
fn parse_mode(text: &str) -> Option<u32> {
    let digits = if text.len() == 5 {
        text.strip_prefix('0')?
    } else {
        text
    };
    if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return None;
    }
    u32::from_str_radix(digits, 8).ok()
}

/// A relative path as one from the root.
fn absolute(path: &str) -> String {
    without_parents(&format!("/{path}"))
}

/// The path with every `..` taken for what it means.
fn without_parents(path: &str) -> String {
    let mut components = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop();
            }
            _ => components.push(component),
        }
    }
    format!("/{}", components.join("/"))
}
