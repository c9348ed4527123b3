//! Random worlds: a type, a callee that hands its argument to the host and back,
//! and a caller that does the same with the callee.
//!
//! Neither looks at values. Core code only passes on what it was given, so any
//! type can be had with a few lines of wat, and the host sees what arrived. A
//! *mutation* lets core code pass on something else than it was given.

use std::fmt::Write as _;

use crate::ty::{Enc, Flat, Ty};

/// A change that a part makes to what it passes on.
#[derive(Clone, Debug)]
pub enum Mutation {
    /// A flat value, by position, xor-ed.
    Flat(usize, u64),
    /// A byte of memory at a flat value taken as a pointer, plus an offset.
    Memory(usize, u32, u8),
}

/// A world to try.
#[derive(Clone, Debug)]
pub struct World {
    pub params: Vec<Ty>,
    pub result: Option<Ty>,
    /// Borrowed handles besides, each a parameter.
    pub borrows: usize,
    /// A list of borrowed handles besides.
    pub borrow_list: bool,
    pub caller: Enc,
    pub callee: Enc,
    /// What the caller does to arguments.
    pub arguments: Vec<Mutation>,
    /// What the callee does to results.
    pub results: Vec<Mutation>,
}

impl World {
    /// Positions in the flat parameters of borrowed handles and of the list of them.
    fn flat(&self) -> (Vec<Flat>, usize) {
        let mut flat: Vec<Flat> = vec![Flat::I32; self.borrows];
        if self.borrow_list {
            flat.extend([Flat::I32; 2]);
        }
        let first = flat.len();
        flat.extend(self.params.iter().flat_map(Ty::flat));
        (flat, first)
    }

