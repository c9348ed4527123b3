// `stream`. Source: https://nodejs.org/docs/latest-v20.x/api/stream.html
const EventEmitter = require('events');
const errors = require('internal/errors');

const HIGH_WATER_MARK = 16 * 1024;
const HIGH_WATER_MARK_OF_OBJECTS = 16;
const lazyBuffer = () => require('buffer').Buffer;

const premature = () => errors.error('ERR_STREAM_PREMATURE_CLOSE', 'Premature close');

function Stream(options) {
  EventEmitter.call(this, options);
}
Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
Object.setPrototypeOf(Stream, EventEmitter);

// The oldest kind of pipe: for streams that only emit.
Stream.prototype.pipe = function(dest, options) {
  const onData = (chunk) => {
    if (dest.writable && dest.write(chunk) === false) this.pause?.();
  };
  this.on('data', onData);
  dest.on('drain', () => this.resume?.());
  if (options?.end !== false) this.once('end', () => dest.end());
  dest.emit('pipe', this);
  return dest;
};

function highWaterMark(options, own, objectMode) {
  const given = options?.[own] ?? options?.highWaterMark;
  if (given === undefined || given === null) {
    return objectMode ? HIGH_WATER_MARK_OF_OBJECTS : HIGH_WATER_MARK;
  }
  if (!Number.isInteger(given) || given < 0) throw errors.invalidArgValue(own, given);
  return given;
}

// --- Destruction, which all kinds share ---

function stateOf(stream) {
  return stream._readableState ?? stream._writableState;
}

function destroy(error, callback) {
  const states = [this._readableState, this._writableState].filter(Boolean);
  if (states.some((state) => state.destroyed)) {
    callback?.(error);
    return this;
  }
  for (const state of states) {
    state.destroyed = true;
    if (error) state.errored ??= error;
  }
  const done = (failure) => {
    const reason = failure ?? error ?? null;
    for (const state of states) {
      if (reason) state.errored ??= reason;
      state.closed = true;
    }
    callback?.(reason);
    process.nextTick(() => {
      if (reason && !states.some((state) => state.errorEmitted)) {
        for (const state of states) state.errorEmitted = true;
        this.emit('error', reason);
      }
      for (const state of states) state.closeEmitted = true;
      if (states.some((state) => state.emitClose)) this.emit('close');
    });
  };
  const begin = () => {
    try {
      const result = this._destroy(error ?? null, done);
      if (typeof result?.then === 'function') result.then(() => done(), done);
    } catch (failure) {
      done(failure);
    }
  };
  if (states.some((state) => state.constructing)) this.once(kConstructed, begin);
  else begin();
  return this;
}

const kConstructed = Symbol('constructed');

function construct(stream) {
  if (typeof stream._construct !== 'function') return;
  const states = [stream._readableState, stream._writableState].filter(Boolean);
  for (const state of states) state.constructing = true;
  process.nextTick(() => {
    stream._construct((error) => {
      for (const state of states) state.constructing = false;
      if (error) {
        stream.destroy(error);
        stream.emit(kConstructed);
        return;
      }
      process.nextTick(() => {
        stream.emit(kConstructed);
        if (stream._writableState) clearBuffer(stream, stream._writableState);
        if (stream._readableState) maybeReadMore(stream, stream._readableState);
      });
    });
  });
}

function failStream(stream, error) {
  const state = stateOf(stream);
  if (state.destroyed) return;
  if (state.autoDestroy) stream.destroy(error);
  else stream.emit('error', error);
}

function commonState(options, objectMode) {
  return {
    objectMode,
    destroyed: false,
    errored: null,
    errorEmitted: false,
    closed: false,
    closeEmitted: false,
    constructing: false,
    emitClose: options?.emitClose !== false,
    autoDestroy: options?.autoDestroy !== false,
  };
}

// --- Readable ---

function Readable(options) {
  if (!(this instanceof Readable)) return new Readable(options);
  initReadable(this, options);
  Stream.call(this, options);
  if (options?.signal) addAbortSignal(options.signal, this);
  construct(this);
}
Object.setPrototypeOf(Readable.prototype, Stream.prototype);
Object.setPrototypeOf(Readable, Stream);

function initReadable(stream, options) {
  const objectMode = Boolean(options?.objectMode || options?.readableObjectMode);
  stream._readableState = {
    ...commonState(options, objectMode),
    highWaterMark: highWaterMark(options, 'readableHighWaterMark', objectMode),
    buffer: [],
    length: 0,
    pipes: [],
    flowing: null,
    ended: false,
    endEmitted: false,
    reading: false,
    sync: true,
    needReadable: false,
    emittedReadable: false,
    readableListening: false,
    resumeScheduled: false,
    readingMore: false,
    defaultEncoding: options?.defaultEncoding ?? 'utf8',
    decoder: null,
    encoding: null,
    dataEmitted: false,
  };
  if (typeof options?.read === 'function') stream._read = options.read;
  if (typeof options?.destroy === 'function') stream._destroy = options.destroy;
  if (typeof options?.construct === 'function') stream._construct = options.construct;
  if (options?.encoding) setDecoder(stream._readableState, options.encoding);
}

function setDecoder(state, encoding) {
  const { StringDecoder } = require('string_decoder');
  state.decoder = new StringDecoder(encoding);
  state.encoding = state.decoder.encoding;
}

Readable.prototype._read = function() {
  throw errors.error('ERR_METHOD_NOT_IMPLEMENTED', 'The _read() method is not implemented');
};

Readable.prototype._destroy = function(error, callback) {
  callback(error);
};

Readable.prototype.destroy = destroy;

Readable.prototype.push = function(chunk, encoding) {
  return addChunk(this, chunk, encoding, false);
};

Readable.prototype.unshift = function(chunk, encoding) {
  return addChunk(this, chunk, encoding, true);
};

