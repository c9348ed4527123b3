// The order of ticks, microtasks, timers and immediates.
const log = (...args) => console.log(...args);
log('start');
setTimeout(() => log('timeout 0'), 0);
setTimeout(() => log('timeout 1'), 1);
setTimeout(() => log('timeout 250'), 250);
setTimeout(() => log('timeout 125'), 125);
setImmediate(() => {
  log('immediate');
  setImmediate(() => log('nested immediate'));
  process.nextTick(() => log('tick in immediate'));
  Promise.resolve().then(() => log('micro in immediate'));
});
process.nextTick(() => {
  log('tick 1');
  process.nextTick(() => log('tick in tick'));
  Promise.resolve().then(() => log('micro in tick'));
});
process.nextTick((...args) => log('tick 2', args), 1, 'two');
Promise.resolve().then(() => {
  log('micro 1');
  process.nextTick(() => log('tick in micro'));
  queueMicrotask(() => log('micro in micro'));
}).then(() => log('micro chained'));
queueMicrotask(() => log('queued'));
(async () => {
  log('async start');
  await null;
  log('after await');
  await new Promise((resolve) => setTimeout(resolve, 375));
  log('after timer');
})();
setTimeout((a, b) => log('with args', a, b), 500, 'a', 'b');
let count = 0;
const interval = setInterval(() => {
  log('interval', ++count);
  if (count === 3) clearInterval(interval);
}, 950);
const cancelled = setTimeout(() => log('never'), 1);
clearTimeout(cancelled);
clearImmediate(setImmediate(() => log('never either')));
const unref = setTimeout(() => log('not held'), 100000);
unref.unref();
log(unref.hasRef(), typeof unref[Symbol.toPrimitive](), unref.constructor.name);
setTimeout(function () { log('this is the timer', this.constructor.name, typeof this.refresh); }, 625);
setTimeout(() => {
  log('first of two');
  Promise.resolve().then(() => log('micro between timers'));
  process.nextTick(() => log('tick between timers'));
}, 750);
setTimeout(() => log('second of two'), 750);
setTimeout(() => {
  setTimeout(() => log('timeout from timeout'), 0);
  setImmediate(() => log('immediate from timeout'));
}, 1150);
process.on('beforeExit', (code) => {
  if (process.extra) return;
  process.extra = true;
  log('beforeExit', code);
  setTimeout(() => log('kept alive'), 1);
});
process.on('exit', (code) => {
  log('exit', code);
  setTimeout(() => log('too late'), 0);
  Promise.resolve().then(() => log('too late as well'));
});
const { promisify } = require('util');
promisify(setTimeout)(1300, 'value').then((v) => log('promisified', v));
require('timers/promises').setTimeout(1450, 'later').then((v) => log(v));
setTimeout(log, 1600, 'log itself');
Promise.reject(new Error('handled')).catch((e) => log('caught', e.message));
Promise.all([1, Promise.resolve(2), new Promise((r) => setTimeout(r, 1750, 3))]).then((v) => log(v));
Promise.allSettled([Promise.reject(1), 2]).then((v) => log(v));
Promise.race([new Promise((r) => setTimeout(r, 2500, 'slow')), 'fast']).then(log);
Promise.any([Promise.reject(1), Promise.resolve('any')]).then(log);
Promise.any([Promise.reject(1)]).catch((e) => log(e.constructor.name, e.errors));
// The first timers are due when the loop begins, however fast the machine is.
const due = Date.now() + 10;
while (Date.now() < due);
log('end');
