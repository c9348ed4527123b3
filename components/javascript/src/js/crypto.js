// `crypto`: digests, their HMACs, and random numbers. Ciphers, keys and signatures are absent.
// Source: https://nodejs.org/docs/latest-v20.x/api/crypto.html
const { digest, blockLength, fillRandom } = binding('crypto');
const { Transform } = require('stream');
const errors = require('internal/errors');

const names = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

function bytesOf(data, encoding, name = 'data') {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? 'utf8' : encoding);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  throw errors.invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
}

function known(algorithm) {
  const name = `${algorithm}`.toLowerCase().replace(/^(?:rsa-)?sha-?(\d+)$/, 'sha$1');
  return names.includes(name) ? name : undefined;
}

const shown = (bytes, encoding) => (encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes);

// What hashes and HMACs share: pieces are gathered, and digested once.
class Digest extends Transform {
  #pieces = [];
  #done = false;

  update(data, encoding) {
    if (this.#done) throw errors.error('ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    // A copy: the caller may change its bytes.
    this.#pieces.push(Buffer.from(bytesOf(data, encoding)));
    return this;
  }

  digest(encoding) {
    if (this.#done) throw errors.error('ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#done = true;
    return shown(this._finish(Buffer.concat(this.#pieces)), encoding);
  }

  _gathered() {
    return this.#pieces;
  }

  _take(pieces) {
    this.#pieces = [...pieces];
  }

  _transform(chunk, encoding, callback) {
    this.update(chunk, encoding);
    callback();
  }

  _flush(callback) {
    this.push(this.digest());
    callback();
  }
}

class Hash extends Digest {
  #algorithm;

  constructor(algorithm, options) {
    super(options);
    errors.validateString(algorithm, 'algorithm');
    this.#algorithm = known(algorithm);
    if (this.#algorithm === undefined) {
      throw new Error('Digest method not supported');
    }
  }

  copy(options) {
    const other = new Hash(this.#algorithm, options);
    other._take(this._gathered());
    return other;
  }

  _finish(bytes) {
    return Buffer.from(digest(this.#algorithm, bytes));
  }
}

class Hmac extends Digest {
  #algorithm;
  #key;

  constructor(algorithm, key, options) {
    super(options);
    errors.validateString(algorithm, 'hmac');
    this.#algorithm = known(algorithm);
    if (this.#algorithm === undefined) {
      throw errors.error('ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${algorithm}`);
    }
    this.#key = Buffer.from(bytesOf(key, 'utf8', 'key'));
  }

  _finish(bytes) {
    return hmac(this.#algorithm, this.#key, bytes);
  }
}

// RFC 2104.
function hmac(algorithm, key, bytes) {
  const hash = (...parts) => Buffer.from(digest(algorithm, Buffer.concat(parts)));
  const block = Buffer.alloc(blockLength(algorithm));
  (key.length > block.length ? hash(key) : key).copy(block);
  const padded = (byte) => Buffer.from(block.map((own) => own ^ byte));
  return hash(padded(0x5c), hash(padded(0x36), bytes));
}

// RFC 8018, 5.2.
function pbkdf2Sync(password, salt, iterations, length, algorithm) {
  errors.validateInteger(iterations, 'iterations', 1, 2 ** 31 - 1);
  errors.validateInteger(length, 'keylen', 0, 2 ** 31 - 1);
  errors.validateString(algorithm, 'digest');
  const name = known(algorithm);
  if (name === undefined) throw errors.typeError('ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${algorithm}`);
  const key = bytesOf(password, 'utf8', 'password');
  const start = bytesOf(salt, 'utf8', 'salt');
  const blocks = [];
  for (let index = 1, made = 0; made < length; index++) {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(index);
    let last = hmac(name, key, Buffer.concat([start, count]));
    const block = Buffer.from(last);
    for (let round = 1; round < iterations; round++) {
      last = hmac(name, key, last);
      for (let at = 0; at < block.length; at++) block[at] ^= last[at];
    }
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

function later(act, callback) {
  let result;
  let error = null;
  try {
    result = act();
  } catch (thrown) {
    error = thrown;
  }
  setImmediate(() => (error ? callback(error) : callback(null, result)));
}

function pbkdf2(password, salt, iterations, length, algorithm, callback) {
  errors.validateFunction(callback, 'callback');
  later(() => pbkdf2Sync(password, salt, iterations, length, algorithm), callback);
}

function randomBytes(size, callback) {
  errors.validateNumber(size, 'size', 0, 2 ** 31 - 1);
  const make = () => randomFillSync(Buffer.alloc(size));
  if (callback === undefined) return make();
  errors.validateFunction(callback, 'callback');
  later(make, callback);
}

function randomFillSync(target, offset = 0, size = undefined) {
  const view = ArrayBuffer.isView(target)
    ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    : new Uint8Array(target);
  const width = target.BYTES_PER_ELEMENT ?? 1;
  const start = offset * width;
  const end = size === undefined ? view.length : start + size * width;
  if (start > view.length) throw errors.outOfRange('offset', `>= 0 && <= ${view.length / width}`, offset);
  if (end > view.length) throw errors.outOfRange('size + offset', `<= ${view.length}`, end);
  fillRandom(view.subarray(start, end));
  return target;
}

function randomFill(target, offset, size, callback) {
  const done = [offset, size, callback].find((value) => typeof value === 'function');
  errors.validateFunction(done, 'callback');
  later(() => randomFillSync(target, offset === done ? 0 : offset, size === done ? undefined : size), done);
}

function randomInt(min, max, callback) {
  if (max === undefined || typeof max === 'function') [min, max, callback] = [0, min, max];
  if (!Number.isSafeInteger(min)) throw errors.invalidArgType('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw errors.invalidArgType('max', 'a safe integer', max);
  if (max <= min) {
    throw errors.rangeError('ERR_OUT_OF_RANGE',
      `The value of "max" is out of range. It must be greater than the value of "min" (${min}). Received ${max}`);
  }
  const range = max - min;
  const most = 2 ** 48;
  if (range > most - 1) throw errors.outOfRange('max - min', `<= ${most - 1}`, range);
  const make = () => {
    // Without the last, incomplete stretch, every number is as likely as any other.
    const limit = most - (most % range);
    for (;;) {
      const number = randomBytes(6).readUIntBE(0, 6);
      if (number < limit) return min + (number % range);
    }
  };
  if (callback === undefined) return make();
  later(make, callback);
}

function randomUUID() {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function getRandomValues(target) {
  if (!ArrayBuffer.isView(target) || target instanceof DataView || /Float/.test(target.constructor.name)) {
    throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
  }
  if (target.byteLength > 65536) {
    throw new DOMException(
      `The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
  }
  return randomFillSync(target);
}

function timingSafeEqual(a, b) {
  const [left, right] = [bytesOf(a, undefined, 'buf1'), bytesOf(b, undefined, 'buf2')];
  if (left.length !== right.length) {
    throw errors.rangeError('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  }
  let difference = 0;
  for (let at = 0; at < left.length; at++) difference |= left[at] ^ right[at];
  return difference === 0;
}

const subtle = {
  async digest(algorithm, data) {
    const name = known(typeof algorithm === 'string' ? algorithm : algorithm?.name);
    if (name === undefined || name === 'md5') {
      throw new DOMException('Unrecognized algorithm name', 'NotSupportedError');
    }
    return digest(name, bytesOf(data));
  },
};

const createHash = (algorithm, options) => new Hash(algorithm, options);

module.exports = {
  Hash,
  Hmac,
  constants: {},
  createHash,
  createHmac: (algorithm, key, options) => new Hmac(algorithm, key, options),
  getCiphers: () => [],
  getHashes: () => [...names],
  getRandomValues,
  hash: (algorithm, data, encoding = 'hex') => createHash(algorithm).update(data).digest(encoding),
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  subtle,
  timingSafeEqual,
  webcrypto: { getRandomValues, randomUUID, subtle },
};
