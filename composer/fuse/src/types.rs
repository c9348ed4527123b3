//! The component model's value types, resolved: every alias followed, every
//! resource a concrete one of this box. Beside each type stands what the
//! canonical ABI makes of it: size, alignment and flat core types.
//!
//! Source: `CanonicalABI.md` of the component model, sections "Alignment",
//! "Element Size" and "Flattening".

/// A resource type of the box: one per definition and instance of the defining part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ResourceId(pub u32);

/// An entry of [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub u32);

/// A value type: a primitive, or an entry of [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Val {
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
    Def(TypeId),
}

/// The shape of a constructed type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Def {
    Record(Vec<(String, Val)>),
    Variant(Vec<(String, Option<Val>)>),
    List(Val),
    FixedList(Val, u32),
    Tuple(Vec<Val>),
    Flags(Vec<String>),
    Enum(Vec<String>),
    Option(Val),
    Result(Option<Val>, Option<Val>),
    Own(ResourceId),
    Borrow(ResourceId),
}

/// A function type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FuncType {
    pub params: Vec<(String, Val)>,
    pub result: Option<Val>,
}

/// A core type that a value is flattened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Flat {
    I32,
    I64,
    F32,
    F64,
}

impl Flat {
    /// The type that can hold both, as `join` of the canonical ABI has it.
    fn join(self, other: Flat) -> Flat {
        match (self, other) {
            (a, b) if a == b => a,
            (Flat::I32, Flat::F32) | (Flat::F32, Flat::I32) => Flat::I32,
            _ => Flat::I64,
        }
    }
}

impl From<Flat> for wasm_encoder::ValType {
    fn from(flat: Flat) -> Self {
        match flat {
            Flat::I32 => Self::I32,
            Flat::I64 => Self::I64,
            Flat::F32 => Self::F32,
            Flat::F64 => Self::F64,
        }
    }
}

/// More flat values than this and parameters go through memory.
pub(crate) const MAX_FLAT_PARAMS: usize = 16;
/// More flat values than this and results go through memory.
pub(crate) const MAX_FLAT_RESULTS: usize = 1;

/// What the canonical ABI makes of a type.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Bytes in memory.
    pub size: u32,
    /// Alignment in bytes, a power of two.
    pub align: u32,
    /// Flat core types; none when there are more than any function passes flat.
    pub flat: Option<Vec<Flat>>,
    /// A list or string is within: the value points into memory.
    pub pointers: bool,
    /// A handle is within.
    pub handles: bool,
    /// A handle stands within a list, so that it is always in memory.
    pub handles_in_lists: bool,
    /// A `borrow` is within.
    pub borrows: bool,
    /// Every bit pattern is valid, is passed as it is, and no byte is padding:
    /// `memory.copy` moves it. Padding is excluded because copying it would show
    /// one part what another left there.
    pub plain: bool,
}

impl Layout {
    fn scalar(size: u32, flat: Flat, plain: bool) -> Self {
        Layout {
            size,
            align: size,
            flat: Some(vec![flat]),
            pointers: false,
            handles: false,
            handles_in_lists: false,
            borrows: false,
            plain,
        }
    }

    fn empty() -> Self {
        Layout {
            size: 0,
            align: 1,
            flat: Some(Vec::new()),
            pointers: false,
            handles: false,
            handles_in_lists: false,
            borrows: false,
            plain: true,
        }
    }

    fn absorb(&mut self, other: &Layout) {
        self.pointers |= other.pointers;
        self.handles |= other.handles;
        self.handles_in_lists |= other.handles_in_lists;
        self.borrows |= other.borrows;
        self.align = self.align.max(other.align);
    }
}

/// Every type met while the component is read.
#[derive(Debug, Default)]
pub(crate) struct Types {
    defs: Vec<(Def, Layout)>,
}

/// A layout that no memory could hold.
#[derive(Debug, thiserror::Error)]
#[error("a value type takes more than 2^28 bytes")]
pub(crate) struct TooLarge;

