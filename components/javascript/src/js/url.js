// `url`: WHATWG URLs and Node's old ones.
// Source: https://url.spec.whatwg.org, https://nodejs.org/docs/latest-v20.x/api/url.html
const native = binding('url');
const { inspect } = binding('inspect');
const errors = require('internal/errors');
const querystring = require('querystring');

const customInspect = Symbol.for('nodejs.util.inspect.custom');

function invalidUrl(input, base) {
  const error = errors.typeError('ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

const formEncode = (text) => encodeURIComponent(text.toWellFormed())
  .replace(/%20/g, '+')
  .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const formDecode = (text) => querystring.unescapeBuffer(text.replace(/\+/g, ' ')).toString();

class URLSearchParams {
  #pairs = [];
  #url = null;

  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init === 'object' || typeof init === 'function') {
      const iterate = init[Symbol.iterator];
      if (iterate !== null && iterate !== undefined) {
        if (typeof iterate !== 'function') {
          throw errors.typeError('ERR_ARG_NOT_ITERABLE', 'Query pairs must be iterable');
        }
        for (const pair of init) {
          const isPair = pair !== null && (typeof pair === 'object' || typeof pair === 'function') &&
            typeof pair[Symbol.iterator] === 'function';
          const both = isPair ? [...pair] : [];
          if (both.length !== 2) {
            throw errors.typeError('ERR_INVALID_TUPLE', 'Each query pair must be an iterable [name, value] tuple');
          }
          this.#pairs.push([`${both[0]}`.toWellFormed(), `${both[1]}`.toWellFormed()]);
        }
        return;
      }
      const seen = new Map();
      for (const key of Reflect.ownKeys(init)) {
        if (!Object.prototype.propertyIsEnumerable.call(init, key)) continue;
        seen.set(`${key}`.toWellFormed(), `${init[key]}`.toWellFormed());
      }
      this.#pairs = [...seen];
      return;
    }
    this.#parse(`${init}`);
  }

  #parse(text) {
    const query = text.startsWith('?') ? text.slice(1) : text;
    this.#pairs = query.split('&').filter((part) => part !== '').map((part) => {
      const at = part.indexOf('=');
      const name = at < 0 ? part : part.slice(0, at);
      return [formDecode(name), at < 0 ? '' : formDecode(part.slice(at + 1))];
    });
  }

  // Ties the pairs to a URL: changes of either show in the other.
  static tie(params, url, query) {
    params.#url = url;
    params.#parse(query);
  }

  #changed() {
    if (this.#url !== null) URL.query(this.#url, this.toString());
  }

  #need(args, count) {
    if (args.length >= count) return;
    const names = count === 1 ? 'The "name" argument' : 'The "name" and "value" arguments';
    throw errors.typeError('ERR_MISSING_ARGS', `${names} must be specified`);
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#need(arguments, 2);
    this.#pairs.push([`${name}`.toWellFormed(), `${value}`.toWellFormed()]);
    this.#changed();
  }

  delete(name, value) {
    this.#need(arguments, 1);
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`));
    this.#changed();
  }

  get(name) {
    this.#need(arguments, 1);
    return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
  }

  getAll(name) {
    this.#need(arguments, 1);
    return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
  }

  has(name, value) {
    this.#need(arguments, 1);
    return this.#pairs.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
  }

  set(name, value) {
    this.#need(arguments, 2);
    const first = this.#pairs.find((pair) => pair[0] === `${name}`);
    if (first === undefined) {
      this.#pairs.push([`${name}`.toWellFormed(), `${value}`.toWellFormed()]);
    } else {
      first[1] = `${value}`.toWellFormed();
      this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== `${name}`);
    }
    this.#changed();
  }

  sort() {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  forEach(callback, thisArg) {
    errors.validateFunction(callback, 'callback');
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  // Live: what is appended during the iteration is met.
  entries() {
    return new SearchParamsIterator(() => this.#pairs, 'entries');
  }

  keys() {
    return new SearchParamsIterator(() => this.#pairs, 'keys');
  }

  values() {
    return new SearchParamsIterator(() => this.#pairs, 'values');
  }

  toString() {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join('&');
  }

  [customInspect](depth, options) {
    if (typeof depth === 'number' && depth < 0) return '[Object]';
    if (this.#pairs.length === 0) return 'URLSearchParams {}';
    const inner = { ...options, depth: options.depth === null ? null : options.depth - 1 };
    const parts = this.#pairs.map(([name, value]) => `${inspect(name, inner)} => ${inspect(value, inner)}`);
    const length = parts.reduce((sum, part) => sum + part.length + 2, -2);
    return length > options.breakLength
      ? `URLSearchParams {\n  ${parts.join(',\n  ')} }`
      : `URLSearchParams { ${parts.join(', ')} }`;
  }
}
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  value: URLSearchParams.prototype.entries, writable: true, configurable: true,
});
Object.defineProperty(URLSearchParams.prototype, Symbol.toStringTag, { value: 'URLSearchParams', configurable: true });
for (const name of ['append', 'delete', 'get', 'getAll', 'has', 'set', 'sort', 'entries', 'forEach', 'keys', 'values', 'toString', 'size']) {
  Object.defineProperty(URLSearchParams.prototype, name, { enumerable: true });
}

class SearchParamsIterator {
  #pairs;
  #kind;
  #next = 0;

  constructor(pairs, kind) {
    this.#pairs = pairs;
    this.#kind = kind;
  }

  next() {
    const pair = this.#pairs()[this.#next++];
    if (pair === undefined) return { value: undefined, done: true };
    const value = this.#kind === 'keys' ? pair[0] : this.#kind === 'values' ? pair[1] : [pair[0], pair[1]];
    return { value, done: false };
  }

  [Symbol.iterator]() {
    return this;
  }

  [customInspect](depth, options) {
    const rest = this.#pairs().slice(this.#next);
    const shown = rest.map((pair) => (this.#kind === 'keys' ? pair[0] : this.#kind === 'values' ? pair[1] : pair));
    return `URLSearchParams Iterator { ${shown.map((item) => inspect(item, options)).join(', ')} }`;
  }
}

const PARTS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];

class URL {
  #parts;
  #params = null;

  constructor(input, base) {
    if (arguments.length === 0) throw errors.typeError('ERR_MISSING_ARGS', 'The "url" argument must be specified');
    const text = `${input}`;
    const against = base === undefined ? undefined : `${base}`;
    const parts = native.parse(text, against);
    if (parts === undefined) throw invalidUrl(text, against);
    this.#parts = parts;
  }

  static canParse(input, base) {
    if (arguments.length === 0) throw errors.typeError('ERR_MISSING_ARGS', 'The "url" argument must be specified');
    return native.parse(`${input}`, base === undefined ? undefined : `${base}`) !== undefined;
  }

  static createObjectURL() {
    throw errors.error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'there are no blobs');
  }

  static revokeObjectURL() {}

  // The query of `url` is what its parameters say.
  static query(url, text) {
    url.#parts = native.set(url.#parts[0], 'search', text) ?? url.#parts;
  }

  static part(url, index) {
    return url.#parts[index];
  }

  static change(url, name, value) {
    const parts = native.set(url.#parts[0], name, `${value}`);
    if (parts === undefined) {
      if (name === 'href') throw invalidUrl(`${value}`);
      return;
    }
    url.#parts = parts;
    if (url.#params !== null && (name === 'href' || name === 'search')) {
      URLSearchParams.tie(url.#params, url, parts[9]);
    }
  }

  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams();
      URLSearchParams.tie(this.#params, this, this.#parts[9]);
    }
    return this.#params;
  }

  toString() {
    return this.#parts[0];
  }

  toJSON() {
    return this.#parts[0];
  }

  [customInspect](depth, options) {
    if (typeof depth === 'number' && depth < 0) return this.#parts[0];
    const shown = {};
    for (const name of PARTS) {
      shown[name] = this[name];
      if (name === 'search') shown.searchParams = this.searchParams;
    }
    const { constructor } = Object.getPrototypeOf(this);
    Object.defineProperty(shown, 'constructor', { value: constructor });
    return `${constructor.name} ${inspect({ ...shown }, options)}`;
  }
}
PARTS.forEach((name, index) => {
  Object.defineProperty(URL.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return URL.part(this, index);
    },
    set: name === 'origin' ? undefined : function(value) {
      URL.change(this, name, value);
    },
  });
});
for (const name of ['searchParams', 'toString', 'toJSON']) Object.defineProperty(URL.prototype, name, { enumerable: true });
Object.defineProperty(URL.prototype, Symbol.toStringTag, { value: 'URL', configurable: true });

function fileURLToPath(input) {
  const url = typeof input === 'string' ? new URL(input) : input;
  if (typeof url?.href !== 'string') throw errors.invalidArgType('path', ['string', 'URL'], input);
  if (url.protocol !== 'file:') {
    throw errors.typeError('ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  }
  if (url.hostname !== '') {
    throw errors.typeError('ERR_INVALID_FILE_URL_HOST', `File URL host must be "localhost" or empty on ${process.platform}`);
  }
  if (/%2f/i.test(url.pathname)) {
    throw errors.typeError('ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters');
  }
  return decodeURIComponent(url.pathname);
}

function pathToFileURL(path) {
  errors.validateString(path, 'path');
  let resolved = require('path').resolve(path);
  if (path.endsWith('/') && !resolved.endsWith('/')) resolved += '/';
  const escaped = resolved.replace(/[%\\\n\r\t?#]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return new URL(`file://${escaped}`);
}

