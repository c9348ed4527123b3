//! Random worlds: a type, a callee that hands its argument to the host and back,
//! and a caller that does the same with the callee.
//!
//! Neither looks at values. Core code only passes on what it was given, so any
//! type can be had with a few lines of wat, and the host sees what arrived. A
//! *mutation* lets core code pass on something else than it was given.

use std::fmt::Write as _;

use proptest::prelude::*;
use wasmtime::component::Val;

/// A type of a component's value.
#[derive(Clone, Debug)]
pub enum Ty {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    /// An own handle of the host's resource.
    Own,
    List(Box<Ty>),
    Record(Vec<Ty>),
    Tuple(Vec<Ty>),
    Variant(Vec<Option<Ty>>),
    Option(Box<Ty>),
    Result(Option<Box<Ty>>, Option<Box<Ty>>),
    Enum(usize),
    Flags(usize),
}

/// A string encoding.
#[derive(Clone, Copy, Debug)]
pub enum Enc {
    Utf8,
    Utf16,
    Compact,
}

impl Enc {
    pub fn wat(self) -> &'static str {
        match self {
            Enc::Utf8 => "string-encoding=utf8",
            Enc::Utf16 => "string-encoding=utf16",
            Enc::Compact => "string-encoding=latin1+utf16",
        }
    }
}

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

pub fn enc() -> impl Strategy<Value = Enc> {
    prop_oneof![Just(Enc::Utf8), Just(Enc::Utf16), Just(Enc::Compact)]
}

/// Types, with handles if `own` says so.
pub fn ty(own: bool) -> impl Strategy<Value = Ty> {
    let mut leaves = vec![
        Just(Ty::Bool).boxed(),
        Just(Ty::S8).boxed(),
        Just(Ty::U8).boxed(),
        Just(Ty::S16).boxed(),
        Just(Ty::U16).boxed(),
        Just(Ty::S32).boxed(),
        Just(Ty::U32).boxed(),
        Just(Ty::S64).boxed(),
        Just(Ty::U64).boxed(),
        Just(Ty::F32).boxed(),
        Just(Ty::F64).boxed(),
        Just(Ty::Char).boxed(),
        Just(Ty::String).boxed(),
        Just(Ty::String).boxed(),
        prop_oneof![1..9usize, 250..260usize]
            .prop_map(Ty::Enum)
            .boxed(),
        (1..33usize).prop_map(Ty::Flags).boxed(),
    ];
    if own {
        leaves.push(Just(Ty::Own).boxed());
        leaves.push(Just(Ty::Own).boxed());
    }
    let leaf = proptest::strategy::Union::new(leaves);
    leaf.prop_recursive(4, 24, 5, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => boxed.clone().prop_map(Ty::List),
            2 => prop::collection::vec(inner.clone(), 1..6).prop_map(Ty::Record),
            2 => prop::collection::vec(inner.clone(), 1..6).prop_map(Ty::Tuple),
            2 => prop::collection::vec(prop::option::of(inner), 1..5).prop_map(Ty::Variant),
            1 => boxed.clone().prop_map(Ty::Option),
            1 => (prop::option::of(boxed.clone()), prop::option::of(boxed))
                .prop_map(|(ok, err)| Ty::Result(ok, err)),
        ]
    })
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (
            0..20usize,
            prop_oneof![
                (0..64u32).prop_map(|bit| 1u64 << bit),
                any::<u64>(),
                (0..16u64),
            ]
        )
            .prop_map(|(at, xor)| Mutation::Flat(at, xor)),
        (0..20usize, 0..40u32, any::<u8>())
            .prop_map(|(at, offset, byte)| Mutation::Memory(at, offset, byte)),
    ]
}

/// Worlds; hostile ones mutate.
pub fn world(hostile: bool) -> impl Strategy<Value = World> {
    let mutations = if hostile { 0..3usize } else { 0..1usize };
    any::<bool>().prop_flat_map(move |own| {
        (
            prop::collection::vec(ty(own), 0..5),
            prop::option::weighted(0.8, ty(own)),
            0..if own { 3usize } else { 1 },
            if own {
                any::<bool>().boxed()
            } else {
                Just(false).boxed()
            },
            enc(),
            enc(),
            prop::collection::vec(mutation(), mutations.clone()),
            prop::collection::vec(mutation(), mutations.clone()),
        )
            .prop_map(
                |(params, result, borrows, borrow_list, caller, callee, arguments, results)| {
                    World {
                        params,
                        result,
                        borrows,
                        borrow_list,
                        caller,
                        callee,
                        arguments,
                        results,
                    }
                },
            )
    })
}

