//! wkg's configuration, read by us.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use registry_index::{
    Directory, Index as _, IndexError, Network, Publish as _, Query, Registries, Stack,
};

use crate::support::{component, name, parcel};

fn registries(folder: &Path, network: Network, variables: &[(&str, &str)]) -> Registries {
    let variables: HashMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Registries::new(network, folder, move |name| variables.get(name).cloned())
}

fn offline() -> Network {
    Network {
        offline: true,
        ..Network::default()
    }
}

#[test]
fn namespaces_and_packages_come_from_where_they_are_mapped_to() {
    let folder = tempfile::tempdir().unwrap();
    for (place, package) in [
        ("one", "acme:a"),
        ("one", "acme:special"),
        ("one", "other:a"),
        ("two", "acme:special"),
        ("two", "free:b"),
    ] {
        let index = Directory::create(folder.path().join(place)).unwrap();
        let minor = u64::from(place == "two");
        index
            .publish(&parcel(package, &format!("1.{minor}.0"), &component(minor)))
            .unwrap();
    }
    let config = r#"
        default_registry = "two.example"
        [namespace_registries]
        acme = "one.example"
        [package_registry_overrides]
        "acme:special" = "two.example"
        [registry."one.example".box]
        path = "one"
        [registry."two.example".box]
        path = "two"
    "#;
    let all = registries(folder.path(), offline(), &[])
        .with_config(config, "config.toml")
        .unwrap();
    let version = |package: &str| {
        let releases = all.releases(&name(package)).unwrap();
        releases.first().map(|release| release.version.minor)
    };
    assert_eq!(version("acme:a"), Some(0));
    assert_eq!(version("acme:special"), Some(1));
    assert_eq!(version("free:b"), Some(1));
    assert_eq!(
        version("other:a"),
        None,
        "it is not where its namespace is mapped to"
    );
    let found = all.search(&Query::default()).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|r| (r.name.as_str(), r.version.minor))
        .collect();
    assert_eq!(found, [("acme:a", 0), ("acme:special", 1), ("free:b", 1)]);

    // As one source of several.
    let stack = Stack::new().with(std::sync::Arc::new(all));
    let release = stack.releases(&name("free:b")).unwrap().remove(0);
    assert_eq!(stack.fetch(&release).unwrap(), component(1));
    assert_eq!(stack.search(&Query::default()).unwrap().len(), 3);
}

#[test]
fn wkgs_own_words_lead_to_oci_registries() {
    let folder = tempfile::tempdir().unwrap();
    let config = r#"
        [namespace_registries]
        acme = "ghcr.io"
        wide = { registry = "wide", metadata = { preferredProtocol = "oci", oci = { registry = "registry.example:5000", namespacePrefix = "web/assembly/" } } }
        [registry."ghcr.io".oci]
        auth = "bWU6c2VjcmV0"
    "#;
    let all = registries(folder.path(), offline(), &[])
        .with_config(config, "config.toml")
        .unwrap();
    let origin = |package: &str| {
        let source = all.source_of(&name(package)).unwrap().unwrap();
        assert!(source.publisher.is_some());
        source.index.origin().to_owned()
    };
    assert_eq!(origin("acme:a"), "oci://ghcr.io");
    assert_eq!(origin("wide:a"), "oci://registry.example:5000/web/assembly");
    assert!(all.source_of(&name("nobody:a")).unwrap().is_none());
    // What wkg knows without a configuration.
    assert_eq!(origin("wasi:io"), "oci://wasi.dev");
}

#[test]
fn places_are_opened_by_their_form() {
    let folder = tempfile::tempdir().unwrap();
    Directory::create(folder.path().join("index")).unwrap();
    let all = registries(folder.path(), offline(), &[]);
    let origin = |place: &str| {
        all.open(place)
            .map(|source| source.index.origin().to_owned())
    };
    // A folder is called as it was named, wherever it is seen from.
    assert_eq!(origin("index").unwrap(), "index");
    let index = folder.path().join("index").display().to_string();
    assert_eq!(origin(&index).unwrap(), index);
    assert_eq!(
        origin("https://example.com/index/").unwrap(),
        "https://example.com/index"
    );
    assert_eq!(origin("oci://ghcr.io/acme/").unwrap(), "oci://ghcr.io/acme");
    assert!(matches!(
        origin("nowhere"),
        Err(IndexError::NotAnIndex { .. })
    ));
    assert!(matches!(
        origin("ftp://example.com"),
        Err(IndexError::Configuration { .. })
    ));
}

#[test]
fn a_configuration_that_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let all = || registries(folder.path(), offline(), &[]);
    for text in [
        "default_registry = 5",
        "[namespace_registries]\nacme = 5",
        "]",
    ] {
        let Err(error) = all().with_config(text, "/etc/config.toml") else {
            panic!("{text}");
        };
        assert!(error.to_string().contains("/etc/config.toml"), "{error}");
    }
    for text in [
        "[namespace_registries]\nacme = \"x.example\"\n[registry.\"x.example\".box]\n",
        "[namespace_registries]\nacme = \"x.example\"\n[registry.\"x.example\".oci]\nauth = \"?\"\n",
        "[namespace_registries]\nacme = \"x.example\"\n[registry.\"x.example\".oci]\nauth = \"bWU=\"\n",
    ] {
        let all = all().with_config(text, "config.toml").unwrap();
        let error = all.releases(&name("acme:a")).unwrap_err();
        assert!(matches!(error, IndexError::Configuration { .. }), "{error}");
        assert!(error.to_string().contains("x.example"), "{error}");
    }
}

#[test]
fn the_configuration_is_where_wkg_looks_for_it() {
    let path = |variables: &[(&str, &str)]| {
        Registries::config_path(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(path(&[]), None);
    let home = PathBuf::from("/home/me/.config/wasm-pkg/config.toml");
    assert_eq!(path(&[("HOME", "/home/me")]), Some(home.clone()));
    assert_eq!(
        path(&[("HOME", "/home/me"), ("XDG_CONFIG_HOME", "not/absolute")]),
        Some(home)
    );
    let other = PathBuf::from("/etc/xdg/wasm-pkg/config.toml");
    assert_eq!(
        path(&[("HOME", "/home/me"), ("XDG_CONFIG_HOME", "/etc/xdg")]),
        Some(other)
    );
}
