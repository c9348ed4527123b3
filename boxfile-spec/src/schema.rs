//! The JSON Schema of a Boxfile, for editors that complete and check as one types.
//!
//! The types here are the tables as they stand in the file; those of
//! [`crate::manifest`] are what is left after their short and long forms became
//! one. Their documentation is what an editor shows.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::slot::Slot;

/// The JSON Schema (draft 7, which editors of TOML know) of a Boxfile.
///
/// It accepts all that [`crate::parse`] accepts. It can't tell everything that is
/// wrong: not that two guest paths are the same, nor that a script needs a runtime.
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(remove_null));
    let mut schema = settings.into_generator().into_root_schema_for::<Boxfile>();
    schema.insert("title".into(), "Boxfile".into());
    schema.to_value()
}

/// Takes the `null` out of optional properties: JSON may say so where a key is left
/// out, TOML has no word for it.
fn remove_null(schema: &mut Schema) {
    let is_null = |alternative: &Value| alternative.get("type") == Some(&"null".into());
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(mut alternatives)) = schema.remove("anyOf") {
        alternatives.retain(|alternative| !is_null(alternative));
        let key = if alternatives.len() == 1 {
            "allOf"
        } else {
            "anyOf"
        };
        schema.insert(key.into(), alternatives.into());
    }
}

/// A Boxfile: one application and the operating environment that it brings along.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct Boxfile {
    /// What the box is called.
    r#box: Package,
    /// What runs in the box.
    app: App,
    /// The modules of the kernel. A line left out takes the default module.
    kernel: Option<Kernel>,
    /// What is baked into the box: guest path = host path. A longer guest path is
    /// laid over what a shorter one brings.
    files: Option<BTreeMap<GuestPath, FileLine>>,
    /// Other components that the app imports.
    dependencies: Option<BTreeMap<PackageName, DependencyLine>>,
    /// Who provides what to whom, where two providers fit: consumer = { import = provider }.
    wire: Option<BTreeMap<Party, BTreeMap<ImportName, Party>>>,
    /// What may reach the host: nothing that is not here, but for standard streams,
    /// arguments, clocks and random bytes.
    grants: Option<Grants>,
    /// How the box is made.
    build: Option<Build>,
}

/// How the box is made.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct Build {
    /// How the parts are joined. The default is `fused`, where they can be.
    form: Option<Form>,
    /// Start the box once when it is built, and let it start from there: `true`, or
    /// the function of the app that runs before the snapshot. With `true` that is
    /// `preinit`, if the app exports it.
    preinit: Option<Preinit>,
}

/// How the parts of a box are joined.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum Form {
    /// One flat component.
    Fused,
    /// Nested components.
    Linked,
}

/// Whether to start the box when it is built, or by which function.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum Preinit {
    Wanted(bool),
    Hook(Filled),
}

/// What the box is called.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct Package {
    /// `namespace:name`, under which the box is published.
    name: PackageName,
    /// The version under which it is published.
    version: Version,
    /// One line for people.
    description: Option<String>,
    /// An SPDX license expression.
    license: Option<String>,
    /// Who wrote it.
    authors: Option<Vec<Text>>,
    /// Where its source is, as a URL.
    repository: Option<String>,
}

/// What runs in the box: exactly one of `component`, `cargo`, `script` and `package`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [
    { "required": ["component"] },
    { "required": ["cargo"] },
    { "required": ["script"] },
    { "required": ["package"] },
]))]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct App {
    /// A component, or a core module of wasip1, which is adapted by itself.
    component: Option<HostPath>,
    /// A cargo package to build.
    cargo: Option<Cargo>,
    /// A script for `kernel.runtime`.
    script: Option<HostPath>,
    /// A package from an index.
    package: Option<PackageRef>,
    /// Arguments before those that the host gives.
    args: Option<Vec<Text>>,
    /// Environment variables. A granted variable of the host wins over one of these.
    env: Option<BTreeMap<EnvName, Text>>,
    /// The working directory in the box.
    cwd: Option<GuestPath>,
}

/// A directory with a `Cargo.toml`, or a table that says which package and program.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum Cargo {
    Path(HostPath),
    Table(CargoTable),
}

/// A cargo package to build.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct CargoTable {
    /// The directory with the `Cargo.toml`.
    path: HostPath,
    /// Which package of a workspace.
    package: Option<Filled>,
    /// Which of the package's programs.
    bin: Option<Filled>,
}

/// The modules of the kernel: one property for each slot.
struct Kernel;

impl JsonSchema for Kernel {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Kernel".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let line = generator.subschema_for::<ModuleLine>();
        let slots: serde_json::Map<_, _> = Slot::ALL
            .into_iter()
            .map(|slot| {
                let line = json_schema!({ "description": slot.description(), "allOf": [line] });
                (slot.as_str().to_owned(), line.to_value())
            })
            .collect();
        json_schema!({ "type": "object", "properties": slots, "additionalProperties": false })
    }
}

