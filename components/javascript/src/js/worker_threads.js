// `worker_threads`: there is one thread, and this is it.
// Source: https://nodejs.org/docs/latest-v20.x/api/worker_threads.html
const errors = require('internal/errors');

class Worker {
  constructor() {
    throw errors.error('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'a component has one thread only');
  }
}

module.exports = {
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
  Worker,
  isMainThread: true,
  parentPort: null,
  resourceLimits: {},
  threadId: 0,
  workerData: null,
};
