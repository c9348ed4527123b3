//! The types of all components, in one place, so that they can be compared. Each
//! component is read once, whoever uses it and however often.

use std::collections::{HashMap, HashSet};

use boxfile_spec::Digest;
use wac_graph::{CompositionGraph, PackageId};
use wac_types::{
    InterfaceId, ItemKind, Package, ResourceId, SubtypeChecker, Type, Types, ValueType,
};

use crate::component::Component;

/// The types of all components; what the linker builds its graph on.
#[derive(Default, Clone)]
pub(crate) struct Library {
    graph: CompositionGraph,
    packages: HashMap<Digest, PackageId>,
    compatible: HashSet<(ItemKind, ItemKind)>,
}

/// A resource type as the component sees it, whatever names and aliases it has.
pub(crate) type Root = ResourceId;

impl Library {
    /// Reads a component's types, unless they were read before.
    ///
    /// # Errors
    ///
    /// Where the component's types are beyond the reader, in its words.
    pub(crate) fn add(&mut self, component: &Component) -> Result<PackageId, String> {
        if let Some(id) = self.packages.get(&component.digest()) {
            return Ok(*id);
        }
        let name = component.digest().to_hex();
        let package = Package::from_bytes(
            &name,
            None,
            component.bytes().to_vec(),
            self.graph.types_mut(),
        );
        let package = package.map_err(|error| format!("{error:#}"))?;
        let id = self
            .graph
            .register_package(package)
            .map_err(|error| error.to_string())?;
        self.packages.insert(component.digest(), id);
        Ok(id)
    }

    /// The graph with every component registered and nothing instantiated.
    pub(crate) fn graph(&self) -> &CompositionGraph {
        &self.graph
    }

    fn types(&self) -> &Types {
        self.graph.types()
    }

    fn package(&self, component: &Component) -> Option<&Package> {
        self.packages
            .get(&component.digest())
            .map(|id| &self.graph[*id])
    }

    /// The type of an import.
    pub(crate) fn import(&self, component: &Component, name: &str) -> Option<ItemKind> {
        self.types()[self.package(component)?.ty()]
            .imports
            .get(name)
            .copied()
    }

    /// The type of an export.
    pub(crate) fn export(&self, component: &Component, name: &str) -> Option<ItemKind> {
        self.types()[self.package(component)?.ty()]
            .exports
            .get(name)
            .copied()
    }

    /// What `offered` lacks to stand in for `wanted`; nothing where it can.
    pub(crate) fn differences(&mut self, offered: ItemKind, wanted: ItemKind) -> Vec<String> {
        let types = self.graph.types();
        let mut checker = SubtypeChecker::new(&mut self.compatible);
        let (ItemKind::Instance(has), ItemKind::Instance(needs)) = (offered, wanted) else {
            let result = checker.is_subtype(offered, types, wanted, types);
            return result
                .err()
                .map(|error| format!("{error:#}"))
                .into_iter()
                .collect();
        };
        let mut differences = Vec::new();
        for (name, wanted) in &types[needs].exports {
            let Some(offered) = types[has].exports.get(name) else {
                differences.push(format!("it has no {} `{name}`", wanted.desc(types)));
                continue;
            };
            if let Err(error) = checker.is_subtype(*offered, types, *wanted, types) {
                differences.push(format!("`{name}` differs: {error:#}"));
            }
        }
        differences
    }

    /// Whether an interface has value types and nothing else, so that any
    /// definition of them is as good as another.
    pub(crate) fn is_types_only(&self, kind: ItemKind) -> bool {
        let ItemKind::Instance(id) = kind else {
            return false;
        };
        let exports = &self.types()[id].exports;
        !exports.is_empty()
            && exports
                .values()
                .all(|item| matches!(item, ItemKind::Type(Type::Value(ty)) if self.is_plain(*ty)))
    }

    /// Whether a value of this type holds no handle.
    fn is_plain(&self, ty: ValueType) -> bool {
        use wac_types::DefinedType as D;
        let ValueType::Defined(id) = ty else {
            return matches!(ty, ValueType::Primitive(_));
        };
        let of = |ty: &ValueType| self.is_plain(*ty);
        match &self.types()[id] {
            D::Tuple(types) => types.iter().all(of),
            D::List(ty) | D::Option(ty) | D::Alias(ty) => of(ty),
            D::Result { ok, err } => ok.iter().chain(err).all(of),
            D::Variant(variant) => variant.cases.values().flatten().all(of),
            D::Record(record) => record.fields.values().all(of),
            D::Flags(_) | D::Enum(_) => true,
            D::FixedSizeList(..) | D::Stream(_) | D::Future(_) | D::Map(..) => false,
        }
    }

    /// The resources that an instance has under names, in its order.
    fn resources(&self, id: InterfaceId) -> Vec<(&str, Root)> {
        let types = self.types();
        let items = types[id].exports.iter();
        items
            .filter_map(|(name, item)| match item {
                ItemKind::Type(Type::Resource(id)) => {
                    Some((name.as_str(), types.resolve_resource(*id)))
                }
                _ => None,
            })
            .collect()
    }

    /// Where a component sees each resource among its imports: import, name in it, resource.
    pub(crate) fn imported_resources(&self, component: &Component) -> Vec<(&str, &str, Root)> {
        let world = self
            .package(component)
            .map(|package| &self.types()[package.ty()]);
        let instances = world
            .into_iter()
            .flat_map(|world| &world.imports)
            .filter_map(|(name, item)| match item {
                ItemKind::Instance(id) => Some((name.as_str(), *id)),
                _ => None,
            });
        instances
            .flat_map(|(import, id)| {
                self.resources(id)
                    .into_iter()
                    .map(move |(name, root)| (import, name, root))
            })
            .collect()
    }

    /// The resource that a component's export has under a name.
    pub(crate) fn exported_resource(
        &self,
        component: &Component,
        export: &str,
        name: &str,
    ) -> Option<Root> {
        let ItemKind::Instance(id) = self.export(component, export)? else {
            return None;
        };
        self.resources(id)
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, root)| root)
    }

    /// The resources that a component's export has.
    pub(crate) fn exported_resources(&self, component: &Component, export: &str) -> Vec<Root> {
        match self.export(component, export) {
            Some(ItemKind::Instance(id)) => self
                .resources(id)
                .into_iter()
                .map(|(_, root)| root)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The definition of an interface's types, for [`crate::link::types`].
    pub(crate) fn instance(&self, kind: ItemKind) -> Option<(&Types, InterfaceId)> {
        match kind {
            ItemKind::Instance(id) => Some((self.types(), id)),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library")
            .field("components", &self.packages.len())
            .finish_non_exhaustive()
    }
}