/// A package, or a table with its settings.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum ModuleLine {
    Package(PackageRef),
    FromIndex(ModuleFromIndex),
    FromFile(ModuleFromFile),
}

/// A module from an index.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct ModuleFromIndex {
    /// The package.
    package: PackageRef,
    /// Which of its versions will do.
    version: Option<VersionReq>,
    /// A directory, an `http(s)://` index or an `oci://` registry to take it from.
    registry: Option<Filled>,
    /// Settings of the module.
    config: Option<BTreeMap<String, Value>>,
    /// How often it is instantiated.
    instance: Option<Instance>,
}

/// A module of one's own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct ModuleFromFile {
    /// The component's file.
    path: HostPath,
    /// Settings of the module.
    config: Option<BTreeMap<String, Value>>,
    /// How often it is instantiated.
    instance: Option<Instance>,
}

/// The versions that will do, or a table that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum DependencyLine {
    Requirement(VersionReq),
    FromIndex(DependencyFromIndex),
    FromFile(DependencyFromFile),
}

/// A dependency from an index.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct DependencyFromIndex {
    /// The versions that will do.
    version: VersionReq,
    /// A directory, an `http(s)://` index or an `oci://` registry to take it from.
    registry: Option<Filled>,
    /// How often it is instantiated.
    instance: Option<Instance>,
}

/// A dependency of one's own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct DependencyFromFile {
    /// The component's file.
    path: HostPath,
    /// How often it is instantiated.
    instance: Option<Instance>,
}

/// How often a provider is instantiated.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum Instance {
    /// Once, for all its consumers. The default.
    Shared,
    /// Once for each consumer.
    PerConsumer,
}

/// A file or directory of the host, or a table that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum FileLine {
    Path(HostPath),
    Table(FileTable),
    Layer(LayerTable),
    Layers(LayersTable),
}

/// A file or directory of the host.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct FileTable {
    /// The file or directory.
    from: HostPath,
    /// Permission bits of the file, or of every file in the directory.
    mode: Option<Mode>,
}

/// A layer, as OCI images are made of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct LayerTable {
    /// The layer, which is unpacked here.
    layer: LayerLine,
}

/// Layers over one another.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct LayersTable {
    /// The layers, the lowest first.
    #[schemars(length(min = 1))]
    layers: Vec<LayerLine>,
}

/// A tar, plain or compressed, or a table that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum LayerLine {
    Path(HostPath),
    FromIndex(LayerFromIndex),
    FromFile(LayerFromFile),
}

/// A layer from an index.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct LayerFromIndex {
    /// The package.
    package: PackageRef,
    /// Which of its versions will do.
    version: Option<VersionReq>,
    /// A directory, an `http(s)://` index or an `oci://` registry to take it from.
    registry: Option<Filled>,
}

/// A layer of one's own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct LayerFromFile {
    /// The tar.
    path: HostPath,
}

/// What may reach the host.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct Grants {
    /// Standard input, output and error. Granted unless false.
    #[schemars(extend("default" = true))]
    stdio: Option<bool>,
    /// The host's arguments, and telling it the exit status. Granted unless false.
    #[schemars(extend("default" = true))]
    args: Option<bool>,
    /// The host's clocks. Granted unless false.
    #[schemars(extend("default" = true))]
    clock: Option<bool>,
    /// The host's random bytes. Granted unless false.
    #[schemars(extend("default" = true))]
    random: Option<bool>,
    /// Environment variables of the host that may pass.
    env: Option<Vec<GrantedVariable>>,
    /// Directories of the host in the box.
    fs: Option<Vec<FsGrant>>,
    /// The host's network.
    net: Option<NetGrants>,
}

/// A directory of the host in the box.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct FsGrant {
    /// The directory.
    host: HostPath,
    /// Where it is in the box. It covers whatever is baked in there.
    guest: GuestPath,
    /// What may be done with it.
    mode: Option<FsMode>,
}

/// What may be done with a directory of the host.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
enum FsMode {
    /// Reading. The default.
    #[schemars(rename = "ro")]
    ReadOnly,
    /// Reading and writing.
    #[schemars(rename = "rw")]
    ReadWrite,
}

/// The host's network.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of the type is of use")]
struct NetGrants {
    /// Whom the box may connect to: `api.example.com:443`, `[2001:db8::1]:80`, `*:443`.
    connect: Option<Vec<NetPattern>>,
    /// Where the box may listen: `127.0.0.1:8080`, `*:80`.
    listen: Option<Vec<NetPattern>>,
}

/// Names a string of a certain form, with its description and pattern.
macro_rules! text {
    ($(#[doc = $description:literal] $name:ident = $pattern:expr;)*) => { $(
        #[doc = $description]
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description.trim(),
                    "pattern": $pattern,
                })
            }
        }
    )* };
}

