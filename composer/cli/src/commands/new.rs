//! `box new`: a project that runs at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use boxfile_spec::PackageName;
use tempfile::Builder;

use crate::args::{Language, ModuleKind, New};
use crate::errors::CliError;
use crate::files::UNFINISHED;
use crate::terminal::Terminal;

/// The namespace of a name that has none.
const NAMESPACE: &str = "local";

/// A file of a template: where, and what is in it.
type Template = (&'static str, &'static str);

/// `{NAME}` and `{BOX}` are replaced: by the name alone, and by the name with its namespace.
const RUST: &[Template] = &[
    (
        "Boxfile.toml",
        include_str!("../../templates/rust/Boxfile.toml"),
    ),
    (
        "Cargo.toml",
        include_str!("../../templates/rust/Cargo.toml.in"),
    ),
    ("src/main.rs", include_str!("../../templates/rust/main.rs")),
    (".gitignore", include_str!("../../templates/rust/gitignore")),
];

const JAVASCRIPT: &[Template] = &[
    (
        "Boxfile.toml",
        include_str!("../../templates/javascript/Boxfile.toml"),
    ),
    (
        "main.js",
        include_str!("../../templates/javascript/main.js"),
    ),
    (
        ".gitignore",
        include_str!("../../templates/javascript/gitignore"),
    ),
];

/// A filesystem for others' kernels. The WIT is the one that this program was built with.
const VFS: &[Template] = &[
    (
        "Cargo.toml",
        include_str!("../../templates/vfs/Cargo.toml.in"),
    ),
    ("README.md", include_str!("../../templates/vfs/README.md")),
    ("src/lib.rs", include_str!("../../templates/vfs/lib.rs")),
    ("src/tree.rs", include_str!("../../templates/vfs/tree.rs")),
    (
        "wit/kernel-types.wit",
        include_str!("../../../../components/wit/kernel-types.wit"),
    ),
    (
        "wit/vfs.wit",
        include_str!("../../../../components/wit/vfs.wit"),
    ),
    (".gitignore", include_str!("../../templates/vfs/gitignore")),
];

/// Writes a new project.
///
/// # Errors
///
/// If the name is none, if the folder is there already, or if it cannot be written.
pub fn new(args: &New, terminal: Terminal) -> Result<(), CliError> {
    let (folder, name) = place(&args.name)?;
    let taken = || CliError::Exists {
        path: folder.clone(),
    };
    let cannot = |source| CliError::Write {
        path: folder.clone(),
        source,
    };
    // An empty folder may be there: whoever made it wants it filled.
    let there = match fs::read_dir(&folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() == io::ErrorKind::NotADirectory,
    };
    if there {
        return Err(taken());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(cannot)?;

    let template = match (args.kind, args.lang) {
        (Some(ModuleKind::Vfs), _) => VFS,
        (None, Language::Rust) => RUST,
        (None, Language::Javascript) => JAVASCRIPT,
    };
    // All or nothing: made beside, renamed when complete. A folder of ours has the
    // mode that mkdir gives, not the private one of a temporary folder.
    let unfinished = Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(&parent)
        .map_err(cannot)?;
    let project = unfinished.path().join("project");
    write(&project, template, &name).map_err(cannot)?;
    fs::rename(&project, &folder).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => taken(),
        _ => cannot(error),
    })?;
    let next = match args.kind {
        Some(_) => "test it there with `cargo test`, then `box build -C",
        None => "run it with `box run -C",
    };
    terminal.status(format_args!(
        "made `{name}` in `{folder}`; {next} {folder}`",
        folder = folder.display(),
    ));
    Ok(())
}

fn write(project: &Path, template: &[Template], name: &PackageName) -> io::Result<()> {
    for (path, text) in template {
        let path = project.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(
            path,
            text.replace("{NAME}", name.name())
                .replace("{BOX}", name.as_str()),
        )?;
    }
    Ok(())
}

/// The folder and the full name that `text` asks for.
fn place(text: &str) -> Result<(PathBuf, PackageName), CliError> {
    let path = Path::new(text);
    let last = path
        .file_name()
        .and_then(|last| last.to_str())
        .unwrap_or(text);
    let full = if last.contains(':') {
        last.to_owned()
    } else {
        format!("{NAMESPACE}:{last}")
    };
    let name: PackageName =
        full.parse()
            .map_err(|error: boxfile_spec::NameError| CliError::Name {
                text: text.to_owned(),
                reason: error.to_string(),
                help: match suggestion(last) {
                    Some(better) => format!("use a name such as `{better}`"),
                    None => {
                        "use letters, digits and single dashes, beginning with a letter".to_owned()
                    }
                },
            })?;
    Ok((path.with_file_name(name.name()), name))
}

/// A name that could have been meant.
fn suggestion(text: &str) -> Option<String> {
    let kebab = |text: &str| {
        let plain: String = text
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
        words
            .join("-")
            .trim_start_matches(|first: char| !first.is_ascii_alphabetic())
            .to_owned()
    };
    let better = match text.split_once(':') {
        Some((namespace, name)) => format!("{}:{}", kebab(namespace), kebab(name)),
        None => kebab(text),
    };
    let full = if better.contains(':') {
        better.clone()
    } else {
        format!("{NAMESPACE}:{better}")
    };
    full.parse::<PackageName>().is_ok().then_some(better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places() {
        let folder = |text| {
            place(text)
                .map(|(folder, name)| (folder, name.to_string()))
                .unwrap()
        };
        assert_eq!(folder("hello"), ("hello".into(), "local:hello".into()));
        assert_eq!(folder("acme:hello"), ("hello".into(), "acme:hello".into()));
        assert_eq!(
            folder("a/b/hello"),
            ("a/b/hello".into(), "local:hello".into())
        );
        assert_eq!(
            folder("/a/acme:hello/"),
            ("/a/hello".into(), "acme:hello".into())
        );
    }

    #[test]
    fn suggests_a_name() {
        for (text, better) in [
            ("My App", Some("my-app")),
            ("9lives", Some("lives")),
            ("a__b", Some("a-b")),
            ("Acme:Hello!", Some("acme:hello")),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(suggestion(text).as_deref(), better, "{text}");
            assert!(place(text).is_err(), "{text}");
        }
    }
}
