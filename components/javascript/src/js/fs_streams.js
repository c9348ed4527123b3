// Streams over files. Source: https://nodejs.org/docs/latest-v20.x/api/fs.html#class-fsreadstream
const fs = require('fs');
const { complete, pathOf } = binding('fs');
const { Readable, Writable } = require('stream');
const { Buffer } = require('buffer');
const errors = require('internal/errors');

function settings(options) {
  return typeof options === 'string' ? { encoding: options } : { ...options };
}

// Opens on construction, so that `open` is told before anything is read or written.
function open(stream, flags, mode, callback) {
  if (stream.fd !== null) {
    callback();
    return;
  }
  let error = null;
  try {
    stream.fd = fs.openSync(stream.path, flags, mode);
  } catch (failure) {
    error = failure;
  }
  complete(() => {
    callback(error);
    if (error === null) {
      stream.emit('open', stream.fd);
      stream.emit('ready');
    }
  });
}

function close(stream, error, callback) {
  const { fd } = stream;
  stream.fd = null;
  if (fd === null || stream.autoClose === false) {
    callback(error);
    return;
  }
  let failure = error;
  try {
    if (stream.handle) stream.handle.close();
    else fs.closeSync(fd);
  } catch (own) {
    failure ??= own;
  }
  complete(() => callback(failure));
}

function adopt(stream, path, given) {
  if (given.fd === undefined || given.fd === null) {
    stream.fd = null;
    stream.path = pathOf(path);
  } else if (typeof given.fd === 'number') {
    stream.fd = given.fd;
    stream.path = undefined;
  } else {
    stream.handle = given.fd;
    stream.fd = given.fd.fd;
    stream.path = undefined;
  }
}

class ReadStream extends Readable {
  constructor(path, options) {
    const given = settings(options);
    super({
      highWaterMark: given.highWaterMark ?? 64 * 1024,
      encoding: given.encoding,
      emitClose: given.emitClose,
      signal: given.signal,
    });
    adopt(this, path, given);
    this.flags = given.flags ?? 'r';
    this.mode = given.mode ?? 0o666;
    this.start = given.start;
    this.end = given.end ?? Infinity;
    this.bytesRead = 0;
    this.autoClose = given.autoClose !== false;
    if (given.start !== undefined) errors.validateInteger(given.start, 'start', 0);
    if (this.start !== undefined && this.start > this.end) {
      throw errors.outOfRange('start', `<= "end" (here: ${this.end})`, this.start);
    }
    this.position = this.start;
  }

  get pending() {
    return this.fd === null;
  }

  _construct(callback) {
    open(this, this.flags, this.mode, callback);
  }

  _read(size) {
    const left = this.position === undefined ? this.end - this.bytesRead + 1 : this.end - this.position + 1;
    const wanted = Math.min(size, left);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafe(wanted);
    let count;
    try {
      count = fs.readSync(this.fd, buffer, 0, wanted, this.position ?? null);
    } catch (error) {
      complete(() => this.destroy(error));
      return;
    }
    complete(() => {
      if (this.position !== undefined) this.position += count;
      this.bytesRead += count;
      this.push(count === 0 ? null : buffer.subarray(0, count));
    });
  }

  _destroy(error, callback) {
    close(this, error, callback);
  }

  close(callback) {
    if (callback) this.once('close', callback);
    this.destroy();
  }
}

class WriteStream extends Writable {
  constructor(path, options) {
    const given = settings(options);
    super({
      highWaterMark: given.highWaterMark,
      decodeStrings: true,
      emitClose: given.emitClose,
      signal: given.signal,
    });
    adopt(this, path, given);
    this.flags = given.flags ?? (given.start === undefined ? 'w' : 'r+');
    this.mode = given.mode ?? 0o666;
    this.start = given.start;
    this.pos = given.start;
    this.bytesWritten = 0;
    this.autoClose = given.autoClose !== false;
    if (given.encoding) this.setDefaultEncoding(given.encoding);
  }

  get pending() {
    return this.fd === null;
  }

  _construct(callback) {
    open(this, this.flags, this.mode, callback);
  }

  #put(buffer, callback) {
    let error = null;
    try {
      fs.writeSync(this.fd, buffer, 0, buffer.length, this.pos ?? null);
      this.bytesWritten += buffer.length;
      if (this.pos !== undefined) this.pos += buffer.length;
    } catch (failure) {
      error = failure;
    }
    complete(callback, error);
  }

  _write(chunk, encoding, callback) {
    this.#put(chunk, callback);
  }

  _writev(entries, callback) {
    this.#put(Buffer.concat(entries.map(({ chunk }) => chunk)), callback);
  }

  _destroy(error, callback) {
    close(this, error, callback);
  }

  close(callback) {
    if (callback) {
      if (this.closed) process.nextTick(callback);
      else this.once('close', callback);
    }
    if (!this.autoClose) this.once('finish', () => this.destroy());
    this.end();
  }
}
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

module.exports = { ReadStream, WriteStream };
