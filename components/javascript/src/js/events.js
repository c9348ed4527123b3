// `events`. Source: https://nodejs.org/docs/latest-v20.x/api/events.html
const { inspect } = binding('inspect');
const errors = require('internal/errors');

const kCapture = Symbol('kCapture');
const kShapeMode = Symbol('shapeMode');
const kRejection = Symbol.for('nodejs.rejection');
const errorMonitor = Symbol('events.errorMonitor');

let defaultMaxListeners = 10;

function EventEmitter(options) {
  EventEmitter.init.call(this, options);
}

// `_events` maps names to a listener or a list of them. It appears with the first use,
// so that objects that never call the constructor are emitters too.
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;

EventEmitter.init = function(options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  this[kShapeMode] = false;
  this[kCapture] = Boolean(options?.captureRejections);
};

function checkListener(listener) {
  errors.validateFunction(listener, 'listener');
}

function own(emitter) {
  if (!Object.hasOwn(emitter, '_events') || emitter._events === undefined) {
    emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  }
  return emitter._events;
}

function listOf(emitter, name) {
  const found = emitter._events?.[name];
  if (found === undefined) return [];
  return typeof found === 'function' ? [found] : found;
}

function maximum(emitter) {
  return emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners;
}

function warnOfLeak(emitter, name, list) {
  const limit = maximum(emitter);
  if (limit <= 0 || list.length <= limit || list.warned) return;
  list.warned = true;
  const warning = new Error(
    `Possible EventEmitter memory leak detected. ${list.length} ${String(name)} listeners ` +
    `added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ${limit}. ` +
    'Use emitter.setMaxListeners() to increase limit');
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = name;
  warning.count = list.length;
  process.emitWarning(warning);
}

function add(emitter, name, listener, first) {
  checkListener(listener);
  const table = own(emitter);
  if (table.newListener !== undefined) {
    emitter.emit('newListener', name, listener.listener ?? listener);
  }
  const events = emitter._events;
  const before = events[name];
  if (before === undefined) {
    events[name] = listener;
    emitter._eventsCount++;
  } else if (typeof before === 'function') {
    events[name] = first ? [listener, before] : [before, listener];
    warnOfLeak(emitter, name, events[name]);
  } else {
    if (first) before.unshift(listener);
    else before.push(listener);
    warnOfLeak(emitter, name, before);
  }
  return emitter;
}

function onceWrapper(emitter, name, listener) {
  checkListener(listener);
  const state = { fired: false };
  const wrapper = function(...args) {
    if (state.fired) return undefined;
    state.fired = true;
    emitter.removeListener(name, wrapper);
    return listener.apply(emitter, args);
  };
  wrapper.listener = listener;
  return wrapper;
}

function unhandledError(args) {
  const error = args[0];
  if (error instanceof Error) return error;
  let shown;
  try {
    shown = inspect(error);
  } catch {
    shown = error;
  }
  const wrapped = errors.error('ERR_UNHANDLED_ERROR', `Unhandled error. (${shown})`);
  wrapped.context = error;
  return wrapped;
}

function capture(emitter, result, name, args) {
  if (!emitter[kCapture] || typeof result?.then !== 'function') return;
  result.then(undefined, (error) => process.nextTick(() => {
    if (typeof emitter[kRejection] === 'function') emitter[kRejection](error, name, ...args);
    else emitter.emit('error', error);
  }));
}

const methods = {
  setMaxListeners(n) {
    errors.validateNumber(n, 'setMaxListeners', 0);
    this._maxListeners = n;
    return this;
  },

  getMaxListeners() {
    return maximum(this);
  },

  emit(name, ...args) {
    const events = this._events;
    if (name === 'error') {
      if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
      if (events?.error === undefined) throw unhandledError(args);
    }
    const found = events?.[name];
    if (found === undefined) return false;
    if (typeof found === 'function') {
      const result = found.apply(this, args);
      if (result !== undefined && result !== null) capture(this, result, name, args);
      return true;
    }
    for (const listener of found.slice()) {
      const result = listener.apply(this, args);
      if (result !== undefined && result !== null) capture(this, result, name, args);
    }
    return true;
  },

  addListener(name, listener) {
    return add(this, name, listener, false);
  },

  prependListener(name, listener) {
    return add(this, name, listener, true);
  },

  once(name, listener) {
    return this.on(name, onceWrapper(this, name, listener));
  },

  prependOnceListener(name, listener) {
    return this.prependListener(name, onceWrapper(this, name, listener));
  },

  removeListener(name, listener) {
    checkListener(listener);
    const events = this._events;
    const found = events?.[name];
    if (found === undefined) return this;
    const is = (candidate) => candidate === listener || candidate.listener === listener;
    if (typeof found === 'function') {
      if (!is(found)) return this;
      delete events[name];
      this._eventsCount--;
    } else {
      const at = found.findLastIndex(is);
      if (at < 0) return this;
      found.splice(at, 1);
      if (found.length === 1) events[name] = found[0];
    }
    if (events.removeListener !== undefined) this.emit('removeListener', name, listener);
    return this;
  },

  removeAllListeners(name) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[name] !== undefined) {
        delete events[name];
        this._eventsCount--;
      }
      return this;
    }
    // Somebody wants to hear of each.
    if (arguments.length === 0) {
      for (const key of Reflect.ownKeys(events)) {
        if (key !== 'removeListener') this.removeAllListeners(key);
      }
      this.removeAllListeners('removeListener');
      return this;
    }
    for (const listener of listOf(this, name).slice().reverse()) {
      this.removeListener(name, listener);
    }
    return this;
  },

  listeners(name) {
    return listOf(this, name).map((listener) => listener.listener ?? listener);
  },

  rawListeners(name) {
    return listOf(this, name).slice();
  },

  listenerCount(name, listener) {
    const list = listOf(this, name);
    if (listener == null) return list.length;
    return list.filter((own) => own === listener || own.listener === listener).length;
  },

  eventNames() {
    return this._events === undefined ? [] : Reflect.ownKeys(this._events);
  },
};
Object.assign(EventEmitter.prototype, methods);
EventEmitter.prototype.on = EventEmitter.prototype.addListener;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

