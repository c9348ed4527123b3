//! The resolver beside a solver of satisfiability, on random indexes of hundreds of packages.
//!
//! Such a solver looks at every choice there is, or proves that it need not: where it finds
//! none, there is none. `RESOLVER_CASES` says how many indexes are tried.

use std::collections::BTreeMap;

use batsat::{BasicSolver, Lit, SolverInterface, lbool};
use boxfile_spec::{Manifest, PackageName};
use composer::fetch::Locals;
use composer::resolve::{LockMode, Resolution, ResolveError, resolve};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use registry_index::{Dependency, Index as _, Memory, Release};
use semver::{Version, VersionReq};

/// How dense an index is. Sparse ones are mostly solvable and dense ones mostly not; between
/// them it is hard to tell.
#[derive(Debug, Clone, Copy)]
struct Shape {
    packages: usize,
    versions: usize,
    dependencies: usize,
    /// Of a hundred requirements, those that only a few versions fit.
    narrow: u32,
    roots: usize,
}

const SHAPES: [Shape; 4] = [
    Shape {
        packages: 200,
        versions: 6,
        dependencies: 2,
        narrow: 10,
        roots: 4,
    },
    Shape {
        packages: 300,
        versions: 5,
        dependencies: 3,
        narrow: 25,
        roots: 4,
    },
    Shape {
        packages: 400,
        versions: 4,
        dependencies: 2,
        narrow: 35,
        roots: 6,
    },
    Shape {
        packages: 300,
        versions: 8,
        dependencies: 3,
        narrow: 40,
        roots: 3,
    },
];

const DEFAULT_CASES: usize = 120;

fn name(number: usize) -> PackageName {
    format!("t:p{number}").parse().unwrap()
}

fn manifest(roots: &[(usize, VersionReq)]) -> Manifest {
    let lines: String = roots
        .iter()
        .map(|(number, requirement)| format!("\"t:p{number}\" = \"{requirement}\"\n"))
        .collect();
    let text = format!(
        "[box]\nname = \"t:t\"\nversion = \"0.1.0\"\n[app]\ncomponent = \"a.wasm\"\n[dependencies]\n{lines}"
    );
    boxfile_spec::parse(&text, "Boxfile.toml").unwrap()
}

struct World {
    index: Memory,
    releases: BTreeMap<PackageName, Vec<Release>>,
    roots: Vec<(usize, VersionReq)>,
}

impl World {
    fn random(shape: Shape, rng: &mut TestRng) -> Self {
        let component = wat::parse_str("(component)").unwrap();
        let first = Release::describe(name(0), Version::new(1, 0, 0), &component).unwrap();
        let mut below = |limit: usize| (rng.next_u64() % limit.max(1) as u64) as usize;
        let versions: Vec<Vec<Version>> = (0..shape.packages)
            .map(|_| {
                let count = 1 + below(shape.versions);
                let mut list: Vec<Version> = (0..count)
                    .map(|_| Version::new(1 + below(3) as u64, below(4) as u64, below(2) as u64))
                    .collect();
                if below(5) == 0 {
                    let mut early = list[0].clone();
                    early.pre = "rc.1".parse().unwrap();
                    list.push(early);
                }
                list.sort();
                list.dedup();
                list
            })
            .collect();
        let requirement = |number: usize, below: &mut dyn FnMut(usize) -> usize| {
            let target = &versions[number][below(versions[number].len())];
            let text = if below(100) < shape.narrow as usize {
                match below(3) {
                    0 => format!("={target}"),
                    1 => format!("~{target}"),
                    _ => format!("<{target}"),
                }
            } else {
                match below(3) {
                    0 => "*".to_owned(),
                    1 => format!(">={target}"),
                    _ => format!("^{target}"),
                }
            };
            text.parse::<VersionReq>().unwrap()
        };
        let mut index = Memory::new("the index");
        for (number, list) in versions.iter().enumerate() {
            for version in list {
                let mut release = first.clone();
                release.name = name(number);
                release.version = version.clone();
                release.yanked = below(20) == 0;
                let mut needs = BTreeMap::new();
                for _ in 0..below(shape.dependencies + 1) {
                    // Cycles are allowed, and happen.
                    let on = below(shape.packages);
                    if on != number {
                        needs.insert(on, requirement(on, &mut below));
                    }
                }
                release.dependencies = needs
                    .into_iter()
                    .map(|(on, requirement)| Dependency {
                        name: name(on),
                        requirement,
                    })
                    .collect();
                index.insert(release, Vec::new()).unwrap();
            }
        }
        let mut roots = BTreeMap::new();
        for _ in 0..shape.roots {
            let number = below(shape.packages);
            roots.insert(number, requirement(number, &mut below));
        }
        let releases = (0..shape.packages)
            .map(|number| (name(number), index.releases(&name(number)).unwrap()))
            .collect();
        Self {
            index,
            releases,
            roots: roots.into_iter().collect(),
        }
    }