impl Types {
    /// Adds a type. Each call makes a new entry: names attach to entries.
    pub fn add(&mut self, def: Def) -> Result<Val, TooLarge> {
        let layout = self.compute(&def)?;
        if layout.size > 1 << 28 {
            return Err(TooLarge);
        }
        self.defs.push((def, layout));
        Ok(Val::Def(TypeId(
            u32::try_from(self.defs.len() - 1).unwrap_or(u32::MAX),
        )))
    }

    pub fn def(&self, id: TypeId) -> &Def {
        &self.defs[id.0 as usize].0
    }

    pub fn layout(&self, val: Val) -> Layout {
        match val {
            Val::Bool => Layout::scalar(1, Flat::I32, false),
            Val::S8 | Val::U8 => Layout::scalar(1, Flat::I32, true),
            Val::S16 | Val::U16 => Layout::scalar(2, Flat::I32, true),
            Val::S32 | Val::U32 => Layout::scalar(4, Flat::I32, true),
            Val::S64 | Val::U64 => Layout::scalar(8, Flat::I64, true),
            Val::F32 => Layout::scalar(4, Flat::F32, true),
            Val::F64 => Layout::scalar(8, Flat::F64, true),
            Val::Char => Layout::scalar(4, Flat::I32, false),
            Val::String => pair(),
            Val::Def(id) => self.defs[id.0 as usize].1.clone(),
        }
    }

    /// Size and alignment, without a copy of the rest.
    pub fn size_align(&self, val: Val) -> (u32, u32) {
        match val {
            Val::Def(id) => {
                let layout = &self.defs[id.0 as usize].1;
                (layout.size, layout.align)
            }
            other => {
                let layout = self.layout(other);
                (layout.size, layout.align)
            }
        }
    }

    /// The layout of values one after another, as of a record's fields.
    pub fn sequence(&self, vals: impl IntoIterator<Item = Val>) -> Layout {
        let mut all = Layout::empty();
        let mut size = 0u64;
        let mut bytes = 0u64;
        for val in vals {
            let one = self.layout(val);
            all.absorb(&one);
            size = size.next_multiple_of(u64::from(one.align)) + u64::from(one.size);
            bytes += u64::from(one.size);
            all.plain &= one.plain;
            all.flat = concat(all.flat.take(), one.flat);
        }
        size = size.next_multiple_of(u64::from(all.align));
        all.plain &= size == bytes;
        all.size = u32::try_from(size).unwrap_or(u32::MAX);
        all
    }

    /// Offsets of values that stand one after another.
    pub fn offsets(&self, vals: impl IntoIterator<Item = Val>) -> Vec<u32> {
        let mut at = 0u32;
        vals.into_iter()
            .map(|val| {
                let (size, align) = self.size_align(val);
                at = at.next_multiple_of(align);
                let here = at;
                at += size;
                here
            })
            .collect()
    }

    fn compute(&self, def: &Def) -> Result<Layout, TooLarge> {
        Ok(match def {
            Def::Record(fields) => self.sequence(fields.iter().map(|(_, ty)| *ty)),
            Def::Tuple(fields) => self.sequence(fields.iter().copied()),
            Def::FixedList(element, count) => {
                let one = self.layout(*element);
                let size = u64::from(one.size) * u64::from(*count);
                let flat = one.flat.as_ref().and_then(|flat| {
                    let total = flat.len().checked_mul(*count as usize)?;
                    (total <= MAX_FLAT_PARAMS).then(|| flat.repeat(*count as usize))
                });
                Layout {
                    size: u32::try_from(size).map_err(|_| TooLarge)?,
                    flat,
                    ..one
                }
            }
            Def::List(element) => {
                let one = self.layout(*element);
                Layout {
                    handles: one.handles,
                    handles_in_lists: one.handles,
                    borrows: one.borrows,
                    ..pair()
                }
            }
            Def::Flags(names) => match names.len() {
                0 => Layout::empty(),
                1..=8 => Layout::scalar(1, Flat::I32, names.len() == 8),
                9..=16 => Layout::scalar(2, Flat::I32, names.len() == 16),
                _ => Layout::scalar(4, Flat::I32, names.len() == 32),
            },
            Def::Enum(names) => Layout::scalar(discriminant_size(names.len()), Flat::I32, false),
            Def::Variant(cases) => self.variant(cases.iter().map(|(_, payload)| *payload)),
            Def::Option(some) => self.variant([None, Some(*some)].into_iter()),
            Def::Result(ok, err) => self.variant([*ok, *err].into_iter()),
            Def::Own(_) | Def::Borrow(_) => Layout {
                handles: true,
                borrows: matches!(def, Def::Borrow(_)),
                ..Layout::scalar(4, Flat::I32, false)
            },
        })
    }

