// Deep comparison, strict and loose.
// Source: https://nodejs.org/docs/latest-v20.x/api/assert.html#assertdeepstrictequalactual-expected-message
const { kind } = binding('types');
const bytes = binding('bytes');

const tagOf = (value) => Object.prototype.toString.call(value);
const enumerable = (value, key) => Object.prototype.propertyIsEnumerable.call(value, key);
const isIndex = (key) => /^(0|[1-9]\d*)$/.test(key);
const BOXED = new Set(['Number', 'String', 'Boolean', 'BigInt', 'Symbol']);
const VIEWS = new Set(['TypedArray', 'DataView']);

class Comparison {
  // Pairs that are being compared: meeting one again means a cycle on both sides.
  #left = [];
  #right = [];

  constructor(strict) {
    this.strict = strict;
  }

  equal(a, b) {
    if (a === b) return a !== 0 || !this.strict || Object.is(a, b);
    const bothNaN = Number.isNaN(a) && Number.isNaN(b);
    const isObject = (value) => value !== null && typeof value === 'object';
    if (!isObject(a) || !isObject(b)) {
      if (bothNaN) return true;
      // A function equals only itself, an object never equals a primitive.
      return !this.strict && !isObject(a) && !isObject(b) && a == b;
    }
    if (this.strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    return tagOf(a) === tagOf(b) && this.#objects(a, b);
  }

  #objects(a, b) {
    const kindA = kind(a);
    const kindB = kind(b);
    const isError = (value, own) => own === 'Error' || value instanceof Error;
    if (kindA === 'Array' || kindB === 'Array') {
      return kindA === kindB && a.length === b.length && this.#contents(a, b, 'Array');
    }
    if (VIEWS.has(kindA) || VIEWS.has(kindB)) {
      return kindA === kindB && this.#views(a, b) && this.#contents(a, b, 'View');
    }
    if (kindA === 'Map' || kindA === 'Set' || kindB === 'Map' || kindB === 'Set') {
      return kindA === kindB && a.size === b.size && this.#contents(a, b, kindA);
    }
    if (kindA === 'Date' || kindB === 'Date') {
      if (kindA !== kindB) return false;
      if (Date.prototype.getTime.call(a) !== Date.prototype.getTime.call(b)) {
        // Two invalid dates are not equal to `===`, nor here.
        return false;
      }
    } else if (kindA === 'RegExp' || kindB === 'RegExp') {
      const same = kindA === kindB && a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex;
      if (!same) return false;
    } else if (kindA.endsWith('ArrayBuffer') || kindB.endsWith('ArrayBuffer')) {
      if (!kindA.endsWith('ArrayBuffer') || !kindB.endsWith('ArrayBuffer')) return false;
      if (a.byteLength !== b.byteLength || bytes.compare(a, b) !== 0) return false;
    } else if (isError(a, kindA) || isError(b, kindB)) {
      if (!isError(a, kindA) || !isError(b, kindB) || !this.#errors(a, b)) return false;
    } else if (BOXED.has(kindA) || BOXED.has(kindB)) {
      if (kindA !== kindB || !Object.is(a.valueOf(), b.valueOf())) return false;
    }
    return this.#contents(a, b, 'Object');
  }

  #views(a, b) {
    if (a.byteLength !== b.byteLength || a[Symbol.toStringTag] !== b[Symbol.toStringTag]) return false;
    const floats = !this.strict && /^Float/.test(a[Symbol.toStringTag]);
    // Loosely, 0 equals -0; so bytes do not decide.
    return floats ? a.every((value, index) => value === b[index]) : bytes.compare(a, b) === 0;
  }

  // Stacks differ always, so they do not count; what is not enumerable counts all the same.
  #errors(a, b) {
    return ['message', 'name', 'cause', 'errors'].every((key) => {
      const shown = enumerable(a, key);
      return shown === enumerable(b, key) && (shown || this.equal(a[key], b[key]));
    });
  }

  #contents(a, b, form) {
    const indexed = form === 'Array' || form === 'View';
    const names = (value) => {
      const keys = Object.keys(value);
      return indexed ? keys.filter((key) => !isIndex(key)) : keys;
    };
    const symbols = (value) => this.strict
      ? Object.getOwnPropertySymbols(value).filter((key) => enumerable(value, key))
      : [];
    const keys = [...names(a), ...symbols(a)];
    if (keys.length !== names(b).length + symbols(b).length) return false;
    if (!keys.every((key) => enumerable(b, key))) return false;

    const pairs = this.#left.length;
    for (let i = 0; i < pairs; i++) {
      if (this.#left[i] === a && this.#right[i] === b) return true;
    }
    this.#left.push(a);
    this.#right.push(b);
    const result = this.#elements(a, b, form) && keys.every((key) => this.equal(a[key], b[key]));
    this.#left.length = pairs;
    this.#right.length = pairs;
    return result;
  }

  #elements(a, b, form) {
    if (form === 'Array') {
      for (let i = 0; i < a.length; i++) {
        // Holes equal holes only.
        if (Object.hasOwn(a, i) !== Object.hasOwn(b, i) || !this.equal(a[i], b[i])) return false;
      }
      return true;
    }
    if (form === 'Set') return this.#sets(a, b);
    if (form === 'Map') return this.#maps(a, b);
    return true;
  }

  #sets(a, b) {
    const rest = [...b].filter((value) => !a.has(value));
    for (const value of a) {
      if (b.has(value)) continue;
      const at = rest.findIndex((candidate) => this.#mayMatch(value, candidate) && this.equal(value, candidate));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
    return true;
  }

  #maps(a, b) {
    const used = new Set();
    for (const [key, value] of a) {
      if (b.has(key) && this.equal(value, b.get(key))) {
        used.add(key);
        continue;
      }
      let found = false;
      for (const [other, candidate] of b) {
        if (used.has(other) || a.has(other) || !this.#mayMatch(key, other)) continue;
        if (this.equal(key, other) && this.equal(value, candidate)) {
          used.add(other);
          found = true;
          break;
        }
      }
      if (!found) return false;
    }
    return true;
  }

  // Strictly, a primitive is found by `has` or not at all.
  #mayMatch(a, b) {
    const isObject = (value) => value !== null && typeof value === 'object';
    return this.strict ? isObject(a) && isObject(b) : true;
  }
}

module.exports = {
  isDeepEqual: (a, b) => new Comparison(false).equal(a, b),
  isDeepStrictEqual: (a, b) => new Comparison(true).equal(a, b),
};
