//! What the iterators of maps and sets still have to give.
//!
//! The engine lets nobody look into such an iterator. So the methods that make
//! them leave a note of what they made, and a preview takes everything out and
//! makes the iterator give it again.

use std::cell::Cell;

use boa_engine::object::JsObject;
use boa_engine::object::builtins::{JsMap, JsSet};
use boa_engine::property::PropertyKey;
use boa_engine::{
    Context, Finalize, JsNativeError, JsResult, JsString, JsSymbol, JsValue, Trace, js_string,
};

use super::classes::own_property;
use crate::native::{self, HIDDEN};

/// Knows iterators by their prototypes.
#[derive(Debug)]
pub struct Iterators {
    of_maps: JsObject,
    of_sets: JsObject,
    /// The name of the note.
    gives_pairs: JsSymbol,
}

/// What an iterator goes over.
#[derive(Debug, Clone, Copy)]
pub struct IteratorKind {
    /// `Map` or `Set`.
    pub collection: &'static str,
    /// Whether it gives pairs.
    pub pairs: bool,
}

impl Iterators {
    /// Finds the prototypes and makes the collections leave notes.
    ///
    /// # Errors
    /// None in a fresh realm.
    pub fn new(context: &mut Context) -> JsResult<Self> {
        let gives_pairs = JsSymbol::new(Some(js_string!("givesPairs")))
            .ok_or_else(|| JsNativeError::error().with_message("out of symbols"))?;
        let map = JsObject::from(JsMap::new(context));
        let set = JsObject::from(JsSet::new(context));
        let of_maps = iterator_prototype(&map, context)?;
        let of_sets = iterator_prototype(&set, context)?;
        for (collection, others) in [(map, &["entries"][..]), (set, &["entries"])] {
            let Some(prototype) = collection.prototype() else {
                continue;
            };
            for name in others {
                annotate(&prototype, name, &gives_pairs, context)?;
            }
        }
        // A map's own iterator is its `entries`.
        let map = context.intrinsics().constructors().map().prototype();
        let entries = native::get(&map, "entries", context)?;
        native::define(&map, JsSymbol::iterator(), entries, HIDDEN);
        Ok(Self {
            of_maps,
            of_sets,
            gives_pairs,
        })
    }

    /// What `object` iterates over, where it is such an iterator.
    pub fn kind(&self, object: &JsObject, context: &mut Context) -> JsResult<Option<IteratorKind>> {
        let is = |prototype: &JsObject| {
            object
                .prototype()
                .is_some_and(|own| JsObject::equals(&own, prototype))
        };
        let collection = if is(&self.of_maps) {
            "Map"
        } else if is(&self.of_sets) {
            "Set"
        } else {
            return Ok(None);
        };
        let key = PropertyKey::from(self.gives_pairs.clone());
        let pairs = own_property(object, &key, context)?.is_some();
        Ok(Some(IteratorKind { collection, pairs }))
    }

    /// The values that `iterator` has yet to give. It still gives them afterwards.
    pub fn preview(&self, iterator: &JsObject, context: &mut Context) -> JsResult<Vec<JsValue>> {
        let mut values = Vec::new();
        loop {
            let step = native::invoke(iterator, "next", &[], context)?;
            let Some(step) = step.as_object() else {
                break;
            };
            if native::get(&step, "done", context)?.to_boolean() {
                break;
            }
            values.push(native::get(&step, "value", context)?);
        }
        let replay = Replay {
            values: values.clone(),
            next: Cell::new(0),
        };
        let next = native::closure("next", 0, replay, replay_next, context);
        native::define(iterator, js_string!("next"), next, HIDDEN);
        Ok(values)
    }
}

#[derive(Trace, Finalize)]
struct Replay {
    values: Vec<JsValue>,
    #[unsafe_ignore_trace]
    next: Cell<usize>,
}

fn replay_next(
    _: &JsValue,
    _: &[JsValue],
    replay: &Replay,
    context: &mut Context,
) -> JsResult<JsValue> {
    let index = replay.next.get();
    let value = replay.values.get(index).cloned();
    replay.next.set(index + 1);
    let step = native::object(context);
    let done = value.is_none();
    native::field(&step, "value", value.unwrap_or_default());
    native::field(&step, "done", done);
    Ok(step.into())
}

fn iterator_prototype(collection: &JsObject, context: &mut Context) -> JsResult<JsObject> {
    let iterator = native::invoke(collection, "values", &[], context)?;
    iterator
        .as_object()
        .and_then(|iterator| iterator.prototype())
        .ok_or_else(|| {
            JsNativeError::typ()
                .with_message("an iterator has a prototype")
                .into()
        })
}

/// Makes the method `name` note on what it returns that it gives pairs.
fn annotate(
    prototype: &JsObject,
    name: &str,
    note: &JsSymbol,
    context: &mut Context,
) -> JsResult<()> {
    let original = native::get(prototype, name, context)?;
    let Some(original) = original.as_object() else {
        return Ok(());
    };
    let noting = native::closure(name, 0, (original, note.clone()), call_and_note, context);
    native::define(prototype, JsString::from(name), noting, HIDDEN);
    Ok(())
}

fn call_and_note(
    this: &JsValue,
    args: &[JsValue],
    (original, note): &(JsObject, JsSymbol),
    context: &mut Context,
) -> JsResult<JsValue> {
    let made = original.call(this, args, context)?;
    if let Some(iterator) = made.as_object() {
        native::define(&iterator, note.clone(), true, HIDDEN);
    }
    Ok(made)
}