    fn variant(&self, cases: impl ExactSizeIterator<Item = Option<Val>>) -> Layout {
        let discriminant = discriminant_size(cases.len());
        let mut all = Layout::scalar(discriminant, Flat::I32, false);
        let mut payload_size = 0;
        let mut payload_align = 1;
        let mut joined: Option<Vec<Flat>> = Some(Vec::new());
        for payload in cases.flatten() {
            let one = self.layout(payload);
            all.absorb(&one);
            payload_size = payload_size.max(one.size);
            payload_align = payload_align.max(one.align);
            joined = match (joined, one.flat) {
                (Some(mut joined), Some(flat)) => {
                    for (at, ty) in flat.into_iter().enumerate() {
                        match joined.get_mut(at) {
                            Some(have) => *have = have.join(ty),
                            None => joined.push(ty),
                        }
                    }
                    Some(joined)
                }
                _ => None,
            };
        }
        all.size = (discriminant.next_multiple_of(payload_align) + payload_size)
            .next_multiple_of(all.align);
        all.flat = concat(all.flat.take(), joined);
        all
    }

    /// The payloads of anything that has cases, in order; none for other types.
    pub fn cases(&self, id: TypeId) -> Option<Vec<Option<Val>>> {
        match self.def(id) {
            Def::Variant(cases) => Some(cases.iter().map(|(_, payload)| *payload).collect()),
            Def::Enum(names) => Some(vec![None; names.len()]),
            Def::Option(some) => Some(vec![None, Some(*some)]),
            Def::Result(ok, err) => Some(vec![*ok, *err]),
            _ => None,
        }
    }

    /// Where the payloads of a type with these cases begin, in bytes.
    pub fn payload_offset(&self, cases: &[Option<Val>]) -> u32 {
        let align = cases
            .iter()
            .flatten()
            .map(|payload| self.size_align(*payload).1)
            .max()
            .unwrap_or(1);
        discriminant_size(cases.len()).next_multiple_of(align)
    }

    /// Calls `visit` for every resource that the type mentions, borrowed or owned.
    pub fn resources(&self, val: Val, visit: &mut dyn FnMut(ResourceId)) {
        let Val::Def(id) = val else { return };
        if !self.defs[id.0 as usize].1.handles {
            return;
        }
        match self.def(id) {
            Def::Own(resource) | Def::Borrow(resource) => visit(*resource),
            Def::Record(fields) => fields.iter().for_each(|(_, ty)| self.resources(*ty, visit)),
            Def::Tuple(fields) => fields.iter().for_each(|ty| self.resources(*ty, visit)),
            Def::List(ty) | Def::FixedList(ty, _) => self.resources(*ty, visit),
            Def::Variant(_) | Def::Option(_) | Def::Result(..) | Def::Enum(_) => {
                for payload in self.cases(id).into_iter().flatten().flatten() {
                    self.resources(payload, visit);
                }
            }
            Def::Flags(_) => {}
        }
    }
}

/// Bytes of the discriminant of a type with so many cases.
pub(crate) fn discriminant_size(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

fn pair() -> Layout {
    Layout {
        size: 8,
        align: 4,
        flat: Some(vec![Flat::I32, Flat::I32]),
        pointers: true,
        handles: false,
        handles_in_lists: false,
        borrows: false,
        plain: false,
    }
}

fn concat(a: Option<Vec<Flat>>, b: Option<Vec<Flat>>) -> Option<Vec<Flat>> {
    let (mut a, b) = (a?, b?);
    a.extend(b);
    (a.len() <= MAX_FLAT_PARAMS).then_some(a)
}
