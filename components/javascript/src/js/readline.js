// `readline`: lines out of a stream. Source: https://nodejs.org/docs/latest-v20.x/api/readline.html
// Editing a line is the terminal's own work here.
const EventEmitter = require('events');
const { StringDecoder } = require('string_decoder');
const errors = require('internal/errors');

class Interface extends EventEmitter {
  #decoder = new StringDecoder('utf8');
  #rest = '';
  #sawReturn = false;
  #question = null;
  #prompt;
  #onData;
  #onEnd;

  constructor(input, output, completer, terminal) {
    super();
    let options = input;
    if (typeof input?.on === 'function') options = { input, output, completer, terminal };
    if (options?.input === undefined) throw errors.invalidArgType('input', 'ReadableStream', options?.input);
    this.input = options.input;
    this.output = options.output;
    this.terminal = Boolean(options.terminal ?? options.output?.isTTY);
    this.line = '';
    this.cursor = 0;
    this.history = options.history ?? [];
    this.crlfDelay = options.crlfDelay ?? 100;
    this.closed = false;
    this.paused = false;
    this.#prompt = options.prompt ?? '> ';
    this.#onData = (chunk) => this.#take(chunk);
    this.#onEnd = () => this.#end();
    this.input.on('data', this.#onData);
    this.input.on('end', this.#onEnd);
    if (options.signal) {
      const close = () => this.close();
      if (options.signal.aborted) process.nextTick(close);
      else options.signal.addEventListener('abort', close, { once: true });
    }
  }

  #take(chunk) {
    let text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    if (text === '') return;
    if (this.#sawReturn && text[0] === '\n') text = text.slice(1);
    this.#sawReturn = text.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|[\n\r\u2028\u2029]/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (this.closed) return;
      this.#give(line);
    }
  }

  #give(line) {
    if (this.#question !== null) {
      const answer = this.#question;
      this.#question = null;
      answer(line);
    } else {
      this.emit('line', line);
    }
  }

  #end() {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest.length > 0 && !this.closed) this.#give(rest);
    this.close();
  }

  getPrompt() {
    return this.#prompt;
  }

  setPrompt(prompt) {
    this.#prompt = `${prompt}`;
  }

  prompt() {
    if (this.paused) this.resume();
    this.output?.write(this.#prompt);
  }

  question(query, options, callback) {
    const answer = typeof options === 'function' ? options : callback;
    if (this.closed) throw errors.error('ERR_USE_AFTER_CLOSE', 'readline was closed');
    this.output?.write(query);
    this.#question = answer;
    options?.signal?.addEventListener('abort', () => {
      this.#question = null;
    }, { once: true });
    if (this.paused) this.resume();
  }

  pause() {
    if (!this.paused) {
      this.input.pause();
      this.paused = true;
      this.emit('pause');
    }
    return this;
  }

  resume() {
    if (this.paused) {
      this.input.resume();
      this.paused = false;
      this.emit('resume');
    }
    return this;
  }

  write(data) {
    if (this.closed) throw errors.error('ERR_USE_AFTER_CLOSE', 'readline was closed');
    if (this.paused) this.resume();
    this.#take(data);
  }

  close() {
    if (this.closed) return;
    this.pause();
    this.closed = true;
    this.input.removeListener('data', this.#onData);
    this.input.removeListener('end', this.#onEnd);
    this.emit('close');
  }

  getCursorPos() {
    return { rows: 0, cols: 0 };
  }

  [Symbol.asyncIterator]() {
    const lines = EventEmitter.on(this, 'line', { close: ['close'] });
    return {
      next: async () => {
        const { value, done } = await lines.next();
        return done ? { value: undefined, done } : { value: value[0], done };
      },
      return: async () => {
        this.close();
        return lines.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

Interface.prototype.question[Symbol.for('nodejs.util.promisify.custom')] = function(query, options) {
  return new Promise((resolve) => this.question(query, options ?? {}, resolve));
};

class PromisesInterface extends Interface {
  question(query, options = {}) {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const abort = () => reject(new errors.AbortError(undefined, { cause: signal.reason }));
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      super.question(query, options, resolve);
    });
  }
}

function control(sequence) {
  return (stream, ...args) => {
    const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
    const text = sequence(...args);
    if (stream === null || stream === undefined || text === '') {
      if (callback) process.nextTick(callback);
      return true;
    }
    return stream.write(text, callback);
  };
}

const moves = (count, back, forth) => {
  if (count < 0) return `\u001b[${-count}${back}`;
  return count > 0 ? `\u001b[${count}${forth}` : '';
};

const clearLine = control((direction) => (direction < 0 ? '\u001b[1K' : direction > 0 ? '\u001b[0K' : '\u001b[2K'));
const clearScreenDown = control(() => '\u001b[0J');
const cursorTo = control((x, y) => (typeof y === 'number' ? `\u001b[${y + 1};${x + 1}H` : `\u001b[${x + 1}G`));
const moveCursor = control((x, y) => moves(x, 'D', 'C') + moves(y, 'A', 'B'));

module.exports = {
  Interface,
  clearLine,
  clearScreenDown,
  createInterface: (...args) => new Interface(...args),
  cursorTo,
  emitKeypressEvents() {},
  moveCursor,
  promises: { Interface: PromisesInterface, createInterface: (...args) => new PromisesInterface(...args) },
};
