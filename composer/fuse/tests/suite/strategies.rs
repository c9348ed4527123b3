//! Worlds for proptest to try, and to shrink.

use proptest::prelude::*;

use crate::ty::{Enc, Ty};
use crate::world::{Mutation, World};

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
