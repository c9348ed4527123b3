//! How a package lies in an OCI registry, so that `wkg` finds it and we find `wkg`'s.
//!
//! One layer with the bytes, a config that names the interfaces, the version as the tag.
//! What the conventions have no place for stands in an annotation of the manifest.
//!
//! Source: <https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>

use std::collections::BTreeMap;

use boxfile_spec::{Digest, PackageName};
use bytes::Bytes;
use oci_client::client::{Config, ImageLayer};
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciImageManifest};
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::error::IndexError;
use crate::interface::{Extern, ExternKind, Interfaces};
use crate::interface_name::InterfaceName;
use crate::kind::Kind;
use crate::publish::Parcel;
use crate::release::Release;

const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// Of an archive of files: OCI image specification, `layer.md`.
const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

/// The release as the index tells of it, in JSON.
const RELEASE: &str = "dev.boxer.release";
/// `true` where it was withdrawn.
pub(super) const YANKED: &str = "dev.boxer.yanked";
/// The README, where it is short enough for a manifest.
pub(super) const README: &str = "dev.boxer.readme";
/// Registries must take manifests of 4 MiB; OCI distribution specification, "Pushing
/// Manifests".
const README_LIMIT: usize = 256 << 10;

/// The config of the conventions.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WasmConfig {
    created: String,
    architecture: String,
    os: String,
    layer_digests: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    component: Option<Component>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Component {
    #[serde(default)]
    exports: Vec<String>,
    #[serde(default)]
    imports: Vec<String>,
}

/// What to push.
pub(super) struct Image {
    pub(super) manifest: OciImageManifest,
    pub(super) layer: ImageLayer,
    pub(super) config: Config,
}

/// Packs a parcel. The same parcel makes the same image: nothing in it tells the time.
pub(super) fn pack(parcel: &Parcel) -> Result<Image, IndexError> {
    let release = &parcel.release;
    let names = |externs: &[Extern]| externs.iter().map(|one| one.name.clone()).collect();
    let component = !matches!(release.kind, Kind::CoreModule | Kind::Layer);
    let config = WasmConfig {
        created: "1970-01-01T00:00:00Z".to_owned(),
        architecture: "wasm".to_owned(),
        os: if component { "wasip2" } else { "wasip1" }.to_owned(),
        layer_digests: vec![release.digest.to_string()],
        component: component.then(|| Component {
            exports: names(&release.exports),
            imports: names(&release.imports),
        }),
    };
    let json = |error: serde_json::Error| IndexError::Document {
        path: parcel.file(),
        reason: error.to_string(),
    };
    let config = Config {
        data: serde_json::to_vec(&config).map_err(json)?.into(),
        media_type: CONFIG.to_owned(),
        annotations: None,
    };
    let (media_type, file) = match release.kind {
        Kind::Layer if parcel.bytes.starts_with(&[0x1f, 0x8b]) => (format!("{TAR}+gzip"), "tar.gz"),
        Kind::Layer if parcel.bytes.starts_with(&[0x28, 0xb5]) => {
            (format!("{TAR}+zstd"), "tar.zst")
        }
        Kind::Layer => (TAR.to_owned(), "tar"),
        _ => (LAYER.to_owned(), "wasm"),
    };
    let title = format!("{}.{file}", release.name.name());
    let layer = ImageLayer {
        data: parcel.bytes.clone(),
        media_type,
        annotations: Some([("org.opencontainers.image.title".to_owned(), title)].into()),
    };
    let mut manifest = OciImageManifest::build(
        std::slice::from_ref(&layer),
        &config,
        Some(annotations(parcel).map_err(json)?),
    );
    manifest.media_type = Some(OCI_IMAGE_MEDIA_TYPE.to_owned());
    Ok(Image {
        manifest,
        layer,
        config,
    })
}

/// The bytes of a manifest. Not the library's, whose canonical JSON leaves line ends in
/// strings as they are; registries refuse that.
pub(super) fn text(manifest: &OciImageManifest, file: &str) -> Result<Bytes, IndexError> {
    let text = serde_json::to_vec(manifest).map_err(|error| IndexError::Document {
        path: file.to_owned(),
        reason: error.to_string(),
    });
    text.map(Bytes::from)
}

