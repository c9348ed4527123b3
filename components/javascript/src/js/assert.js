// `assert`. Source: https://nodejs.org/docs/latest-v20.x/api/assert.html
const { inspect } = binding('inspect');
const { kind } = binding('types');
const { isDeepEqual, isDeepStrictEqual } = require('internal/deep_equal');
const errors = require('internal/errors');

const HEADS = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: 'Values have same structure but are not reference-equal:',
  notDeepEqualUnequal: 'Expected values not to be loosely deep-equal:',
};

// Values on fewer columns than this stand side by side.
const SHORT = 12;
// Lines of a difference that are shown, about.
const MOST_LINES = 50;

const show = (value) => inspect(value, {
  compact: false,
  customInspect: false,
  depth: 1000,
  maxArrayLength: Infinity,
  showHidden: false,
  showProxy: false,
  sorted: true,
  getters: true,
});

const isObject = (value) => value !== null && typeof value === 'object';

const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 3)}...` : text);

function firstLines(lines) {
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 4), '...'] : lines;
}

// Lines that differ by a comma at the end are the same.
function sameLine(a, b) {
  return a === b || a === `${b},` || b === `${a},`;
}

class Difference {
  shown = '';
  count = 0;
  skipped = false;
  // Expected lines of the change at hand: they follow all its actual lines.
  #removed = '';
  #same = [];

  #line(mark, line) {
    this.shown += `\n${mark} ${line}`;
    this.count++;
  }

  // After a change two equal lines are shown, before the next one two more.
  #endOfEqual() {
    const rest = this.#same.slice(2);
    const shown = rest.length > 3 ? rest.slice(-2) : rest;
    if (shown.length < rest.length) {
      this.shown += '\n...';
      this.skipped = true;
    }
    for (const line of shown) this.#line(' ', line);
    this.#same = [];
  }

  equal(line) {
    this.flush();
    this.#same.push(line);
    if (this.#same.length <= 2) this.#line(' ', line);
  }

  change(actual, expected) {
    this.#endOfEqual();
    if (actual !== undefined) this.#line('+', actual);
    if (expected !== undefined) {
      this.#removed += `\n- ${expected}`;
      this.count++;
    }
  }

  get removed() {
    return this.#removed;
  }

  flush() {
    this.shown += this.#removed;
    this.#removed = '';
  }
}

function difference(actual, expected, operator, message) {
  const actualText = show(actual);
  const actualLines = actualText.split('\n');
  const expectedLines = show(expected).split('\n');
  if (operator === 'strictEqual' &&
      ((isObject(actual) && isObject(expected)) ||
       (typeof actual === 'function' && typeof expected === 'function'))) {
    operator = 'strictEqualObject';
  }
  const head = message || HEADS[operator];

  let pointer = '';
  let pointed = 0;
  if (actualLines.length === 1 && expectedLines.length === 1 && actualLines[0] !== expectedLines[0]) {
    const [a] = actualLines;
    const [b] = expectedLines;
    const length = a.length + b.length;
    if (length <= SHORT) {
      if (!isObject(actual) && !isObject(expected) && (actual !== 0 || expected !== 0)) {
        return `${head}\n\n${a} !== ${b}\n`;
      }
    } else if (operator !== 'strictEqualObject') {
      const columns = process.stderr.isTTY ? process.stderr.columns : 80;
      if (length < columns) {
        while (a[pointed] === b[pointed]) pointed++;
        if (pointed > 2) {
          pointer = `\n  ${' '.repeat(pointed)}^`;
          pointed = 0;
        }
      }
    }
  }

  // What is equal at the end: three lines of it are shown, and the outermost.
  let ends = pointed;
  let end = '';
  let outermost = '';
  while (actualLines.length > 0 && expectedLines.length > 0 && actualLines.at(-1) === expectedLines.at(-1)) {
    const line = actualLines.pop();
    expectedLines.pop();
    if (ends++ < 3) end = `\n  ${line}${end}`;
    else outermost = line;
  }
  if (actualLines.length === 0 && expectedLines.length === 0) {
    return `${HEADS.notIdentical}\n\n${firstLines(actualText.split('\n')).join('\n')}\n`;
  }
  const diff = new Difference();
  if (ends >= 5) {
    end = `\n...${end}`;
    diff.skipped = true;
  }
  if (outermost !== '') end = `\n  ${outermost}${end}`;

  const title = `${head}\n+ actual - expected`;
  const most = Math.max(actualLines.length, expectedLines.length);
  for (let i = 0; i < most; i++) {
    const a = actualLines[i];
    const b = expectedLines[i];
    if (a !== undefined && b !== undefined && sameLine(a, b)) diff.equal(a.length < b.length ? b : a);
    else diff.change(a, b);
    if (diff.count > MOST_LINES && i < most - 2) {
      return `${title} ... Lines skipped\n${diff.shown}\n...${diff.removed}\n...`;
    }
  }
  diff.flush();
  return `${title}${diff.skipped ? ' ... Lines skipped' : ''}\n${diff.shown}${end}${pointer}`;
}

function describe(actual, expected, operator) {
  if (operator === 'deepStrictEqual' || operator === 'strictEqual') {
    return difference(actual, expected, operator, '');
  }
  if (operator === 'notDeepStrictEqual' || operator === 'notStrictEqual') {
    const byReference = operator === 'notStrictEqual' && (isObject(actual) || typeof actual === 'function');
    const head = HEADS[byReference ? 'notStrictEqualObject' : operator];
    const lines = firstLines(show(actual).split('\n'));
    if (lines.length === 1) return `${head}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
    return `${head}\n\n${lines.join('\n')}\n`;
  }
  const a = show(actual);
  const b = show(expected);
  if (operator === 'notDeepEqual' && a === b) return cut(`${HEADS.notDeepEqual}\n\n${a}`, 1024);
  const left = cut(a, 512);
  const right = cut(b, 512);
  if (operator === 'deepEqual') {
    return `${HEADS.deepEqual}\n\n${left}\n\nshould loosely deep-equal\n\n${right}`;
  }
  const unequal = HEADS[`${operator}Unequal`];
  if (unequal) return `${unequal}\n\n${left}\n\nshould not loosely deep-equal\n\n${right}`;
  return `${left} ${operator} ${right}`;
}

