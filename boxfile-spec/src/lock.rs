//! `Boxfile.lock`: which versions were chosen, and the digest of each.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use semver::Version;
use thiserror::Error;
use toml::de::{DeTable, DeValue};

use crate::digest::Digest;
use crate::name::{NameError, PackageName, parse_version};
use crate::problem::{choice, reason, shown};

/// The version of the format that this crate writes, and the newest that it reads.
const FORMAT: i64 = 1;

const KEYS: &[&str] = &["name", "version", "source", "digest", "dependencies"];

/// A lock file: every component of a box but its app, sorted by name and version.
///
/// ```
/// use boxfile_spec::Lockfile;
///
/// let text = r#"version = 1
///
/// [[package]]
/// name = "boxer:memfs"
/// version = "0.1.0"
/// source = "builtin"
/// digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
/// "#;
/// let lock = Lockfile::parse(text, "Boxfile.lock")?;
/// let memfs = lock.packages().next().unwrap();
/// assert_eq!(memfs.id().to_string(), "boxer:memfs@0.1.0");
/// assert!(lock.to_string().ends_with(text));
/// # Ok::<(), boxfile_spec::LockError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lockfile {
    packages: BTreeMap<PackageId, LockedPackage>,
}

/// A package at one version, written `namespace:name@1.2.3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    /// Which package.
    pub name: PackageName,
    /// Which of its versions.
    pub version: Version,
}

/// An entry of the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// Which package.
    pub name: PackageName,
    /// Which of its versions; `0.0.0` for a file that names none.
    pub version: Version,
    /// Where it came from, in the words of whoever provided it: `builtin`, the
    /// address of an index, `path+` and a path relative to the Boxfile.
    pub source: String,
    /// Of the component's bytes.
    pub digest: Digest,
    /// What its own imports were resolved to, sorted. Each is in the lock as well.
    pub dependencies: Vec<PackageId>,
}

impl LockedPackage {
    /// Its name and version.
    pub fn id(&self) -> PackageId {
        PackageId {
            name: self.name.clone(),
            version: self.version.clone(),
        }
    }
}

impl Lockfile {
    /// Reads a lock file. `file_name` is what errors call it.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it. A lock file is written by a program,
    /// so the remedy is mostly to let it write another.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, LockError> {
        read(text).map_err(|problem| LockError {
            text: NamedSource::new(file_name, Arc::<str>::from(text)).with_language("TOML"),
            problem: problem.into(),
        })
    }

    /// Adds a package, and gives back the one that had its name and version. What
    /// it depends on must be in the lock when that is written.
    pub fn insert(&mut self, mut package: LockedPackage) -> Option<LockedPackage> {
        package.dependencies.sort();
        package.dependencies.dedup();
        self.packages.insert(package.id(), package)
    }

    /// The packages, sorted by name and version.
    pub fn packages(&self) -> impl Iterator<Item = &LockedPackage> {
        self.packages.values()
    }

    /// The package of this name and version.
    pub fn get(&self, id: &PackageId) -> Option<&LockedPackage> {
        self.packages.get(id)
    }

    /// The packages of this name, lowest version first.
    pub fn named(&self, name: &PackageName) -> impl Iterator<Item = &LockedPackage> {
        self.packages
            .values()
            .filter(move |package| package.name == *name)
    }

    /// Whether nothing is locked.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }
}

/// The text of the lock file; the same packages give the same bytes.
impl fmt::Display for Lockfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "# Written by `box`, which keeps it up to date: commit it, and don't edit it.\n",
        )?;
        writeln!(f, "version = {FORMAT}")?;
        for package in self.packages.values() {
            f.write_str("\n[[package]]\n")?;
            writeln!(f, "name = \"{}\"", package.name)?;
            writeln!(f, "version = \"{}\"", package.version)?;
            writeln!(
                f,
                "source = {}",
                toml_edit::Value::from(package.source.as_str())
            )?;
            writeln!(f, "digest = \"{}\"", package.digest)?;
            if !package.dependencies.is_empty() {
                f.write_str("dependencies = [\n")?;
                for dependency in &package.dependencies {
                    writeln!(f, "    \"{dependency}\",")?;
                }
                f.write_str("]\n")?;
            }
        }
        Ok(())
    }
}

impl FromStr for PackageId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let Some((name, version)) = text.split_once('@') else {
            return Err(NameError::NoVersion(text.into()));
        };
        Ok(Self {
            name: name.parse()?,
            version: parse_version(version)?,
        })
    }
}

