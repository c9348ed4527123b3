// `process.stdin`.
const { Readable } = require('stream');
const { Buffer } = require('buffer');
const runtime = binding('runtime');

class ReadStream extends Readable {
  constructor() {
    super({ highWaterMark: 65536 });
    this.fd = 0;
    if (runtime.isTerminal(0)) {
      this.isTTY = true;
      this.isRaw = false;
    }
  }

  _read() {
    runtime.readInput((error, bytes) => {
      if (error) this.destroy(error);
      else this.push(bytes === null ? null : Buffer.from(bytes));
    });
  }

  _destroy(error, callback) {
    runtime.forgetInput();
    callback(error);
  }

  pause() {
    // Nobody waits for input that nobody wants: it must not keep the program alive.
    runtime.forgetInput();
    this._readableState.reading = false;
    return super.pause();
  }

  setRawMode(mode) {
    this.isRaw = Boolean(mode);
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

module.exports = { stdin: new ReadStream() };
