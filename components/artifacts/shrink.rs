//! Takes out of a component what only its encoder needed: names.
//!
//! A component joins its parts by names that never leave it: those by which core
//! modules import and export, `wasi:sockets/udp@0.2.12#[method]…` each time, and those
//! of what the encoder hands to the little component that it wraps around each
//! exported interface. Of a personality they are a quarter. Here each becomes a
//! number, everywhere the same one, so that what fitted fits.

use std::collections::HashMap;
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentImportSection, ComponentInstanceSection,
    ExportSection, ImportSection, InstanceSection, ModuleArg,
};
use wasmparser::Parser;

type Result<T> = std::result::Result<T, Error<Infallible>>;

/// Does it.
///
/// # Errors
///
/// Where `component` is none.
pub fn shrink(component: &[u8]) -> Result<Vec<u8>> {
    let mut shrink = Shrink::default();
    let mut out = Component::new();
    shrink.parse_component(&mut out, Parser::new(0), component)?;
    Ok(out.finish())
}

#[derive(Default)]
struct Shrink {
    /// 0 in the component itself.
    depth: u32,
    core: Names,
    /// Of what the nested components import. Those of exports are for everybody.
    arguments: Names,
}

/// Short names for long ones, in the order in which they are met.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn short(&mut self, name: &str) -> String {
        let next = self.0.len();
        self.0
            .entry(name.to_owned())
            .or_insert_with(|| number(next))
            .clone()
    }
}

/// A number in letters and digits that begins with a letter, as a name in a component
/// must: a, b … z, a0, a1 … zz, a00 …
fn number(mut n: usize) -> String {
    let mut digits = Vec::new();
    while n >= 26 {
        n -= 26;
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[n % 36]);
        n /= 36;
    }
    digits.push(b'a' + n as u8);
    digits.iter().rev().copied().map(char::from).collect()
}

impl Reencode for Shrink {
    type Error = Infallible;

    fn parse_imports(
        &mut self,
        imports: &mut ImportSection,
        group: wasmparser::Imports<'_>,
    ) -> Result<()> {
        for import in group {
            let (_, import) = import?;
            let ty = self.entity_type(import.ty)?;
            let (module, name) = (self.core.short(import.module), self.core.short(import.name));
            imports.import(&module, &name, ty);
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Result<()> {
        let kind = self.export_kind(export.kind)?;
        let index = self.external_index(export.kind, export.index)?;
        exports.export(&self.core.short(export.name), kind, index);
        Ok(())
    }

    /// Names of functions, and the tools that made the parts: the component itself
    /// says what made it.
    fn parse_custom_section(
        &mut self,
        _module: &mut wasm_encoder::Module,
        _section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<()> {
        Ok(())
    }
}

impl ReencodeComponent for Shrink {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn parse_component_custom_section(
        &mut self,
        component: &mut Component,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<()> {
        if self.depth == 0 && section.name() != "component-name" {
            component_utils::parse_component_custom_section(self, component, section)?;
        }
        Ok(())
    }

    fn parse_component_import_section(
        &mut self,
        imports: &mut ComponentImportSection,
        section: wasmparser::ComponentImportSectionReader<'_>,
    ) -> Result<()> {
        if self.depth == 0 {
            return component_utils::parse_component_import_section(self, imports, section);
        }
        for import in section {
            let import = import?;
            let ty = self.component_type_ref(import.ty)?;
            imports.import(self.arguments.short(import.name.name).as_str(), ty);
        }
        Ok(())
    }

    fn parse_component_instance(
        &mut self,
        instances: &mut ComponentInstanceSection,
        instance: wasmparser::ComponentInstance<'_>,
    ) -> Result<()> {
        let wasmparser::ComponentInstance::Instantiate {
            component_index,
            args,
        } = instance
        else {
            return component_utils::parse_component_instance(self, instances, instance);
        };
        let component = self.component_index(component_index);
        let args: Vec<_> = args
            .iter()
            .map(|arg| {
                let index = self.component_external_index(arg.kind, arg.index);
                (self.arguments.short(arg.name), arg.kind.into(), index)
            })
            .collect();
        instances.instantiate(component, args);
        Ok(())
    }

    fn parse_component_alias_section(
        &mut self,
        aliases: &mut ComponentAliasSection,
        section: wasmparser::ComponentAliasSectionReader<'_>,
    ) -> Result<()> {
        for alias in section {
            match self.component_alias(alias?)? {
                Alias::CoreInstanceExport {
                    instance,
                    kind,
                    name,
                } => {
                    let name = &self.core.short(name);
                    aliases.alias(Alias::CoreInstanceExport {
                        instance,
                        kind,
                        name,
                    });
                }
                alias => {
                    aliases.alias(alias);
                }
            }
        }
        Ok(())
    }

    fn parse_instance(
        &mut self,
        instances: &mut InstanceSection,
        instance: wasmparser::Instance<'_>,
    ) -> Result<()> {
        match instance {
            wasmparser::Instance::Instantiate { module_index, args } => {
                let module = self.module_index(module_index);
                let args: Vec<_> = args
                    .iter()
                    .map(|arg| {
                        let instance = self.instance_index(arg.index);
                        (self.core.short(arg.name), ModuleArg::Instance(instance))
                    })
                    .collect();
                instances.instantiate(module, args);
            }
            wasmparser::Instance::FromExports(exports) => {
                let exports = exports
                    .iter()
                    .map(|export| {
                        let kind = self.export_kind(export.kind)?;
                        let index = self.external_index(export.kind, export.index)?;
                        Ok((self.core.short(export.name), kind, index))
                    })
                    .collect::<Result<Vec<_>>>()?;
                instances.export_items(exports);
            }
        }
        Ok(())
    }
}