impl fmt::Display for PackageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// A lock file that can't be used: what is wrong, with its text.
#[derive(Debug, Error)]
#[error("{problem}")]
pub struct LockError {
    text: NamedSource<Arc<str>>,
    problem: Box<LockProblem>,
}

impl LockError {
    /// What is wrong.
    pub fn problem(&self) -> &LockProblem {
        &self.problem
    }
}

impl Diagnostic for LockError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.problem.labels()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }
}

/// What can be wrong with a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
#[allow(
    missing_docs,
    reason = "fields are parts of the message, whose text stands above them"
)]
#[non_exhaustive]
pub enum LockProblem {
    /// A merge left its marks.
    #[error("the lock file has merge conflicts")]
    #[diagnostic(
        code(lock::merge_conflict),
        help(
            "take either side whole, or delete the file and run `box build`, which writes it anew"
        )
    )]
    MergeConflict {
        #[label("expected no conflict marker")]
        span: SourceSpan,
    },

    /// The text is not TOML.
    #[error("the lock file is not TOML: {message}")]
    #[diagnostic(
        code(lock::syntax),
        help("delete the file and run `box build`, which writes it anew")
    )]
    Syntax {
        message: String,
        #[label("expected TOML")]
        span: SourceSpan,
    },

    /// It says which format it has, and that is a later one.
    #[error("the lock file has version {found}, and this `box` knows version {FORMAT}")]
    #[diagnostic(
        code(lock::newer_version),
        help("update `box`, or delete the file and run `box build`, which writes it anew")
    )]
    NewerVersion {
        found: String,
        #[label("expected version {FORMAT}")]
        span: SourceSpan,
    },

    /// Keys or values other than those of the format.
    #[error("{what}")]
    #[diagnostic(
        code(lock::malformed),
        help("delete the file and run `box build`, which writes it anew")
    )]
    Malformed {
        what: String,
        expected: String,
        #[label("expected {expected}")]
        span: SourceSpan,
    },

    /// A digest that is none.
    #[error("`{text}` is not a digest")]
    #[diagnostic(
        code(lock::bad_digest),
        help(
            "restore the line from version control, or delete the file and run `box build`, which writes it anew"
        )
    )]
    BadDigest {
        text: String,
        #[label("expected `sha256:` and 64 hexadecimal digits in lower case")]
        span: SourceSpan,
    },

    /// One name and version twice.
    #[error("`{package}` is locked twice")]
    #[diagnostic(
        code(lock::duplicate_package),
        help(
            "remove one of the two, or delete the file and run `box build`, which writes it anew"
        )
    )]
    DuplicatePackage {
        package: String,
        #[label("first here")]
        first: SourceSpan,
        #[label(primary, "expected a package that is not there yet")]
        span: SourceSpan,
    },

    /// A dependency that the lock does not have.
    #[error("`{dependency}` is not locked")]
    #[diagnostic(
        code(lock::missing_dependency),
        help(
            "restore it from version control, or delete the file and run `box build`, which writes it anew"
        )
    )]
    MissingDependency {
        dependency: String,
        #[label("expected the name and version of a `[[package]]` of this file")]
        span: SourceSpan,
    },
}

type Read<T> = Result<T, LockProblem>;
type Value<'t> = toml::Spanned<DeValue<'t>>;

fn read(text: &str) -> Read<Lockfile> {
    let root = DeTable::parse(text).map_err(|error| match conflict_marker(text) {
        Some(span) => LockProblem::MergeConflict { span: span.into() },
        None => LockProblem::Syntax {
            message: shown(error.message()),
            span: error.span().unwrap_or(0..0).into(),
        },
    })?;
    let root = root.get_ref();
    // The version comes first: what a later one has is unknown here.
    check_format(root.get("version"))?;
    check_keys(root, &["version", "package"])?;

    let mut lock = Lockfile::default();
    let mut headers = BTreeMap::new();
    let mut dependencies = Vec::new();
    let entries = match root.get("package") {
        Some(value) => array(value, "`package`")?,
        None => &[],
    };
    for entry in entries {
        let package = package(entry, &mut dependencies)?;
        let id = package.id();
        if let Some(first) = headers.insert(id.clone(), entry.span()) {
            return Err(LockProblem::DuplicatePackage {
                package: id.to_string(),
                first: first.into(),
                span: entry.span().into(),
            });
        }
        lock.insert(package);
    }
    for (id, span) in dependencies {
        if lock.get(&id).is_none() {
            let dependency = id.to_string();
            return Err(LockProblem::MissingDependency {
                dependency,
                span: span.into(),
            });
        }
    }
    Ok(lock)
}

