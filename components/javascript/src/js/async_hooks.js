// `async_hooks`: contexts that follow calls. Source: https://nodejs.org/docs/latest-v20.x/api/async_context.html
// The engine has no hooks into promises, so a store reaches what runs within `run` and
// what is bound, not what an `await` continues.
const EventEmitter = require('events');

const active = new Map();

class AsyncLocalStorage {
  static bind(fn) {
    return AsyncResource.bind(fn);
  }

  static snapshot() {
    const saved = new Map(active);
    return (fn, ...args) => within(saved, () => fn(...args));
  }

  getStore() {
    return active.get(this);
  }

  enterWith(store) {
    active.set(this, store);
  }

  run(store, fn, ...args) {
    const saved = new Map(active);
    active.set(this, store);
    const restore = () => replace(saved);
    try {
      return fn(...args);
    } finally {
      restore();
    }
  }

  exit(fn, ...args) {
    const saved = new Map(active);
    active.delete(this);
    try {
      return fn(...args);
    } finally {
      replace(saved);
    }
  }

  disable() {
    active.delete(this);
  }
}

function replace(stores) {
  active.clear();
  for (const [storage, store] of stores) active.set(storage, store);
}

function within(stores, act) {
  const saved = new Map(active);
  replace(stores);
  try {
    return act();
  } finally {
    replace(saved);
  }
}

let lastId = 1;

class AsyncResource {
  #stores = new Map(active);
  #id = ++lastId;

  constructor(type) {
    this.type = type;
  }

  static bind(fn) {
    return new AsyncResource(fn.name || 'bound-anonymous-fn').bind(fn);
  }

  bind(fn) {
    const resource = this;
    return function(...args) {
      return resource.runInAsyncScope(fn, this, ...args);
    };
  }

  runInAsyncScope(fn, thisArg, ...args) {
    return within(this.#stores, () => Reflect.apply(fn, thisArg, args));
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return this.#id;
  }

  triggerAsyncId() {
    return 1;
  }
}

class EventEmitterAsyncResource extends EventEmitter {
  #resource = new AsyncResource('EventEmitterAsyncResource');

  emit(...args) {
    return this.#resource.runInAsyncScope(super.emit, this, ...args);
  }
}

module.exports = {
  AsyncLocalStorage,
  AsyncResource,
  EventEmitterAsyncResource,
  createHook: () => ({ enable() { return this; }, disable() { return this; } }),
  executionAsyncId: () => 1,
  executionAsyncResource: () => ({}),
  triggerAsyncId: () => 0,
};
