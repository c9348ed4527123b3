//! The resolver beside a solver that tries everything, on random indexes; and what a
//! lock means to it.

mod support;

use std::collections::BTreeMap;

use boxfile_spec::{Lockfile, Manifest, PackageName};
use composer::fetch::Locals;
use composer::resolve::{LockMode, Resolution, ResolveError, check_locked, resolve};
use proptest::prelude::*;
use registry_index::{Dependency, Memory};
use semver::{Version, VersionReq};

const NAMES: [&str; 5] = ["t:a", "t:b", "t:c", "t:d", "t:e"];
const VERSIONS: [&str; 7] = [
    "0.1.0",
    "0.1.1",
    "1.0.0-rc.1",
    "1.0.0",
    "1.1.0",
    "2.0.0-beta",
    "2.0.0",
];
const REQUIREMENTS: [&str; 12] = [
    "*",
    "^0.1",
    "0.1.0",
    "^1",
    "~1.0",
    "=1.1.0",
    ">=1.0.0-rc.1",
    ">=1, <2",
    "^2",
    "=2.0.0-beta",
    ">0.1.0",
    "<1",
];

/// A package at a version: what it depends on, and whether it is yanked.
type Release = (Vec<(usize, usize)>, bool);

#[derive(Debug, Clone)]
struct World {
    /// For each package the versions that there are.
    packages: Vec<BTreeMap<usize, Release>>,
    roots: Vec<(usize, usize)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let dependency = (0..NAMES.len(), 0..REQUIREMENTS.len());
    let release = (
        prop::collection::vec(dependency, 0..3),
        prop::bool::weighted(0.1),
    );
    let package = prop::collection::btree_map(0..VERSIONS.len(), release, 0..5);
    let roots = prop::collection::btree_map(0..NAMES.len(), 0..REQUIREMENTS.len(), 1..4);
    (prop::collection::vec(package, NAMES.len()), roots).prop_map(|(packages, roots)| World {
        packages,
        roots: roots.into_iter().collect(),
    })
}

impl World {
    fn index(&self) -> Memory {
        let component = wat::parse_str("(component)").unwrap();
        let mut index = Memory::new("the index");
        for (package, versions) in self.packages.iter().enumerate() {
            for (version, (dependencies, yanked)) in versions {
                let release = index
                    .add(
                        name(package),
                        VERSIONS[*version].parse().unwrap(),
                        component.clone(),
                    )
                    .unwrap();
                release.yanked = *yanked;
                // A later requirement on one package replaces an earlier one, as in a table.
                let table: BTreeMap<usize, usize> = dependencies.iter().copied().collect();
                release.dependencies = table
                    .into_iter()
                    .map(|(on, what)| Dependency {
                        name: name(on),
                        requirement: requirement(what),
                    })
                    .collect();
            }
        }
        index
    }

    fn manifest(&self) -> Manifest {
        let lines = self.roots.iter().map(|(package, what)| {
            format!("\"{}\" = \"{}\"\n", NAMES[*package], REQUIREMENTS[*what])
        });
        manifest(&lines.collect::<String>())
    }

    /// Whether the versions suit everybody, and everybody is needed.
    fn is_solution(&self, chosen: &BTreeMap<usize, usize>) -> bool {
        let suits = |(package, what): &(usize, usize)| {
            let version = chosen
                .get(package)
                .map(|version| VERSIONS[*version].parse::<Version>().unwrap());
            version.is_some_and(|version| requirement(*what).matches(&version))
        };
        let table = |dependencies: &[(usize, usize)]| -> Vec<(usize, usize)> {
            dependencies
                .iter()
                .copied()
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .collect()
        };
        self.roots.iter().all(suits)
            && chosen.iter().all(
                |(package, version)| match self.packages[*package].get(version) {
                    Some((dependencies, yanked)) => {
                        !yanked && table(dependencies).iter().all(suits)
                    }
                    None => false,
                },
            )
    }

    /// Every choice of at most one version for each package.
    fn solutions_exist(&self) -> bool {
        let mut chosen = BTreeMap::new();
        self.search(0, &mut chosen)
    }

    fn search(&self, package: usize, chosen: &mut BTreeMap<usize, usize>) -> bool {
        if package == NAMES.len() {
            return self.is_solution(chosen);
        }
        if self.search(package + 1, chosen) {
            return true;
        }
        for version in self.packages[package].keys() {
            chosen.insert(package, *version);
            if self.search(package + 1, chosen) {
                return true;
            }
        }
        chosen.remove(&package);
        false
    }
}

