//! Sorting. The engine leaves it to Rust's `sort_by`, which panics where a script's
//! comparison contradicts itself, and compares in another order than V8, which such
//! scripts show. This is `TimSort` as V8 has it for arrays of less than 64 elements
//! (a run, then binary insertion), and a stable merge of such pieces for longer ones.
//!
//! Source: <https://tc39.es/ecma262/#sec-array.prototype.sort>,
//! <https://v8.dev/blog/array-sort>.

use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::object::builtins::JsArray;
use boa_engine::{Context, JsNativeError, JsResult, JsString, JsValue};

use crate::native::{self, HIDDEN, Native, argument, define};

/// Pieces up to this length are sorted by insertion.
const PIECE: usize = 63;

/// Puts our methods in the place of the engine's.
pub fn mend(context: &mut Context) {
    const METHODS: [(&str, usize, Native); 2] = [("sort", 1, sort), ("toSorted", 1, to_sorted)];
    let classes = context.intrinsics().constructors();
    let (array, typed) = (
        classes.array().prototype(),
        classes.typed_array().prototype(),
    );
    for (name, length, body) in METHODS {
        let method = native::function(name, length, body, context);
        define(&array, JsString::from(name), method, HIDDEN);
        if let Ok(original) = native::get(&typed, name, context)
            && let Some(original) = original.as_object()
        {
            let method = native::closure(name, length, original, sort_typed, context);
            define(&typed, JsString::from(name), method, HIDDEN);
        }
    }
}

fn sort(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let compare = comparison(args)?;
    let object = this.to_object(context)?;
    let length = length_of(&object, context)?;
    let mut items = Vec::new();
    let mut undefined = 0;
    for index in 0..length {
        if !object.has_property(index, context)? {
            continue;
        }
        let item = object.get(index, context)?;
        if item.is_undefined() {
            undefined += 1;
        } else {
            items.push(item);
        }
    }
    let mut sorted = sorted(items, compare.as_ref(), context)?;
    sorted.resize(sorted.len() + undefined, JsValue::undefined());
    let count = sorted.len() as u64;
    for (index, item) in sorted.into_iter().enumerate() {
        object.set(index, item, true, context)?;
    }
    // Holes come last, and stay holes.
    for index in count..length {
        if object.has_property(index, context)? {
            object.delete_property_or_throw(index, context)?;
        }
    }
    Ok(object.into())
}

fn to_sorted(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let compare = comparison(args)?;
    let object = this.to_object(context)?;
    let length = length_of(&object, context)?;
    if length > u64::from(u32::MAX) {
        return Err(JsNativeError::range()
            .with_message("Invalid array length")
            .into());
    }
    let mut items = Vec::new();
    for index in 0..length {
        items.push(object.get(index, context)?);
    }
    let undefined = items.iter().filter(|item| item.is_undefined()).count();
    items.retain(|item| !item.is_undefined());
    let mut sorted = sorted(items, compare.as_ref(), context)?;
    sorted.resize(sorted.len() + undefined, JsValue::undefined());
    Ok(JsArray::from_iter(sorted, context).into())
}

/// `sort` and `toSorted` of typed arrays. Without a script's comparison the engine's are right.
fn sort_typed(
    this: &JsValue,
    args: &[JsValue],
    original: &JsObject,
    context: &mut Context,
) -> JsResult<JsValue> {
    let Some(compare) = comparison(args)? else {
        return original.call(this, args, context);
    };
    // Refuses what is no typed array, and makes the copy of `toSorted`.
    let in_place = native::get(original, "name", context)?.to_string(context)? == "sort";
    let target = if in_place {
        this.clone()
    } else {
        original.call(this, &[], context)?
    };
    let Some(source) = this.as_object().filter(JsObject::is::<TypedArray>) else {
        return Err(JsNativeError::typ()
            .with_message("this is not a typed array.")
            .into());
    };
    let mut items = Vec::new();
    for index in 0..length_of(&source, context)? {
        items.push(source.get(index, context)?);
    }
    let sorted = sorted(items, Some(&compare), context)?;
    let object = target.to_object(context)?;
    for (index, item) in sorted.into_iter().enumerate() {
        object.set(index, item, false, context)?;
    }
    Ok(target)
}

