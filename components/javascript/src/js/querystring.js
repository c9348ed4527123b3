// `querystring`. Source: https://nodejs.org/docs/latest-v20.x/api/querystring.html
const { Buffer } = require('buffer');

const escape = (text) => encodeURIComponent(text);

function unescapeBuffer(text) {
  const bytes = [];
  const source = Buffer.from(text);
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
    if (/^[\da-f]{2}$/i.test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else {
      bytes.push(source[i]);
    }
  }
  return Buffer.from(bytes);
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}

function textOf(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  if (typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  return '';
}

function stringify(object, separator = '&', equals = '=', options) {
  if (object === null || typeof object !== 'object') return '';
  const encode = options?.encodeURIComponent ?? module.exports.escape;
  const pairs = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    for (const item of Array.isArray(value) ? value : [value]) {
      pairs.push(`${encode(textOf(key))}${equals || '='}${encode(textOf(item))}`);
    }
  }
  return pairs.join(separator || '&');
}

function parse(text, separator = '&', equals = '=', options) {
  const result = { __proto__: null };
  if (typeof text !== 'string' || text.length === 0) return result;
  const decode = options?.decodeURIComponent ?? module.exports.unescape;
  const safely = (part) => {
    const spaced = part.replace(/\+/g, ' ');
    try {
      return decode(spaced);
    } catch {
      return unescape(spaced);
    }
  };
  const most = options?.maxKeys ?? 1000;
  let parts = text.split(separator || '&');
  if (most > 0) parts = parts.slice(0, most);
  for (const part of parts) {
    if (part === '') continue;
    const at = part.indexOf(equals || '=');
    const key = safely(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : safely(part.slice(at + (equals || '=').length));
    if (!Object.hasOwn(result, key)) result[key] = value;
    else if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = [result[key], value];
  }
  return result;
}

module.exports = { decode: parse, encode: stringify, escape, parse, stringify, unescape, unescapeBuffer };