fn name(package: usize) -> PackageName {
    NAMES[package].parse().unwrap()
}

fn requirement(what: usize) -> VersionReq {
    REQUIREMENTS[what].parse().unwrap()
}

fn manifest(dependencies: &str) -> Manifest {
    let text = format!(
        "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[dependencies]\n{dependencies}"
    );
    boxfile_spec::parse(&text, "Boxfile.toml").expect("a valid Boxfile")
}

fn try_resolve(
    manifest: &Manifest,
    index: &Memory,
    lock: Option<&Lockfile>,
    mode: &LockMode,
) -> Result<Resolution, ResolveError> {
    resolve(manifest, &Locals::default(), index, lock, mode)
}

/// 512 worlds, unless `PROPTEST_CASES` says otherwise, which `default` reads.
fn cases() -> ProptestConfig {
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return ProptestConfig::default();
    }
    ProptestConfig::with_cases(512)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn finds_a_solution_exactly_where_there_is_one(world in worlds()) {
        let (index, manifest) = (world.index(), world.manifest());
        match try_resolve(&manifest, &index, None, &LockMode::Keep) {
            Ok(resolution) => {
                let chosen = resolution.releases().map(|release| {
                    let package = NAMES.iter().position(|name| *name == release.name.as_str()).unwrap();
                    let version = VERSIONS.iter().position(|v| *v == release.version.to_string()).unwrap();
                    (package, version)
                });
                prop_assert!(world.is_solution(&chosen.collect()));
                // A second run with the first one's lock changes nothing.
                let lock = resolution.lock(&manifest, &Locals::default());
                let again = try_resolve(&manifest, &index, Some(&lock), &LockMode::Keep).unwrap();
                prop_assert_eq!(again.lock(&manifest, &Locals::default()), lock);
            }
            Err(error) => {
                prop_assert!(!world.solutions_exist(), "{error}");
                // Every refusal can be shown.
                prop_assert!(!support::render(&error).is_empty());
            }
        }
    }
}

/// `a` in two versions, of which the newer depends on `a` as `what`.
fn depends_on_itself(what: &str) -> Memory {
    let mut index = versions_of_a(&["1.0.0", "1.5.0"]);
    let bytes = wat::parse_str("(component (import \"newest\" (func)))").unwrap();
    let newest = index.add(name(0), "1.9.0".parse().unwrap(), bytes).unwrap();
    newest.dependencies = vec![Dependency {
        name: name(0),
        requirement: what.parse().unwrap(),
    }];
    index
}

#[test]
fn a_version_that_needs_another_of_itself_is_not_taken() {
    let any = manifest("\"t:a\" = \"1\"");
    let take =
        |what| chosen(&try_resolve(&any, &depends_on_itself(what), None, &LockMode::Keep).unwrap());
    assert_eq!(take("1"), "1.9.0");
    assert_eq!(take("=1.0.0"), "1.5.0");

    let newest = manifest("\"t:a\" = \"=1.9.0\"");
    let error =
        try_resolve(&newest, &depends_on_itself("=1.0.0"), None, &LockMode::Keep).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("`t:a` 1.9.0 asks for `t:a` =1.0.0"),
        "{message}"
    );
}

/// `a` at these versions, each with nothing else.
fn versions_of_a(versions: &[&str]) -> Memory {
    let mut index = Memory::new("the index");
    for version in versions {
        let bytes = wat::parse_str(format!(
            "(component (import \"v{}\" (func)))",
            version.replace('.', "-")
        ))
        .unwrap();
        index.add(name(0), version.parse().unwrap(), bytes).unwrap();
    }
    index
}

fn chosen(resolution: &Resolution) -> String {
    resolution.get(&name(0)).unwrap().version.to_string()
}

fn lock_of(index: &Memory, manifest: &Manifest) -> Lockfile {
    let resolution = try_resolve(manifest, index, None, &LockMode::Keep).unwrap();
    resolution.lock(manifest, &Locals::default())
}