function addChunk(stream, given, encoding, first) {
  const state = stream._readableState;
  let chunk = given;
  if (!state.objectMode) {
    if (typeof chunk === 'string') {
      const name = encoding || state.defaultEncoding;
      if (state.encoding === null || state.encoding !== name) {
        chunk = lazyBuffer().from(chunk, name);
      }
    } else if (chunk instanceof Uint8Array) {
      if (!lazyBuffer().isBuffer(chunk)) chunk = lazyBuffer().from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    } else if (chunk !== null && chunk !== undefined) {
      failStream(stream, errors.invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk));
      return false;
    }
  }
  if (chunk === null || (chunk === undefined && !state.objectMode)) {
    state.reading = false;
    if (chunk === null) endOfChunks(stream, state);
    return false;
  }
  if (state.objectMode || chunk.length > 0) {
    if (first) {
      if (state.endEmitted) {
        failStream(stream, errors.error('ERR_STREAM_UNSHIFT_AFTER_END_EVENT', 'stream.unshift() after end event'));
      } else if (!state.destroyed) {
        give(stream, state, chunk, true);
      }
    } else if (state.ended) {
      failStream(stream, errors.error('ERR_STREAM_PUSH_AFTER_EOF', 'stream.push() after EOF'));
    } else if (state.destroyed || state.errored) {
      return false;
    } else {
      state.reading = false;
      if (state.decoder !== null && !encoding) {
        chunk = state.decoder.write(chunk);
        if (state.objectMode || chunk.length !== 0) give(stream, state, chunk, false);
        else maybeReadMore(stream, state);
      } else {
        give(stream, state, chunk, false);
      }
    }
  } else if (!first) {
    state.reading = false;
    maybeReadMore(stream, state);
  }
  return !state.ended && (state.length < state.highWaterMark || state.length === 0);
}

function give(stream, state, chunk, first) {
  if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount('data') > 0) {
    state.dataEmitted = true;
    stream.emit('data', chunk);
  } else {
    state.length += state.objectMode ? 1 : chunk.length;
    if (first) state.buffer.unshift(chunk);
    else state.buffer.push(chunk);
    if (state.needReadable) emitReadable(stream);
  }
  maybeReadMore(stream, state);
}

function endOfChunks(stream, state) {
  if (state.ended) return;
  if (state.decoder !== null) {
    const rest = state.decoder.end();
    if (rest) {
      state.buffer.push(rest);
      state.length += state.objectMode ? 1 : rest.length;
    }
  }
  state.ended = true;
  if (state.sync) {
    emitReadable(stream);
  } else {
    state.needReadable = false;
    state.emittedReadable = true;
    emitReadableNow(stream);
  }
}

function emitReadable(stream) {
  const state = stream._readableState;
  state.needReadable = false;
  if (state.emittedReadable) return;
  state.emittedReadable = true;
  process.nextTick(emitReadableNow, stream);
}

function emitReadableNow(stream) {
  const state = stream._readableState;
  if (!state.destroyed && !state.errored && (state.length > 0 || state.ended)) {
    stream.emit('readable');
    state.emittedReadable = false;
  }
  state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
  flow(stream);
}

function maybeReadMore(stream, state) {
  if (state.readingMore || state.constructing) return;
  state.readingMore = true;
  process.nextTick(() => {
    while (!state.reading && !state.ended &&
           (state.length < state.highWaterMark || (state.flowing && state.length === 0))) {
      const before = state.length;
      stream.read(0);
      if (before === state.length) break;
    }
    state.readingMore = false;
  });
}

function howMuch(n, state) {
  if (n <= 0 || (state.length === 0 && state.ended)) return 0;
  if (state.objectMode) return 1;
  if (Number.isNaN(n)) return state.flowing && state.length > 0 ? state.buffer[0].length : state.length;
  if (n <= state.length) return n;
  return state.ended ? state.length : 0;
}

function take(n, state) {
  const { buffer } = state;
  if (state.objectMode) return buffer.shift();
  if (n >= state.length) {
    const all = buffer.length === 1 ? buffer[0] : state.decoder !== null ? buffer.join('') : lazyBuffer().concat(buffer, state.length);
    buffer.length = 0;
    return all;
  }
  const parts = [];
  let missing = n;
  while (missing > 0) {
    const part = buffer[0];
    if (part.length <= missing) {
      parts.push(buffer.shift());
      missing -= part.length;
    } else {
      parts.push(part.slice(0, missing));
      buffer[0] = part.slice(missing);
      missing = 0;
    }
  }
  if (parts.length === 1) return parts[0];
  return state.decoder !== null ? parts.join('') : lazyBuffer().concat(parts);
}

Readable.prototype.read = function(size) {
  const state = this._readableState;
  const asked = size === undefined ? NaN : Math.trunc(Number(size));
  if (asked > state.highWaterMark) state.highWaterMark = asked;
  if (asked !== 0) state.emittedReadable = false;
  if (asked === 0 && state.needReadable &&
      ((state.highWaterMark !== 0 ? state.length >= state.highWaterMark : state.length > 0) || state.ended)) {
    if (state.length === 0 && state.ended) endReadable(this);
    else emitReadable(this);
    return null;
  }
  let n = howMuch(asked, state);
  if (n === 0 && state.ended) {
    if (state.length === 0) endReadable(this);
    return null;
  }
  const wants = state.needReadable || state.length === 0 || state.length - n < state.highWaterMark;
  if (wants && !state.ended && !state.reading && !state.destroyed && !state.errored && !state.constructing) {
    state.reading = true;
    state.sync = true;
    if (state.length === 0) state.needReadable = true;
    try {
      this._read(state.highWaterMark);
    } catch (error) {
      failStream(this, error);
    }
    state.sync = false;
    if (!state.reading) n = howMuch(asked, state);
  }
  const chunk = n > 0 ? take(n, state) : null;
  if (chunk === null || chunk === undefined) {
    state.needReadable = state.length <= state.highWaterMark;
    n = 0;
  } else {
    state.length -= state.objectMode ? 1 : chunk.length;
  }
  if (state.length === 0) {
    if (!state.ended) state.needReadable = true;
    if (n > 0 && state.ended) endReadable(this);
  }
  if (n > 0 && !state.errored && !state.closeEmitted) {
    state.dataEmitted = true;
    this.emit('data', chunk);
  }
  return n > 0 ? chunk : null;
};

