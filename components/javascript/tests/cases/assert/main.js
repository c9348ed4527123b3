// assert, with its messages.
const assert = require('assert');
try { assert.ok(typeof 123 === 'string'); } catch (e) { console.log(e.message); }
try { assert(0 > 1); } catch (e) { console.log(e.message, e.generatedMessage); }
const tries = [
  () => assert(null, 'custom message'),
  () => assert.equal(1, 2),
  () => assert.equal('a', 'b', 'with message'),
  () => assert.strictEqual(1, 2),
  () => assert.strictEqual('a'.repeat(10), 'a'.repeat(10) + 'b'),
  () => assert.strictEqual('multi\nline', 'multi\nlines'),
  () => assert.strictEqual({ a: 1 }, { a: 1 }),
  () => assert.strictEqual([1, 2, 3], [1, 2, 3]),
  () => assert.strictEqual(NaN, 0),
  () => assert.notStrictEqual(1, 1),
  () => assert.deepEqual({ a: 1 }, { a: 2 }),
  () => assert.deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }),
  () => assert.deepStrictEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]),
  () => assert.deepStrictEqual(Array.from({ length: 30 }, (_, i) => i), Array.from({ length: 30 }, (_, i) => (i === 15 ? 'x' : i))),
  () => assert.deepStrictEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 2 }]])),
  () => assert.deepStrictEqual(new Set([1, 2]), new Set([1, 3])),
  () => assert.deepStrictEqual([1, '2'], [1, 2]),
  () => assert.deepStrictEqual({ a: undefined }, {}),
  () => assert.deepStrictEqual(new Date(0), new Date(1)),
  () => assert.deepStrictEqual(/a/g, /a/i),
  () => assert.deepStrictEqual(-0, 0),
  () => assert.notDeepStrictEqual({ a: 1 }, { a: 1 }),
  () => assert.notDeepEqual([1], [1]),
  () => assert.notEqual(1, 1),
  () => assert.throws(() => {}),
  () => assert.throws(() => { throw new Error('wrong'); }, /right/),
  () => assert.throws(() => { throw new Error('x'); }, TypeError),
  () => assert.throws(() => { throw new Error('x'); }, { message: 'y' }),
  () => assert.throws(() => { throw new Error('x'); }, (e) => e.message === 'z'),
  () => assert.doesNotThrow(() => { throw new Error('unwanted'); }, 'msg'),
  () => assert.fail(),
  () => assert.fail('failed on purpose'),
  () => assert.ifError(new Error('if error')),
  () => assert.match('abc', /x/),
  () => assert.doesNotMatch('abc', /b/),
  () => assert.match(5, /x/),
  () => assert.strict.equal(1, '1'),
  () => assert.throws('not a function'),
  () => assert.equal(1),
  () => assert.deepStrictEqual(new Error('a'), new Error('b')),
  () => assert.strictEqual(1, 2, new RangeError('own error')),
  () => assert.deepEqual([1, 2, [3]], [1, 2, [4]], 'deep message'),
  () => assert.deepStrictEqual({ long: 'x'.repeat(100), b: 1 }, { long: 'y'.repeat(100), b: 1 }),
];
for (const fn of tries) {
  try { fn(); console.log('passed', String(fn)); } catch (e) { console.log(`${e.name} [${e.code}] generated=${e.generatedMessage} op=${e.operator}\n${e.message}\n---`); }
}
assert(1); assert.ok('x'); assert.equal(1, '1'); assert.strictEqual('a', 'a'); assert.deepEqual({ a: '1' }, { a: 1 }); assert.deepEqual([1, [2]], [1, [2]]); assert.deepStrictEqual(NaN, NaN); assert.notStrictEqual(1, '1'); assert.deepStrictEqual(new Set([[1], [2]]), new Set([[2], [1]])); assert.deepStrictEqual(new Map([[{ k: 1 }, 'v']]), new Map([[{ k: 1 }, 'v']]));
assert.throws(() => { throw new TypeError('good'); }, TypeError); assert.throws(() => { throw new TypeError('good'); }, /good/); assert.throws(() => { throw new TypeError('good'); }, { name: 'TypeError', message: /oo/ }); assert.doesNotThrow(() => {}); assert.ifError(null); assert.match('abc', /b/);
assert.deepEqual(new Map([[1, '1']]), new Map([['1', 1]])); assert.deepEqual(new Set([1]), new Set(['1']));
const cyc1 = { n: 1 }; cyc1.me = cyc1; const cyc2 = { n: 1 }; cyc2.me = cyc2; assert.deepStrictEqual(cyc1, cyc2);
(async () => {
  await assert.rejects(Promise.reject(new Error('r')), /r/);
  await assert.rejects(async () => { throw new TypeError('t'); }, TypeError);
  await assert.doesNotReject(Promise.resolve());
  try { await assert.rejects(Promise.resolve(1)); } catch (e) { console.log(e.message); }
  try { await assert.doesNotReject(Promise.reject(new Error('dnr'))); } catch (e) { console.log(e.message); }
})();
const err = new assert.AssertionError({ actual: 1, expected: 2, operator: 'strictEqual' });
console.log(err.message, err.code, err.name, err instanceof Error, String(err), Object.keys(err));
