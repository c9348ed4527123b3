//! What a proxy hides.
//!
//! Inspecting a proxy must not run its traps, and the engine keeps target and
//! handler to itself. So the global `Proxy` is one that remembers them.

use boa_engine::builtins::proxy::Proxy;
use boa_engine::object::builtins::{JsArray, JsFunction, JsWeakMap};
use boa_engine::{Context, JsArgs, JsNativeError, JsObject, JsResult, JsValue, js_string};

use crate::host::Host;
use crate::native::{self, HIDDEN};

/// Proxies made so far, each with its target and handler.
#[derive(Debug)]
pub struct Proxies {
    made: JsWeakMap,
}

/// A proxy's two objects.
#[derive(Debug, Clone)]
pub struct Parts {
    /// What it stands for.
    pub target: JsObject,
    /// The traps.
    pub handler: JsObject,
}

impl Proxies {
    /// Starts remembering.
    pub fn new(context: &mut Context) -> Self {
        Self {
            made: JsWeakMap::new(context),
        }
    }

    /// The objects behind `object`, where it is a proxy.
    pub fn parts(&self, object: &JsObject, context: &mut Context) -> Option<Parts> {
        let pair = self.made.get(object, context).ok()?.as_object()?;
        let target = pair.get(0, context).ok()?.as_object()?;
        let handler = pair.get(1, context).ok()?.as_object()?;
        Some(Parts { target, handler })
    }

    fn remember(&self, proxy: &JsObject, args: &[JsValue], context: &mut Context) -> JsResult<()> {
        let pair = JsArray::from_iter(
            [
                args.get_or_undefined(0).clone(),
                args.get_or_undefined(1).clone(),
            ],
            context,
        );
        self.made.set(proxy, pair.into(), context)?;
        Ok(())
    }

    /// Puts the remembering `Proxy` in the place of the engine's.
    pub fn install(context: &mut Context) {
        let proxy: JsFunction = native::constructor("Proxy", 2, construct, context);
        let revocable = native::function("revocable", 2, revocable, context);
        native::define(&proxy, js_string!("revocable"), revocable, HIDDEN);
        native::define(&context.global_object(), js_string!("Proxy"), proxy, HIDDEN);
    }
}

fn construct(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    // The engine passes the class that `new` names as `this`.
    if !this.is_constructor() {
        return Err(JsNativeError::typ()
            .with_message("Constructor Proxy requires 'new'")
            .into());
    }
    let original = context.intrinsics().constructors().proxy().constructor();
    let proxy = original.construct(args, None, context)?;
    Host::of(context).proxies.remember(&proxy, args, context)?;
    Ok(proxy.into())
}

fn revocable(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let original = context.intrinsics().constructors().proxy().constructor();
    let result = native::invoke(&original, "revocable", args, context)?;
    if let Some(pair) = result.as_object()
        && let Some(proxy) = native::get(&pair, "proxy", context)?.as_object()
    {
        let revoke = native::get(&pair, "revoke", context)?;
        Host::of(context).proxies.remember(&proxy, args, context)?;
        let revoke = native::closure("", 0, (proxy, revoke), revoke_and_forget, context);
        native::field(&pair, "revoke", revoke);
    }
    Ok(result)
}

fn revoke_and_forget(
    this: &JsValue,
    _: &[JsValue],
    (proxy, revoke): &(JsObject, JsValue),
    context: &mut Context,
) -> JsResult<JsValue> {
    Host::of(context).proxies.made.delete(proxy, context)?;
    match revoke.as_callable() {
        Some(revoke) => revoke.call(this, &[], context),
        None => Ok(JsValue::undefined()),
    }
}

/// Whether `object` is a proxy, revoked or not.
pub fn is_proxy(object: &JsObject) -> bool {
    object.is::<Proxy>()
}