fn comparison(args: &[JsValue]) -> JsResult<Option<JsObject>> {
    let given = argument(args, 0);
    match given.as_callable() {
        Some(function) => Ok(Some(function)),
        None if given.is_undefined() => Ok(None),
        None => Err(JsNativeError::typ()
            .with_message("The comparison function must be either a function or undefined")
            .into()),
    }
}

fn length_of(object: &JsObject, context: &mut Context) -> JsResult<u64> {
    native::get(object, "length", context)?.to_length(context)
}

fn sorted(
    items: Vec<JsValue>,
    compare: Option<&JsObject>,
    context: &mut Context,
) -> JsResult<Vec<JsValue>> {
    let Some(compare) = compare else {
        return by_text(items, context);
    };
    // Whether `a` has to stand before `b`.
    let mut before = |a: &JsValue, b: &JsValue| -> JsResult<bool> {
        let order = compare.call(&JsValue::undefined(), &[a.clone(), b.clone()], context)?;
        Ok(order.to_number(context)? < 0.0)
    };
    stable(items, &mut before)
}

/// By the code units of the texts, each of which is made once.
fn by_text(items: Vec<JsValue>, context: &mut Context) -> JsResult<Vec<JsValue>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((item.to_string(context)?, item));
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// Sorts by a relation that may contradict itself or fail.
fn stable<T: Clone, E>(
    mut items: Vec<T>,
    before: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<Vec<T>, E> {
    let length = items.len();
    let mut size = piece(length);
    for part in items.chunks_mut(size.max(1)) {
        insert(part, before)?;
    }
    while size < length {
        let mut merged = Vec::with_capacity(length);
        for pair in items.chunks(size * 2) {
            let (left, right) = pair.split_at(size.min(pair.len()));
            merge(left, right, &mut merged, before)?;
        }
        items = merged;
        size *= 2;
    }
    Ok(items)
}

/// How long the pieces are that insertion sorts: all, or 32 to 64.
fn piece(length: usize) -> usize {
    let (mut length, mut odd) = (length, 0);
    while length > PIECE {
        odd |= length & 1;
        length >>= 1;
    }
    length + odd
}

/// Sorts by inserting each element behind those that it does not have to precede.
fn insert<T, E>(
    items: &mut [T],
    before: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    if items.len() < 2 {
        return Ok(());
    }
    // The run that is there already, turned round if it goes down.
    let descending = before(&items[1], &items[0])?;
    let mut run = 2;
    while run < items.len() && before(&items[run], &items[run - 1])? == descending {
        run += 1;
    }
    if descending {
        items[..run].reverse();
    }
    for next in run..items.len() {
        let (mut low, mut high) = (0, next);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(&items[next], &items[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        items[low..=next].rotate_right(1);
    }
    Ok(())
}

fn merge<T: Clone, E>(
    left: &[T],
    right: &[T],
    out: &mut Vec<T>,
    before: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let (mut left, mut right) = (left, right);
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if before(b, a)? {
            out.push(b.clone());
            right = right_rest;
        } else {
            out.push(a.clone());
            left = left_rest;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(items: &[u32], mut before: impl FnMut(u32, u32) -> bool) -> Vec<u32> {
        let mut relation = |a: &u32, b: &u32| Ok::<_, ()>(before(*a, *b));
        stable(items.to_vec(), &mut relation).expect("the relation never fails")
    }

    #[test]
    fn it_sorts_and_keeps_the_order_of_equals() {
        for length in [0, 1, 2, 3, 10, 63, 64, 65, 127, 128, 1000, 4097] {
            let items: Vec<u32> = (0..length)
                .map(|i: u32| i.wrapping_mul(2_654_435_761) % 1000)
                .collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            assert_eq!(sorted(&items, |a, b| a < b), expected, "{length}");
            let mut stable = items.clone();
            stable.sort_by_key(|item| item % 10);
            assert_eq!(sorted(&items, |a, b| a % 10 < b % 10), stable, "{length}");
        }
    }

    #[test]
    fn contradictions_lose_nothing() {
        let items: Vec<u32> = (0..500).collect();
        let mut state = 1_u32;
        let mut result = sorted(&items, |_, _| {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            state & 0x1_0000 != 0
        });
        result.sort_unstable();
        assert_eq!(result, items);
    }
}
