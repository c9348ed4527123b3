//! What is written is read back as it was: names, patterns, lock files.

use boxfile_spec::{
    Digest, GuestPath, HostPattern, ImportName, LockedPackage, Lockfile, NetPattern, PackageId,
    PackageName, PackageRef, PortPattern, Version, VersionReq,
};
use proptest::prelude::*;

fn kebab() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,5}){0,2}"
}

fn name() -> impl Strategy<Value = PackageName> {
    (kebab(), kebab()).prop_map(|(namespace, name)| format!("{namespace}:{name}").parse().unwrap())
}

fn version() -> impl Strategy<Value = Version> {
    let numbers = (0..100u64, 0..100u64, 0..100u64);
    (
        numbers,
        "(-[a-z]{1,4}(\\.[1-9][0-9]{0,2})?)?(\\+[a-z0-9]{1,4})?",
    )
        .prop_map(|((major, minor, patch), rest)| {
            format!("{major}.{minor}.{patch}{rest}").parse().unwrap()
        })
}

fn requirement() -> impl Strategy<Value = VersionReq> {
    prop_oneof![
        Just(VersionReq::STAR),
        (
            prop::sample::select(vec!["^", "~", "=", ">=", "<", ""]),
            version()
        )
            .prop_map(|(operator, version)| format!("{operator}{version}").parse().unwrap()),
        (0..9u64, 9..20u64).prop_map(|(from, to)| format!(">={from}, <{to}").parse().unwrap()),
    ]
}

fn lockfile() -> impl Strategy<Value = Lockfile> {
    let package = (
        name(),
        version(),
        ".+",
        any::<[u8; 32]>(),
        any::<[prop::sample::Index; 3]>(),
    );
    prop::collection::vec(package, 0..8).prop_map(|packages| {
        let ids: Vec<PackageId> = packages
            .iter()
            .map(|(name, version, ..)| PackageId {
                name: name.clone(),
                version: version.clone(),
            })
            .collect();
        let mut lock = Lockfile::default();
        for (name, version, source, digest, edges) in packages {
            let dependencies = edges.iter().map(|edge| edge.get(&ids).clone()).collect();
            let digest = Digest::from_bytes(digest);
            lock.insert(LockedPackage {
                name,
                version,
                source,
                digest,
                dependencies,
            });
        }
        lock
    })
}

proptest! {
    #[test]
    fn package_references(name in name(), requirement in requirement()) {
        let reference = PackageRef { name, requirement };
        prop_assert_eq!(reference.to_string().parse(), Ok(reference));
    }

    #[test]
    fn imports(name in name(), interface in kebab(), version in prop::option::of(version())) {
        let import = ImportName::Interface { package: name, interface, version };
        prop_assert_eq!(import.to_string().parse(), Ok(import));
    }

    #[test]
    fn network_patterns(address in any::<std::net::IpAddr>(), port in any::<u16>(), host in "[a-z][a-z0-9-]{0,8}[a-z](\\.[a-z]{2,5}){0,2}") {
        for host in [HostPattern::Any, HostPattern::Name(host), HostPattern::Address(address)] {
            for port in [PortPattern::Any, PortPattern::Port(port)] {
                let pattern = NetPattern { host: host.clone(), port };
                prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
            }
        }
    }

    #[test]
    fn guest_paths(text in "(/[^\\x00]{0,5}){1,6}") {
        if let Ok(path) = GuestPath::new(&text) {
            prop_assert_eq!(GuestPath::new(path.as_str()), Ok(path));
        } else {
            prop_assert!(text.split('/').any(|part| part == ".."));
        }
    }

    #[test]
    fn digests(bytes in any::<[u8; 32]>()) {
        let digest = Digest::from_bytes(bytes);
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn lock_files(lock in lockfile()) {
        let text = lock.to_string();
        let again = Lockfile::parse(&text, "Boxfile.lock").unwrap();
        prop_assert_eq!(&again, &lock);
        prop_assert_eq!(again.to_string(), text);
    }
}

#[test]
fn a_lock_file_is_sorted_whatever_came_first() {
    let package = |name: &str, version: &str, dependencies: &[&str]| LockedPackage {
        name: name.parse().unwrap(),
        version: version.parse().unwrap(),
        source: "builtin".into(),
        digest: Digest::from_bytes([7; 32]),
        dependencies: dependencies.iter().map(|id| id.parse().unwrap()).collect(),
    };
    let packages = [
        package("b:b", "10.0.0", &[]),
        package("a:z", "1.0.0", &["b:b@9.0.0", "a:a@1.0.0", "b:b@9.0.0"]),
        package("b:b", "9.0.0", &[]),
        package("a:a", "1.0.0", &[]),
    ];
    let mut forward = Lockfile::default();
    let mut backward = Lockfile::default();
    for package in &packages {
        assert_eq!(forward.insert(package.clone()), None);
    }
    for package in packages.iter().rev() {
        backward.insert(package.clone());
    }
    let text = forward.to_string();
    assert_eq!(text, backward.to_string());
    let digest = format!("digest = \"sha256:{}\"\n", "07".repeat(32));
    assert_eq!(
        text,
        format!(
            "# Written by `box`, which keeps it up to date: commit it, and don't edit it.\n\
             version = 1\n\
             \n[[package]]\nname = \"a:a\"\nversion = \"1.0.0\"\nsource = \"builtin\"\n{digest}\
             \n[[package]]\nname = \"a:z\"\nversion = \"1.0.0\"\nsource = \"builtin\"\n{digest}\
             dependencies = [\n    \"a:a@1.0.0\",\n    \"b:b@9.0.0\",\n]\n\
             \n[[package]]\nname = \"b:b\"\nversion = \"9.0.0\"\nsource = \"builtin\"\n{digest}\
             \n[[package]]\nname = \"b:b\"\nversion = \"10.0.0\"\nsource = \"builtin\"\n{digest}"
        )
    );
    let b: PackageName = "b:b".parse().unwrap();
    let versions: Vec<String> = forward
        .named(&b)
        .map(|package| package.version.to_string())
        .collect();
    assert_eq!(versions, ["9.0.0", "10.0.0"]);
}
