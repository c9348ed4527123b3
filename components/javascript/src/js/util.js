// `util`. Source: https://nodejs.org/docs/latest-v20.x/api/util.html
const { inspect, format, formatWithOptions, stripVTControlCharacters } = binding('inspect');
const { kind } = binding('types');
const errors = require('internal/errors');

// Escape sequences of styles, as `util.styleText` takes them.
const colors = { __proto__: null };
for (const [name, on, off] of [
  ['reset', 0, 0], ['bold', 1, 22], ['dim', 2, 22], ['italic', 3, 23], ['underline', 4, 24],
  ['blink', 5, 25], ['inverse', 7, 27], ['hidden', 8, 28], ['strikethrough', 9, 29],
  ['doubleunderline', 21, 24],
  ['black', 30, 39], ['red', 31, 39], ['green', 32, 39], ['yellow', 33, 39], ['blue', 34, 39],
  ['magenta', 35, 39], ['cyan', 36, 39], ['white', 37, 39],
  ['bgBlack', 40, 49], ['bgRed', 41, 49], ['bgGreen', 42, 49], ['bgYellow', 43, 49],
  ['bgBlue', 44, 49], ['bgMagenta', 45, 49], ['bgCyan', 46, 49], ['bgWhite', 47, 49],
  ['framed', 51, 54], ['overlined', 53, 55],
  ['gray', 90, 39], ['redBright', 91, 39], ['greenBright', 92, 39], ['yellowBright', 93, 39],
  ['blueBright', 94, 39], ['magentaBright', 95, 39], ['cyanBright', 96, 39], ['whiteBright', 97, 39],
  ['bgGray', 100, 49], ['bgRedBright', 101, 49], ['bgGreenBright', 102, 49],
  ['bgYellowBright', 103, 49], ['bgBlueBright', 104, 49], ['bgMagentaBright', 105, 49],
  ['bgCyanBright', 106, 49], ['bgWhiteBright', 107, 49],
]) colors[name] = [on, off];
inspect.colors = colors;
inspect.styles = Object.assign({ __proto__: null }, {
  special: 'cyan', number: 'yellow', bigint: 'yellow', boolean: 'yellow', undefined: 'grey',
  null: 'bold', string: 'green', symbol: 'green', date: 'magenta', regexp: 'red', module: 'underline',
});

function styleText(styles, text, options = {}) {
  errors.validateString(text, 'text');
  const { validateStream = true, stream = process.stdout } = options;
  const plain = validateStream && !(stream.isTTY && stream.hasColors?.());
  let result = text;
  for (const style of Array.isArray(styles) ? styles.slice().reverse() : [styles]) {
    const codes = colors[style];
    if (codes === undefined) {
      throw errors.invalidArgValue('format', style, `must be one of: ${Object.keys(colors).map((name) => `'${name}'`).join(', ')}`);
    }
    if (!plain) result = `\u001b[${codes[0]}m${result}\u001b[${codes[1]}m`;
  }
  return result;
}

const kCustomPromisify = Symbol.for('nodejs.util.promisify.custom');

function promisify(original) {
  errors.validateFunction(original, 'original');
  const custom = original[kCustomPromisify];
  if (custom !== undefined) {
    errors.validateFunction(custom, 'util.promisify.custom');
    return Object.defineProperty(custom, kCustomPromisify, {
      value: custom, enumerable: false, writable: false, configurable: true,
    });
  }
  function promised(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, ...values) => {
        if (error) reject(error);
        else resolve(values[0]);
      });
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  Object.defineProperty(promised, kCustomPromisify, {
    value: promised, enumerable: false, writable: false, configurable: true,
  });
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = kCustomPromisify;

function callbackify(original) {
  errors.validateFunction(original, 'original');
  function callbackified(...args) {
    const callback = args.pop();
    errors.validateFunction(callback, 'last argument');
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(callback, null, value),
      (reason) => {
        let error = reason;
        if (!error) {
          error = errors.error('ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value');
          error.reason = reason;
        }
        process.nextTick(callback, error);
      });
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name?.value === 'string') descriptors.name.value += 'Callbackified';
  return Object.defineProperties(callbackified, descriptors);
}

function inherits(ctor, superCtor) {
  errors.validateFunction(ctor, 'ctor');
  errors.validateFunction(superCtor, 'superCtor');
  if (superCtor.prototype === undefined) {
    throw errors.invalidArgType('superCtor.prototype', 'Object', superCtor.prototype);
  }
  Object.defineProperty(ctor, 'super_', { value: superCtor, writable: true, configurable: true });
  Object.setPrototypeOf(ctor.prototype, superCtor.prototype);
}