function endReadable(stream) {
  const state = stream._readableState;
  if (state.endEmitted) return;
  state.ended = true;
  process.nextTick(() => {
    if (state.errored || state.closeEmitted || state.endEmitted || state.length > 0) return;
    state.endEmitted = true;
    stream.emit('end');
    const writable = stream._writableState;
    if (writable && stream.allowHalfOpen === false) {
      if (stream.writable && !writable.ending) stream.end();
    } else if (state.autoDestroy) {
      const done = !writable || (writable.autoDestroy && (writable.finished || stream.writable === false));
      if (done) stream.destroy();
    }
  });
}

function flow(stream) {
  const state = stream._readableState;
  while (state.flowing && stream.read() !== null);
}

Readable.prototype.on = function(name, listener) {
  const result = Stream.prototype.on.call(this, name, listener);
  const state = this._readableState;
  if (state === undefined) return result;
  if (name === 'data') {
    state.readableListening = this.listenerCount('readable') > 0;
    if (state.flowing !== false) this.resume();
  } else if (name === 'readable' && !state.endEmitted && !state.readableListening) {
    state.readableListening = true;
    state.needReadable = true;
    state.flowing = false;
    state.emittedReadable = false;
    if (state.length > 0) emitReadable(this);
    else if (!state.reading) process.nextTick(() => this.read(0));
  }
  return result;
};
Readable.prototype.addListener = Readable.prototype.on;

Readable.prototype.removeListener = function(name, listener) {
  const result = Stream.prototype.removeListener.call(this, name, listener);
  if (name === 'readable') process.nextTick(updateReadableListening, this);
  return result;
};
Readable.prototype.off = Readable.prototype.removeListener;

Readable.prototype.removeAllListeners = function(...args) {
  const result = Stream.prototype.removeAllListeners.apply(this, args);
  if (args[0] === 'readable' || args[0] === undefined) process.nextTick(updateReadableListening, this);
  return result;
};

function updateReadableListening(stream) {
  const state = stream._readableState;
  state.readableListening = stream.listenerCount('readable') > 0;
  if (state.resumeScheduled && !state.paused) state.flowing = true;
  else if (stream.listenerCount('data') > 0) stream.resume();
  else if (!state.readableListening) state.flowing = null;
}

Readable.prototype.resume = function() {
  const state = this._readableState;
  if (!state.flowing) {
    state.flowing = !state.readableListening;
    if (!state.resumeScheduled) {
      state.resumeScheduled = true;
      process.nextTick(() => {
        if (!state.reading) this.read(0);
        state.resumeScheduled = false;
        this.emit('resume');
        flow(this);
        if (state.flowing && !state.reading) this.read(0);
      });
    }
  }
  state.paused = false;
  return this;
};

Readable.prototype.pause = function() {
  const state = this._readableState;
  if (state.flowing !== false) {
    state.flowing = false;
    this.emit('pause');
  }
  state.paused = true;
  return this;
};

Readable.prototype.isPaused = function() {
  return this._readableState.paused === true || this._readableState.flowing === false;
};

Readable.prototype.setEncoding = function(encoding) {
  const state = this._readableState;
  setDecoder(state, encoding);
  const text = state.buffer.map((chunk) => state.decoder.write(chunk)).join('');
  state.buffer = text === '' ? [] : [text];
  state.length = text.length;
  return this;
};

Readable.prototype.pipe = function(dest, options) {
  const state = this._readableState;
  state.pipes.push(dest);
  const ends = options?.end !== false && dest !== process.stdout && dest !== process.stderr;
  const pipe = { dest };

  pipe.data = (chunk) => {
    if (dest.write(chunk) === false) {
      state.awaiting ??= new Set();
      state.awaiting.add(dest);
      this.pause();
      if (!pipe.draining) {
        pipe.draining = true;
        dest.on('drain', pipe.drain);
      }
    }
  };
  pipe.drain = () => {
    state.awaiting?.delete(dest);
    if ((state.awaiting?.size ?? 0) === 0 && this.listenerCount('data') > 0) this.resume();
  };
  pipe.end = () => dest.end();
  pipe.error = (error) => {
    this.unpipe(dest);
    dest.removeListener('error', pipe.error);
    if (dest.listenerCount('error') === 0) {
      const own = stateOf(dest);
      if (own && !own.errorEmitted) failStream(dest, error);
      else dest.emit('error', error);
    }
  };
  pipe.close = () => {
    dest.removeListener('finish', pipe.finish);
    this.unpipe(dest);
  };
  pipe.finish = () => {
    dest.removeListener('close', pipe.close);
    this.unpipe(dest);
  };
  pipe.undo = () => {
    this.removeListener('data', pipe.data);
    this.removeListener('end', pipe.end);
    this.removeListener('end', pipe.stop);
    dest.removeListener('drain', pipe.drain);
    dest.removeListener('error', pipe.error);
    dest.removeListener('close', pipe.close);
    dest.removeListener('finish', pipe.finish);
    if (state.awaiting?.delete(dest) && state.awaiting.size === 0) this.resume();
  };
  pipe.stop = () => this.unpipe(dest);
  state.pipeRecords ??= [];
  state.pipeRecords.push(pipe);

  const last = ends ? pipe.end : pipe.stop;
  if (state.endEmitted) process.nextTick(last);
  else this.once('end', last);
  this.on('data', pipe.data);
  dest.prependListener('error', pipe.error);
  dest.once('close', pipe.close);
  dest.once('finish', pipe.finish);
  dest.emit('pipe', this);
  if (dest.writableNeedDrain === true) {
    state.awaiting ??= new Set();
    state.awaiting.add(dest);
    pipe.draining = true;
    dest.on('drain', pipe.drain);
    this.pause();
  } else if (!state.flowing) {
    this.resume();
  }
  return dest;
};

