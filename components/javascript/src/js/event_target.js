// Events and their targets, abort signals. Source: https://dom.spec.whatwg.org
const { inspect } = binding('inspect');
const errors = require('internal/errors');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

const CODES = {
  IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
  NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
  InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
  InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20,
  URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
};

class DOMException extends Error {
  #name;

  constructor(message = '', options = 'Error') {
    super(`${message}`);
    this.#name = typeof options === 'object' ? `${options?.name ?? 'Error'}` : `${options}`;
    if (typeof options === 'object' && 'cause' in options) this.cause = options.cause;
    const stack = `${this.#name}: ${this.message}${this.stack.slice(this.stack.indexOf('\n    at'))}`;
    Object.defineProperty(this, 'stack', { value: stack, writable: true, configurable: true });
  }

  get name() {
    return this.#name;
  }

  get code() {
    return CODES[this.#name] ?? 0;
  }
}
for (const [name, code] of Object.entries(CODES)) {
  const constant = `${name.replace(/Error$/, '').replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}_ERR`;
  Object.defineProperty(DOMException, constant, { value: code, enumerable: true });
}

const kTarget = Symbol('target');
const kStop = Symbol('stop');
const kPassive = Symbol('passive');

class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #canceled = false;
  #time = performance.now();

  constructor(type, options = {}) {
    if (arguments.length === 0) throw errors.typeError('ERR_MISSING_ARGS', 'The "type" argument must be specified');
    this.#type = `${type}`;
    this.#bubbles = Boolean(options?.bubbles);
    this.#cancelable = Boolean(options?.cancelable);
    this.#composed = Boolean(options?.composed);
    this[kTarget] = null;
    this[kStop] = false;
    this[kPassive] = false;
    for (const key of [kTarget, kStop, kPassive]) Object.defineProperty(this, key, { enumerable: false });
  }

  get type() { return this.#type; }
  get target() { return this[kTarget]; }
  get currentTarget() { return this[kTarget]; }
  get srcElement() { return this[kTarget]; }
  get bubbles() { return this.#bubbles; }
  get cancelable() { return this.#cancelable; }
  get composed() { return this.#composed; }
  get defaultPrevented() { return this.#cancelable && this.#canceled; }
  get returnValue() { return !this.defaultPrevented; }
  get timeStamp() { return this.#time; }
  get eventPhase() { return this[kTarget] === null ? 0 : 2; }
  get isTrusted() { return false; }
  get cancelBubble() { return this[kStop]; }

  preventDefault() {
    if (!this[kPassive]) this.#canceled = true;
  }

  stopPropagation() {}

  stopImmediatePropagation() {
    this[kStop] = true;
  }

  composedPath() {
    return this[kTarget] === null ? [] : [this[kTarget]];
  }

  [customInspect](depth, options) {
    const { type, defaultPrevented, cancelable, timeStamp } = this;
    return `${this.constructor.name} ${inspect({ type, defaultPrevented, cancelable, timeStamp }, { ...options, depth: 1 })}`;
  }
}

class CustomEvent extends Event {
  #detail;

  constructor(type, options = {}) {
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() { return this.#detail; }
}

class EventTarget {
  #listeners = new Map();

  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return;
    if (typeof listener !== 'function' && typeof listener !== 'object') {
      throw errors.invalidArgType('listener', 'EventListener', listener);
    }
    const capture = Boolean(typeof options === 'object' ? options?.capture : options);
    const { once = false, signal, passive = false } = typeof options === 'object' && options !== null ? options : {};
    if (signal?.aborted) return;
    const list = this.#listeners.get(`${type}`) ?? [];
    if (list.some((entry) => entry.listener === listener && entry.capture === capture)) return;
    const entry = { listener, capture, once, passive };
    this.#listeners.set(`${type}`, [...list, entry]);
    signal?.addEventListener('abort', () => this.removeEventListener(type, listener, options), { once: true });
  }

  removeEventListener(type, listener, options) {
    const capture = Boolean(typeof options === 'object' ? options?.capture : options);
    const list = this.#listeners.get(`${type}`);
    if (list === undefined) return;
    const left = list.filter((entry) => entry.listener !== listener || entry.capture !== capture);
    if (left.length > 0) this.#listeners.set(`${type}`, left);
    else this.#listeners.delete(`${type}`);
  }

  dispatchEvent(event) {
    if (!(event instanceof Event)) throw errors.invalidArgType('event', 'Event', event);
    if (event[kTarget] !== null) {
      throw errors.error('ERR_EVENT_RECURSION', `The event "${event.type}" is already being dispatched`);
    }
    event[kTarget] = this;
    event[kStop] = false;
    for (const entry of this.#listeners.get(event.type) ?? []) {
      const current = this.#listeners.get(event.type) ?? [];
      if (!current.includes(entry)) continue;
      if (entry.once) this.removeEventListener(event.type, entry.listener, { capture: entry.capture });
      event[kPassive] = entry.passive;
      try {
        if (typeof entry.listener === 'function') entry.listener.call(this, event);
        else entry.listener.handleEvent?.(event);
      } catch (error) {
        // What a listener throws is uncaught, and does not stop the others.
        process.nextTick(() => {
          throw error;
        });
      }
      if (event[kStop]) break;
    }
    event[kPassive] = false;
    event[kTarget] = null;
    return !event.defaultPrevented;
  }

  [Symbol.for('listeners')](type) {
    return (this.#listeners.get(`${type}`) ?? []).map(({ listener }) => listener);
  }

  [customInspect](depth, options) {
    return `${this.constructor.name} ${inspect({}, { ...options, depth: -1 })}`;
  }
}

const kCreate = Symbol('create');

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  #handler = null;

  constructor(key) {
    if (key !== kCreate) throw errors.typeError('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    super();
  }

  get aborted() { return this.#aborted; }
  get reason() { return this.#reason; }
  get onabort() { return this.#handler; }

  set onabort(handler) {
    if (this.#handler !== null) this.removeEventListener('abort', this.#handler);
    this.#handler = typeof handler === 'function' ? handler : null;
    if (this.#handler !== null) this.addEventListener('abort', this.#handler);
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  [kCreate](reason) {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    this.dispatchEvent(new Event('abort'));
  }

  static abort(reason) {
    const signal = new AbortSignal(kCreate);
    signal[kCreate](reason);
    return signal;
  }

  static timeout(delay) {
    errors.validateInteger(delay, 'delay', 0);
    const signal = new AbortSignal(kCreate);
    setTimeout(() => signal[kCreate](new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay).unref();
    return signal;
  }

  static any(signals) {
    const result = new AbortSignal(kCreate);
    const list = [...signals];
    const done = list.find((signal) => signal.aborted);
    if (done) result[kCreate](done.reason);
    else for (const signal of list) signal.addEventListener('abort', () => result[kCreate](signal.reason), { once: true });
    return result;
  }

  [customInspect](depth, options) {
    return `AbortSignal ${inspect({ aborted: this.aborted }, options)}`;
  }
}

class AbortController {
  #signal = new AbortSignal(kCreate);

  get signal() { return this.#signal; }

  abort(reason) {
    this.#signal[kCreate](reason);
  }

  [customInspect](depth, options) {
    return `AbortController ${inspect({ signal: this.signal }, options)}`;
  }
}

for (const Class of [DOMException, Event, CustomEvent, EventTarget, AbortSignal, AbortController]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}

module.exports = { AbortController, AbortSignal, CustomEvent, DOMException, Event, EventTarget };