/// A half of a package name.
const KEBAB: &str = "[a-z][a-z0-9]*(-[a-z0-9]+)*";
/// A semver version; the pattern of semver.org without its groups.
const VERSION: &str = "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\
    (-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?";
/// One comparison of a requirement.
const COMPARISON: &str = "\\s*(=|>|>=|<|<=|~|\\^)?\\s*([0-9]+|[*xX])(\\.([0-9]+|[*xX])){0,2}\
    (-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?\\s*";

text! {
    /// A text without NUL.
    Text = "^[^\\u0000]*$";
    /// A text with something in it.
    Filled = "^[^\\u0000]+$";
    /// A path of the host, relative to the directory of the Boxfile.
    HostPath = "^[^\\u0000]+$";
    /// An absolute path in the box, without `..`.
    GuestPath = "^/((\\.{0,1}|[^/.\\u0000][^/\\u0000]*|\\.[^/.\\u0000][^/\\u0000]*|\\.\\.[^/\\u0000]+)/)*\
        (\\.{0,1}|[^/.\\u0000][^/\\u0000]*|\\.[^/.\\u0000][^/\\u0000]*|\\.\\.[^/\\u0000]+)$";
    /// The name of an environment variable.
    EnvName = "^[^=\\u0000]+$";
    /// The name of an environment variable of the host; no pattern.
    GrantedVariable = "^[^=*\\u0000]+$";
    /// Three or four octal digits, `0644`.
    Mode = "^0?[0-7]{3,4}$";
    /// A package, `namespace:name` in kebab-case.
    PackageName = format!("^{KEBAB}:{KEBAB}$");
    /// A package and the versions that will do: `acme:hello`, or `acme:hello@^1.2`.
    PackageRef = format!("^{KEBAB}:{KEBAB}(@{COMPARISON}(,{COMPARISON})*)?$");
    /// A semver version, `1.2.3`.
    Version = format!("^{VERSION}$");
    /// A semver requirement: `1.2` and `^1.2`, `=1.2.3`, `>=1, <3`, `*`.
    VersionReq = format!("^{COMPARISON}(,{COMPARISON})*$");
    /// An interface, `namespace:package/interface` with or without `@version`, or a plain name.
    ImportName = format!("^({KEBAB}:{KEBAB}/{KEBAB}(@{VERSION})?|{KEBAB})$");
    /// `app`, `kernel.SLOT`, or a package.
    Party = format!("^(app|kernel\\.({})|{KEBAB}:{KEBAB})$", Slot::ALL.map(Slot::as_str).join("|"));
    /// `host:port`; either may be `*`, and an IPv6 address stands in brackets.
    NetPattern = "^(\\*|\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z_-]+(\\.[0-9A-Za-z_-]+)*\\.?):(\\*|[0-9]{1,})$";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::parse;

    /// The keys of a table of the schema.
    fn keys(schema: &Value, definition: &str) -> BTreeSet<String> {
        let table = match definition {
            "Boxfile" => schema,
            other => &schema["definitions"][other],
        };
        let properties = table["properties"].as_object();
        properties
            .unwrap_or_else(|| panic!("no {definition}"))
            .keys()
            .cloned()
            .collect()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_reader_knows() {
        let schema = json_schema();
        let slots = Slot::ALL.map(Slot::as_str);
        let tables: [(&[&str], &[&str]); 12] = [
            (&["Boxfile"], parse::ROOT_KEYS),
            (&["Package"], parse::BOX_KEYS),
            (&["App"], parse::APP_KEYS),
            (&["CargoTable"], parse::CARGO_KEYS),
            (&["Kernel"], &slots),
            (&["ModuleFromIndex", "ModuleFromFile"], parse::MODULE_KEYS),
            (
                &["DependencyFromIndex", "DependencyFromFile"],
                parse::DEPENDENCY_KEYS,
            ),
            (
                &["FileTable", "LayerTable", "LayersTable"],
                parse::FILE_KEYS,
            ),
            (&["LayerFromIndex", "LayerFromFile"], parse::LAYER_KEYS),
            (&["Grants"], parse::GRANT_KEYS),
            (&["Build"], parse::BUILD_KEYS),
            (&["FsGrant"], parse::FS_KEYS),
        ];
        for (definitions, known) in tables {
            let there: BTreeSet<String> = definitions
                .iter()
                .flat_map(|definition| keys(&schema, definition))
                .collect();
            let known: BTreeSet<String> = known.iter().map(|key| (*key).to_owned()).collect();
            assert_eq!(there, known, "{definitions:?}");
        }
        let net: BTreeSet<String> = parse::NET_KEYS
            .iter()
            .map(|key| (*key).to_owned())
            .collect();
        assert_eq!(keys(&schema, "NetGrants"), net);
    }
}