Readable.prototype.unpipe = function(dest) {
  const state = this._readableState;
  const records = (state.pipeRecords ?? []).filter((pipe) => dest === undefined || pipe.dest === dest);
  if (records.length === 0) return this;
  for (const pipe of records) {
    state.pipeRecords.splice(state.pipeRecords.indexOf(pipe), 1);
    state.pipes.splice(state.pipes.indexOf(pipe.dest), 1);
    pipe.undo();
    pipe.dest.emit('unpipe', this, { hasUnpiped: true });
  }
  if (state.pipes.length === 0 && this.listenerCount('data') === 0) this.pause();
  return this;
};

Readable.prototype.wrap = function(stream) {
  stream.on('data', (chunk) => {
    if (!this.push(chunk)) stream.pause?.();
  });
  stream.on('end', () => this.push(null));
  stream.on('error', (error) => this.destroy(error));
  stream.on('close', () => this.destroy());
  this._read = () => stream.resume?.();
  return this;
};

async function* iterate(stream, options) {
  let wake = () => {};
  const ready = () => wake();
  stream.on('readable', ready);
  let failure;
  let over = false;
  const cleanup = finished(stream, { writable: false }, (error) => {
    failure = error ?? null;
    over = true;
    wake();
  });
  try {
    for (;;) {
      const chunk = stream.destroyed ? null : stream.read();
      if (chunk !== null) yield chunk;
      else if (failure) throw failure;
      else if (over) return;
      else await new Promise((resolve) => {
        wake = resolve;
      });
    }
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    stream.off('readable', ready);
    if ((failure || options?.destroyOnReturn !== false) && (failure === undefined || stateOf(stream).autoDestroy)) {
      stream.destroy(null);
    }
    cleanup();
  }
}

Readable.prototype[Symbol.asyncIterator] = function() {
  return iterate(this);
};

Readable.prototype.iterator = function(options) {
  return iterate(this, options);
};

const getters = (prototype, table) => {
  for (const name of Object.keys(table)) {
    Object.defineProperty(prototype, name, { configurable: true, enumerable: false, ...table[name] });
  }
};

getters(Readable.prototype, {
  readable: {
    get() {
      const state = this._readableState;
      return Boolean(state) && state.readable !== false && !state.destroyed && !state.errorEmitted && !state.endEmitted;
    },
    set(value) {
      if (this._readableState) this._readableState.readable = Boolean(value);
    },
  },
  readableAborted: {
    get() {
      const state = this._readableState;
      return (state.destroyed || Boolean(state.errored)) && !state.endEmitted;
    },
  },
  readableDidRead: { get() { return this._readableState.dataEmitted; } },
  readableEnded: { get() { return this._readableState ? this._readableState.endEmitted : false; } },
  readableFlowing: {
    get() { return this._readableState.flowing; },
    set(value) { this._readableState.flowing = value; },
  },
  readableHighWaterMark: { get() { return this._readableState.highWaterMark; } },
  readableLength: { get() { return this._readableState.length; } },
  readableObjectMode: { get() { return this._readableState ? this._readableState.objectMode : false; } },
  readableEncoding: { get() { return this._readableState ? this._readableState.encoding : null; } },
  destroyed: {
    get() { return Boolean(stateOf(this)?.destroyed); },
    set(value) { if (stateOf(this)) stateOf(this).destroyed = value; },
  },
  closed: { get() { return Boolean(stateOf(this)?.closed); } },
  errored: { get() { return stateOf(this)?.errored ?? null; } },
});

