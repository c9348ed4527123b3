//! Where the engine differs from V8 in what scripts can see, or is much slower than it
//! need be. Each part says what it mends; with a better engine it can go.

mod dates;
mod functions;
mod json;
mod regexps;
mod search;
mod sorting;

use boa_engine::{Context, JsResult, JsSymbol, js_string};

use crate::native::{HIDDEN, define};

/// Mends a fresh realm.
///
/// # Errors
/// None.
pub fn mend(context: &mut Context) -> JsResult<()> {
    dates::mend(context)?;
    functions::mend(context)?;
    json::mend(context)?;
    regexps::mend(context)?;
    search::mend(context);
    sorting::mend(context);
    let global = context.global_object();
    define(
        &global,
        JsSymbol::to_string_tag(),
        js_string!("global"),
        HIDDEN,
    );
    Ok(())
}
