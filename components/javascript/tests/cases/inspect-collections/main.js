// Maps, sets, buffers, promises, proxies, iterators.
console.log(new Map(), new Set(), new Map([['a', 1], [{ k: 1 }, [1, 2]], [NaN, null]]), new Set(['a', 1, { b: 2 }, [3]]));
console.log(new Map([['key', new Map([['inner', new Set([1])]])]]), { map: new Map([[1, { deep: { deeper: {} } }]]) });
console.log(new Set(Array.from({ length: 120 }, (_, i) => i)));
console.log(new Map(Array.from({ length: 3 }, (_, i) => ['some longer key ' + i, 'some longer value ' + i])));
class MyMap extends Map {}
class MySet extends Set { extra = 1; }
console.log(new MyMap([[1, 2]]), new MySet([1]), Object.assign(new Map([[1, 2]]), { prop: 'x' }));
const selfMap = new Map();
selfMap.set('self', selfMap);
console.log(selfMap, new Set([new Set([new Set([new Set()])])]));
const map = new Map([['a', 1], ['b', { c: 2 }]]);
console.log(map.keys(), map.values(), map.entries(), map[Symbol.iterator]());
const set = new Set(['x', 'y']);
console.log(set.values(), set.keys(), set.entries(), new Map().keys());
const iterator = map.keys();
iterator.next();
console.log(iterator, [...iterator], iterator);
console.log([1, 2][Symbol.iterator](), 'ab'[Symbol.iterator](), 'ab'.matchAll(/a/g));
console.log(new WeakMap(), new WeakSet(), new WeakRef({}) instanceof WeakRef);
console.log(Promise.resolve(42), Promise.resolve({ a: 1 }), new Promise(() => {}), Promise.resolve(), (async () => 'x')());
const rejected = Promise.reject(new RangeError('no'));
rejected.catch(() => {});
console.log(require('util').inspect(rejected).split('\n')[0]);
console.log((function* gen() { yield 1; })(), (async function* () {})());
console.log(new Uint8Array([1, 2, 3]), new Float64Array([1.5, -0, NaN]), new BigInt64Array([1n, -2n]), new Uint8Array(0));
console.log(new Uint16Array(110), new Int32Array(8).fill(7));
console.log(new ArrayBuffer(5), new Uint8Array([104, 105]).buffer, new DataView(new ArrayBuffer(2)));
console.log(new SharedArrayBuffer(2));
console.log(Buffer.from('hello'), Buffer.alloc(60), [Buffer.from([1])]);
console.log(new Proxy({ a: 1 }, { get() { throw new Error('trap'); } }), new Proxy([1, 2], {}), new Proxy(function f() {}, {}));
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
console.log(proxy, require('util').inspect(new Proxy({ a: 1 }, { get() {} }), { showProxy: true }));
console.log(new Date(0), new Date(NaN), new Date(Date.UTC(2024, 1, 29, 12, 30, 45, 678)), Object.assign(new Date(1), { x: 1 }));
console.log(/a\/b/, new RegExp('/', 'gimsuy'), Object.assign(/x/, { tag: 1 }), new (class R extends RegExp {})('r'));
console.log([new Map([[1, 2]]), new Set([1])], { nested: { map: new Map([['k', { v: {} }]]) } });
console.log(Symbol('with\nnewline'), Symbol.for('registered'), Symbol.iterator, { [Symbol('a b')]: Symbol('c') });
console.log(new Map([[new Map([[1, 2]]), new Set(['a'])]]), new Map([['long'.repeat(10), 'value'.repeat(10)]]));
