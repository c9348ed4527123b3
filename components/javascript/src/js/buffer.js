// `buffer`. Source: https://nodejs.org/docs/latest-v20.x/api/buffer.html
const bytes = binding('bytes');
const { isEncoding } = binding('text');
const { inspect } = binding('inspect');
const errors = require('internal/errors');

const kMaxLength = 2 ** 32;
const INSPECT_MAX_BYTES = 50;
const customInspect = Symbol.for('nodejs.util.inspect.custom');

// The class behind `Buffer`: calling `Buffer` without `new` must work, and a class
// cannot be called.
class FastBuffer extends Uint8Array {}

function Buffer(value, encodingOrOffset, length) {
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw errors.invalidArgType('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}
Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, 'constructor', { value: Buffer, writable: true, configurable: true });
Object.defineProperty(Buffer, Symbol.species, { configurable: true, get: () => FastBuffer });
Buffer.poolSize = 8192;

const wrap = (arrayBuffer, offset, length) => new FastBuffer(arrayBuffer, offset, length);

function encodingOf(encoding) {
  if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
  if (!isEncoding(encoding)) {
    throw errors.typeError('ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
  }
  return encoding.toLowerCase();
}

const isAnyArrayBuffer = (value) =>
  value instanceof ArrayBuffer ||
  (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer);

function checkSize(size) {
  errors.validateNumber(size, 'size', 0, kMaxLength);
}

function fromArrayLike(list) {
  const length = Number(list.length);
  if (!(length > 0)) return new FastBuffer(0);
  const buffer = new FastBuffer(length);
  for (let i = 0; i < length; i++) buffer[i] = list[i];
  return buffer;
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) {
    return typeof value.length === 'number' ? fromArrayLike(value) : new FastBuffer(0);
  }
  if (value.type === 'Buffer' && Array.isArray(value.data)) return fromArrayLike(value.data);
  return undefined;
}

Object.assign(Buffer, {
  from(value, encodingOrOffset, length) {
    if (typeof value === 'string') {
      return wrap(bytes.encode(value, encodingOf(encodingOrOffset)));
    }
    if (typeof value === 'object' && value !== null) {
      if (isAnyArrayBuffer(value)) {
        const offset = encodingOrOffset === undefined ? 0 : Number(encodingOrOffset) || 0;
        if (offset > value.byteLength) {
          throw errors.rangeError('ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
        }
        const rest = value.byteLength - offset;
        const size = length === undefined ? rest : Math.max(0, Number(length) || 0);
        if (size > rest) {
          throw errors.rangeError('ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
        }
        return wrap(value, offset, size);
      }
      const plain = value.valueOf?.();
      if (plain != null && plain !== value && (typeof plain === 'string' || typeof plain === 'object')) {
        return Buffer.from(plain, encodingOrOffset, length);
      }
      const made = fromObject(value);
      if (made !== undefined) return made;
      if (typeof value[Symbol.toPrimitive] === 'function') {
        const primitive = value[Symbol.toPrimitive]('string');
        if (typeof primitive === 'string') return Buffer.from(primitive, encodingOrOffset);
      }
    }
    throw errors.typeError('ERR_INVALID_ARG_TYPE',
      'The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array ' +
      `or an Array-like Object.${binding('errors').received(value)}`);
  },

  copyBytesFrom(view, offset = 0, length = view.length - offset) {
    const part = view.subarray(offset, offset + length);
    return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  },

  of(...items) {
    return fromArrayLike(items);
  },

  alloc(size, fill, encoding) {
    checkSize(size);
    const buffer = new FastBuffer(size);
    if (fill !== undefined && fill !== 0 && size > 0) buffer.fill(fill, encoding);
    return buffer;
  },

  allocUnsafe(size) {
    checkSize(size);
    return new FastBuffer(size);
  },

  allocUnsafeSlow(size) {
    checkSize(size);
    return new FastBuffer(size);
  },

  isBuffer(value) {
    return value instanceof FastBuffer;
  },

  compare(a, b) {
    if (!(a instanceof Uint8Array)) throw errors.invalidArgType('buf1', ['Buffer', 'Uint8Array'], a);
    if (!(b instanceof Uint8Array)) throw errors.invalidArgType('buf2', ['Buffer', 'Uint8Array'], b);
    return a === b ? 0 : bytes.compare(a, b);
  },

  isEncoding(encoding) {
    return typeof encoding === 'string' && encoding.length !== 0 && isEncoding(encoding);
  },

  concat(list, totalLength) {
    if (!Array.isArray(list)) throw errors.invalidArgType('list', 'Array', list);
    const length = totalLength === undefined
      ? list.reduce((sum, part) => sum + (part?.length ?? 0), 0)
      : totalLength;
    errors.validateInteger(length, 'length', 0);
    const buffer = new FastBuffer(length);
    let position = 0;
    list.forEach((part, index) => {
      if (!(part instanceof Uint8Array)) {
        throw errors.invalidArgType(`list[${index}]`, ['Buffer', 'Uint8Array'], part);
      }
      position += bytes.copy(part, buffer, position, 0, part.length);
    });
    return buffer;
  },

  byteLength(value, encoding) {
    if (typeof value !== 'string') {
      if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) return value.byteLength;
      throw errors.invalidArgType('string', ['string', 'Buffer', 'ArrayBuffer'], value);
    }
    return bytes.byteLength(value, isEncoding(encoding) ? encoding : 'utf8');
  },
});

const define = (methods) => {
  for (const name of Object.keys(methods)) {
    Object.defineProperty(Buffer.prototype, name, {
      value: methods[name], writable: true, configurable: true, enumerable: true,
    });
  }
};

const clamp = (value, fallback, length) => {
  if (value === undefined) return fallback;
  const number = Math.trunc(Number(value)) || 0;
  return Math.min(Math.max(number, 0), length);
};

function checkBounds(value, name, max) {
  const number = Number(value) || 0;
  if (number < 0 || number > max) throw errors.outOfRange(name, `>= 0 && <= ${max}`, value);
  return Math.trunc(number);
}

// The bytes to look for or to fill with.
function pattern(value, encoding) {
  if (typeof value === 'string') return new Uint8Array(bytes.encode(value, encodingOf(encoding)));
  if (typeof value === 'number' || typeof value === 'boolean') return Uint8Array.of(Number(value) & 255);
  if (value instanceof Uint8Array) return value;
  throw errors.invalidArgType('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}

function search(buffer, value, from, encoding, backwards) {
  if (typeof from === 'string') {
    encoding = from;
    from = undefined;
  }
  const length = buffer.length;
  let start = from === undefined ? NaN : Math.trunc(Number(from));
  if (Number.isNaN(start)) start = backwards ? length : 0;
  if (start < 0) start += length;
  if (start < 0) {
    if (backwards) return -1;
    start = 0;
  }
  const needle = pattern(value, encoding);
  if (needle.length === 0) return backwards ? Math.min(start, length) : Math.min(start, length);
  const wide = typeof value === 'string' && /^(ucs-?2|utf-?16le)$/i.test(encoding ?? '');
  return bytes.indexOf(buffer, needle, start, backwards, wide);
}

define({
  toString(encoding, start, end) {
    if (arguments.length === 0) return bytes.decode(this, 'utf8', 0, this.length);
    const from = clamp(start, 0, this.length);
    const to = clamp(end, this.length, this.length);
    return to <= from ? '' : bytes.decode(this, encodingOf(encoding), from, to);
  },

  toLocaleString(...args) {
    return this.toString(...args);
  },

  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  },

  equals(other) {
    if (!(other instanceof Uint8Array)) throw errors.invalidArgType('otherBuffer', ['Buffer', 'Uint8Array'], other);
    return this === other || (this.length === other.length && bytes.compare(this, other) === 0);
  },

  compare(target, targetStart = 0, targetEnd = target?.length, start = 0, end = this.length) {
    if (!(target instanceof Uint8Array)) throw errors.invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    checkBounds(targetStart, 'targetStart', target.length);
    checkBounds(targetEnd, 'targetEnd', target.length);
    checkBounds(start, 'sourceStart', this.length);
    checkBounds(end, 'sourceEnd', this.length);
    return bytes.compare(this.subarray(start, Math.max(start, end)),
      target.subarray(targetStart, Math.max(targetStart, targetEnd)));
  },

  copy(target, targetStart = 0, sourceStart = 0, sourceEnd = this.length) {
    if (!(target instanceof Uint8Array)) throw errors.invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    if (targetStart < 0) throw errors.outOfRange('targetStart', '>= 0', targetStart);
    if (sourceStart < 0 || sourceStart > this.length) {
      throw errors.outOfRange('sourceStart', `>= 0 && <= ${this.length}`, sourceStart);
    }
    if (sourceEnd < 0) throw errors.outOfRange('sourceEnd', '>= 0', sourceEnd);
    return bytes.copy(this, target, targetStart, sourceStart, sourceEnd);
  },

  slice(start, end) {
    return this.subarray(start, end);
  },

  subarray(start, end) {
    const index = (value, fallback) => {
      if (value === undefined) return fallback;
      const number = Math.trunc(Number(value)) || 0;
      return number < 0 ? Math.max(number + this.length, 0) : Math.min(number, this.length);
    };
    const from = index(start, 0);
    const to = Math.max(from, index(end, this.length));
    return wrap(this.buffer, this.byteOffset + from, to - from);
  },

  write(string, offset, length, encoding) {
    errors.validateString(string, 'argument');
    if (typeof offset === 'string') {
      encoding = offset;
      offset = length = undefined;
    } else if (typeof length === 'string') {
      encoding = length;
      length = undefined;
    }
    const start = offset === undefined ? 0 : checkBounds(offset, 'offset', this.length);
    const room = length === undefined ? this.length - start : checkBounds(length, 'length', this.length - start);
    return bytes.write(this, string, start, room, encodingOf(encoding));
  },

  fill(value, offset, end, encoding) {
    if (typeof value === 'string') {
      if (typeof offset === 'string') {
        encoding = offset;
        offset = end = undefined;
      } else if (typeof end === 'string') {
        encoding = end;
        end = undefined;
      }
    }
    const start = offset === undefined ? 0 : checkBounds(offset, 'offset', this.length);
    const stop = end === undefined ? this.length : checkBounds(end, 'end', this.length);
    let source;
    if (typeof value === 'string' && value.length === 0) source = Uint8Array.of(0);
    else if (value === undefined || value === null) source = Uint8Array.of(0);
    else source = pattern(value, encoding);
    if (source.length === 0) throw errors.invalidArgValue('value', value);
    bytes.fill(this, source, start, stop);
    return this;
  },

  indexOf(value, from, encoding) {
    return search(this, value, from, encoding, false);
  },

  lastIndexOf(value, from, encoding) {
    return search(this, value, from, encoding, true);
  },

  includes(value, from, encoding) {
    return search(this, value, from, encoding, false) !== -1;
  },

  swap16() {
    return swap(this, 2);
  },

  swap32() {
    return swap(this, 4);
  },

  swap64() {
    return swap(this, 8);
  },

  inspect(depth, options) {
    return this[customInspect](depth, options);
  },
});

Buffer.prototype[customInspect] = function(depth, options) {
  const max = module.exports.INSPECT_MAX_BYTES;
  const shown = bytes.decode(this, 'hex', 0, Math.min(max, this.length)).replace(/(.{2})(?=.)/g, '$1 ');
  const rest = this.length - max;
  const more = rest > 0 ? ` ... ${rest} more byte${rest > 1 ? 's' : ''}` : '';
  let extras = '';
  const keys = Object.keys(this).filter((key) => !/^\d+$/.test(key));
  if (keys.length > 0) {
    const own = {};
    for (const key of keys) own[key] = this[key];
    extras = inspect(own, { ...options, breakLength: Infinity, compact: true }).slice(2, -2);
  }
  const parts = [shown + more, extras].filter((part) => part !== '');
  return `<${this.constructor.name} ${parts.join(', ')}>`;
};

function swap(buffer, size) {
  if (buffer.length % size !== 0) {
    throw errors.rangeError('ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
  }
  bytes.swap(buffer, size);
  return buffer;
}

Object.defineProperty(Buffer.prototype, 'parent', {
  enumerable: true, get() { return this instanceof FastBuffer ? this.buffer : undefined; },
});
Object.defineProperty(Buffer.prototype, 'offset', {
  enumerable: true, get() { return this instanceof FastBuffer ? this.byteOffset : undefined; },
});

for (const [name, encoding] of Object.entries({
  ascii: 'ascii', base64: 'base64', base64url: 'base64url', latin1: 'latin1',
  hex: 'hex', ucs2: 'utf16le', utf8: 'utf8',
})) {
  define({
    [`${name}Slice`](start = 0, end = this.length) {
      return bytes.decode(this, encoding, start, end);
    },
    [`${name}Write`](string, offset = 0, length = this.length - offset) {
      return bytes.write(this, string, offset, length, encoding);
    },
  });
}

// Numbers. The engine's `DataView` does the work.

const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

function checkOffset(buffer, offset, size) {
  if (typeof offset !== 'number') throw errors.invalidArgType('offset', 'number', offset);
  if (!Number.isInteger(offset)) throw errors.outOfRange('offset', 'an integer', offset);
  if (buffer.length - size < 0) {
    throw errors.rangeError('ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
  }
  if (offset < 0 || offset > buffer.length - size) {
    throw errors.outOfRange('offset', `>= 0 and <= ${buffer.length - size}`, offset);
  }
}

function checkValue(value, min, max, describe) {
  if (value > max || value < min) {
    throw errors.outOfRange('value', describe, value);
  }
}

const limits = (bits, signed) => {
  if (signed) return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return [0, 2 ** bits - 1];
};

const describeLimits = (bits, signed, n) => {
  if (bits <= 32) {
    const [min, max] = limits(bits, signed);
    return `>= ${min}${n} and <= ${max}${n}`;
  }
  return signed
    ? `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}`
    : `>= 0${n} and < 2${n} ** ${bits}${n}`;
};

function numberMethods(name, aliases, size, type, check) {
  for (const [suffix, little] of size === 1 ? [['', true]] : [['LE', true], ['BE', false]]) {
    const read = function(offset = 0) {
      checkOffset(this, offset, size);
      return viewOf(this)[`get${type}`](offset, little);
    };
    const write = function(value, offset = 0) {
      check?.(value);
      checkOffset(this, offset, size);
      viewOf(this)[`set${type}`](offset, value, little);
      return offset + size;
    };
    for (const alias of [name, ...aliases]) {
      define({ [`read${alias}${suffix}`]: read, [`write${alias}${suffix}`]: write });
    }
  }
}

for (const bits of [8, 16, 32]) {
  numberMethods(`UInt${bits}`, [`Uint${bits}`], bits / 8, `Uint${bits}`,
    (value) => checkValue(Number(value), ...limits(bits, false), describeLimits(bits, false, '')));
  numberMethods(`Int${bits}`, [], bits / 8, `Int${bits}`,
    (value) => checkValue(Number(value), ...limits(bits, true), describeLimits(bits, true, '')));
}
numberMethods('BigUInt64', ['BigUint64'], 8, 'BigUint64',
  (value) => checkValue(value, 0n, 2n ** 64n - 1n, describeLimits(64, false, 'n')));
numberMethods('BigInt64', [], 8, 'BigInt64',
  (value) => checkValue(value, -(2n ** 63n), 2n ** 63n - 1n, describeLimits(64, true, 'n')));
numberMethods('Float', [], 4, 'Float32');
numberMethods('Double', [], 8, 'Float64');

// Integers of one to six bytes.
function sized(signed, little) {
  const letter = signed ? 'Int' : 'UInt';
  const suffix = little ? 'LE' : 'BE';
  const checkLength = (length) => errors.validateInteger(length, 'byteLength', 1, 6);
  const read = function(offset, length) {
    if (offset === undefined) throw errors.invalidArgType('offset', 'number', offset);
    checkLength(length);
    checkOffset(this, offset, length);
    let value = 0;
    for (let i = 0; i < length; i++) {
      value = value * 256 + this[little ? offset + length - 1 - i : offset + i];
    }
    return signed && value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
  };
  const write = function(value, offset, length) {
    checkLength(length);
    checkValue(Number(value), ...limits(8 * length, signed), describeLimits(8 * length, signed, ''));
    checkOffset(this, offset, length);
    let rest = Number(value);
    if (rest < 0) rest += 2 ** (8 * length);
    for (let i = 0; i < length; i++) {
      this[little ? offset + i : offset + length - 1 - i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return offset + length;
  };
  define({ [`read${letter}${suffix}`]: read, [`write${letter}${suffix}`]: write });
  if (!signed) define({ [`readUint${suffix}`]: read, [`writeUint${suffix}`]: write });
}
sized(false, true);
sized(false, false);
sized(true, true);
sized(true, false);

function SlowBuffer(length) {
  return Buffer.allocUnsafeSlow(length);
}

function transcode(source, from, to) {
  return Buffer.from(source.toString(from), to);
}

module.exports = {
  Buffer,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob,
  btoa,
  constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 },
  isAscii: (input) => new Uint8Array(input.buffer ?? input).every((byte) => byte < 128),
  isUtf8: (input) => binding('text').decodeUtf8(input, true) !== undefined,
  kMaxLength,
  kStringMaxLength: 2 ** 29 - 24,
  transcode,
};
