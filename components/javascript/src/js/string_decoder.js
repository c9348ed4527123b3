// `string_decoder`: text out of pieces of bytes, whole characters only.
// Source: https://nodejs.org/docs/latest-v20.x/api/string_decoder.html
const { Buffer } = require('buffer');
const errors = require('internal/errors');

const NAMES = {
  'utf8': 'utf8', 'utf-8': 'utf8', 'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf16le': 'utf16le',
  'utf-16le': 'utf16le', 'latin1': 'latin1', 'binary': 'latin1', 'base64': 'base64',
  'base64url': 'base64url', 'ascii': 'ascii', 'hex': 'hex',
};

// How many bytes at the end of `buffer` begin a character that is not all there.
function unfinished(buffer, encoding) {
  const length = buffer.length;
  if (encoding === 'utf8') {
    for (let back = 1; back <= Math.min(3, length); back++) {
      const byte = buffer[length - back];
      if ((byte & 0xc0) === 0x80) continue;
      const size = byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
      return size > back ? back : 0;
    }
    return 0;
  }
  if (encoding === 'utf16le') {
    const odd = length % 2;
    const end = length - odd;
    // The first half of a pair waits for the second.
    const high = end >= 2 && (buffer[end - 1] & 0xfc) === 0xd8;
    return odd + (high ? 2 : 0);
  }
  if (encoding === 'base64' || encoding === 'base64url') return length % 3;
  return 0;
}

function StringDecoder(encoding) {
  const name = NAMES[String(encoding ?? 'utf8').toLowerCase()];
  if (name === undefined) {
    throw errors.typeError('ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
  }
  this.encoding = name;
  Object.defineProperty(this, 'rest', { value: Buffer.alloc(0), writable: true, configurable: true });
}

StringDecoder.prototype.write = function(chunk) {
  if (typeof chunk === 'string') return chunk;
  if (!ArrayBuffer.isView(chunk)) throw errors.invalidArgType('buf', ['Buffer', 'TypedArray', 'DataView'], chunk);
  const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const all = this.rest.length > 0 ? Buffer.concat([this.rest, given]) : given;
  const kept = unfinished(all, this.encoding);
  this.rest = Buffer.from(all.subarray(all.length - kept));
  return all.toString(this.encoding, 0, all.length - kept);
};

StringDecoder.prototype.end = function(chunk) {
  let text = chunk === undefined ? '' : this.write(chunk);
  if (this.rest.length > 0) {
    text += this.encoding === 'utf8' ? '\ufffd' : this.rest.toString(this.encoding);
    this.rest = Buffer.alloc(0);
  }
  return text;
};

Object.defineProperty(StringDecoder.prototype, 'lastNeed', {
  enumerable: true,
  get() {
    return this.rest.length;
  },
});

module.exports = { StringDecoder };
