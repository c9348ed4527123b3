// The class `Console`, for consoles on other streams than the global one's.
// Source: https://nodejs.org/docs/latest-v20.x/api/console.html
const { inspect, formatWithOptions } = binding('inspect');
const { formatTable, formatTime } = binding('console');
const errors = require('internal/errors');

class Console {
  #out;
  #error;
  #colors;
  #options;
  #step;
  #indent = '';
  #counts = new Map();
  #times = new Map();

  constructor(options, stderr) {
    const given = typeof options?.write === 'function' ? { stdout: options, stderr } : options;
    if (typeof given?.stdout?.write !== 'function') {
      throw errors.typeError('ERR_CONSOLE_WRITABLE_STREAM', 'Console expects a writable stream instance for stdout');
    }
    this.#out = given.stdout;
    this.#error = given.stderr ?? given.stdout;
    this.#colors = given.colorMode === true;
    this.#options = given.inspectOptions ?? {};
    this.#step = given.groupIndentation ?? 2;
    // Methods work when they are taken off the object.
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      if (name !== 'constructor') this[name] = this[name].bind(this);
    }
  }

  #write(stream, text) {
    const shown = this.#indent === '' ? text : this.#indent + text.replaceAll('\n', `\n${this.#indent}`);
    stream.write(`${shown}\n`);
  }

  #format(args) {
    return formatWithOptions({ colors: this.#colors, ...this.#options }, ...args);
  }

  log(...args) {
    this.#write(this.#out, this.#format(args));
  }

  warn(...args) {
    this.#write(this.#error, this.#format(args));
  }

  dir(object, options) {
    this.#write(this.#out, inspect(object, { customInspect: false, colors: this.#colors, ...this.#options, ...options }));
  }

  time(label = 'default') {
    if (this.#times.has(`${label}`)) process.emitWarning(`Label '${label}' already exists for console.time()`);
    else this.#times.set(`${label}`, performance.now());
  }

  timeEnd(label = 'default') {
    this.timeLog(label);
    this.#times.delete(`${label}`);
  }

  timeLog(label = 'default', ...data) {
    const start = this.#times.get(`${label}`);
    if (start === undefined) {
      process.emitWarning(`No such label '${label}' for console.timeLog()`);
      return;
    }
    this.log('%s: %s', label, formatTime(performance.now() - start), ...data);
  }

  trace(...args) {
    const trace = { name: 'Trace', message: this.#format(args) };
    Error.captureStackTrace(trace, this.trace);
    this.error(trace.stack);
  }

  assert(value, ...args) {
    if (value) return;
    args[0] = `Assertion failed${args.length === 0 ? '' : `: ${args[0]}`}`;
    this.warn(...args);
  }

  clear() {
    if (this.#out.isTTY) this.#out.write('\u001b[1;1H\u001b[0J');
  }

  count(label = 'default') {
    const count = (this.#counts.get(`${label}`) ?? 0) + 1;
    this.#counts.set(`${label}`, count);
    this.log(`${label}: ${count}`);
  }

  countReset(label = 'default') {
    if (!this.#counts.delete(`${label}`)) process.emitWarning(`Count for '${label}' does not exist`);
  }

  group(...data) {
    if (data.length > 0) this.log(...data);
    this.#indent += ' '.repeat(this.#step);
  }

  groupEnd() {
    this.#indent = this.#indent.slice(0, -this.#step);
  }

  table(data, properties) {
    const text = formatTable(data, properties);
    this.log(text === undefined ? data : text);
  }

  debug(...args) { this.log(...args); }
  info(...args) { this.log(...args); }
  dirxml(...args) { this.log(...args); }
  error(...args) { this.warn(...args); }
  groupCollapsed(...args) { this.group(...args); }
}

module.exports = { Console };
