// `structuredClone`. Source: https://html.spec.whatwg.org/#structuredserializeinternal
const { kind } = binding('types');

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function refuse(what) {
  const { DOMException } = require('internal/event_target');
  throw new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

function structuredClone(value, options) {
  if (arguments.length === 0) {
    throw require('internal/errors').typeError('ERR_MISSING_ARGS', 'The "value" argument must be specified');
  }
  const seen = new Map();
  const transfer = new Set(options?.transfer ?? []);

  function clone(input) {
    if (typeof input === 'symbol') refuse(String(input));
    if (typeof input === 'function') refuse(`${input}`);
    if (input === null || typeof input !== 'object') return input;
    if (seen.has(input)) return seen.get(input);
    const keep = (copy) => {
      seen.set(input, copy);
      return copy;
    };
    switch (kind(input)) {
      case 'Boolean': case 'Number': case 'String': case 'BigInt':
        return keep(Object(input.valueOf()));
      case 'Symbol':
        return refuse('#<Symbol>');
      case 'Date':
        return keep(new Date(Date.prototype.getTime.call(input)));
      case 'RegExp':
        return keep(new RegExp(input.source, input.flags));
      case 'ArrayBuffer':
        return keep(transfer.has(input) ? input.transfer() : input.slice(0));
      case 'SharedArrayBuffer':
        return keep(input);
      case 'TypedArray': {
        const buffer = clone(input.buffer);
        const Class = globalThis[Object.getOwnPropertyDescriptor(
          Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get.call(input)];
        return keep(new Class(buffer, input.byteOffset, input.length));
      }
      case 'DataView':
        return keep(new DataView(clone(input.buffer), input.byteOffset, input.byteLength));
      case 'Map': {
        const copy = keep(new Map());
        for (const [key, item] of [...input]) copy.set(clone(key), clone(item));
        return copy;
      }
      case 'Set': {
        const copy = keep(new Set());
        for (const item of [...input]) copy.add(clone(item));
        return copy;
      }
      case 'Error': {
        const Class = ERRORS[input.name] ?? Error;
        const copy = keep(Object.create(Class.prototype));
        const error = new Class();
        seen.set(input, error);
        const message = Object.getOwnPropertyDescriptor(input, 'message');
        if (message && 'value' in message) {
          Object.defineProperty(error, 'message', { value: `${message.value}`, writable: true, configurable: true });
        }
        Object.defineProperty(error, 'stack', { value: input.stack, writable: true, configurable: true });
        if (Object.hasOwn(input, 'cause')) {
          Object.defineProperty(error, 'cause', { value: clone(input.cause), writable: true, configurable: true });
        }
        return copy && error;
      }
      case 'Array': {
        const copy = keep([]);
        copy.length = input.length;
        for (const key of Object.keys(input)) copy[key] = clone(input[key]);
        return copy;
      }
      case '': case 'Other': case 'Proxy': {
        const copy = keep({});
        for (const key of Object.keys(input)) copy[key] = clone(input[key]);
        return copy;
      }
      default:
        return refuse(`#<${input.constructor?.name ?? 'Object'}>`);
    }
  }

  return clone(value);
}

module.exports = { structuredClone };
