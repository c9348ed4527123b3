//! From the solver's proof to the lines of the Boxfile.

use std::collections::BTreeSet;

use boxfile_spec::{Manifest, PackageName};
use miette::LabeledSpan;
use pubgrub::{DerivationTree, External};
use registry_index::{IndexError, Query, Release};
use semver::VersionReq;

use super::error::{Asked, ResolveError};
use super::roots::{Asker, Root};
use super::solver::{Known, Node, Set};

/// How many versions a message lists.
const SHOWN: usize = 8;

impl Asker {
    /// The table of the Boxfile, or what stands for a line that is not there.
    fn words(&self) -> String {
        match self {
            Self::App => "[app]".to_owned(),
            Self::Kernel(slot) => format!("`{slot}` in [kernel]"),
            Self::Dependency => "[dependencies]".to_owned(),
            Self::Files => "[files]".to_owned(),
            Self::Default(slot, _) => format!("the default of `kernel.{slot}`"),
        }
    }
}

/// Refuses lines of the Boxfile that cannot hold by themselves: these need no proof.
pub(super) fn check_roots(
    manifest: &Manifest,
    roots: &[Root],
    known: &Known<'_>,
) -> Result<(), ResolveError> {
    for root in roots {
        let releases = known.releases(&root.name)?;
        if releases.is_empty() {
            return Err(unknown(
                manifest,
                &root.name,
                root.asker.words(),
                root_label(root, "no source knows it"),
                known,
            ));
        }
        if known.fitting(&root.name, &root.requirement)? == Set::empty() {
            return Err(ResolveError::NoVersion {
                name: root.name.clone(),
                requirement: root.requirement.clone(),
                by: root.asker.words(),
                known: there_are(&releases),
                remedy: other_version(&releases, &root.requirement),
                boxfile: manifest.source.clone(),
                labels: root_label(root, "no version fits"),
            });
        }
    }
    Ok(())
}

fn unknown(
    manifest: &Manifest,
    name: &PackageName,
    by: String,
    labels: Vec<LabeledSpan>,
    known: &Known<'_>,
) -> ResolveError {
    let near = nearest(name, known);
    let remedy = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "correct the name, or say with `registry` which source has it".to_owned(),
    };
    ResolveError::UnknownPackage {
        name: name.clone(),
        by,
        remedy,
        boxfile: manifest.source.clone(),
        labels,
    }
}

/// The known package whose name is nearest, if one is near.
fn nearest(name: &PackageName, known: &Known<'_>) -> Option<PackageName> {
    let all = known.search(&Query::default()).unwrap_or_default();
    let names = all.into_iter().map(|release| release.name);
    let ranked = names.map(|other| (distance(name.as_str(), other.as_str()), other));
    ranked
        .filter(|(far, _)| *far <= name.name().len() / 3)
        .min()
        .map(|(_, other)| other)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y))
                .min(above + 1)
                .min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The requirements that the solver's proof rests on.
pub(super) fn conflict(
    manifest: &Manifest,
    roots: &[Root],
    known: &Known<'_>,
    tree: &DerivationTree<Node, Set, String>,
) -> ResolveError {
    match explain(manifest, roots, known, tree) {
        Ok(error) => error,
        Err(error) => error.into(),
    }
}