    /// The linked component.
    pub fn wat(&self) -> String {
        let mut defs = String::new();
        let mut count = 0;
        let mut params = String::new();
        for at in 0..self.borrows {
            let _ = write!(params, "(param \"b{at}\" (borrow $r)) ");
        }
        if self.borrow_list {
            params += "(param \"bs\" (list (borrow $r))) ";
        }
        for (at, ty) in self.params.iter().enumerate() {
            let ty = ty.wat(&mut defs, &mut count);
            let _ = write!(params, "(param \"p{at}\" {ty}) ");
        }
        let result = match &self.result {
            Some(ty) => format!("(result {})", ty.wat(&mut defs, &mut count)),
            None => String::new(),
        };
        let mut aliases = String::from("(alias export $host \"r\" (type $r))\n");
        for at in 0..count {
            let _ = writeln!(aliases, "(alias export $host \"t{at}\" (type $t{at}))");
        }
        let host = format!(
            "(import \"host\" (instance $host
                (export \"r\" (type $r (sub resource)))
                {defs}
                (export \"f\" (func {params} {result}))))
             {aliases}
             (alias export $host \"f\" (func $host-f))"
        );
        let callee = self.part(
            &host,
            "$host-f",
            &params,
            &result,
            self.callee,
            &[],
            &self.results,
        );
        let caller = self.part(
            &format!("{host}\n(import \"f\" (func $f {params} {result}))"),
            "$f",
            &params,
            &result,
            self.caller,
            &self.arguments,
            &[],
        );
        format!(
            "(component
               {host}
               (component $callee {callee})
               (component $caller {caller})
               (instance $callee (instantiate $callee (with \"host\" (instance $host))))
               (alias export $callee \"f\" (func $callee-f))
               (instance $caller (instantiate $caller
                 (with \"host\" (instance $host))
                 (with \"f\" (func $callee-f))))
               (alias export $caller \"f\" (func $caller-f))
               (export \"f\" (func $caller-f)))"
        )
    }

    /// A component that lowers `target` and exports it again as `f`.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is one line of the component"
    )]
    fn part(
        &self,
        head: &str,
        target: &str,
        params: &str,
        result: &str,
        enc: Enc,
        before: &[Mutation],
        after: &[Mutation],
    ) -> String {
        let (flat, _) = self.flat();
        let spilled = flat.len() > 16;
        let core_params: Vec<&str> = if spilled {
            vec!["i32"]
        } else {
            flat.iter().map(|flat| flat.wat()).collect()
        };
        let results = self.result.as_ref().map(Ty::flat).unwrap_or_default();
        let returns = results.len() > 1;
        let core_result = match results.as_slice() {
            [] => "",
            [one] => &format!("(result {})", one.wat()),
            _ => "(result i32)",
        };
        let lowered_params = format!(
            "(param {} {})",
            core_params.join(" "),
            if returns { "i32" } else { "" }
        );
        let lowered_result = if returns { "" } else { core_result };

        let mut body = String::new();
        for mutation in before {
            let types: &[Flat] = if spilled { &[Flat::I32] } else { &flat };
            body += &mutate(mutation, types, 0);
        }
        for at in 0..core_params.len() {
            let _ = writeln!(body, "local.get {at}");
        }
        if returns {
            body += "i32.const 16\n";
        }
        body += "call $target\n";
        // Borrowed handles are dropped when the call is over.
        let list_at = self.borrows;
        for at in 0..self.borrows {
            if spilled {
                let _ = writeln!(body, "local.get 0 i32.load offset={} call $drop", at * 4);
            } else {
                let _ = writeln!(body, "local.get {at} call $drop");
            }
        }
        if self.borrow_list {
            if spilled {
                let _ = writeln!(
                    body,
                    "(call $drop-all (i32.load offset={} (local.get 0)) (i32.load offset={} (local.get 0)))",
                    list_at * 4,
                    list_at * 4 + 4
                );
            } else {
                let _ = writeln!(
                    body,
                    "(call $drop-all (local.get {list_at}) (local.get {}))",
                    list_at + 1
                );
            }
        }
        if returns {
            body += "i32.const 16\n";
        }
        // Results are mutated in locals behind the parameters.
        if core_result.is_empty() {
        } else {
            let ty = if returns { Flat::I32 } else { results[0] };
            let local = core_params.len();
            let _ = writeln!(body, "local.set {local}");
            for mutation in after {
                body += &mutate(mutation, &[ty], local);
            }
            let _ = writeln!(body, "local.get {local}");
        }
        let result_local = match results.as_slice() {
            [] => String::new(),
            [one] => format!("(local {})", one.wat()),
            _ => "(local i32)".into(),
        };
        format!(
            "{head}
             (core module $memory
               (memory (export \"memory\") 2)
               (global $top (mut i32) (i32.const 4096))
               (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
                 (global.set $top (i32.and
                   (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
                   (i32.sub (i32.const 0) (local.get 2))))
                 (memory.copy (global.get $top) (local.get 0)
                   (select (local.get 1) (local.get 3) (i32.lt_u (local.get 1) (local.get 3))))
                 global.get $top
                 (global.set $top (i32.add (global.get $top) (local.get 3)))))
             (core instance $memory (instantiate $memory))
             (alias core export $memory \"memory\" (core memory $mem))
             (alias core export $memory \"realloc\" (core func $realloc))
             (core func $lowered (canon lower (func {target}) {enc}
               (memory $mem) (realloc $realloc)))
             (core func $drop (canon resource.drop $r))
             (core module $code
               (import \"\" \"memory\" (memory 1))
               (import \"\" \"target\" (func $target {lowered_params} {lowered_result}))
               (import \"\" \"drop\" (func $drop (param i32)))
               (func $drop-all (param i32 i32)
                 (block (loop
                   (br_if 1 (i32.eqz (local.get 1)))
                   (call $drop (i32.load (local.get 0)))
                   (local.set 0 (i32.add (local.get 0) (i32.const 4)))
                   (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                   (br 0))))
               (func (export \"f\") (param {core_params}) {core_result} {result_local}
                 {body}))
             (core instance $code (instantiate $code (with \"\" (instance
               (export \"memory\" (memory $mem))
               (export \"target\" (func $lowered))
               (export \"drop\" (func $drop))))))
             (alias core export $code \"f\" (core func $code-f))
             (func $lifted {params} {result} (canon lift (core func $code-f) {enc}
               (memory $mem) (realloc $realloc)))
             (export \"f\" (func $lifted))",
            enc = enc.wat(),
            core_params = core_params.join(" "),
        )
    }
}

fn mutate(mutation: &Mutation, types: &[Flat], first: usize) -> String {
    if types.is_empty() {
        return String::new();
    }
    match mutation {
        Mutation::Flat(at, xor) => {
            let at = at % types.len();
            let local = first + at;
            match types[at] {
                Flat::I32 => format!(
                    "(local.set {local} (i32.xor (local.get {local}) (i32.const {})))\n",
                    *xor as i32
                ),
                Flat::I64 => format!(
                    "(local.set {local} (i64.xor (local.get {local}) (i64.const {})))\n",
                    *xor as i64
                ),
                Flat::F32 | Flat::F64 => String::new(),
            }
        }
        Mutation::Memory(at, offset, byte) => {
            let at = at % types.len();
            let local = first + at;
            match types[at] {
                // Within the memory, whatever the value.
                Flat::I32 => format!(
                    "(i32.store8 (i32.and (i32.add (local.get {local}) (i32.const {offset})) (i32.const 0x1ffff)) (i32.const {byte}))\n"
                ),
                _ => String::new(),
            }
        }
    }
}