/// A core type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flat {
    I32,
    I64,
    F32,
    F64,
}

impl Flat {
    pub fn wat(self) -> &'static str {
        match self {
            Flat::I32 => "i32",
            Flat::I64 => "i64",
            Flat::F32 => "f32",
            Flat::F64 => "f64",
        }
    }
}

impl Ty {
    /// The core types that it is passed as.
    pub fn flat(&self) -> Vec<Flat> {
        match self {
            Ty::Bool
            | Ty::S8
            | Ty::U8
            | Ty::S16
            | Ty::U16
            | Ty::S32
            | Ty::U32
            | Ty::Char
            | Ty::Own
            | Ty::Enum(_)
            | Ty::Flags(_) => vec![Flat::I32],
            Ty::S64 | Ty::U64 => vec![Flat::I64],
            Ty::F32 => vec![Flat::F32],
            Ty::F64 => vec![Flat::F64],
            Ty::String | Ty::List(_) => vec![Flat::I32; 2],
            Ty::Record(types) | Ty::Tuple(types) => types.iter().flat_map(Ty::flat).collect(),
            Ty::Variant(cases) => Self::flat_cases(cases.iter().map(Option::as_ref)),
            Ty::Option(some) => Self::flat_cases([None, Some(&**some)].into_iter()),
            Ty::Result(ok, err) => Self::flat_cases([ok.as_deref(), err.as_deref()].into_iter()),
        }
    }

