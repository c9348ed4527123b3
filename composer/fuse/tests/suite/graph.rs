//! Random graphs of components, made of bytes so that a fuzzer can steer: parts
//! with memories and string encodings of their own, that call each other and the
//! host, some instantiated more than once, some within others.
//!
//! A part looks at no value. For each function that it exports it has one of the
//! same type that it calls, if it was given one.

use std::fmt::Write as _;

use crate::ty::{Enc, Ty};

/// Decisions, read from bytes; when they run out it is always the first choice.
pub struct Choices<'b> {
    bytes: &'b [u8],
}

impl Choices<'_> {
    pub fn new(bytes: &[u8]) -> Choices<'_> {
        Choices { bytes }
    }

    /// A number below `end`, which is at most 256.
    fn below(&mut self, end: usize) -> usize {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                usize::from(*first) % end.max(1)
            }
            None => 0,
        }
    }

    fn some(&mut self, up_to: usize) -> usize {
        self.below(up_to + 1)
    }

    fn ty(&mut self, depth: usize) -> Ty {
        let leaves = 15;
        let all = if depth == 0 { leaves } else { leaves + 7 };
        let boxed = |this: &mut Self| Box::new(this.ty(depth - 1));
        match self.below(all) {
            0 => Ty::U32,
            1 => Ty::Bool,
            2 => Ty::S8,
            3 => Ty::U8,
            4 => Ty::S16,
            5 => Ty::S64,
            6 => Ty::F32,
            7 => Ty::F64,
            8 => Ty::Char,
            9 | 10 => Ty::String,
            11 | 12 => Ty::Own,
            13 => Ty::Enum(1 + self.some(255)),
            14 => Ty::Flags(1 + self.some(31)),
            15 | 16 => Ty::List(boxed(self)),
            17 => Ty::Record(self.types(1, 4, depth - 1)),
            18 => Ty::Tuple(self.types(1, 20, depth - 1)),
            19 => {
                let cases = 1 + self.some(4);
                let case = |_| (self.some(1) == 1).then(|| self.ty(depth - 1));
                Ty::Variant((0..cases).map(case).collect())
            }
            20 => Ty::Option(boxed(self)),
            _ => {
                let ok = (self.some(1) == 1).then(|| boxed(self));
                let err = (self.some(1) == 1).then(|| boxed(self));
                Ty::Result(ok, err)
            }
        }
    }

    fn types(&mut self, least: usize, most: usize, depth: usize) -> Vec<Ty> {
        let count = least + self.some(most - least);
        (0..count).map(|_| self.ty(depth)).collect()
    }
}

/// A function type, and its text.
struct Signature {
    params: Vec<Ty>,
    result: Option<Ty>,
    text: String,
}

/// A component: which signatures it imports and exports.
struct Part {
    imports: Vec<usize>,
    exports: Vec<usize>,
    text: String,
}

/// The text of a component that links parts at random.
pub fn graph(bytes: &[u8]) -> String {
    let choices = &mut Choices::new(bytes);
    let (mut defs, mut count) = (String::new(), 0);
    let signatures: Vec<Signature> = (0..1 + choices.some(3))
        .map(|_| {
            let params = choices.types(0, 4, 3);
            let result = (choices.some(3) > 0).then(|| choices.ty(3));
            let mut text = String::new();
            for (at, ty) in params.iter().enumerate() {
                let ty = ty.wat(&mut defs, &mut count);
                let _ = write!(text, "(param \"p{at}\" {ty}) ");
            }
            if let Some(ty) = &result {
                let ty = ty.wat(&mut defs, &mut count);
                let _ = write!(text, "(result {ty})");
            }
            Signature {
                params,
                result,
                text,
            }
        })
        .collect();
    let mut head =
        format!("(import \"host\" (instance $host (export \"r\" (type $r (sub resource)))\n{defs}");
    for (at, signature) in signatures.iter().enumerate() {
        let _ = writeln!(head, "(export \"h{at}\" (func {}))", signature.text);
    }
    head += "))\n(alias export $host \"r\" (type $r))\n";
    for at in 0..count {
        let _ = writeln!(head, "(alias export $host \"t{at}\" (type $t{at}))");
    }

    let parts: Vec<Part> = (0..1 + choices.some(4))
        .map(|_| part(choices, &signatures, &head))
        .collect();
    let mut text = format!("(component\n{head}");
    for (at, part) in parts.iter().enumerate() {
        let _ = writeln!(text, "(component $c{at}\n{head}\n{})", part.text);
    }
    // Functions that there are: signature and how to name them.
    let mut there: Vec<(usize, String)> = (0..signatures.len())
        .map(|at| (at, format!("(func $host \"h{at}\")")))
        .collect();
    for instance in 0..1 + choices.some(7) {
        let which = choices.below(parts.len());
        let part = &parts[which];
        let _ = write!(
            text,
            "(instance $i{instance} (instantiate $c{which} (with \"host\" (instance $host))"
        );
        for (at, signature) in part.imports.iter().enumerate() {
            let fit: Vec<_> = there.iter().filter(|(of, _)| of == signature).collect();
            let (_, given) = fit[choices.below(fit.len())];
            let _ = write!(text, " (with \"i{at}\" {given})");
        }
        text += "))\n";
        for (at, signature) in part.exports.iter().enumerate() {
            there.push((*signature, format!("(func $i{instance} \"e{at}\")")));
        }
    }
    let made = there.split_off(signatures.len());
    for (at, (_, func)) in made.iter().enumerate() {
        // All types are named by the host's instance, so any can be exported.
        if choices.some(2) > 0 || at + 1 == made.len() {
            let _ = writeln!(text, "(export \"x{at}\" {func})");
        }
    }
    text + ")"
}

