// `TextEncoder` and `TextDecoder`. Source: https://encoding.spec.whatwg.org
const bytes = binding('bytes');
const { decodeUtf8 } = binding('text');
const errors = require('internal/errors');

class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(input = '') {
    return new Uint8Array(bytes.encode(String(input), 'utf8'));
  }

  encodeInto(source, target) {
    errors.validateString(source, 'src');
    const written = bytes.write(target, source, 0, target.length, 'utf8');
    const read = bytes.decode(target, 'utf8', 0, written).length;
    return { read, written };
  }
}

const LABELS = {
  'utf-8': 'utf-8', 'utf8': 'utf-8', 'unicode-1-1-utf-8': 'utf-8',
  'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', 'ucs-2': 'utf-16le', 'unicode': 'utf-16le',
  'iso-8859-1': 'windows-1252', 'latin1': 'windows-1252', 'ascii': 'windows-1252',
  'us-ascii': 'windows-1252', 'windows-1252': 'windows-1252', 'l1': 'windows-1252',
};

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #rest = new Uint8Array(0);
  #started = false;

  constructor(label = 'utf-8', options = {}) {
    const encoding = LABELS[String(label).trim().toLowerCase()];
    if (encoding === undefined) {
      throw errors.rangeError('ERR_ENCODING_NOT_SUPPORTED', `The "${label}" encoding is not supported`);
    }
    this.#encoding = encoding;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(input = new Uint8Array(0), options = {}) {
    if (!ArrayBuffer.isView(input) && Object.prototype.toString.call(input).slice(-12, -1) !== 'ArrayBuffer') {
      throw errors.invalidArgType('list', ['ArrayBuffer', 'ArrayBufferView'], input);
    }
    const given = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    let all = given;
    if (this.#rest.length > 0) {
      all = new Uint8Array(this.#rest.length + given.length);
      all.set(this.#rest);
      all.set(given, this.#rest.length);
    }
    let kept = 0;
    if (options?.stream) {
      const { StringDecoder } = require('string_decoder');
      const probe = new StringDecoder(this.#encoding === 'windows-1252' ? 'latin1' : this.#encoding);
      probe.write(all);
      kept = probe.rest.length;
    }
    this.#rest = all.slice(all.length - kept);
    const text = this.#text(all.subarray(0, all.length - kept));
    const first = !this.#started;
    this.#started = Boolean(options?.stream) && (this.#started || text.length > 0);
    return first && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  #text(part) {
    if (this.#encoding === 'utf-8') {
      const text = decodeUtf8(part, this.#fatal);
      if (text === undefined) {
        const error = errors.typeError('ERR_ENCODING_INVALID_ENCODED_DATA',
          `The encoded data was not valid for encoding ${this.#encoding}`);
        throw error;
      }
      return text;
    }
    if (this.#encoding === 'utf-16le') return bytes.decode(part, 'utf16le', 0, part.length);
    // As Node 20 has it: bytes 0x80 to 0x9f stay what they are.
    return bytes.decode(part, 'latin1', 0, part.length);
  }
}

module.exports = { TextDecoder, TextEncoder };
