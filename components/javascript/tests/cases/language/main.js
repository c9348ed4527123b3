// The language itself: what scripts commonly use.
const { a, b: { c = 5, ...rest } = {} } = { a: 1, b: { d: 2, e: 3 } };
const { f: renamed, ...others } = { f: 4, g: 5, h: 6 };
console.log(a, c, rest, renamed, others);
const [x, , y = 'default', ...z] = [1, 2, undefined, 4, 5];
console.log(x, y, z, [...'héllo'], { ...{ p: 1 }, ...null, q: 2 });
console.log(`template ${1 + 1} ${`nested ${'deep'}`}`, String.raw`raw\n${1}`, ((s, ...v) => [s.raw, v])`tag ${1} end\t`);
console.log(null ?? 'nullish', 0 ?? 1, undefined?.x, null?.[0], (() => {})?.(), ({ f: () => 1 }).f?.());
let assign = null;
assign ??= 1; assign ||= 2; assign &&= 3;
console.log(assign, 2 ** 10, 7 % -3, -7 % 3, 0.1 * 3, 5 / 0, typeof null, void 0, 1_000_000, 0b11, 0o17, 0xff);
class Animal {
  static #count = 0;
  #name;
  static { this.kind = 'static block'; }
  constructor(name) { this.#name = name; Animal.#count++; }
  get name() { return this.#name; }
  set name(v) { this.#name = v.trim(); }
  static get count() { return Animal.#count; }
  #secret() { return 'secret of ' + this.#name; }
  reveal() { return this.#secret(); }
  speak() { return `${this.#name} makes a sound`; }
  static is(o) { return #name in o; }
  toString() { return `Animal(${this.#name})`; }
  [Symbol.toPrimitive](hint) { return hint === 'number' ? 42 : this.toString(); }
}
class Dog extends Animal {
  tricks = ['sit'];
  speak() { return super.speak() + ': woof'; }
  static create(...args) { return new this(...args); }
}
const dog = Dog.create('Rex');
dog.name = '  Max ';
console.log(dog.speak(), dog.reveal(), Animal.count, Animal.kind, Animal.is(dog), Animal.is({}), `${dog}`, +dog, dog + '');
console.log(dog instanceof Animal, Object.getPrototypeOf(Dog) === Animal, Dog.name, dog.constructor.name, Object.keys(dog));
function* fib() { let [p, q] = [0, 1]; for (;;) { const reset = yield p; [p, q] = reset ? [0, 1] : [q, p + q]; } }
const it = fib();
console.log([1, 2, 3, 4, 5, 6].map(() => it.next().value), it.next(true).value, it.return('done'), [...(function* () { yield* [1, 2]; return 3; })()]);
const tagged = new Map([[NaN, 'nan'], [0, 'zero']]);
console.log(tagged.get(NaN), tagged.get(-0), new Set([1, 1, 2]).size, [...new Set('hello')].join(''));
outer: for (let i = 0; i < 3; i++) { for (let j = 0; j < 3; j++) { if (j === 1) continue outer; if (i === 2) break outer; console.log(i, j); } }
const closures = [];
for (let i = 0; i < 3; i++) closures.push(() => i);
console.log(closures.map((f) => f()), (function () { return typeof this; })(), (() => typeof this)());
switch (3) { case 1: console.log('one'); case 3: console.log('three'); case 4: console.log('four'); break; default: console.log('default'); }
const proxy = new Proxy({}, { get: (t, k) => `got ${String(k)}`, has: () => true, ownKeys: () => ['k'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
console.log(proxy.anything, 'x' in proxy, Object.keys(proxy), { ...proxy });
console.log(Reflect.ownKeys({ b: 1, 2: 1, a: 1, 1: 1, [Symbol('s')]: 1 }), Object.entries({ z: 1, y: 2 }), Object.fromEntries([['k', 'v']]));
console.log([3, 1, 2].toSorted?.(), [1, 2, 3].at(-1), [1, [2, [3, [4]]]].flat(Infinity), [1, 2].flatMap((n) => [n, n * 2]), [1, 2, 3].findLast((n) => n < 3), Array.from({ length: 3 }, (_, i) => i ** 2));
console.log([10, 9, 1].sort(), ['b', undefined, 'a'].sort(), [1, 2, 3].includes(2), [1, 2, 3].indexOf(4), [1, 2, 3, 4].copyWithin(0, 2), new Array(3).fill(0), [..."ab"].entries().next(), [1, 2, 3].reduceRight((m, n) => m + n));
console.log([5, 1, 4].toSpliced?.(1, 1, 'x'), [1, 2, 3].with?.(1, 'w'), [1, 2, 3].toReversed?.(), structuredClone({ a: [1, new Date(0), new Map([[1, new Set([2])]])] }));
console.log(Number.isInteger(5.0), Number.EPSILON > 0, Math.max(...[1, 5, 3]), Math.hypot(3, 4), Math.sign(-3), Math.trunc(-4.7), Math.cbrt(27), Math.fround(5.5), Math.clz32(1), Math.round(-0.5), Math.log2(8));
console.log([1, 2, 3] + '', [] + {}, [] == false, null == undefined, NaN !== NaN, '5' * '2', '5' + 2, +'', +' 12 ', +'1e3', -'x', [2] * [3]);
console.log(typeof Symbol(), Symbol('d').description, Symbol.for('k') === Symbol.for('k'), Object(1n) + 1n, BigInt(2 ** 53) + 1n, 5n / 2n, (-5n) % 3n, 2n > 1, 1n == 1);
var hoisted = typeof later; function later() {}
console.log(hoisted, typeof undeclared, (() => { try { undeclared; } catch (e) { return e.message; } })(), (() => { try { tdz; let tdz; } catch (e) { return e.name; } })());
console.log(new Date(2024, 0, 31, 12).toISOString(), new Date('2024-02-30').getTime(), Date.UTC(2000, 1, 29), new Date('2024-03-10T10:00:00Z').getDay(), new Date(2020, 12).getMonth(), new Date('December 17, 1995 03:24:00').getTime(), Date.parse('2011-10-10T14:48:00.000+09:00'));
console.log(JSON.stringify({ u: undefined, f() {}, s: Symbol(), n: null, d: new Date(0), nan: NaN, nested: [undefined, () => {}], toJSON: undefined }), JSON.stringify([new Map([[1, 2]]), new Set([1])]), JSON.stringify('\u2028"\\\n\ud800'), JSON.stringify({ a: [1, { b: 2 }] }, null, 2), JSON.stringify({ a: 1, b: 2, c: 3 }, ['a', 'c']), JSON.stringify({ a: 1, b: 'x' }, (k, v) => (typeof v === 'number' ? v + 1 : v), '--'));
console.log(JSON.parse('[1,{"a":[true,null,"x\\u0041"]}]', (k, v) => (typeof v === 'number' ? v * 2 : v)), JSON.parse('1e3'), JSON.parse('"\\n"'), JSON.parse(' {"__proto__": 1} '));
for (const bad of ['{bad}', '', '[1,]', '{"a":1,}', '"abc', '[1 2]', '01', 'nul', '{"a" 1}', 'x'.repeat(50), '{"long": "' + 'y'.repeat(50) + '", bad}', '[1]x']) { try { JSON.parse(bad); } catch (e) { console.log(e.name, e.message); } }
const circular = { name: 'c', list: [] }; circular.list.push({ back: circular });
try { JSON.stringify(circular); } catch (e) { console.log(e.message); }
console.log(eval('1 + 1'), new Function('a', 'b', 'return a * b')(6, 7), (0, eval)('typeof module'), isNaN('x'), encodeURIComponent('a b&c/ü'), decodeURIComponent('%E2%82%AC'), escape('ü'), encodeURI('http://x/ü?q=a b'));
label: { console.log('in block'); break label; }
console.log([..."a-b_c".matchAll(/[-_]/g)].map((m) => m.index), 'x'.padStart(3, 'ab'), 'abc'.at(-1), 'aXbX'.replaceAll('X', '-'), 'a,b,,c'.split(','), 'abc'.split(''), ' trim '.trim(), 'ß'.toUpperCase(), 'İ'.toLowerCase().length, 'abc'.localeCompare('abd'), 'e\u0301'.normalize('NFC').length, '\u{1F600}'.codePointAt(0), 'x'.repeat(3), 'abcdef'.slice(-3, -1), 'abc'.substring(2, 0));
console.log(Object.getOwnPropertyNames(class { static m() {} }), Object.isFrozen(Object.freeze([1])), Object.is(-0, 0), Object.getOwnPropertyDescriptor({ get x() { return 1; } }, 'x'), delete [].length === false);
const weak = new WeakMap(); const key = {}; weak.set(key, 1); console.log(weak.get(key), weak.has({}), new WeakRef(key).deref() === key);
console.log(Array.isArray(Array.prototype), [1, 2, 3].length = 2, [,].length, 'abc'[1], 'abc'.length, (function (a, b = 1, ...c) {}).length, (() => {}).name, (function named() {}).name);
try { null.property; } catch (e) { console.log(e instanceof TypeError); }
try { (void 0)(); } catch (e) { console.log(e instanceof TypeError); }
try { const k = 1; k = 2; } catch (e) { console.log(e.name); }
try { new Array(-1); } catch (e) { console.log(e.name); }
try { 'x'.repeat(-1); } catch (e) { console.log(e.name); }
try { (1).toFixed(101); } catch (e) { console.log(e.name); }
try { decodeURIComponent('%'); } catch (e) { console.log(e.name, e.message); }
try { BigInt(1.5); } catch (e) { console.log(e.name); }
try { Symbol() + ''; } catch (e) { console.log(e.name); }
try { new (class A { constructor() { throw new RangeError('from constructor'); } })(); } catch ({ name, message }) { console.log(name, message); }
console.log((() => { try { return 'try'; } finally { console.log('finally runs'); } })(), (() => { for (const x of [1, 2]) { try { continue; } finally { console.log('f', x); } } return 'loop'; })());
