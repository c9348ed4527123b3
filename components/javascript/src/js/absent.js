// Core modules that a box has no use for or no means for: what they export can be asked
// for, since many packages do so when they load, and fails when it is used.
const errors = require('internal/errors');

const modules = {
  child_process: ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync', 'ChildProcess'],
  cluster: ['fork', 'setupPrimary', 'Worker'],
  dgram: ['createSocket', 'Socket'],
  dns: ['lookup', 'resolve', 'resolve4', 'resolve6', 'reverse', 'Resolver'],
  http: ['createServer', 'get', 'request', 'Agent', 'ClientRequest', 'IncomingMessage', 'OutgoingMessage', 'Server',
    'ServerResponse'],
  http2: ['connect', 'createServer', 'createSecureServer'],
  https: ['createServer', 'get', 'request', 'Agent', 'Server'],
  inspector: ['open', 'close', 'url', 'Session'],
  net: ['connect', 'createConnection', 'createServer', 'Server', 'Socket'],
  tls: ['connect', 'createSecureContext', 'createServer', 'Server', 'TLSSocket'],
  v8: ['deserialize', 'getHeapStatistics', 'serialize', 'setFlagsFromString', 'writeHeapSnapshot'],
  zlib: ['createBrotliCompress', 'createBrotliDecompress', 'createDeflate', 'createDeflateRaw', 'createGunzip',
    'createGzip', 'createInflate', 'createInflateRaw', 'createUnzip', 'brotliCompressSync', 'brotliDecompressSync',
    'deflateRawSync', 'deflateSync', 'gunzipSync', 'gzipSync', 'inflateRawSync', 'inflateSync', 'unzipSync',
    'brotliCompress', 'brotliDecompress', 'deflate', 'deflateRaw', 'gunzip', 'gzip', 'inflate', 'inflateRaw', 'unzip'],
};

// Data that is true without any network.
const data = {
  cluster: { isMaster: true, isPrimary: true, isWorker: false, workers: {} },
  http: {
    METHODS: ['ACL', 'BIND', 'CHECKOUT', 'CONNECT', 'COPY', 'DELETE', 'GET', 'HEAD', 'LINK', 'LOCK', 'M-SEARCH', 'MERGE',
      'MKACTIVITY', 'MKCALENDAR', 'MKCOL', 'MOVE', 'NOTIFY', 'OPTIONS', 'PATCH', 'POST', 'PROPFIND', 'PROPPATCH',
      'PURGE', 'PUT', 'REBIND', 'REPORT', 'SEARCH', 'SOURCE', 'SUBSCRIBE', 'TRACE', 'UNBIND', 'UNLINK', 'UNLOCK',
      'UNSUBSCRIBE'],
  },
  http2: { constants: {} },
  net: {
    isIP: (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0),
    isIPv4,
    isIPv6,
  },
  zlib: { constants: {} },
};

function isIPv4(text) {
  const part = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
  return new RegExp(`^${part}(?:\\.${part}){3}$`).test(`${text}`);
}

function isIPv6(text) {
  const address = `${text}`.replace(/%[0-9a-zA-Z-.:]+$/, '');
  if (!/^[0-9a-fA-F:.]+$/.test(address)) return false;
  try {
    new URL(`http://[${address}]/`);
    return true;
  } catch {
    return false;
  }
}

function absent(module, name) {
  const fail = function() {
    throw errors.error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `The feature ${module}.${name} is unavailable on the current platform, which is being used to run boxer:javascript`);
  };
  return Object.defineProperty(fail, 'name', { value: name });
}

module.exports = function make(module) {
  const exports = {};
  for (const name of modules[module]) exports[name] = absent(module, name);
  return Object.assign(exports, data[module]);
};