#[test]
fn a_lock_holds_until_it_is_updated() {
    let manifest = manifest("\"t:a\" = \"1\"");
    let lock = lock_of(&versions_of_a(&["1.0.0"]), &manifest);
    let newer = versions_of_a(&["1.0.0", "1.5.0"]);
    let resolve =
        |mode: &LockMode| chosen(&try_resolve(&manifest, &newer, Some(&lock), mode).unwrap());
    assert_eq!(resolve(&LockMode::Keep), "1.0.0");
    assert_eq!(resolve(&LockMode::Locked), "1.0.0");
    assert_eq!(resolve(&LockMode::UpdateOnly(vec![name(1)])), "1.0.0");
    assert_eq!(resolve(&LockMode::UpdateOnly(vec![name(0)])), "1.5.0");
    assert_eq!(resolve(&LockMode::Update), "1.5.0");
}

#[test]
fn a_lock_gives_way_to_the_boxfile() {
    let index = versions_of_a(&["1.0.0", "2.0.0"]);
    let lock = lock_of(&index, &manifest("\"t:a\" = \"1\""));
    let changed = manifest("\"t:a\" = \"2\"");
    let resolution = try_resolve(&changed, &index, Some(&lock), &LockMode::Keep).unwrap();
    assert_eq!(chosen(&resolution), "2.0.0");
    // `--locked` tells what would change.
    let resolution = try_resolve(&changed, &index, Some(&lock), &LockMode::Locked).unwrap();
    let error =
        check_locked(&resolution.lock(&changed, &Locals::default()), Some(&lock)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Boxfile.lock` does not fit the Boxfile, and `--locked` forbids to change it: \
         `t:a@2.0.0` is missing, `t:a@1.0.0` is not needed"
    );
    assert!(matches!(
        check_locked(&lock, None),
        Err(ResolveError::NoLock)
    ));
}

#[test]
fn a_yanked_version_stays_where_it_is_locked_and_nowhere_else() {
    let manifest = manifest("\"t:a\" = \"1\"");
    let whole = versions_of_a(&["1.0.0", "1.1.0"]);
    let lock = lock_of(&whole, &manifest);
    let mut yanked = Memory::new("the index");
    let bytes = wat::parse_str("(component (import \"v1-1-0\" (func)))").unwrap();
    yanked
        .add(name(0), Version::new(1, 1, 0), bytes)
        .unwrap()
        .yanked = true;
    let bytes = wat::parse_str("(component (import \"v1-0-0\" (func)))").unwrap();
    yanked.add(name(0), Version::new(1, 0, 0), bytes).unwrap();
    let resolve =
        |lock, mode: &LockMode| chosen(&try_resolve(&manifest, &yanked, lock, mode).unwrap());
    assert_eq!(resolve(Some(&lock), &LockMode::Keep), "1.1.0");
    assert_eq!(resolve(None, &LockMode::Keep), "1.0.0");
    assert_eq!(resolve(Some(&lock), &LockMode::Update), "1.0.0");
}

#[test]
fn other_bytes_under_a_locked_version_are_refused() {
    let manifest = manifest("\"t:a\" = \"1\"");
    let lock = lock_of(&versions_of_a(&["1.0.0"]), &manifest);
    let mut other = Memory::new("the index");
    other
        .add(
            name(0),
            Version::new(1, 0, 0),
            wat::parse_str("(component)").unwrap(),
        )
        .unwrap();
    for mode in [LockMode::Keep, LockMode::Locked] {
        let error = try_resolve(&manifest, &other, Some(&lock), &mode).unwrap_err();
        assert!(
            matches!(error, ResolveError::DigestChanged { .. }),
            "{error}"
        );
    }
    assert!(try_resolve(&manifest, &other, Some(&lock), &LockMode::Update).is_ok());
}

#[test]
fn a_built_in_of_another_build_is_taken_and_told_of() {
    let manifest = manifest("\"t:a\" = \"1\"");
    let built_in = |text: &str| {
        let mut index = Memory::new(registry_index::BUILT_IN);
        index
            .add(
                name(0),
                Version::new(1, 0, 0),
                wat::parse_str(text).unwrap(),
            )
            .unwrap();
        index
    };
    let lock = lock_of(&built_in("(component)"), &manifest);
    let other = built_in("(component (import \"other\" (func)))");
    let resolution = try_resolve(&manifest, &other, Some(&lock), &LockMode::Keep).unwrap();
    assert_eq!(resolution.rebuilt, [name(0)]);
    let error = try_resolve(&manifest, &other, Some(&lock), &LockMode::Locked).unwrap_err();
    assert!(
        matches!(error, ResolveError::DigestChanged { .. }),
        "{error}"
    );
}
