//! Broken Boxfiles and lock files, each beside the message that its author gets.
//!
//! A case is `broken/NAME.toml` or `broken/NAME.lock`, with what `box` prints in
//! `broken/NAME.txt`. Lines `# host: file PATH` (or `dir`, or `pipe`) in a Boxfile
//! tell which files its host has; then the checks that need files are made as well.
//!
//! After a message changed on purpose, `BLESS=1 cargo test -p boxfile-spec --test broken`
//! writes all of them anew; read the diff.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use boxfile_spec::{FileKind, Lockfile, parse, validate_files, validate_grants};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

#[test]
fn every_broken_file_gets_its_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let bless = env::var_os("BLESS").is_some();
    let mut cases = 0;
    let mut wrong = Vec::new();
    for path in files(&folder, &["toml", "lock"]) {
        let text = fs::read_to_string(&path).unwrap();
        let is_lock = path.extension() == Some(OsStr::new("lock"));
        let diagnostic = if is_lock {
            broken_lock(&text)
        } else {
            broken_boxfile(&text)
        };
        let diagnostic = diagnostic.unwrap_or_else(|| panic!("{} is not broken", path.display()));
        check(diagnostic.as_ref(), &path);
        let message = render(diagnostic.as_ref());

        let expected = path.with_extension("txt");
        if bless {
            fs::write(&expected, &message).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != message {
            wrong.push(format!("{}:\n{message}", expected.display()));
        }
        cases += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} messages changed:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        cases >= 50,
        "{cases} cases are too few: is the folder right?"
    );
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            extensions
                .iter()
                .any(|wanted| path.extension() == Some(OsStr::new(wanted)))
        })
        .collect();
    paths.sort();
    paths
}

fn broken_lock(text: &str) -> Option<Box<dyn Diagnostic>> {
    Some(Box::new(Lockfile::parse(text, "Boxfile.lock").err()?))
}

fn broken_boxfile(text: &str) -> Option<Box<dyn Diagnostic>> {
    let manifest = match parse(text, "Boxfile.toml") {
        Ok(manifest) => manifest,
        Err(errors) => return Some(Box::new(errors)),
    };
    let host: BTreeMap<PathBuf, FileKind> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# host: ")?.split_once(' '))
        .map(|(kind, path)| match kind {
            "file" => (path.into(), FileKind::File),
            "dir" => (path.into(), FileKind::Directory),
            "pipe" => (path.into(), FileKind::Other),
            other => panic!("{other} is no kind of file"),
        })
        .collect();
    let kind = |path: &Path| {
        let path = path.strip_prefix("./").unwrap_or(path);
        host.get(path).copied().unwrap_or(FileKind::Missing)
    };
    let errors = validate_files(&manifest, kind)
        .err()
        .or(validate_grants(&manifest, kind).err())?;
    Some(Box::new(errors))
}

/// What each problem has to say: a code, a place, what was expected there, a remedy.
fn check(diagnostic: &dyn Diagnostic, path: &Path) {
    let path = path.display();
    let related: Vec<&dyn Diagnostic> = diagnostic.related().into_iter().flatten().collect();
    let problems = if related.is_empty() {
        vec![diagnostic]
    } else {
        related
    };
    let text = diagnostic.source_code().expect("the text");
    for problem in problems {
        assert!(problem.code().is_some(), "{path}: `{problem}` has no code");
        let help = problem
            .help()
            .unwrap_or_else(|| panic!("{path}: `{problem}` has no help"));
        assert!(
            !help.to_string().ends_with('.'),
            "{path}: `{help}` has a period"
        );
        let labels: Vec<_> = problem.labels().into_iter().flatten().collect();
        for label in &labels {
            assert!(
                text.read_span(label.inner(), 0, 0).is_ok(),
                "{path}: `{problem}` points outside"
            );
        }
        let expects = |label: &miette::LabeledSpan| {
            label
                .label()
                .is_some_and(|label| label.contains("expected") || label == "one source")
        };
        assert!(
            labels.iter().any(expects),
            "{path}: `{problem}` does not say what was expected"
        );
        let message = problem.to_string();
        assert!(!message.ends_with('.'), "{path}: `{message}` has a period");
        assert!(
            !message.starts_with(char::is_uppercase),
            "{path}: `{message}` begins in upper case"
        );
    }
}

/// As `box` prints it, without colours.
fn render(diagnostic: &dyn Diagnostic) -> String {
    let theme = GraphicalTheme::unicode_nocolor();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .with_links(false);
    let mut message = String::new();
    handler.render_report(&mut message, diagnostic).unwrap();
    let lines: Vec<&str> = message.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}