    fn resolve(&self) -> Result<Resolution, ResolveError> {
        let manifest = manifest(&self.roots);
        resolve(
            &manifest,
            &Locals::default(),
            &self.index,
            None,
            &LockMode::Keep,
        )
    }

    fn fitting(
        &self,
        name: &PackageName,
        requirement: &VersionReq,
    ) -> impl Iterator<Item = &Release> {
        let releases = self.releases[name].iter();
        releases.filter(|release| !release.yanked && requirement.matches(&release.version))
    }

    /// A variable for each release: at most one of a package is true; one that is true has
    /// for each dependency one that fits; each root has one that fits.
    fn is_satisfiable(&self) -> bool {
        let mut solver = BasicSolver::default();
        let mut variables = BTreeMap::new();
        for release in self.releases.values().flatten() {
            let key = (release.name.clone(), release.version.clone());
            variables.insert(key, solver.new_var_default());
        }
        let literal = |release: &Release, sign| {
            let key = (release.name.clone(), release.version.clone());
            Lit::new(variables[&key], sign)
        };
        let mut clauses = Vec::new();
        for releases in self.releases.values() {
            for (place, one) in releases.iter().enumerate() {
                for other in &releases[place + 1..] {
                    clauses.push(vec![literal(one, false), literal(other, false)]);
                }
                for need in &one.dependencies {
                    let fitting = self.fitting(&need.name, &need.requirement);
                    let mut clause = vec![literal(one, false)];
                    clause.extend(fitting.map(|release| literal(release, true)));
                    clauses.push(clause);
                }
            }
        }
        for (number, requirement) in &self.roots {
            let name = name(*number);
            let fitting = self.fitting(&name, requirement);
            clauses.push(fitting.map(|release| literal(release, true)).collect());
        }
        let consistent = clauses
            .iter_mut()
            .all(|clause| solver.add_clause_reuse(clause));
        consistent && solver.solve_limited(&[]) == lbool::TRUE
    }

    /// Whether what was chosen suits everybody, and everybody in it is needed by somebody.
    fn check(&self, resolution: &Resolution) {
        for (number, requirement) in &self.roots {
            let chosen = resolution.get(&name(*number)).expect("a root");
            assert!(
                requirement.matches(&chosen.version),
                "{requirement} {}",
                chosen.version
            );
        }
        let built_in = |name: &PackageName| name.namespace() == "boxer";
        for release in resolution.releases() {
            assert!(!release.yanked);
            for need in &release.dependencies {
                let chosen = resolution.get(&need.name).expect("a dependency");
                assert!(need.requirement.matches(&chosen.version));
            }
            let rooted = self
                .roots
                .iter()
                .any(|(number, _)| name(*number) == release.name);
            let needed = resolution.releases().any(|other| {
                other
                    .dependencies
                    .iter()
                    .any(|need| need.name == release.name)
            });
            assert!(
                rooted || needed || built_in(&release.name),
                "{}",
                release.name
            );
        }
    }
}

#[test]
fn finds_a_solution_exactly_where_there_is_one() {
    let cases = std::env::var("RESOLVER_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(DEFAULT_CASES);
    let seed = [7; 32];
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let (mut solved, mut refused) = (0, 0);
    for case in 0..cases {
        let shape = SHAPES[case % SHAPES.len()];
        let world = World::random(shape, &mut rng);
        let satisfiable = world.is_satisfiable();
        match world.resolve() {
            Ok(resolution) => {
                assert!(satisfiable, "case {case}: solved what cannot be");
                world.check(&resolution);
                solved += 1;
            }
            Err(error) => {
                assert!(!satisfiable, "case {case}: gave up: {error}");
                // The chain begins with what the Boxfile says.
                let text = error.to_string();
                let named = world
                    .roots
                    .iter()
                    .any(|(number, _)| text.contains(&format!("t:p{number}")));
                assert!(named, "case {case}: {text}");
                refused += 1;
            }
        }
    }
    // A test of one kind of index alone would say little.
    assert!(solved * 5 > cases, "{solved} of {cases} solved");
    assert!(refused * 5 > cases, "{refused} of {cases} refused");
}