// Errors are compared by what they say, not by their stacks.
function withoutStack(error) {
  const copy = Object.assign({ __proto__: Object.getPrototypeOf(error) }, error);
  Object.defineProperty(copy, 'message', { value: error.message });
  return copy;
}

class AssertionError extends Error {
  constructor(options) {
    errors.validateObject(options, 'options');
    const { message, operator, stackStartFn } = options;
    let { actual, expected } = options;
    if (message != null) {
      const differs = operator === 'deepStrictEqual' || operator === 'strictEqual';
      super(differs ? difference(actual, expected, operator, message) : String(message));
    } else {
      if (actual instanceof Error && expected instanceof Error) {
        actual = withoutStack(actual);
        expected = withoutStack(expected);
      }
      super(describe(actual, expected, operator));
    }
    this.generatedMessage = !message;
    Object.defineProperty(this, 'name', {
      value: 'AssertionError [ERR_ASSERTION]', enumerable: false, writable: true, configurable: true,
    });
    this.code = 'ERR_ASSERTION';
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    Error.captureStackTrace(this, stackStartFn);
    this.name = 'AssertionError';
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    const shorten = (value) => {
      if (typeof value !== 'string') return value;
      const lines = value.split('\n');
      if (lines.length > 10) return `${lines.slice(0, 10).join('\n')}\n...`;
      return value.length > 512 ? `${value.slice(0, 512)}...` : value;
    };
    const { actual, expected } = this;
    this.actual = shorten(actual);
    this.expected = shorten(expected);
    const shown = inspect(this, { ...options, customInspect: false, depth: 0 });
    this.actual = actual;
    this.expected = expected;
    return shown;
  }
}

function failed(details) {
  if (details.message instanceof Error) throw details.message;
  throw new AssertionError(details);
}

