// The half of `fs` that takes callbacks and gives promises. It is made of the
// synchronous half: a component has no threads to do the work elsewhere.
const fs = require('fs');
const { complete, pathOf } = binding('fs');
const errors = require('internal/errors');

const callbacks = {};
const promises = {};

function later(callback, act) {
  let error = null;
  let result;
  try {
    result = act();
  } catch (failure) {
    error = failure;
  }
  if (error !== null && error.code?.startsWith('ERR_')) throw error;
  complete(callback, error, result);
}

const PLAIN = [
  'access', 'appendFile', 'chmod', 'chown', 'close', 'copyFile', 'fchmod', 'fchown', 'fdatasync',
  'fstat', 'fsync', 'ftruncate', 'futimes', 'lchown', 'link', 'lstat', 'lutimes', 'mkdir',
  'mkdtemp', 'open', 'readFile', 'readdir', 'readlink', 'realpath', 'rename', 'rm', 'rmdir',
  'stat', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile', 'cp', 'opendir',
];
for (const name of PLAIN) {
  const sync = (...args) => (fs[`${name}Sync`] ?? own[`${name}Sync`])(...args);
  callbacks[name] = {
    [name](...args) {
      const callback = name === 'close' && typeof args.at(-1) !== 'function' ? () => {} : args.pop();
      errors.validateFunction(callback, 'cb');
      later(callback, () => sync(...args));
    },
  }[name];
  promises[name] = {
    async [name](...args) {
      return new Promise((resolve, reject) => {
        let act;
        try {
          const result = sync(...args);
          act = () => resolve(result);
        } catch (error) {
          act = () => reject(error);
        }
        complete(act);
      });
    },
  }[name];
}
for (const name of ['close', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'futimes']) {
  delete promises[name];
}

callbacks.exists = function exists(path, callback) {
  errors.validateFunction(callback, 'cb');
  complete(callback, fs.existsSync(path));
};
callbacks.exists[Symbol.for('nodejs.util.promisify.custom')] = (path) => Promise.resolve(fs.existsSync(path));

callbacks.read = function read(fd, buffer, ...rest) {
  const callback = rest.pop();
  errors.validateFunction(callback, 'cb');
  let target = buffer;
  if (!ArrayBuffer.isView(target)) {
    if (target !== undefined && target !== null) rest.unshift(target);
    target = buffer?.buffer ?? require('buffer').Buffer.alloc(16384);
  }
  let error = null;
  let count;
  try {
    count = fs.readSync(fd, target, ...rest);
  } catch (failure) {
    error = failure;
  }
  complete(callback, error, count, target);
};
callbacks.read[Symbol.for('nodejs.util.promisify.custom')] = (fd, ...args) => new Promise((resolve, reject) => {
  callbacks.read(fd, ...args, (error, bytesRead, buffer) => (error ? reject(error) : resolve({ bytesRead, buffer })));
});

callbacks.write = function write(fd, data, ...rest) {
  const callback = rest.pop();
  errors.validateFunction(callback, 'cb');
  let error = null;
  let count;
  try {
    count = fs.writeSync(fd, data, ...rest);
  } catch (failure) {
    error = failure;
  }
  complete(callback, error, count, data);
};
callbacks.write[Symbol.for('nodejs.util.promisify.custom')] = (fd, ...args) => new Promise((resolve, reject) => {
  callbacks.write(fd, ...args, (error, bytesWritten, buffer) => (error ? reject(error) : resolve({ bytesWritten, buffer })));
});

function vector(one) {
  return (fd, buffers, position) => {
    let total = 0;
    for (const buffer of buffers) {
      const count = one(fd, buffer, 0, buffer.byteLength, position === undefined || position === null ? null : position + total);
      total += count;
      if (count < buffer.byteLength) break;
    }
    return total;
  };
}