const warned = new Set();

function deprecate(fn, message, code) {
  let done = false;
  function deprecated(...args) {
    if (!done) {
      done = true;
      if (code === undefined || !warned.has(code)) {
        if (code !== undefined) warned.add(code);
        process.emitWarning(message, 'DeprecationWarning', code);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

function debuglog(set, callback) {
  const name = String(set).toUpperCase();
  const pattern = (process.env.NODE_DEBUG ?? '').split(',')
    .map((part) => part.trim().toUpperCase().replace(/[|\\{}()[\]^$+?.]/g, '\\$&').replace(/\*/g, '.*'))
    .filter(Boolean);
  const enabled = pattern.some((part) => new RegExp(`^${part}$`).test(name));
  const log = (...args) => {
    if (enabled) process.stderr.write(`${name} ${process.pid}: ${format(...args)}\n`);
  };
  Object.defineProperty(log, 'enabled', { get: () => enabled, configurable: true, enumerable: true });
  callback?.(log);
  return log;
}

const isKind = (...names) => (value) => names.includes(kind(value));
const isTyped = (name) => (value) => kind(value) === 'TypedArray' && value[Symbol.toStringTag] === name;
const constructorIn = (value, name) => {
  for (let proto = typeof value === 'function' ? Object.getPrototypeOf(value) : null; proto; proto = Object.getPrototypeOf(proto)) {
    if (Object.prototype.hasOwnProperty.call(proto, Symbol.toStringTag) && proto[Symbol.toStringTag] === name) return true;
  }
  return false;
};

const types = {
  isExternal: () => false,
  isDate: isKind('Date'),
  isArgumentsObject: (value) => kind(value) === 'Other' && Object.prototype.toString.call(value) === '[object Arguments]',
  isBigIntObject: isKind('BigInt'),
  isBooleanObject: isKind('Boolean'),
  isNumberObject: isKind('Number'),
  isStringObject: isKind('String'),
  isSymbolObject: isKind('Symbol'),
  isBoxedPrimitive: isKind('Number', 'String', 'Boolean', 'BigInt', 'Symbol'),
  isNativeError: isKind('Error'),
  isRegExp: isKind('RegExp'),
  isAsyncFunction: (value) => constructorIn(value, 'AsyncFunction') || constructorIn(value, 'AsyncGeneratorFunction'),
  isGeneratorFunction: (value) => constructorIn(value, 'GeneratorFunction') || constructorIn(value, 'AsyncGeneratorFunction'),
  isGeneratorObject: (value) =>
    kind(value) === 'Generator' || (kind(value) === 'Other' && Object.prototype.toString.call(value) === '[object AsyncGenerator]'),
  isPromise: isKind('Promise'),
  isMap: isKind('Map'),
  isSet: isKind('Set'),
  isMapIterator: isKind('MapIterator'),
  isSetIterator: isKind('SetIterator'),
  isWeakMap: isKind('WeakMap'),
  isWeakSet: isKind('WeakSet'),
  isArrayBuffer: isKind('ArrayBuffer'),
  isDataView: isKind('DataView'),
  isSharedArrayBuffer: isKind('SharedArrayBuffer'),
  isProxy: isKind('Proxy'),
  isModuleNamespaceObject: isKind('Module'),
  isAnyArrayBuffer: isKind('ArrayBuffer', 'SharedArrayBuffer'),
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray: isKind('TypedArray'),
  isCryptoKey: () => false,
  isKeyObject: () => false,
};
for (const name of [
  'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array',
  'Int32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array',
]) types[`is${name}`] = isTyped(name);

function aborted(signal) {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

const SYSTEM_ERRORS = new Map([
  [-1, ['EPERM', 'operation not permitted']], [-2, ['ENOENT', 'no such file or directory']],
  [-5, ['EIO', 'i/o error']], [-9, ['EBADF', 'bad file descriptor']], [-12, ['ENOMEM', 'not enough memory']],
  [-13, ['EACCES', 'permission denied']], [-17, ['EEXIST', 'file already exists']],
  [-20, ['ENOTDIR', 'not a directory']], [-21, ['EISDIR', 'illegal operation on a directory']],
  [-22, ['EINVAL', 'invalid argument']], [-28, ['ENOSPC', 'no space left on device']],
  [-30, ['EROFS', 'read-only file system']], [-32, ['EPIPE', 'broken pipe']],
  [-38, ['ENOSYS', 'function not implemented']], [-39, ['ENOTEMPTY', 'directory not empty']],
  [-40, ['ELOOP', 'too many symbolic links encountered']],
]);

// Source: https://nodejs.org/docs/latest-v20.x/api/util.html#utilparseargsconfig
function parseArgs(config = {}) {
  const args = config.args ?? process.argv.slice(2);
  const { options = {}, strict = true, tokens: wantTokens = false } = config;
  const allowPositionals = config.allowPositionals ?? !strict;
  const values = { __proto__: null };
  const positionals = [];
  const tokens = [];
  const longOf = (short) => Object.keys(options).find((name) => options[name].short === short) ?? short;

  const store = (name, value, rawName, index, inlineValue) => {
    tokens.push({ kind: 'option', name, rawName, index, value, inlineValue });
    const option = options[name];
    if (strict) {
      if (option === undefined) {
        const hint = allowPositionals
          ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- "${rawName}"`
          : '';
        throw errors.typeError('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${rawName}'${hint}`);
      }
      const shown = `${option.short ? `-${option.short}, ` : ''}--${name}`;
      if (option.type === 'string' && typeof value !== 'string') {
        throw errors.typeError('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
      }
      if (option.type === 'boolean' && value !== undefined) {
        throw errors.typeError('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
      }
    }
    if (name === '__proto__') return;
    const kept = value ?? true;
    if (option?.multiple) (values[name] ??= []).push(kept);
    else values[name] = kept;
  };

  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index: i });
      for (let rest = i + 1; rest < args.length; rest++) {
        tokens.push({ kind: 'positional', index: rest, value: args[rest] });
        positionals.push(args[rest]);
      }
      if (strict && !allowPositionals && i + 1 < args.length) unexpected(args[i + 1]);
      break;
    }
    const takesNext = (name) =>
      options[name]?.type === 'string' && args[i + 1] !== undefined && !(strict && /^-./.test(args[i + 1]));
    if (arg.startsWith('--')) {
      const at = arg.indexOf('=');
      if (at > 2) {
        store(arg.slice(2, at), arg.slice(at + 1), arg.slice(0, at), i, true);
      } else {
        const name = arg.slice(2);
        const index = i;
        const value = takesNext(name) ? args[++i] : undefined;
        store(name, value, arg, index, value === undefined ? undefined : false);
      }
    } else if (/^-./.test(arg)) {
      const letters = [...arg.slice(1)];
      const index = i;
      for (let at = 0; at < letters.length; at++) {
        const name = longOf(letters[at]);
        const rest = letters.slice(at + 1).join('');
        if (options[name]?.type === 'string') {
          if (rest !== '') store(name, rest, `-${letters[at]}`, index, true);
          else {
            const value = takesNext(name) ? args[++i] : undefined;
            store(name, value, `-${letters[at]}`, index, value === undefined ? undefined : false);
          }
          break;
        }
        store(name, undefined, `-${letters[at]}`, index, undefined);
      }
    } else {
      if (strict && !allowPositionals) unexpected(arg);
      tokens.push({ kind: 'positional', index: i, value: arg });
      positionals.push(arg);
    }
  }
  function unexpected(arg) {
    throw errors.typeError('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL',
      `Unexpected argument '${arg}'. This command does not take positional arguments`);
  }
  for (const name of Object.keys(options)) {
    if (options[name].default !== undefined && values[name] === undefined) values[name] = options[name].default;
  }
  return wantTokens ? { values, positionals, tokens } : { values, positionals };
}

const lazy = (module, name) => ({ enumerable: true, configurable: true, get: () => require(module)[name] });

module.exports = {
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getSystemErrorMap: () => new Map(SYSTEM_ERRORS),
  getSystemErrorName: (number) => SYSTEM_ERRORS.get(number)?.[0],
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('buffer').Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: (value) => types.isNativeError(value) || value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  log: (...args) => {
    const time = new Date();
    const month = time.toDateString().slice(4, 7);
    console.log('%s - %s', `${time.getDate()} ${month} ${time.toTimeString().slice(0, 8)}`, format(...args));
  },
  parseArgs,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString: (value) => `${value}`.toWellFormed(),
  types,
};
Object.defineProperties(module.exports, {
  TextDecoder: lazy('internal/text', 'TextDecoder'),
  TextEncoder: lazy('internal/text', 'TextEncoder'),
  isDeepStrictEqual: lazy('internal/deep_equal', 'isDeepStrictEqual'),
});
Object.defineProperty(inspect, 'defaultOptions', {
  enumerable: true,
  configurable: true,
  get: () => binding('inspect').defaultOptions(),
  set(options) {
    errors.validateObject(options, 'options');
    binding('inspect').setDefaultOptions(options);
  },
});