// The text of the call that failed, read from the script's own file.
function callText(above) {
  const probe = {};
  Error.captureStackTrace(probe, above);
  const place = /(?:\(|at )(\/[^\n]*|file:[^\n]*):(\d+):(\d+)\)?/.exec(probe.stack.split('\n')[1] ?? '');
  if (place === null) return undefined;
  let text;
  try {
    const path = place[1].startsWith('file:') ? new URL(place[1]) : place[1];
    text = require('fs').readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n');
  const line = Number(place[2]) - 1;
  const before = (lines[line] ?? '').slice(0, Number(place[3]) + 20);
  const calls = [...before.matchAll(/[\w$.]*\b(?:assert|ok|strict)[\w$.]*\s*\(/g)];
  const call = calls.filter(({ index }) => index <= Number(place[3])).at(-1);
  if (call === undefined) return undefined;
  const rest = [lines[line].slice(call.index), ...lines.slice(line + 1, line + 40)].join('\n');
  let depth = 0;
  let quote = '';
  for (let i = 0; i < rest.length; i++) {
    const c = rest[i];
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'" || c === '`') {
      quote = c;
    } else if (c === '(' || c === '[' || c === '{') {
      depth++;
    } else if (c === ')' || c === ']' || c === '}') {
      depth--;
      if (depth === 0) {
        // Later lines lose the indentation of the first.
        const indent = /^\s*/.exec(lines[line])[0].length;
        return rest.slice(0, i + 1).split('\n')
          .map((part, at) => (at === 0 ? part : part.slice(Math.min(indent, /^\s*/.exec(part)[0].length))))
          .join('\n  ');
      }
    }
  }
  return undefined;
}

function check(above, args) {
  const [value, message] = args;
  if (value) return;
  if (message instanceof Error) throw message;
  let generated = false;
  let text = message;
  if (args.length === 0) {
    generated = true;
    text = 'No value argument passed to `assert.ok()`';
  } else if (message == null) {
    generated = true;
    const call = callText(above);
    text = call === undefined ? 'false == true' : `The expression evaluated to a falsy value:\n\n  ${call}\n`;
  }
  const error = new AssertionError({
    actual: value, expected: true, message: text, operator: '==', stackStartFn: above,
  });
  error.generatedMessage = generated;
  throw error;
}

function assert(...args) {
  check(assert, args);
}

function ok(...args) {
  check(ok, args);
}

function fail(actual, expected, message, operator, stackStartFn) {
  let generated = false;
  if (actual == null && arguments.length <= 1) {
    generated = true;
    message = 'Failed';
  } else if (arguments.length === 1) {
    message = actual;
    actual = undefined;
  } else if (arguments.length === 2) {
    operator = '!=';
  }
  if (message instanceof Error) throw message;
  const error = new AssertionError({
    actual, expected, operator: operator ?? 'fail', stackStartFn: stackStartFn ?? fail, message,
  });
  if (generated) error.generatedMessage = true;
  throw error;
}

// One function for each way to compare two values.
function comparison(name, operator, holds) {
  const compare = {
    [name](actual, expected, message) {
      if (arguments.length < 2) {
        throw errors.typeError('ERR_MISSING_ARGS', 'The "actual" and "expected" arguments must be specified');
      }
      if (!holds(actual, expected)) {
        failed({ actual, expected, message, operator, stackStartFn: compare });
      }
    },
  }[name];
  return compare;
}

const bothNaN = (a, b) => Number.isNaN(a) && Number.isNaN(b);
const comparisons = {
  equal: comparison('equal', '==', (a, b) => a == b || bothNaN(a, b)),
  notEqual: comparison('notEqual', '!=', (a, b) => a != b && !bothNaN(a, b)),
  deepEqual: comparison('deepEqual', 'deepEqual', isDeepEqual),
  notDeepEqual: comparison('notDeepEqual', 'notDeepEqual', (a, b) => !isDeepEqual(a, b)),
  deepStrictEqual: comparison('deepStrictEqual', 'deepStrictEqual', isDeepStrictEqual),
  notDeepStrictEqual: comparison('notDeepStrictEqual', 'notDeepStrictEqual', (a, b) => !isDeepStrictEqual(a, b)),
  strictEqual: comparison('strictEqual', 'strictEqual', Object.is),
  notStrictEqual: comparison('notStrictEqual', 'notStrictEqual', (a, b) => !Object.is(a, b)),
};

const NOTHING = Symbol('nothing was thrown');

function thrownBy(fn) {
  errors.validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    return error;
  }
  return NOTHING;
}

async function rejectionOf(promise) {
  const isPromise = (value) =>
    kind(value) === 'Promise' ||
    (isObject(value) && typeof value.then === 'function' && typeof value.catch === 'function');
  let given = promise;
  if (typeof promise === 'function') {
    given = promise();
    if (!isPromise(given)) {
      throw errors.typeError('ERR_INVALID_RETURN_VALUE',
        `Expected instance of Promise to be returned from the "promiseFn" function but got ${
          given === null || given === undefined ? given : `type ${typeof given}`}.`);
    }
  } else if (!isPromise(promise)) {
    throw errors.invalidArgType('promiseFn', ['function', 'Promise'], promise);
  }
  try {
    await given;
  } catch (error) {
    return error;
  }
  return NOTHING;
}

// An object with the keys that count, for the message.
class Compared {
  constructor(source, keys, actual) {
    for (const key of keys) {
      if (!(key in source)) continue;
      const pattern = source[key];
      const matches = actual !== undefined && typeof actual[key] === 'string' &&
        kind(pattern) === 'RegExp' && pattern.exec(actual[key]) !== null;
      this[key] = matches ? actual[key] : pattern;
    }
  }
}
Object.defineProperty(Compared, 'name', { value: 'Comparison' });

function checkThrownKeys(actual, expected, message, above) {
  const keys = Object.keys(expected);
  if (expected instanceof Error) {
    keys.push('name', 'message');
  } else if (keys.length === 0) {
    throw errors.invalidArgValue('error', expected, 'may not be an empty object');
  }
  for (const key of keys) {
    if (typeof actual[key] === 'string' && kind(expected[key]) === 'RegExp' && expected[key].exec(actual[key]) !== null) {
      continue;
    }
    if (key in actual && isDeepStrictEqual(actual[key], expected[key])) continue;
    if (message) failed({ actual, expected, message, operator: above.name, stackStartFn: above });
    const error = new AssertionError({
      actual: new Compared(actual, keys),
      expected: new Compared(expected, keys, actual),
      operator: 'deepStrictEqual',
      stackStartFn: above,
    });
    error.actual = actual;
    error.expected = expected;
    error.operator = above.name;
    throw error;
  }
}

// Why `actual` is not what was expected, undefined where it is.
function mismatch(actual, expected) {
  if (kind(expected) === 'RegExp') {
    const text = String(actual);
    if (expected.exec(text) !== null) return undefined;
    return `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(text)}\n`;
  }
  if (expected.prototype !== undefined && actual instanceof expected) return undefined;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) {
    const head = `The error is expected to be an instance of "${expected.name}". Received `;
    if (!(actual instanceof Error)) return `${head}"${inspect(actual, { depth: -1 })}"`;
    const name = actual.constructor?.name || actual.name;
    const what = expected.name === name
      ? 'an error with identical name but a different prototype.'
      : `"${name}"`;
    return head + what + (actual.message ? `\n\nError message:\n\n${actual.message}` : '');
  }
  const result = expected.call({}, actual);
  if (result === true) return undefined;
  const name = expected.name ? `"${expected.name}" ` : '';
  const caught = actual instanceof Error ? `\n\nCaught error:\n\n${actual}` : '';
  return `The ${name}validation function is expected to return "true". Received ${inspect(result)}${caught}`;
}

function checkThrown(actual, expected, message, above) {
  if (typeof expected !== 'function' && kind(expected) !== 'RegExp') {
    if (isObject(actual)) {
      checkThrownKeys(actual, expected, message, above);
      return;
    }
    const error = new AssertionError({
      actual, expected, message, operator: 'deepStrictEqual', stackStartFn: above,
    });
    error.operator = above.name;
    throw error;
  }
  const reason = mismatch(actual, expected);
  if (reason === undefined) return;
  const error = new AssertionError({
    actual, expected, message: message || reason, operator: above.name, stackStartFn: above,
  });
  error.generatedMessage = !message;
  throw error;
}

function expectThrown(above, actual, args) {
  let [expected, message] = args;
  const TYPES = ['Object', 'Error', 'function', 'RegExp'];
  if (typeof expected === 'string') {
    if (args.length === 2) throw errors.invalidArgType('error', TYPES, expected);
    const same = isObject(actual) ? actual.message === expected : actual === expected;
    if (same) {
      const what = isObject(actual) ? `error message "${actual.message}"` : `error "${actual}"`;
      throw errors.typeError('ERR_AMBIGUOUS_ARGUMENT',
        `The "error/message" argument is ambiguous. The ${what} is identical to the message.`);
    }
    message = expected;
    expected = undefined;
  } else if (expected != null && typeof expected !== 'object' && typeof expected !== 'function') {
    throw errors.invalidArgType('error', TYPES, expected);
  }
  if (actual === NOTHING) {
    const what = above === assert.rejects ? 'rejection' : 'exception';
    const name = expected?.name ? ` (${expected.name})` : '';
    failed({
      actual: undefined,
      expected,
      operator: above.name,
      message: `Missing expected ${what}${name}${message ? `: ${message}` : '.'}`,
      stackStartFn: above,
    });
  }
  if (expected) checkThrown(actual, expected, message, above);
}

function expectNothing(above, actual, args) {
  if (actual === NOTHING) return;
  let [expected, message] = args;
  if (typeof expected === 'string') {
    message = expected;
    expected = undefined;
  }
  const matches = () => {
    if (kind(expected) === 'RegExp') return expected.exec(String(actual)) !== null;
    if (typeof expected !== 'function') throw errors.invalidArgType('expected', ['function', 'RegExp'], expected);
    if (expected.prototype !== undefined && actual instanceof expected) return true;
    return !Object.prototype.isPrototypeOf.call(Error, expected) && expected.call({}, actual) === true;
  };
  if (expected && !matches()) throw actual;
  const what = above === assert.doesNotReject ? 'rejection' : 'exception';
  failed({
    actual,
    expected,
    operator: above.name,
    message: `Got unwanted ${what}${message ? `: ${message}` : '.'}\nActual message: "${actual && actual.message}"`,
    stackStartFn: above,
  });
}

function throws(fn, ...args) {
  expectThrown(throws, thrownBy(fn), args);
}

async function rejects(promise, ...args) {
  expectThrown(rejects, await rejectionOf(promise), args);
}

function doesNotThrow(fn, ...args) {
  expectNothing(doesNotThrow, thrownBy(fn), args);
}

async function doesNotReject(promise, ...args) {
  expectNothing(doesNotReject, await rejectionOf(promise), args);
}

function ifError(value) {
  if (value === null || value === undefined) return;
  let message = 'ifError got unwanted exception: ';
  if (isObject(value) && typeof value.message === 'string') {
    message += value.message.length === 0 && value.constructor ? value.constructor.name : value.message;
  } else {
    message += inspect(value);
  }
  throw new AssertionError({
    actual: value, expected: null, operator: 'ifError', message, stackStartFn: ifError,
  });
}

function matching(name, wanted, head) {
  const match = {
    [name](string, regexp, message) {
      if (kind(regexp) !== 'RegExp') throw errors.invalidArgType('regexp', 'RegExp', regexp);
      if (typeof string === 'string' && (regexp.exec(string) !== null) === wanted) return;
      if (message instanceof Error) throw message;
      const reason = typeof string === 'string'
        ? `${head} ${inspect(regexp)}. Input:\n\n${inspect(string)}\n`
        : `The "string" argument must be of type string. Received type ${typeof string} (${inspect(string)})`;
      const error = new AssertionError({
        actual: string, expected: regexp, message: message || reason, operator: name, stackStartFn: match,
      });
      error.generatedMessage = !message;
      throw error;
    },
  }[name];
  return match;
}

function strict(...args) {
  check(strict, args);
}

Object.assign(assert, {
  fail,
  AssertionError,
  ok,
  ...comparisons,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  ifError,
  match: matching('match', true, 'The input did not match the regular expression'),
  doesNotMatch: matching('doesNotMatch', false, 'The input was expected to not match the regular expression'),
});
assert.strict = Object.assign(strict, assert, {
  equal: assert.strictEqual,
  deepEqual: assert.deepStrictEqual,
  notEqual: assert.notStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;

module.exports = assert;