fn part(choices: &mut Choices<'_>, signatures: &[Signature], head: &str) -> Part {
    let pick = |choices: &mut Choices<'_>, most| -> Vec<usize> {
        (0..choices.some(most))
            .map(|_| choices.below(signatures.len()))
            .collect()
    };
    let imports = pick(choices, 3);
    let mut exports = pick(choices, 3);
    if exports.is_empty() {
        exports.push(0);
    }
    let mut text = String::new();
    for (at, signature) in imports.iter().enumerate() {
        let _ = writeln!(
            text,
            "(import \"i{at}\" (func $i{at} {}))",
            signatures[*signature].text
        );
    }
    let inner = code(choices, signatures, &imports, &exports);
    if choices.some(4) == 4 {
        // The same within a component of its own.
        let mut within = format!(
            "(component $within\n{head}\n{text}{inner})\n(instance $w (instantiate $within (with \"host\" (instance $host))"
        );
        for at in 0..imports.len() {
            let _ = write!(within, " (with \"i{at}\" (func $i{at}))");
        }
        within += "))\n";
        for at in 0..exports.len() {
            let _ = writeln!(within, "(export \"e{at}\" (func $w \"e{at}\"))");
        }
        text += &within;
    } else {
        text += &inner;
    }
    Part {
        imports,
        exports,
        text,
    }
}