function urlToHttpOptions(url) {
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    path: `${url.pathname || ''}${url.search || ''}`,
    href: url.href,
  };
  if (url.port !== '') options.port = Number(url.port);
  if (url.username || url.password) {
    options.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  }
  return options;
}

// --- The old interface ---

function Url() {
  for (const name of ['protocol', 'slashes', 'auth', 'host', 'port', 'hostname', 'hash', 'search', 'query', 'pathname', 'path', 'href']) {
    this[name] = null;
  }
}

const WITH_SLASHES = /^(https?|ftp|gopher|file|wss?):?$/;

// What the old parser escapes in the rest of a URL.
const escapeOld = (text) => text.replace(/[\t\n\r "'<>\\^`{|}]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

Url.prototype.parse = function(input, parseQuery, slashesDenoteHost) {
  errors.validateString(input, 'url');
  let rest = input.trim();
  const mark = rest.search(/[?#]/);
  rest = (mark < 0 ? rest : rest.slice(0, mark)).replace(/\\/g, '/') + (mark < 0 ? '' : rest.slice(mark));

  const proto = /^[a-z0-9.+-]+:/i.exec(rest);
  if (proto) {
    this.protocol = proto[0].toLowerCase();
    rest = rest.slice(proto[0].length);
  }
  if (slashesDenoteHost || proto || /^\/\/[^@/]+@[^@/]+/.test(rest)) {
    if (rest.startsWith('//') && this.protocol !== 'javascript:') {
      rest = rest.slice(2);
      this.slashes = true;
    }
  }
  if (this.protocol !== 'javascript:' && (this.slashes || (this.protocol && !WITH_SLASHES.test(this.protocol) === false))) {
    const end = rest.search(/[/?#]/);
    let authority = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end);
    const at = authority.lastIndexOf('@');
    if (at >= 0) {
      this.auth = decodeURIComponent(authority.slice(0, at));
      authority = authority.slice(at + 1);
    }
    const port = /:(\d*)$/.exec(authority);
    if (port) {
      if (port[1] !== '') this.port = port[1];
      authority = authority.slice(0, port.index);
    }
    const bad = /[\s"<>^`{|}]/.exec(authority);
    if (bad) {
      rest = `/${authority.slice(bad.index)}${rest}`;
      authority = authority.slice(0, bad.index);
    }
    const isV6 = authority.startsWith('[') && authority.endsWith(']');
    this.hostname = isV6 ? authority.slice(1, -1).toLowerCase() : native.toASCII(authority.toLowerCase()) || authority.toLowerCase();
    const shown = isV6 ? `[${this.hostname}]` : this.hostname;
    this.host = shown + (this.port ? `:${this.port}` : '');
  }
  if (this.protocol !== 'javascript:') rest = escapeOld(rest);
  const hash = rest.indexOf('#');
  if (hash >= 0) {
    this.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const query = rest.indexOf('?');
  if (query >= 0) {
    this.search = rest.slice(query);
    this.query = rest.slice(query + 1);
    if (parseQuery) this.query = querystring.parse(this.query);
    rest = rest.slice(0, query);
  } else if (parseQuery) {
    this.search = null;
    this.query = { __proto__: null };
  }
  if (rest !== '') this.pathname = rest;
  if (this.protocol && WITH_SLASHES.test(this.protocol) && this.hostname && !this.pathname) this.pathname = '/';
  if (this.pathname || this.search) this.path = (this.pathname ?? '') + (this.search ?? '');
  this.href = this.format();
  return this;
};

Url.prototype.format = function() {
  const auth = this.auth ? `${encodeURIComponent(this.auth).replace(/%3A/i, ':')}@` : '';
  let protocol = this.protocol ?? '';
  let host = '';
  if (this.host) host = auth + this.host;
  else if (this.hostname) {
    const name = this.hostname.includes(':') && !this.hostname.startsWith('[') ? `[${this.hostname}]` : this.hostname;
    host = auth + name + (this.port ? `:${this.port}` : '');
  }
  let { search, pathname } = this;
  if (!search && this.query !== null && typeof this.query === 'object') {
    const text = querystring.stringify(this.query);
    search = text === '' ? '' : `?${text}`;
  }
  search ??= '';
  pathname ??= '';
  let hash = this.hash ?? '';
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  if (this.slashes || ((!protocol || WITH_SLASHES.test(protocol)) && host !== '')) {
    host = `//${host}`;
    if (pathname && !pathname.startsWith('/')) pathname = `/${pathname}`;
  }
  if (hash && !hash.startsWith('#')) hash = `#${hash}`;
  if (search && !search.startsWith('?')) search = `?${search}`;
  pathname = pathname.replace(/[?#]/g, encodeURIComponent);
  return protocol + host + pathname + search.replace('#', '%23') + hash;
};

Url.prototype.resolve = function(relative) {
  return resolve(this.format(), relative);
};

Url.prototype.resolveObject = function(relative) {
  return parse(resolve(this.format(), relative));
};

function parse(url, parseQuery, slashesDenoteHost) {
  if (url instanceof Url) return url;
  return new Url().parse(url, parseQuery, slashesDenoteHost);
}

function format(url, options) {
  if (typeof url === 'string') return parse(url).format();
  if (url instanceof URL) {
    const { fragment = true, search = true, auth = true, unicode = false } = options ?? {};
    const host = unicode ? native.toUnicode(url.hostname) + (url.port ? `:${url.port}` : '') : url.host;
    const credentials = auth && url.username ? `${url.username}${url.password ? `:${url.password}` : ''}@` : '';
    const slashes = url.host !== '' || url.href.startsWith(`${url.protocol}//`) ? '//' : '';
    return url.protocol + slashes + credentials + host + url.pathname + (search ? url.search : '') + (fragment ? url.hash : '');
  }
  if (url === null || typeof url !== 'object') throw errors.invalidArgType('urlObject', ['string', 'Object'], url);
  return Url.prototype.format.call(url);
}

function resolve(from, to) {
  // A base that no URL has lets relative references stay relative.
  const base = 'resolve://resolve.invalid';
  const against = native.parse(from, base);
  const parts = against && native.parse(to, against[0]);
  if (parts === undefined) return to;
  const { 0: href } = parts;
  if (!href.startsWith(base)) return href;
  const path = href.slice(base.length);
  return from.startsWith('/') || to.startsWith('/') ? path : path.slice(1);
}

module.exports = {
  URL,
  URLSearchParams,
  Url,
  domainToASCII: (domain) => native.toASCII(`${domain}`),
  domainToUnicode: (domain) => native.toUnicode(`${domain}`),
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  resolveObject: (from, to) => parse(from, false, true).resolveObject(to),
  urlToHttpOptions,
};