    fn flat_cases<'t>(cases: impl Iterator<Item = Option<&'t Ty>>) -> Vec<Flat> {
        let mut all = vec![Flat::I32];
        for case in cases.flatten() {
            for (at, flat) in case.flat().into_iter().enumerate() {
                match all.get_mut(at + 1) {
                    None => all.push(flat),
                    Some(have) if *have == flat => {}
                    Some(have) => {
                        let narrow = |flat| matches!(flat, Flat::I32 | Flat::F32);
                        *have = if narrow(*have) && narrow(flat) {
                            Flat::I32
                        } else {
                            Flat::I64
                        };
                    }
                }
            }
        }
        all
    }

    /// The type's text; what needs a name is defined in `defs` and exported.
    pub fn wat(&self, defs: &mut String, count: &mut usize) -> String {
        let named = |body: String, defs: &mut String, count: &mut usize| {
            let at = *count;
            *count += 1;
            let _ = writeln!(
                defs,
                "(type $d{at} {body}) (export \"t{at}\" (type $t{at} (eq $d{at})))"
            );
            format!("$t{at}")
        };
        match self {
            Ty::Bool => "bool".into(),
            Ty::S8 => "s8".into(),
            Ty::U8 => "u8".into(),
            Ty::S16 => "s16".into(),
            Ty::U16 => "u16".into(),
            Ty::S32 => "s32".into(),
            Ty::U32 => "u32".into(),
            Ty::S64 => "s64".into(),
            Ty::U64 => "u64".into(),
            Ty::F32 => "f32".into(),
            Ty::F64 => "f64".into(),
            Ty::Char => "char".into(),
            Ty::String => "string".into(),
            Ty::Own => "(own $r)".into(),
            Ty::List(of) => format!("(list {})", of.wat(defs, count)),
            Ty::Tuple(types) => {
                let fields: Vec<_> = types.iter().map(|ty| ty.wat(defs, count)).collect();
                format!("(tuple {})", fields.join(" "))
            }
            Ty::Option(some) => format!("(option {})", some.wat(defs, count)),
            Ty::Result(ok, err) => {
                let ok = ok
                    .as_ref()
                    .map(|ty| ty.wat(defs, count))
                    .unwrap_or_default();
                let err = match err {
                    Some(ty) => format!("(error {})", ty.wat(defs, count)),
                    None => String::new(),
                };
                format!("(result {ok} {err})")
            }
            Ty::Record(types) => {
                let fields: Vec<_> = types
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| format!("(field \"f{at}\" {})", ty.wat(defs, count)))
                    .collect();
                named(format!("(record {})", fields.join(" ")), defs, count)
            }
            Ty::Variant(cases) => {
                let cases: Vec<_> = cases
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| {
                        let ty = ty
                            .as_ref()
                            .map(|ty| ty.wat(defs, count))
                            .unwrap_or_default();
                        format!("(case \"c{at}\" {ty})")
                    })
                    .collect();
                named(format!("(variant {})", cases.join(" ")), defs, count)
            }
            Ty::Enum(cases) => {
                let cases: Vec<_> = (0..*cases).map(|at| format!("\"e{at}\"")).collect();
                named(format!("(enum {})", cases.join(" ")), defs, count)
            }
            Ty::Flags(flags) => {
                let flags: Vec<_> = (0..*flags).map(|at| format!("\"b{at}\"")).collect();
                named(format!("(flags {})", flags.join(" ")), defs, count)
            }
        }
    }

    /// A value of the type.
    pub fn value(&self, random: &mut Random, own: &mut dyn FnMut() -> Val) -> Val {
        let n = random.next();
        match self {
            Ty::Bool => Val::Bool(n & 1 == 1),
            Ty::S8 => Val::S8(n as i8),
            Ty::U8 => Val::U8(n as u8),
            Ty::S16 => Val::S16(n as i16),
            Ty::U16 => Val::U16(n as u16),
            Ty::S32 => Val::S32(n as i32),
            Ty::U32 => Val::U32(n as u32),
            Ty::S64 => Val::S64(n as i64),
            Ty::U64 => Val::U64(n),
            Ty::F32 => Val::Float32(f32::from_bits(n as u32)),
            Ty::F64 => Val::Float64(f64::from_bits(n)),
            Ty::Char => Val::Char(random.char()),
            Ty::String => {
                let len = random.below(40);
                let kind = random.below(4);
                Val::String((0..len).map(|_| random.char_of(kind)).collect())
            }
            Ty::Own => own(),
            Ty::List(of) => {
                let len = if random.below(8) == 0 {
                    random.below(40)
                } else {
                    random.below(4)
                };
                Val::List((0..len).map(|_| of.value(random, own)).collect())
            }
            Ty::Record(types) => Val::Record(
                types
                    .iter()
                    .enumerate()
                    .map(|(at, ty)| (format!("f{at}"), ty.value(random, own)))
                    .collect(),
            ),
            Ty::Tuple(types) => Val::Tuple(types.iter().map(|ty| ty.value(random, own)).collect()),
            Ty::Variant(cases) => {
                let at = random.below(cases.len() as u64) as usize;
                let payload = cases[at].as_ref().map(|ty| Box::new(ty.value(random, own)));
                Val::Variant(format!("c{at}"), payload)
            }
            Ty::Option(some) => {
                Val::Option((n & 1 == 1).then(|| Box::new(some.value(random, own))))
            }
            Ty::Result(ok, err) => {
                let side = if n & 1 == 1 { ok } else { err };
                let payload = side.as_ref().map(|ty| Box::new(ty.value(random, own)));
                Val::Result(if n & 1 == 1 {
                    Ok(payload)
                } else {
                    Err(payload)
                })
            }
            Ty::Enum(cases) => Val::Enum(format!("e{}", n % *cases as u64)),
            Ty::Flags(flags) => Val::Flags(
                (0..*flags)
                    .filter(|at| n >> at & 1 == 1)
                    .map(|at| format!("b{at}"))
                    .collect(),
            ),
        }
    }
}

/// A generator of numbers that needs nothing but a seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn char(&mut self) -> char {
        let kind = self.below(4);
        self.char_of(kind)
    }

    fn char_of(&mut self, kind: u64) -> char {
        let end = [0x80, 0x100, 0x1_0000, 0x11_0000][kind as usize];
        char::from_u32(self.below(end) as u32).unwrap_or('\u{fffd}')
    }
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
