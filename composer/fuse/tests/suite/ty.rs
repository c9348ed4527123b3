//! Types of component values, as text and as core types.

use std::fmt::Write as _;

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
}
