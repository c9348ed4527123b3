// Objects, arrays, classes and functions on the console.
console.log({}, [], [[]], [{}], { a: {} });
console.log({ a: 1, 'b-c': 2, 3: 4, [Symbol('s')]: 5, [Symbol()]: 6, 'ünïcode': 7, valid_1: 8, 'with space': 9 });
console.log({ a: { b: { c: { d: 1 } } }, list: [[[[1]]]] });
console.log({ f() {}, g: () => {}, async h() {}, *i() {}, async *j() {}, k: class {}, l: class L extends Array {}, m: Math.max });
console.log([1.5, -0, 0, NaN, Infinity, 1e21, 1e-7, 0xff, 123456789012345680000]);
console.log([undefined, null, true, 'text', 10n, Symbol('x'), /re/gi, new Date(86400000)]);
console.log([, 'a', , , 'b', ,], [, ,], Object.assign([1, 2], { key: 'value', '-1': 3 }));
console.log(Array.from({ length: 120 }, (_, i) => i));
console.log(Array.from({ length: 27 }, (_, i) => 'item' + i));
console.log(Array.from({ length: 7 }, (_, i) => ({ i })));
console.log(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg', 'hhhhhhhh']);
console.log([1, 22, 333, 4444, 55555, 666666, 7777777, 88888888]);
console.log([1n, 22n, 333n, 4444n, 55555n, 666666n, 7777777n, 88888888n]);
console.log([1, 'a', 2, 'b', 3, 'c', 4, 'd']);
console.log(Array.from({ length: 30 }, (_, i) => i % 2 ? 'x'.repeat(i) : i));
console.log(['日本語', 'ab', '한국어', 'cd', 'ef', 'gh', 'ij', '🎉🎉']);
console.log('x'.repeat(200).match(/.{1,20}/g));

console.log({ short: 'a', longer: 'x'.repeat(60) });
console.log({ short: 'a', longer: 'x'.repeat(61), more: 1 });
console.log({ a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(20) });
console.log({ a: 'x'.repeat(19), b: 'y'.repeat(19), c: 'z'.repeat(19) });
console.log({ level1: { level2: { text: 'abc' } } }, { level1: { level2: { level3: {} } } });
console.log({ level1: { level2: { level3: { level4: 1 } } }, other: [{ a: 1, b: { c: [] } }] });
console.log({ text: 'line one\nline two\nline three, which makes it long enough to break at the eighty columns' });
console.log(['line one\nline two\nline three, which makes it long enough to break at the eighty columns']);
console.log({ quotes: "it's", both: `it's "so"`, all: '`\'"', escape: '\t\b\u0001\x7f\\', lone: '\ud83d' });

class Point {
  #secret = 1;
  static origin = new Point(0, 0);
  constructor(x, y) { this.x = x; this.y = y; }
  get length() { return Math.hypot(this.x, this.y); }
}
class Point3 extends Point { z = 1; }
console.log(new Point(1, 2), new Point3(1, 2), Point, Point3, [Point]);
console.log(class { static a = 1; }, class A { static b() {} }, class extends null {});
const anonymous = new (class {})();
console.log(anonymous, new (class extends Point {})(3, 4), Object.create(Point.prototype));
console.log(Object.create(null), Object.create({ inherited: 1 }), Object.create(Object.create(null)));
console.log(Object.assign(Object.create(null), { a: 1 }), { __proto__: null, x: 1 });
console.log(Object.create({ constructor: 'not a function' }), Object.create(Array.prototype), new (function Old() { this.x = 1; })());
console.log({ get a() { return 1; }, set a(v) {}, get b() { return 1; }, set c(v) {} });
console.log(Object.defineProperty({ shown: 1 }, 'hidden', { value: 2 }));
console.log({ [Symbol.toStringTag]: 'Own' }, new (class T { get [Symbol.toStringTag]() { return 'Tagged'; } })());
console.log(Object.assign(function named() {}, { prop: 1 }), Object.assign(() => {}, { a: { b: 1 } }));
console.log(function () {}, async () => {}, function* g() {}, async function* ag() {}, Symbol, Map, Proxy, Function.prototype);
const self = { name: 'loop' };
self.self = self;
self.list = [self, { again: self }];
console.log(self);
const a = { name: 'a' };
const b = { name: 'b', a };
a.b = b;
console.log(a, [a, b]);
console.log(new Number(3), new String('abc'), new Boolean(false), Object(5n), Object(Symbol('boxed')), Object.assign(new String('x'), { p: 1 }));
(function () { console.log(arguments); })(1, 'two', { three: 3 });
console.log(globalThis === global, typeof globalThis, Object.prototype.toString.call(globalThis));
console.log(JSON, Math, Reflect, Atomics);
console.log([['nested', ['array', ['deep', ['deeper']]]]], { a: [{ b: [{ c: 1 }] }] });
console.log({ a: 1n, b: -0, c: [-0], d: [[]], e: [{}], f: '' });
console.log([function f() {}, class C {}, Symbol('in array')], { und: undefined, nul: null });
console.log({ 'key with \'quote\'': 1, "key\nnewline": 2, '': 3, '1a': 4, a1: 5, $dollar: 6, _under: 7 });
console.log(Object.fromEntries(Array.from({ length: 30 }, (_, i) => ['key' + i, i])));
console.log({ data: Array.from({ length: 10 }, (_, i) => ({ id: i, name: 'name' + i })) });
console.log([[1, 2, [3, 4, [5, [6]]]], { a: { b: { c: { d: 1 } } } }]);
console.log([[[]]], [[[[]]]], [[[[1]]]], { a: { b: { c: {} } } }, { a: { b: { c: [] } } });
