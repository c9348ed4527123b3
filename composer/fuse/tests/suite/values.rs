//! Random values of a type.

use wasmtime::component::Val;

use crate::ty::Ty;

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

impl Ty {
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