/// The first line of a conflict as git, Mercurial and others mark it.
pub(crate) fn conflict_marker(text: &str) -> Option<Range<usize>> {
    let is_marker = |line: &str| {
        line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") || line == "======="
    };
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if is_marker(bare) {
            return Some(offset..offset + bare.len());
        }
        offset += line.len();
    }
    None
}

fn check_format(value: Option<&Value<'_>>) -> Read<()> {
    let Some(value) = value else {
        return Err(malformed(
            "the lock file has no `version`",
            "`version = 1`",
            0..0,
        ));
    };
    let DeValue::Integer(number) = value.get_ref() else {
        return Err(malformed(
            "`version` is not a number",
            "a number",
            value.span(),
        ));
    };
    match i64::from_str_radix(number.as_str(), number.radix()) {
        Ok(FORMAT) => Ok(()),
        Ok(..FORMAT) => Err(malformed(
            &format!("no lock file has version {number}"),
            &format!("version {FORMAT}"),
            value.span(),
        )),
        // Too large for a number is later as well.
        _ => Err(LockProblem::NewerVersion {
            found: shown(&number.to_string()),
            span: value.span().into(),
        }),
    }
}

fn check_keys(table: &DeTable<'_>, known: &[&str]) -> Read<()> {
    let unknown = table
        .keys()
        .find(|key| !known.contains(&key.get_ref().as_ref()));
    match unknown {
        None => Ok(()),
        Some(key) => Err(malformed(
            &format!("unknown key `{}`", shown(key.get_ref())),
            &format!("one of {}", choice(known)),
            key.span(),
        )),
    }
}

fn package(entry: &Value<'_>, edges: &mut Vec<(PackageId, Range<usize>)>) -> Read<LockedPackage> {
    let DeValue::Table(table) = entry.get_ref() else {
        return Err(malformed(
            "a `package` is not a table",
            "a table",
            entry.span(),
        ));
    };
    check_keys(table, KEYS)?;
    let field = |key: &str| match table.get(key) {
        Some(value) => string(value, &format!("`{key}`")),
        None => Err(malformed(
            &format!("a package has no `{key}`"),
            &format!("`{key}` in this table"),
            entry.span(),
        )),
    };
    let (name, span) = field("name")?;
    let name = name
        .parse()
        .map_err(|error: NameError| bad_name(&error, span))?;
    let (version, span) = field("version")?;
    let version = parse_version(version).map_err(|error| bad_name(&error, span))?;
    let (source, span) = field("source")?;
    if source.is_empty() {
        return Err(malformed(
            "`source` is empty",
            "the place of the package",
            span,
        ));
    }
    let (digest, span) = field("digest")?;
    let digest = digest.parse().map_err(|_| LockProblem::BadDigest {
        text: shown(digest),
        span: span.into(),
    })?;
    let mut dependencies = Vec::new();
    if let Some(value) = table.get("dependencies") {
        for item in array(value, "`dependencies`")? {
            let (text, span) = string(item, "a dependency")?;
            let id: PackageId = text
                .parse()
                .map_err(|error| bad_name(&error, span.clone()))?;
            edges.push((id.clone(), span));
            dependencies.push(id);
        }
    }
    Ok(LockedPackage {
        name,
        version,
        source: source.into(),
        digest,
        dependencies,
    })
}

fn string<'t>(value: &'t Value<'_>, what: &str) -> Read<(&'t str, Range<usize>)> {
    match value.get_ref() {
        DeValue::String(text) => Ok((text, value.span())),
        _ => Err(malformed(
            &format!("{what} is not a string"),
            "a string",
            value.span(),
        )),
    }
}

fn array<'a, 't>(value: &'a Value<'t>, what: &str) -> Read<&'a [Value<'t>]> {
    match value.get_ref() {
        DeValue::Array(items) => Ok(items),
        _ => Err(malformed(
            &format!("{what} is not a list"),
            "a list",
            value.span(),
        )),
    }
}

fn bad_name(error: &NameError, span: Range<usize>) -> LockProblem {
    let expected = match error {
        NameError::Version { .. } => "a version such as 1.2.3",
        NameError::NoVersion(_) => "namespace:name@1.2.3",
        _ => "namespace:name",
    };
    malformed(&reason(error), expected, span)
}

fn malformed(what: &str, expected: &str, span: Range<usize>) -> LockProblem {
    LockProblem::Malformed {
        what: what.into(),
        expected: expected.into(),
        span: span.into(),
    }
}