function abortError(signal) {
  return new errors.AbortError(undefined, { cause: signal.reason });
}

// A promise of the arguments of the next event.
async function once(emitter, name, options = {}) {
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  return new Promise((resolve, reject) => {
    const onTarget = typeof emitter.addEventListener === 'function';
    const finish = (act) => (...args) => {
      if (onTarget) {
        emitter.removeEventListener(name, arrived);
      } else {
        emitter.removeListener(name, arrived);
        emitter.removeListener('error', failed);
      }
      signal?.removeEventListener('abort', aborted);
      act(args);
    };
    const arrived = finish((args) => resolve(args));
    const failed = finish((args) => reject(args[0]));
    const aborted = finish(() => reject(abortError(signal)));
    if (onTarget) {
      emitter.addEventListener(name, arrived, { once: true });
    } else {
      emitter.once(name, arrived);
      if (name !== 'error') emitter.once('error', failed);
    }
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

// An asynchronous iterator over the arguments of events.
function on(emitter, name, options = {}) {
  const { signal } = options;
  if (signal?.aborted) throw abortError(signal);
  const arrived = [];
  const waiting = [];
  let failure;
  let finished = false;

  const give = (...args) => {
    if (waiting.length > 0) waiting.shift().resolve({ value: args, done: false });
    else arrived.push(args);
  };
  const fail = (error) => {
    finished = true;
    stop();
    if (waiting.length > 0) waiting.shift().reject(error);
    else failure = error;
  };
  const aborted = () => fail(abortError(signal));
  const end = () => {
    finished = true;
    stop();
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
  };
  const stop = () => {
    emitter.removeListener(name, give);
    emitter.removeListener('error', fail);
    for (const close of options.close ?? []) emitter.removeListener(close, end);
    signal?.removeEventListener('abort', aborted);
  };

  emitter.on(name, give);
  if (name !== 'error') emitter.on('error', fail);
  for (const close of options.close ?? []) emitter.on(close, end);
  signal?.addEventListener('abort', aborted, { once: true });

  return {
    next() {
      if (arrived.length > 0) return Promise.resolve({ value: arrived.shift(), done: false });
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      end();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(error) {
      fail(error);
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function getEventListeners(emitter, name) {
  return typeof emitter.listeners === 'function' ? emitter.listeners(name) : emitter[Symbol.for('listeners')](name);
}

function setMaxListeners(n = defaultMaxListeners, ...emitters) {
  errors.validateNumber(n, 'setMaxListeners', 0);
  if (emitters.length === 0) defaultMaxListeners = n;
  for (const emitter of emitters) emitter.setMaxListeners?.(n);
}

Object.defineProperty(EventEmitter, 'defaultMaxListeners', {
  enumerable: true,
  get: () => defaultMaxListeners,
  set(n) {
    errors.validateNumber(n, 'defaultMaxListeners', 0);
    defaultMaxListeners = n;
  },
});

module.exports = Object.assign(EventEmitter, {
  EventEmitter,
  captureRejectionSymbol: kRejection,
  captureRejections: false,
  errorMonitor,
  getEventListeners,
  getMaxListeners: (emitter) => emitter.getMaxListeners?.() ?? defaultMaxListeners,
  listenerCount: (emitter, name) => emitter.listenerCount(name),
  on,
  once,
  setMaxListeners,
  usingDomains: false,
});

Object.defineProperty(EventEmitter, 'EventEmitterAsyncResource', {
  enumerable: true,
  get: () => require('async_hooks').EventEmitterAsyncResource,
});