/// Whether two manifests say the same.
pub(super) fn same(one: &OciImageManifest, other: &OciImageManifest) -> bool {
    match (serde_json::to_value(one), serde_json::to_value(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn annotations(parcel: &Parcel) -> Result<BTreeMap<String, String>, serde_json::Error> {
    let release = &parcel.release;
    let mut all = BTreeMap::from([
        (
            "org.opencontainers.image.version".to_owned(),
            release.version.to_string(),
        ),
        (RELEASE.to_owned(), serde_json::to_string(release)?),
    ]);
    for (key, value) in [
        ("org.opencontainers.image.description", &release.description),
        ("org.opencontainers.image.licenses", &release.license),
    ] {
        if !value.is_empty() {
            all.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(readme) = parcel
        .readme
        .as_ref()
        .filter(|text| text.len() <= README_LIMIT)
    {
        all.insert(README.to_owned(), readme.clone());
    }
    Ok(all)
}

/// What a manifest and its config tell of a version; none where it is no package.
///
/// # Errors
///
/// Where it is one of ours and not true.
pub(super) fn unpack(
    name: &PackageName,
    version: &Version,
    manifest: &OciImageManifest,
    config: &str,
    origin: &str,
) -> Result<Option<Release>, IndexError> {
    // Exactly one layer, say the conventions.
    let [layer] = manifest.layers.as_slice() else {
        return Ok(None);
    };
    let known = layer.media_type == LAYER || layer.media_type.starts_with(TAR);
    let (Ok(digest), Ok(size)) = (layer.digest.parse::<Digest>(), u64::try_from(layer.size)) else {
        return Ok(None);
    };
    if !known {
        return Ok(None);
    }
    let annotation = |key: &str| manifest.annotations.as_ref()?.get(key);
    let yanked = annotation(YANKED).is_some_and(|text| text == "true");
    let mut release = match annotation(RELEASE) {
        Some(text) => own(text, name, version, digest, size, origin)?,
        None => foreign(name, version, digest, size, config),
    };
    if annotation(RELEASE).is_none() {
        if layer.media_type.starts_with(TAR) {
            release.kind = Kind::Layer;
        }
        let text = |key: &str| annotation(key).cloned().unwrap_or_default();
        release.description = text("org.opencontainers.image.description");
        release.license = text("org.opencontainers.image.licenses");
    }
    release.yanked = yanked;
    origin.clone_into(&mut release.origin);
    Ok(Some(release))
}

/// Whether only the bytes tell what a package is: those of a client that knows nothing of
/// components, whose config is empty, and those that import nothing, which may be interfaces
/// without code. `wkg` describes both alike.
pub(super) fn must_be_read(manifest: &OciImageManifest, config: &str) -> bool {
    let annotations = manifest.annotations.as_ref();
    if annotations.is_some_and(|all| all.contains_key(RELEASE))
        || manifest
            .layers
            .iter()
            .any(|layer| layer.media_type != LAYER)
    {
        return false;
    }
    match serde_json::from_str::<WasmConfig>(config) {
        Ok(config) => config
            .component
            .is_some_and(|component| component.imports.is_empty()),
        Err(_) => true,
    }
}

/// A release that we pushed, which must be about what it stands beside.
fn own(
    text: &str,
    name: &PackageName,
    version: &Version,
    digest: Digest,
    size: u64,
    origin: &str,
) -> Result<Release, IndexError> {
    let broken = |reason: String| IndexError::Document {
        path: format!("{origin}, {name} {version}"),
        reason,
    };
    let release: Release = serde_json::from_str(text).map_err(|e| broken(e.to_string()))?;
    if (&release.name, &release.version) != (name, version) {
        let reason = format!("it tells of `{}` {}", release.name, release.version);
        return Err(broken(reason));
    }
    if (release.digest, release.size) != (digest, size) {
        let reason = format!("it tells of {}, and its layer is {digest}", release.digest);
        return Err(broken(reason));
    }
    Ok(release)
}

/// A release that somebody else pushed: its config names interfaces, and no functions.
fn foreign(
    name: &PackageName,
    version: &Version,
    digest: Digest,
    size: u64,
    config: &str,
) -> Release {
    let config = serde_json::from_str::<WasmConfig>(config).ok();
    let core = config
        .as_ref()
        .is_some_and(|config| config.component.is_none());
    let component = config
        .and_then(|config| config.component)
        .unwrap_or_default();
    let externs = |names: Vec<String>| {
        let externs = names.into_iter().map(|name| Extern {
            kind: match name.parse::<InterfaceName>() {
                Ok(_) => ExternKind::Instance,
                Err(_) => ExternKind::Function,
            },
            name,
            implements: None,
            functions: Vec::new(),
        });
        externs.collect()
    };
    let interfaces = Interfaces {
        imports: externs(component.imports),
        exports: externs(component.exports),
    };
    Release {
        name: name.clone(),
        version: version.clone(),
        digest,
        size,
        kind: if core {
            Kind::CoreModule
        } else {
            Kind::of(&interfaces)
        },
        imports: interfaces.imports,
        exports: interfaces.exports,
        dependencies: Vec::new(),
        description: String::new(),
        license: String::new(),
        readme: None,
        signature: None,
        yanked: false,
        origin: String::new(),
    }
}

/// Checks bytes against an entry that may be `wkg`'s, which names interfaces only.
pub(super) fn verify_names(release: &Release, bytes: &Bytes) -> Result<(), IndexError> {
    let own = Release::describe(release.name.clone(), release.version.clone(), bytes);
    let own = own.map_err(|reason| IndexError::Component {
        name: release.name.clone(),
        version: release.version.clone(),
        reason,
    })?;
    let told = |import: &Extern| release.imports.iter().any(|one| one.name == import.name);
    match own.imports.iter().find(|import| !told(import)) {
        None => Ok(()),
        Some(import) => Err(IndexError::Facts {
            origin: release.origin.clone(),
            name: release.name.clone(),
            version: release.version.clone(),
            difference: format!("import `{}`, which it does not tell", import.name),
        }),
    }
}
