// `timers`. Source: https://nodejs.org/docs/latest-v20.x/api/timers.html
const errors = require('internal/errors');

const abortError = (signal) => new errors.AbortError(undefined, { cause: signal.reason });

function promised(start, stop) {
  return (value, options = {}) => {
    const { signal, ref = true } = options;
    if (signal?.aborted) return Promise.reject(abortError(signal));
    let abort;
    const promise = new Promise((resolve, reject) => {
      const timer = start(() => resolve(value));
      if (!ref) timer.unref();
      abort = () => {
        stop(timer);
        reject(abortError(signal));
      };
    });
    if (signal === undefined) return promise;
    signal.addEventListener('abort', abort, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', abort));
  };
}

const promises = {
  setTimeout: (delay, value, options) =>
    promised((callback) => setTimeout(callback, delay), clearTimeout)(value, options),

  setImmediate: promised(setImmediate, clearImmediate),

  async* setInterval(delay, value, options = {}) {
    const { signal, ref = true } = options;
    if (signal?.aborted) throw abortError(signal);
    let due = 0;
    let wake = () => {};
    const timer = setInterval(() => {
      due++;
      wake();
    }, delay);
    if (!ref) timer.unref();
    const abort = () => wake();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (;;) {
        if (signal?.aborted) throw abortError(signal);
        if (due === 0) await new Promise((resolve) => {
          wake = resolve;
        });
        for (; due > 0; due--) yield value;
      }
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', abort);
    }
  },

  scheduler: {
    wait: (delay, options) => promises.setTimeout(delay, undefined, options),
    yield: () => promises.setImmediate(),
  },
};

module.exports = {
  clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout,
};