Readable.from = function(source, options) {
  if (typeof source === 'string' || source instanceof Uint8Array) {
    return new Readable({ objectMode: true, ...options, read() {
      this.push(source);
      this.push(null);
    } });
  }
  let iterator;
  let asynchronous = false;
  if (typeof source?.[Symbol.asyncIterator] === 'function') {
    asynchronous = true;
    iterator = source[Symbol.asyncIterator]();
  } else if (typeof source?.[Symbol.iterator] === 'function') iterator = source[Symbol.iterator]();
  else throw errors.invalidArgType('iterable', 'Iterable', source);
  const stream = new Readable({ objectMode: true, highWaterMark: 1, ...options });
  let busy = false;
  stream._read = () => {
    if (!busy) {
      busy = true;
      next();
    }
  };
  stream._destroy = (error, callback) => {
    const close = async () => {
      if (error && typeof iterator.throw === 'function') {
        const { done } = await iterator.throw(error);
        if (done) return;
      }
      await iterator.return?.();
    };
    close().then(() => process.nextTick(callback, error), (failure) => process.nextTick(callback, failure ?? error));
  };
  async function next() {
    for (;;) {
      try {
        const { value, done } = asynchronous ? await iterator.next() : iterator.next();
        if (done) {
          stream.push(null);
          return;
        }
        const chunk = typeof value?.then === 'function' ? await value : value;
        if (chunk === null) {
          busy = false;
          throw errors.typeError('ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
        }
        if (!stream.push(chunk)) {
          busy = false;
          return;
        }
      } catch (error) {
        stream.destroy(error);
        return;
      }
    }
  }
  return stream;
};

// --- What one can do with what comes out ---

function chained(method) {
  return function(...args) {
    return Readable.from(method.call(this, ...args));
  };
}

Object.assign(Readable.prototype, {
  map: chained(async function*(fn) {
    for await (const chunk of this) yield fn(chunk, {});
  }),
  filter: chained(async function*(fn) {
    for await (const chunk of this) if (await fn(chunk, {})) yield chunk;
  }),
  flatMap: chained(async function*(fn) {
    for await (const chunk of this) yield* await fn(chunk, {});
  }),
  take: chained(async function*(count) {
    let left = count;
    if (left <= 0) return;
    for await (const chunk of this) {
      yield chunk;
      if (--left <= 0) return;
    }
  }),
  drop: chained(async function*(count) {
    let left = count;
    for await (const chunk of this) if (left-- <= 0) yield chunk;
  }),
  async forEach(fn) {
    for await (const chunk of this) await fn(chunk, {});
  },
  async toArray() {
    const all = [];
    for await (const chunk of this) all.push(chunk);
    return all;
  },
  async some(fn) {
    for await (const chunk of this) if (await fn(chunk, {})) return true;
    return false;
  },
  async every(fn) {
    for await (const chunk of this) if (!(await fn(chunk, {}))) return false;
    return true;
  },
  async find(fn) {
    for await (const chunk of this) if (await fn(chunk, {})) return chunk;
    return undefined;
  },
  async reduce(fn, initial) {
    let started = arguments.length > 1;
    let result = initial;
    for await (const chunk of this) {
      result = started ? await fn(result, chunk, {}) : chunk;
      started = true;
    }
    if (!started) throw new TypeError('Reduce of an empty stream requires an initial value');
    return result;
  },
});

// --- Writable ---

function Writable(options) {
  if (!(this instanceof Writable) && !(this instanceof Duplex)) return new Writable(options);
  initWritable(this, options);
  Stream.call(this, options);
  if (options?.signal) addAbortSignal(options.signal, this);
  construct(this);
}
Object.setPrototypeOf(Writable.prototype, Stream.prototype);
Object.setPrototypeOf(Writable, Stream);

// A duplex stream is writable too, though it inherits from `Readable`.
Object.defineProperty(Writable, Symbol.hasInstance, {
  value(object) {
    if (Function.prototype[Symbol.hasInstance].call(this, object)) return true;
    return this === Writable && object?._writableState !== undefined && object instanceof Stream;
  },
});

function initWritable(stream, options) {
  const objectMode = Boolean(options?.objectMode || options?.writableObjectMode);
  stream._writableState = {
    ...commonState(options, objectMode),
    highWaterMark: highWaterMark(options, 'writableHighWaterMark', objectMode),
    decodeStrings: options?.decodeStrings !== false,
    defaultEncoding: options?.defaultEncoding ?? 'utf8',
    buffered: [],
    length: 0,
    writing: false,
    corked: 0,
    sync: true,
    needDrain: false,
    ending: false,
    ended: false,
    finished: false,
    finalCalled: false,
    prefinished: false,
    pending: 0,
    processing: false,
    endCallbacks: [],
  };
  for (const name of ['write', 'writev', 'final']) {
    if (typeof options?.[name] === 'function') stream[`_${name}`] = options[name];
  }
  if (typeof options?.destroy === 'function') stream._destroy = options.destroy;
  if (typeof options?.construct === 'function') stream._construct = options.construct;
}

Writable.prototype._write = function(chunk, encoding, callback) {
  if (typeof this._writev === 'function') {
    this._writev([{ chunk, encoding }], callback);
    return;
  }
  throw errors.error('ERR_METHOD_NOT_IMPLEMENTED', 'The _write() method is not implemented');
};
Writable.prototype._writev = null;

Writable.prototype._destroy = function(error, callback) {
  callback(error);
};

Writable.prototype.destroy = function(error, callback) {
  const state = this._writableState;
  if (!state.destroyed && (state.buffered.length > 0 || state.endCallbacks.length > 0)) {
    process.nextTick(abandon, state);
  }
  return destroy.call(this, error, callback);
};

function abandon(state) {
  const error = state.errored ?? errors.error('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
  for (const { callback } of state.buffered.splice(0)) callback(error);
  for (const callback of state.endCallbacks.splice(0)) callback(error);
}

Writable.prototype.pipe = function() {
  failStream(this, errors.error('ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable'));
};

Writable.prototype.write = function(given, encodingOrCallback, maybeCallback) {
  const state = this._writableState;
  let encoding = encodingOrCallback;
  let callback = maybeCallback;
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = undefined;
  }
  callback ??= () => {};
  encoding ??= state.defaultEncoding;
  let chunk = given;
  if (chunk === null) {
    throw errors.typeError('ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
  }
  if (!state.objectMode) {
    if (typeof chunk === 'string') {
      if (state.decodeStrings !== false) {
        chunk = lazyBuffer().from(chunk, encoding);
        encoding = 'buffer';
      }
    } else if (chunk instanceof Uint8Array) {
      if (!lazyBuffer().isBuffer(chunk)) chunk = lazyBuffer().from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      encoding = 'buffer';
    } else {
      throw errors.invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
    }
  }
  let error;
  if (state.ending) error = errors.error('ERR_STREAM_WRITE_AFTER_END', 'write after end');
  else if (state.destroyed) error = errors.error('ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed');
  if (error) {
    process.nextTick(callback, error);
    if (!state.destroyed) failStream(this, error);
    return false;
  }
  state.pending++;
  const length = state.objectMode ? 1 : chunk.length;
  state.length += length;
  const room = state.length < state.highWaterMark;
  if (!room) state.needDrain = true;
  if (state.writing || state.corked > 0 || state.errored || state.constructing) {
    state.buffered.push({ chunk, encoding, callback });
  } else {
    writeOne(this, state, { chunk, encoding, callback });
  }
  return room && !state.errored && !state.destroyed;
};

function writeOne(stream, state, { chunk, encoding, callback }) {
  state.writing = true;
  state.sync = true;
  const length = state.objectMode ? 1 : chunk.length;
  try {
    stream._write(chunk, encoding, (error) => written(stream, state, length, 1, [callback], error));
  } catch (error) {
    if (!state.writing) throw error;
    written(stream, state, length, 1, [callback], error);
  }
  state.sync = false;
}

function written(stream, state, length, count, callbacks, error) {
  if (!state.writing) {
    failStream(stream, errors.error('ERR_MULTIPLE_CALLBACK', 'Callback called multiple times'));
    return;
  }
  state.writing = false;
  state.length -= length;
  if (error) {
    state.errored ??= error;
    const report = () => {
      state.pending -= count;
      for (const callback of callbacks) callback(error);
      abandon(state);
      failStream(stream, error);
    };
    if (state.sync) process.nextTick(report);
    else report();
    return;
  }
  if (state.buffered.length > 0) clearBuffer(stream, state);
  const after = () => {
    const drains = !state.ending && !state.destroyed && state.length === 0 && state.needDrain;
    if (drains) {
      state.needDrain = false;
      stream.emit('drain');
    }
    state.pending -= count;
    for (const callback of callbacks) callback(null);
    if (state.destroyed) abandon(state);
    finishMaybe(stream, state);
  };
  if (state.sync) process.nextTick(after);
  else after();
}

function clearBuffer(stream, state) {
  if (state.corked > 0 || state.processing || state.destroyed || state.constructing || state.writing) return;
  if (state.buffered.length === 0) {
    finishMaybe(stream, state);
    return;
  }
  state.processing = true;
  if (typeof stream._writev === 'function' && state.buffered.length > 1) {
    const entries = state.buffered.splice(0);
    const length = entries.reduce((sum, { chunk }) => sum + (state.objectMode ? 1 : chunk.length), 0);
    state.writing = true;
    state.sync = true;
    const callbacks = entries.map(({ callback }) => callback);
    stream._writev(entries, (error) => written(stream, state, length, entries.length, callbacks, error));
    state.sync = false;
  } else {
    while (state.buffered.length > 0 && !state.writing) writeOne(stream, state, state.buffered.shift());
  }
  state.processing = false;
}

Writable.prototype.cork = function() {
  this._writableState.corked++;
};

Writable.prototype.uncork = function() {
  const state = this._writableState;
  if (state.corked > 0) {
    state.corked--;
    if (!state.writing) clearBuffer(this, state);
  }
};

Writable.prototype.setDefaultEncoding = function(encoding) {
  const { Buffer } = require('buffer');
  if (!Buffer.isEncoding(encoding)) throw errors.typeError('ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
  this._writableState.defaultEncoding = encoding;
  return this;
};

Writable.prototype.end = function(chunk, encoding, callback) {
  const state = this._writableState;
  if (typeof chunk === 'function') {
    callback = chunk;
    chunk = encoding = undefined;
  } else if (typeof encoding === 'function') {
    callback = encoding;
    encoding = undefined;
  }
  let error;
  if (chunk !== null && chunk !== undefined) {
    try {
      this.write(chunk, encoding);
    } catch (failure) {
      error = failure;
    }
  }
  if (state.corked > 0) {
    state.corked = 1;
    this.uncork();
  }
  if (error === undefined && !state.errored && !state.ending) {
    state.ending = true;
    finishMaybe(this, state, true);
    state.ended = true;
  } else if (error === undefined && state.finished) {
    error = errors.error('ERR_STREAM_ALREADY_FINISHED', 'Cannot call end after a stream was finished');
  } else if (error === undefined && state.destroyed) {
    error = errors.error('ERR_STREAM_DESTROYED', 'Cannot call end after a stream was destroyed');
  }
  if (typeof callback === 'function') {
    if (error) process.nextTick(callback, error);
    else if (state.finished) process.nextTick(callback, null);
    else state.endCallbacks.push(callback);
  }
  return this;
};

const isDone = (state) =>
  state.ending && !state.destroyed && !state.constructing && state.length === 0 && !state.errored &&
  state.buffered.length === 0 && !state.finished && !state.writing;

function callFinal(stream, state) {
  let called = false;
  state.sync = true;
  state.pending++;
  const done = (error) => {
    if (called) {
      failStream(stream, error ?? errors.error('ERR_MULTIPLE_CALLBACK', 'Callback called multiple times'));
      return;
    }
    called = true;
    state.pending--;
    if (error) {
      for (const callback of state.endCallbacks.splice(0)) callback(error);
      failStream(stream, error);
    } else if (isDone(state)) {
      state.prefinished = true;
      stream.emit('prefinish');
      state.pending++;
      process.nextTick(finish, stream, state);
    }
  };
  try {
    const result = stream._final(done);
    if (typeof result?.then === 'function') {
      result.then(() => process.nextTick(done), (error) => process.nextTick(done, error));
    }
  } catch (error) {
    done(error);
  }
  state.sync = false;
}

function finishMaybe(stream, state, sync) {
  if (!isDone(state)) return;
  if (!state.prefinished && !state.finalCalled) {
    if (typeof stream._final === 'function' && !state.destroyed) {
      state.finalCalled = true;
      callFinal(stream, state);
    } else {
      state.prefinished = true;
      stream.emit('prefinish');
    }
  }
  if (state.pending > 0) return;
  if (sync) {
    state.pending++;
    process.nextTick(() => {
      if (isDone(state)) finish(stream, state);
      else state.pending--;
    });
  } else if (isDone(state)) {
    state.pending++;
    finish(stream, state);
  }
}

function finish(stream, state) {
  state.pending--;
  state.finished = true;
  for (const callback of state.endCallbacks.splice(0)) callback(null);
  stream.emit('finish');
  if (state.autoDestroy) {
    const readable = stream._readableState;
    const done = !readable || (readable.autoDestroy && (readable.endEmitted || readable.readable === false));
    if (done) stream.destroy();
  }
}

getters(Writable.prototype, {
  writable: {
    get() {
      const state = this._writableState;
      return Boolean(state) && state.writable !== false && !state.destroyed && !state.errored && !state.ending && !state.ended;
    },
    set(value) {
      if (this._writableState) this._writableState.writable = Boolean(value);
    },
  },
  writableAborted: {
    get() {
      const state = this._writableState;
      return (state.destroyed || Boolean(state.errored)) && !state.finished;
    },
  },
  writableBuffer: { get() { return this._writableState?.buffered; } },
  writableCorked: { get() { return this._writableState ? this._writableState.corked : 0; } },
  writableEnded: { get() { return this._writableState ? this._writableState.ending : false; } },
  writableFinished: { get() { return this._writableState ? this._writableState.finished : false; } },
  writableHighWaterMark: { get() { return this._writableState?.highWaterMark; } },
  writableLength: { get() { return this._writableState?.length; } },
  writableNeedDrain: {
    get() {
      const state = this._writableState;
      return Boolean(state) && !state.destroyed && !state.ending && state.needDrain;
    },
  },
  writableObjectMode: { get() { return this._writableState ? this._writableState.objectMode : false; } },
  destroyed: {
    get() { return Boolean(this._writableState?.destroyed); },
    set(value) { if (this._writableState) this._writableState.destroyed = value; },
  },
  closed: { get() { return Boolean(this._writableState?.closed); } },
  errored: { get() { return this._writableState?.errored ?? null; } },
});

// --- Duplex and Transform ---

function Duplex(options) {
  if (!(this instanceof Duplex)) return new Duplex(options);
  initReadable(this, options);
  initWritable(this, options);
  Stream.call(this, options);
  this.allowHalfOpen = options?.allowHalfOpen !== false;
  if (options?.readable === false) {
    Object.assign(this._readableState, { readable: false, ended: true, endEmitted: true });
  }
  if (options?.writable === false) {
    Object.assign(this._writableState, { writable: false, ending: true, ended: true, finished: true });
  }
  if (options?.signal) addAbortSignal(options.signal, this);
  construct(this);
}
Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
Object.setPrototypeOf(Duplex, Readable);
for (const name of Reflect.ownKeys(Writable.prototype)) {
  if (name === 'constructor' || name === 'pipe' || Object.hasOwn(Duplex.prototype, name)) continue;
  if (name === 'destroyed' || name === 'closed' || name === 'errored' || name === 'destroy' || name === '_destroy') continue;
  Object.defineProperty(Duplex.prototype, name, Object.getOwnPropertyDescriptor(Writable.prototype, name));
}

Duplex.from = function(source) {
  if (typeof source === 'function') return duplexOfFunction(source);
  if (source instanceof Duplex) return source;
  if (source?.readable && source?.writable && typeof source.pipe !== 'function') {
    const { readable, writable } = source;
    const duplex = new Duplex({
      objectMode: true,
      read() {
        readable.resume();
      },
      write: (chunk, encoding, callback) => writable.write(chunk, encoding, callback),
      final: (callback) => writable.end(callback),
    });
    readable.on('data', (chunk) => {
      if (!duplex.push(chunk)) readable.pause();
    });
    readable.on('end', () => duplex.push(null));
    return duplex;
  }
  const readable = Readable.from(source);
  return Duplex.from({ readable, writable: new Writable({ objectMode: true, write: (c, e, callback) => callback() }) });
};

// What is written is what the function iterates over; what it yields is read. A
// function that only returns a promise makes a stream that is written.
function duplexOfFunction(make) {
  const input = new PassThrough({ objectMode: true });
  const made = make((async function* () { yield* input; })(), {});
  const write = (chunk, encoding, callback) => (input.write(chunk, encoding) ? callback() : input.once('drain', callback));
  if (typeof made?.then === 'function') {
    const writable = new Writable({
      objectMode: true,
      write,
      final(callback) {
        input.end();
        made.then(() => callback(), callback);
      },
    });
    made.then(undefined, (error) => writable.destroy(error));
    return writable;
  }
  if (typeof made?.[Symbol.asyncIterator] !== 'function') {
    throw errors.typeError('ERR_INVALID_RETURN_VALUE',
      'Expected AsyncIterable or Promise to be returned from the "body" function.');
  }
  const readable = Readable.from(made);
  const duplex = new Duplex({
    objectMode: true,
    read() {
      readable.resume();
    },
    write,
    final(callback) {
      input.end();
      callback();
    },
  });
  readable.on('data', (chunk) => {
    if (!duplex.push(chunk)) readable.pause();
  });
  readable.on('end', () => duplex.push(null));
  readable.on('error', (error) => duplex.destroy(error));
  return duplex;
}

function Transform(options) {
  if (!(this instanceof Transform)) return new Transform(options);
  Duplex.call(this, options);
  this._readableState.sync = false;
  this._transformCallback = null;
  if (typeof options?.transform === 'function') this._transform = options.transform;
  if (typeof options?.flush === 'function') this._flush = options.flush;
  this.on('prefinish', () => {
    if (this._final !== Transform.prototype._final) flushTransform(this);
  });
}
Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
Object.setPrototypeOf(Transform, Duplex);

function flushTransform(stream, callback) {
  const done = (error, data) => {
    if (error) {
      if (callback) callback(error);
      else stream.destroy(error);
      return;
    }
    if (data !== null && data !== undefined) stream.push(data);
    stream.push(null);
    callback?.();
  };
  if (typeof stream._flush === 'function' && !stream.destroyed) {
    const result = stream._flush(done);
    if (typeof result?.then === 'function') result.then((data) => done(null, data), done);
  } else {
    done(null);
  }
}

Transform.prototype._final = function(callback) {
  flushTransform(this, callback);
};

Transform.prototype._transform = function() {
  throw errors.error('ERR_METHOD_NOT_IMPLEMENTED', 'The _transform() method is not implemented');
};

Transform.prototype._write = function(chunk, encoding, callback) {
  const readable = this._readableState;
  const writable = this._writableState;
  const before = readable.length;
  const done = (error, value) => {
    if (error) {
      callback(error);
      return;
    }
    if (value !== null && value !== undefined) this.push(value);
    if (writable.ended || before === readable.length || readable.length < readable.highWaterMark) callback();
    else this._transformCallback = callback;
  };
  const result = this._transform(chunk, encoding, done);
  if (typeof result?.then === 'function') result.then((value) => done(null, value), done);
};

Transform.prototype._read = function() {
  const callback = this._transformCallback;
  if (callback) {
    this._transformCallback = null;
    callback();
  }
};

function PassThrough(options) {
  if (!(this instanceof PassThrough)) return new PassThrough(options);
  Transform.call(this, options);
}
Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
Object.setPrototypeOf(PassThrough, Transform);

PassThrough.prototype._transform = function(chunk, encoding, callback) {
  callback(null, chunk);
};

// --- Ends ---

// Calls back once when the stream is done, with why if that is an error.
function finished(stream, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = {};
  }
  errors.validateFunction(callback, 'callback');
  const readable = stream._readableState;
  const writable = stream._writableState;
  const wantsReadable = options?.readable !== false && readable !== undefined && readable !== null;
  const wantsWritable = options?.writable !== false && writable !== undefined && writable !== null;
  let read = !wantsReadable || readable.endEmitted;
  let written = !wantsWritable || writable.finished;
  let called = false;
  const call = (error) => {
    if (called) return;
    called = true;
    callback.call(stream, error);
  };
  const onEnd = () => {
    read = true;
    if (written) call();
  };
  const onFinish = () => {
    written = true;
    if (read) call();
  };
  const onError = (error) => call(error);
  const onClose = () => {
    const errored = readable?.errored ?? writable?.errored;
    if (errored && typeof errored !== 'boolean') call(errored);
    else if (wantsReadable && !readable.endEmitted) call(premature());
    else if (wantsWritable && !writable.finished) call(premature());
    else call();
  };
  stream.on('end', onEnd);
  stream.on('finish', onFinish);
  if (options?.error !== false) stream.on('error', onError);
  stream.on('close', onClose);
  const state = readable ?? writable;
  if (state?.closed || (state?.errorEmitted && state.errored)) process.nextTick(onClose);
  else if (read && written && (state === undefined || !state.emitClose || !state.autoDestroy)) process.nextTick(call);
  else if (readable?.endEmitted && written && !wantsWritable && read && state.closeEmitted) process.nextTick(call);
  const cleanup = () => {
    called = true;
    stream.removeListener('end', onEnd);
    stream.removeListener('finish', onFinish);
    stream.removeListener('error', onError);
    stream.removeListener('close', onClose);
  };
  if (options?.signal) {
    const abort = () => {
      const error = new errors.AbortError(undefined, { cause: options.signal.reason });
      call(error);
      cleanup();
    };
    if (options.signal.aborted) process.nextTick(abort);
    else options.signal.addEventListener('abort', abort, { once: true });
  }
  return cleanup;
}

const isNodeStream = (value) => value !== null && typeof value === 'object' && typeof value.on === 'function';

function pipeline(...parts) {
  const callback = typeof parts.at(-1) === 'function' && parts.length > 1 ? parts.pop() : undefined;
  errors.validateFunction(callback, 'streams[stream.length - 1]');
  return runPipeline(parts.length === 1 && Array.isArray(parts[0]) ? parts[0] : parts, callback, {});
}

function runPipeline(parts, callback, options) {
  if (parts.length < 2) {
    throw errors.typeError('ERR_MISSING_ARGS', 'The "streams" argument must be specified');
  }
  const streams = [];
  let result;
  let current;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (isNodeStream(part)) {
      if (current !== undefined) {
        if (isNodeStream(current)) current.pipe(part, { end: !last || options.end !== false });
        else {
          const source = Readable.from(current);
          streams.push(source);
          source.pipe(part);
        }
      }
      streams.push(part);
      current = part;
    } else if (typeof part === 'function') {
      const made = part(index === 0 ? { signal: options.signal } : current, { signal: options.signal });
      if (last && typeof made?.then === 'function') {
        result = made;
        current = undefined;
      } else if (last && typeof made?.[Symbol.asyncIterator] === 'function') {
        const out = Readable.from(made);
        streams.push(out);
        current = out;
      } else {
        current = made;
      }
    } else if (typeof part?.[Symbol.asyncIterator] === 'function' || typeof part?.[Symbol.iterator] === 'function') {
      const source = Readable.from(part);
      streams.push(source);
      current = source;
    } else {
      throw errors.invalidArgType(`streams[${index}]`, ['Stream', 'Iterable', 'AsyncIterable', 'function'], part);
    }
  }
  let waiting = streams.length + (result ? 1 : 0);
  let failure;
  let value;
  const settle = (error) => {
    waiting--;
    if (error && (failure === undefined || failure.code === 'ERR_STREAM_PREMATURE_CLOSE')) failure = error;
    if (error) {
      for (const stream of streams) {
        if (stream !== process.stdout && stream !== process.stderr) stream.destroy(error === failure ? error : undefined);
      }
    }
    if (waiting === 0) process.nextTick(callback, failure, value);
  };
  streams.forEach((stream, index) => {
    const only = {
      readable: index < streams.length - 1 || result !== undefined,
      writable: index > 0,
    };
    if (stream === process.stdout || stream === process.stderr) {
      streams[index - 1].once('end', () => settle());
      return;
    }
    finished(stream, only, settle);
    // The error is the pipeline's to report.
    stream.on('error', () => {});
  });
  result?.then((done) => {
    value = done;
    settle();
  }, settle);
  if (options.signal) {
    const abort = () => settle(new errors.AbortError(undefined, { cause: options.signal.reason }));
    if (options.signal.aborted) process.nextTick(abort);
    else options.signal.addEventListener('abort', abort, { once: true });
  }
  return current;
}

function addAbortSignal(signal, stream) {
  const abort = () => stream.destroy(new errors.AbortError(undefined, { cause: signal.reason }));
  if (signal.aborted) abort();
  else {
    signal.addEventListener('abort', abort, { once: true });
    finished(stream, () => signal.removeEventListener('abort', abort));
  }
  return stream;
}

const promises = {
  finished: (stream, options = {}) => new Promise((resolve, reject) => {
    finished(stream, options, (error) => (error ? reject(error) : resolve()));
  }),
  pipeline: (...parts) => new Promise((resolve, reject) => {
    const last = parts.at(-1);
    const isOptions = last && typeof last === 'object' && !isNodeStream(last) &&
      !last[Symbol.asyncIterator] && !last[Symbol.iterator];
    const options = isOptions ? parts.pop() : {};
    runPipeline(parts, (error, value) => (error ? reject(error) : resolve(value)), options);
  }),
};

pipeline[Symbol.for('nodejs.util.promisify.custom')] = promises.pipeline;
finished[Symbol.for('nodejs.util.promisify.custom')] = promises.finished;

module.exports = Object.assign(Stream, {
  Duplex,
  PassThrough,
  Readable,
  Stream,
  Transform,
  Writable,
  addAbortSignal,
  finished,
  getDefaultHighWaterMark: (objectMode) => (objectMode ? HIGH_WATER_MARK_OF_OBJECTS : HIGH_WATER_MARK),
  isDisturbed: (stream) => Boolean(stream._readableState?.dataEmitted),
  isErrored: (stream) => Boolean(stateOf(stream)?.errored),
  isReadable: (stream) => stream.readable === true,
  pipeline,
  promises,
});
