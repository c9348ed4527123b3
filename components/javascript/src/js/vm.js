// `vm`, for this context only. Source: https://nodejs.org/docs/latest-v20.x/api/vm.html
const { runScript } = binding('runtime');
const errors = require('internal/errors');

const nameOf = (options) => (typeof options === 'string' ? options : options?.filename ?? 'evalmachine.<anonymous>');

class Script {
  #code;
  #name;

  constructor(code, options) {
    this.#code = `${code}`;
    this.#name = nameOf(options);
    // Errors of syntax are told now, those of running later.
    new Function(`if (false) {${this.#code.replace(/^#!/, '//')}\n}`);
  }

  runInThisContext() {
    return runScript(this.#code, this.#name);
  }

  runInNewContext(context) {
    return runInNewContext(this.#code, context, this.#name);
  }

  runInContext(context) {
    return runInNewContext(this.#code, context, this.#name);
  }
}

// The names of `context` are in scope; globals of this realm are too.
function runInNewContext(code, context = {}) {
  const scope = new Proxy(context, {
    has: (target, key) => typeof key === 'string' && key !== 'eval' && key !== 'arguments',
    get: (target, key) => {
      if (key === Symbol.unscopables) return undefined;
      if (key in target) return target[key];
      if (key in globalThis) return globalThis[key];
      throw new ReferenceError(`${String(key)} is not defined`);
    },
    set: (target, key, value) => {
      target[key] = value;
      return true;
    },
  });
  // Sloppy code, made outside of this strict function.
  const run = new Function('with (arguments[0]) { return eval(arguments[1]); }');
  return run(scope, `${code}`);
}

module.exports = {
  Script,
  compileFunction: (code, params = []) => new Function(...params, code),
  createContext: (context = {}) => context,
  createScript: (code, options) => new Script(code, options),
  isContext: (value) => {
    errors.validateObject(value, 'object');
    return true;
  },
  runInContext: runInNewContext,
  runInNewContext,
  runInThisContext: (code, options) => runScript(`${code}`, nameOf(options)),
};