/// A part's core modules, and what is lowered and lifted around them.
fn code(
    choices: &mut Choices<'_>,
    signatures: &[Signature],
    imports: &[usize],
    exports: &[usize],
) -> String {
    let enc = [Enc::Utf8, Enc::Utf16, Enc::Compact][choices.below(3)].wat();
    let calls_out = choices.some(7) == 7 && !imports.is_empty();
    let mut text = String::from(
        "(core module $mem (memory (export \"memory\") 2)
           (global $top (mut i32) (i32.const 4096))
           (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
             (global.set $top (i32.and
               (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
               (i32.sub (i32.const 0) (local.get 2))))
             (memory.copy (global.get $top) (local.get 0)
               (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
             global.get $top
             (global.set $top (i32.add (global.get $top) (local.get 3)))))
         (core instance $mem (instantiate $mem))
         (core func $drop (canon resource.drop $r))\n",
    );
    let mut core_imports = String::from(
        "(import \"\" \"memory\" (memory 1))\n(import \"\" \"drop\" (func $drop (param i32)))\n",
    );
    let mut given =
        String::from("(export \"memory\" (memory $mem \"memory\")) (export \"drop\" (func $drop))");
    for (at, signature) in imports.iter().enumerate() {
        let core = Core::of(&signatures[*signature]);
        let _ = writeln!(
            text,
            "(core func $l{at} (canon lower (func $i{at}) {enc} (memory $mem \"memory\") (realloc (func $mem \"realloc\"))))"
        );
        let _ = writeln!(
            core_imports,
            "(import \"\" \"l{at}\" (func $l{at} {} {}))",
            core.lowered, core.lowered_result
        );
        let _ = write!(given, " (export \"l{at}\" (func $l{at}))");
    }
    let mut funcs = String::new();
    let mut lifts = String::new();
    for (at, signature) in exports.iter().enumerate() {
        let core = Core::of(&signatures[*signature]);
        let with_same: Vec<_> = (0..imports.len())
            .filter(|import| imports[*import] == *signature)
            .collect();
        let body = if with_same.is_empty() {
            "unreachable".to_owned()
        } else {
            let import = with_same[choices.below(with_same.len())];
            let mut body: String = (0..core.params).fold(String::new(), |mut body, at| {
                let _ = write!(body, "local.get {at} ");
                body
            });
            if core.returns {
                body += "i32.const 16 ";
            }
            let _ = write!(body, "call $l{import}");
            if core.returns {
                body += " i32.const 16";
            }
            body
        };
        let _ = writeln!(
            funcs,
            "(func (export \"e{at}\") {} {} {body})",
            core.lifted, core.lifted_result
        );
        let after = if choices.some(2) == 2 {
            let _ = writeln!(
                funcs,
                "(func (export \"after{at}\") {})",
                core.lifted_result.replace("result", "param")
            );
            format!("(post-return (func $m \"after{at}\"))")
        } else {
            String::new()
        };
        // A `realloc` that could call out has to be watched.
        let realloc = if calls_out {
            "(realloc (func $m \"realloc\"))"
        } else {
            "(realloc (func $mem \"realloc\"))"
        };
        let _ = writeln!(
            lifts,
            "(func (export \"e{at}\") {} (canon lift (core func $m \"e{at}\") {enc} (memory $mem \"memory\") {realloc} {after}))",
            signatures[*signature].text
        );
    }
    if calls_out {
        funcs += "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
          (call $drop (i32.const 0)) i32.const 4096)\n";
    }
    let _ = writeln!(text, "(core module $m {core_imports}{funcs})");
    let _ = writeln!(
        text,
        "(core instance $m (instantiate $m (with \"\" (instance {given}))))"
    );
    text + &lifts
}

/// A signature as core code has it.
struct Core {
    params: usize,
    lifted: String,
    lifted_result: String,
    lowered: String,
    lowered_result: String,
    /// The result goes through memory.
    returns: bool,
}

impl Core {
    fn of(signature: &Signature) -> Core {
        let mut params: Vec<&str> = signature
            .params
            .iter()
            .flat_map(Ty::flat)
            .map(|flat| flat.wat())
            .collect();
        if params.len() > 16 {
            params = vec!["i32"];
        }
        let results = signature.result.as_ref().map(Ty::flat).unwrap_or_default();
        let returns = results.len() > 1;
        let lifted_result = match results.as_slice() {
            [] => String::new(),
            [one] => format!("(result {})", one.wat()),
            _ => "(result i32)".into(),
        };
        Core {
            params: params.len(),
            lifted: format!("(param {})", params.join(" ")),
            lowered: format!(
                "(param {} {})",
                params.join(" "),
                if returns { "i32" } else { "" }
            ),
            lowered_result: if returns {
                String::new()
            } else {
                lifted_result.clone()
            },
            lifted_result,
            returns,
        }
    }
}

/// Fuses what these bytes ask for: a graph, with the options in the first byte, or
/// the bytes themselves as a component.
///
/// # Panics
///
/// If a graph is not fused, or what comes of it is not flat or not valid.
pub fn fuse_any(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let options = boxer_fuse::Options {
        trim: first & 1 == 0,
        names: first & 2 == 0,
        dwarf: first & 4 == 4,
    };
    if first & 8 == 8 {
        if let Err(error @ boxer_fuse::FuseError::Output(_)) = boxer_fuse::fuse(rest, &options) {
            panic!("{error}");
        }
        return;
    }
    let text = graph(rest);
    let linked = match wat::parse_str(&text) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}\n{text}"),
    };
    let instances = if first & 16 == 16 { 0 } else { usize::MAX };
    let fused = match boxer_fuse::fuse_within(&linked, &options, instances) {
        Ok(fused) => fused.bytes,
        Err(error) => panic!("{error}\n{text}"),
    };
    let types = wasmparser::Validator::new()
        .validate_all(&fused)
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    drop(types);
    // Flat: no code below the outermost component.
    let mut depth = 0;
    for payload in wasmparser::Parser::new(0).parse_all(&fused) {
        match payload.unwrap_or_else(|error| panic!("{error}\n{text}")) {
            wasmparser::Payload::ComponentSection { .. } => depth += 1,
            wasmparser::Payload::ModuleSection { .. } => {
                assert_eq!(depth, 0, "a module is nested\n{text}");
                depth += 1;
            }
            wasmparser::Payload::End(_) => depth -= 1,
            _ => {}
        }
    }
}

/// A short run of what the fuzz target `fuse` does for as long as one lets it.
#[cfg(test)]
#[test]
fn any_graph_fuses_to_something_flat_and_valid() {
    use proptest::prelude::*;
    let config = proptest::test_runner::Config {
        cases: crate::generated::cases(200),
        failure_persistence: None,
        ..Default::default()
    };
    proptest!(config, |(bytes in prop::collection::vec(any::<u8>(), 1..600))| {
        let mut bytes = bytes;
        // Bytes that are no component are `refused`'s business.
        bytes[0] &= !8;
        fuse_any(&bytes);
    });
}
