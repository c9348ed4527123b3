// Errors with Node's codes, for our own modules.
const { mark, received } = binding('errors');

const make = (Class) => (code, message) => mark(new Class(message), code);

const typeError = make(TypeError);
const rangeError = make(RangeError);
const error = make(Error);

const isClassName = (name) => /^[A-Z]/.test(name);

// `of type string or an instance of Buffer or Uint8Array`
function expectation(expected) {
  const names = Array.isArray(expected) ? expected : [expected];
  const types = names.filter((name) => !isClassName(name));
  const classes = names.filter(isClassName);
  const list = (words) =>
    words.length < 3
      ? words.join(' or ')
      : `${words.slice(0, -1).join(', ')}, or ${words[words.length - 1]}`;
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${list(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${list(classes)}`);
  return parts.join(' or ');
}

function invalidArgType(name, expected, actual) {
  const what = name.endsWith(' argument')
    ? `The ${name}`
    : `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  return typeError('ERR_INVALID_ARG_TYPE', `${what} must be ${expectation(expected)}.${received(actual)}`);
}

function invalidArgValue(name, value, reason = 'is invalid') {
  const { inspect } = binding('inspect');
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  const what = name.includes('.') ? 'property' : 'argument';
  return typeError('ERR_INVALID_ARG_VALUE', `The ${what} '${name}' ${reason}. Received ${shown}`);
}

function outOfRange(name, range, value) {
  let shown = String(value);
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) {
    shown = shown.replace(/\B(?=(\d{3})+$)/g, '_');
  } else if (typeof value === 'bigint') {
    shown = `${shown.replace(/\B(?=(\d{3})+$)/g, '_')}n`;
  }
  return rangeError('ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`);
}

function validateFunction(value, name) {
  if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
}

function validateString(value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

function validateNumber(value, name, min, max) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if ((min !== undefined && value < min) || (max !== undefined && value > max) || Number.isNaN(value)) {
    const bounds = [
      min === undefined ? '' : `>= ${min}`,
      max === undefined ? '' : `<= ${max}`,
    ].filter(Boolean).join(' && ');
    throw outOfRange(name, bounds, value);
  }
}

function validateInteger(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

function validateObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgType(name, 'Object', value);
  }
}

class AbortError extends Error {
  constructor(message = 'The operation was aborted', options = undefined) {
    super(message, options);
    this.code = 'ABORT_ERR';
    this.name = 'AbortError';
  }
}

module.exports = {
  AbortError,
  error,
  invalidArgType,
  invalidArgValue,
  outOfRange,
  rangeError,
  typeError,
  validateFunction,
  validateInteger,
  validateNumber,
  validateObject,
  validateString,
};