const own = {
  readvSync: vector((...args) => fs.readSync(...args)),
  writevSync: vector((...args) => fs.writeSync(...args)),

  cpSync(source, target, options = {}) {
    const { join } = require('path');
    const from = pathOf(source, 'src');
    const to = pathOf(target, 'dest');
    if (options.filter && !options.filter(from, to)) return;
    const stat = options.dereference ? fs.statSync(from) : fs.lstatSync(from);
    if (stat.isDirectory()) {
      if (!options.recursive) {
        throw errors.error('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${from} is a directory (not copied)) ${to}`);
      }
      fs.mkdirSync(to, { recursive: true });
      for (const name of fs.readdirSync(from)) own.cpSync(join(from, name), join(to, name), options);
      return;
    }
    if (fs.existsSync(to)) {
      if (options.errorOnExist && options.force === false) {
        throw errors.error('ERR_FS_CP_EEXIST', `Target already exists: cp returned EEXIST (${to} already exists) ${to}`);
      }
      if (options.force === false) return;
    } else {
      fs.mkdirSync(join(to, '..'), { recursive: true });
    }
    if (stat.isSymbolicLink()) {
      fs.rmSync(to, { force: true });
      fs.symlinkSync(fs.readlinkSync(from), to);
    } else {
      fs.copyFileSync(from, to);
    }
  },

  opendirSync(path, options) {
    return new Dir(path, options);
  },
};

class Dir {
  #entries;
  #closed = false;

  constructor(path, options) {
    this.path = pathOf(path);
    this.#entries = fs.readdirSync(this.path, { ...options, withFileTypes: true });
  }

  #check() {
    if (this.#closed) throw errors.error('ERR_DIR_CLOSED', 'Directory handle was closed');
  }

  readSync() {
    this.#check();
    return this.#entries.shift() ?? null;
  }

  read(callback) {
    if (callback === undefined) return new Promise((resolve) => complete(() => resolve(this.readSync())));
    complete(callback, null, this.readSync());
    return undefined;
  }

  closeSync() {
    this.#check();
    this.#closed = true;
  }

  close(callback) {
    this.closeSync();
    if (callback === undefined) return Promise.resolve();
    complete(callback, null);
    return undefined;
  }

  async* entries() {
    try {
      for (let entry = this.readSync(); entry !== null; entry = this.readSync()) yield entry;
    } finally {
      if (!this.#closed) this.closeSync();
    }
  }

  [Symbol.asyncIterator]() {
    return this.entries();
  }
}

callbacks.readv = (fd, buffers, position, callback) => {
  const done = callback ?? position;
  const at = callback ? position : null;
  let error = null;
  let count;
  try {
    count = own.readvSync(fd, buffers, at);
  } catch (failure) {
    error = failure;
  }
  complete(done, error, count, buffers);
};
callbacks.writev = (fd, buffers, position, callback) => {
  const done = callback ?? position;
  const at = callback ? position : null;
  let error = null;
  let count;
  try {
    count = own.writevSync(fd, buffers, at);
  } catch (failure) {
    error = failure;
  }
  complete(done, error, count, buffers);
};

const asynchronous = (act) => (...args) => new Promise((resolve, reject) => {
  complete(() => {
    try {
      resolve(act(...args));
    } catch (error) {
      reject(error);
    }
  });
});

// What `fs.promises.open` gives.
class FileHandle extends require('events') {
  #fd;

  constructor(fd) {
    super();
    this.#fd = fd;
  }

  get fd() {
    return this.#fd;
  }

  #do(act) {
    if (this.#fd < 0) {
      const error = new Error('file closed');
      error.code = 'EBADF';
      return Promise.reject(error);
    }
    return asynchronous(() => act(this.#fd))();
  }

  appendFile(data, options) {
    return this.#do((fd) => fs.appendFileSync(fd, data, options));
  }

  chmod(mode) {
    return this.#do((fd) => fs.fchmodSync(fd, mode));
  }

  close() {
    return this.#do((fd) => {
      this.#fd = -1;
      fs.closeSync(fd);
      this.emit('close');
    });
  }

  createReadStream(options) {
    return fs.createReadStream('', { ...options, fd: this });
  }

  createWriteStream(options) {
    return fs.createWriteStream('', { ...options, fd: this });
  }

  datasync() {
    return this.#do((fd) => fs.fdatasyncSync(fd));
  }

  read(buffer, ...rest) {
    let target = buffer;
    let args = rest;
    if (!ArrayBuffer.isView(target)) {
      args = [buffer ?? {}];
      target = buffer?.buffer ?? require('buffer').Buffer.alloc(16384);
    }
    return this.#do((fd) => ({ bytesRead: fs.readSync(fd, target, ...args), buffer: target }));
  }

  readFile(options) {
    return this.#do((fd) => fs.readFileSync(fd, options));
  }

  readLines(options) {
    return require('readline').createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }

  readv(buffers, position) {
    return this.#do((fd) => ({ bytesRead: own.readvSync(fd, buffers, position), buffers }));
  }

  stat(options) {
    return this.#do((fd) => fs.fstatSync(fd, options));
  }

  sync() {
    return this.#do((fd) => fs.fsyncSync(fd));
  }

  truncate(length) {
    return this.#do((fd) => fs.ftruncateSync(fd, length));
  }

  utimes(atime, mtime) {
    return this.#do((fd) => fs.futimesSync(fd, atime, mtime));
  }

  write(data, ...rest) {
    return this.#do((fd) => ({ bytesWritten: fs.writeSync(fd, data, ...rest), buffer: data }));
  }

  writeFile(data, options) {
    return this.#do((fd) => fs.writeFileSync(fd, data, options));
  }

  writev(buffers, position) {
    return this.#do((fd) => ({ bytesWritten: own.writevSync(fd, buffers, position), buffers }));
  }

  async [Symbol.asyncDispose ?? Symbol('asyncDispose')]() {
    await this.close();
  }
}

promises.open = async function open(path, flags, mode) {
  return asynchronous(() => new FileHandle(fs.openSync(path, flags, mode)))();
};

// A file handle stands for a path; so does what can be iterated for data.
const { readFile, writeFile, appendFile } = promises;
promises.readFile = async function(path, options) {
  return path instanceof FileHandle ? path.readFile(options) : readFile(path, options);
};
Object.defineProperty(promises.readFile, 'name', { value: 'readFile' });

const isIterable = (data) =>
  data !== null && typeof data === 'object' && !ArrayBuffer.isView(data) &&
  (typeof data[Symbol.asyncIterator] === 'function' || typeof data[Symbol.iterator] === 'function');

function writing(plain, method) {
  return async (path, data, options) => {
    if (!isIterable(data)) return path instanceof FileHandle ? path[method](data, options) : plain(path, data, options);
    const { Buffer } = require('buffer');
    const parts = [];
    for await (const part of data) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
    const all = Buffer.concat(parts);
    return path instanceof FileHandle ? path[method](all, options) : plain(path, all, options);
  };
}
promises.writeFile = writing(writeFile, 'writeFile');
promises.appendFile = writing(appendFile, 'appendFile');
for (const name of ['writeFile', 'appendFile']) Object.defineProperty(promises[name], 'name', { value: name });
promises.constants = fs.constants;

function unwatchable() {
  throw errors.error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'a box has no way to watch files');
}

const streams = (name) => (...args) => {
  const Class = require('internal/fs_streams')[name];
  return new Class(...args);
};

module.exports = {
  ...callbacks,
  ...own,
  createReadStream: streams('ReadStream'),
  createWriteStream: streams('WriteStream'),
  unwatchFile() {},
  watch: unwatchable,
  watchFile: unwatchable,
  openAsBlob: async () => {
    throw errors.error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'there are no blobs');
  },
  promises,
};