fn explain(
    manifest: &Manifest,
    roots: &[Root],
    known: &Known<'_>,
    tree: &DerivationTree<Node, Set, String>,
) -> Result<ResolveError, IndexError> {
    let mut facts = Vec::new();
    collect(tree, &mut facts);
    let mut asked: Vec<Asked> = Vec::new();
    let mut labels = Vec::new();
    for fact in &facts {
        match &fact.by {
            Node::Boxfile => {
                for root in roots.iter().filter(|root| root.name == fact.on) {
                    let fitting = fitting(known, &root.name, &root.requirement)?;
                    let label = root_label(root, &format!("asks for {}", root.requirement));
                    let one = Asked {
                        by: root.asker.words(),
                        name: root.name.clone(),
                        requirement: root.requirement.clone(),
                        fitting,
                    };
                    if !asked.contains(&one) {
                        asked.push(one);
                        labels.extend(label);
                    }
                }
            }
            Node::Package(name) => {
                let releases = known.releases(name)?;
                // Of versions that ask alike the newest speaks for all.
                let mut told = BTreeSet::new();
                for release in releases
                    .iter()
                    .rev()
                    .filter(|release| fact.versions.contains(&release.version))
                {
                    for dependency in release.dependencies.iter().filter(|d| d.name == fact.on) {
                        if known.releases(&fact.on)?.is_empty() {
                            let by = format!("`{name}` {}", release.version);
                            return Ok(unknown(manifest, &fact.on, by, Vec::new(), known));
                        }
                        if told.insert(dependency.requirement.to_string()) {
                            let one = Asked {
                                by: format!("`{name}` {}", release.version),
                                name: fact.on.clone(),
                                requirement: dependency.requirement.clone(),
                                fitting: fitting(known, &fact.on, &dependency.requirement)?,
                            };
                            if !asked.contains(&one) {
                                asked.push(one);
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(ResolveError::Conflict {
        name: most_asked(&asked).unwrap_or_else(|| manifest.package.name.clone().into_inner()),
        asked,
        boxfile: manifest.source.clone(),
        labels,
    })
}

/// `by` at some of its `versions` depends on `on`.
struct Fact {
    by: Node,
    versions: Set,
    on: PackageName,
}

fn collect(tree: &DerivationTree<Node, Set, String>, facts: &mut Vec<Fact>) {
    // The proof can be deep; a stack of our own cannot overflow.
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            DerivationTree::External(External::FromDependencyOf(
                by,
                versions,
                Node::Package(on),
                _,
            )) => {
                facts.push(Fact {
                    by: by.clone(),
                    versions: versions.clone(),
                    on: on.clone(),
                });
            }
            // A version that depends on another version of itself.
            DerivationTree::External(External::Custom(Node::Package(on), versions, _)) => {
                facts.push(Fact {
                    by: Node::Package(on.clone()),
                    versions: versions.clone(),
                    on: on.clone(),
                });
            }
            DerivationTree::External(_) => {}
            DerivationTree::Derived(derived) => {
                open.push(&derived.cause2);
                open.push(&derived.cause1);
            }
        }
    }
}

/// The package that most of the requirements are about: with two lines for one
/// package, the disagreement is about it.
fn most_asked(asked: &[Asked]) -> Option<PackageName> {
    let count = |name: &PackageName| asked.iter().filter(|one| one.name == *name).count();
    let names: BTreeSet<&PackageName> = asked.iter().map(|one| &one.name).collect();
    names.into_iter().max_by_key(|name| count(name)).cloned()
}

fn root_label(root: &Root, text: &str) -> Vec<LabeledSpan> {
    let label = |span| LabeledSpan::new_with_span(Some(text.to_owned()), span);
    root.span.clone().map(label).into_iter().collect()
}

fn fitting(
    known: &Known<'_>,
    name: &PackageName,
    requirement: &VersionReq,
) -> Result<String, IndexError> {
    let set = known.fitting(name, requirement)?;
    let releases = known.releases(name)?;
    let versions: Vec<String> = releases
        .iter()
        .rev()
        .filter(|release| set.contains(&release.version))
        .map(|release| release.version.to_string())
        .collect();
    Ok(if versions.is_empty() {
        there_are(&releases)
    } else {
        format!("fits {}", shortened(&versions))
    })
}

fn there_are(releases: &[Release]) -> String {
    let word = |release: &Release| {
        let mark = if release.yanked { " (yanked)" } else { "" };
        format!("{}{mark}", release.version)
    };
    let versions: Vec<String> = releases.iter().rev().map(word).collect();
    match versions.as_slice() {
        [] => "there is none at all".to_owned(),
        [only] => format!("there is {only}"),
        _ => format!("there are {}", shortened(&versions)),
    }
}

fn shortened(versions: &[String]) -> String {
    let shown = versions[..versions.len().min(SHOWN)].join(", ");
    match versions.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// What could be asked for instead of a requirement that nothing fits.
fn other_version(releases: &[Release], requirement: &VersionReq) -> String {
    if releases
        .iter()
        .any(|release| release.yanked && requirement.matches(&release.version))
    {
        return "ask for a version that is not yanked: a yanked one is only kept where the lock has it".to_owned();
    }
    let open = releases.iter().filter(|release| !release.yanked);
    match open.max_by_key(|release| (release.version.pre.is_empty(), &release.version)) {
        Some(newest) if newest.version.pre.is_empty() => format!("ask for `^{}`", newest.version),
        Some(newest) => format!("ask for `={}` if a prerelease will do", newest.version),
        None => "take another package: every version of this one is yanked".to_owned(),
    }
}
