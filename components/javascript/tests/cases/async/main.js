// Promises, async functions and iterators.
const sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
async function* numbers() {
  for (let i = 0; i < 3; i++) {
    await sleep(1);
    yield i;
  }
}
const iterable = { async *[Symbol.asyncIterator]() { yield* numbers(); return 'end'; } };
async function main() {
  for await (const n of numbers()) console.log('n', n);
  for await (const n of iterable) { if (n > 0) break; console.log('first', n); }
  for await (const n of [Promise.resolve('p'), 'plain']) console.log(n);
  try { await Promise.reject(new Error('thrown')); } catch (e) { console.log(e.message); } finally { console.log('finally'); }
  const results = await Promise.all([3, 1, 2].map(async (n) => { await sleep(n); return n * 10; }));
  console.log(results);
  const order = [];
  await Promise.all(['a', 'b'].map(async (name) => { for (let i = 0; i < 2; i++) { order.push(name + i); await null; } }));
  console.log(order.join(' '));
  const gen = numbers();
  console.log(await gen.next(), await gen.return('early'), await gen.next());
  console.log(await (async () => { try { return await sleep(1, 'inner'); } finally { console.log('cleanup'); } })());
  const thenable = { then(resolve) { resolve('from thenable'); } };
  console.log(await thenable, await Promise.resolve(thenable));
  console.log(Object.prototype.toString.call(main), main.constructor.name, (async () => {}).constructor.name);
  const { promise, resolve } = Promise.withResolvers ? Promise.withResolvers() : (() => { let r; const p = new Promise((x) => { r = x; }); return { promise: p, resolve: r }; })();
  setTimeout(resolve, 1, 'resolved outside');
  console.log(await promise);
  console.log(await Promise.race([sleep(5, 'slow'), sleep(1, 'quick')]));
  await Promise.allSettled([sleep(1), Promise.reject(new TypeError('no'))]).then((all) => console.log(all.map((r) => r.status)));
  return 'main done';
}
main().then(console.log);
(async () => { await 1; console.log('1'); await 2; console.log('2'); })();
new Promise((resolve) => { console.log('sync executor'); resolve(); }).then(() => console.log('then')).finally(() => console.log('finally after'));
new Promise((_, reject) => reject('reason')).then(() => {}, (r) => console.log('rejected', r));
const EventEmitter = require('events');
const emitter = new EventEmitter();
EventEmitter.once(emitter, 'ready').then(([value]) => console.log('once', value));
(async () => {
  for await (const [value] of EventEmitter.on(emitter, 'tick')) {
    console.log('tick', value);
    if (value === 2) break;
  }
})();
emitter.emit('ready', 'now');
emitter.emit('tick', 1);
emitter.emit('tick', 2);
const controller = new AbortController();
require('timers/promises').setTimeout(1000, null, { signal: controller.signal }).catch((e) => console.log(e.name, e.code));
controller.abort();
