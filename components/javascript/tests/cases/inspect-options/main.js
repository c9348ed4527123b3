// Options of util.inspect.
const { inspect, format, inspect: { custom } } = require('util');
const deep = { a: { b: { c: { d: { e: 1 } } } } };
console.log(inspect(deep), inspect(deep, { depth: 0 }), inspect(deep, { depth: 1 }));
console.log(inspect(deep, { depth: null }), inspect(deep, false, 5), inspect(deep, { depth: Infinity, compact: false }));
console.log(inspect([1, [2, [3, [4, [5]]]]], { depth: 1 }), inspect(new Map([[{ a: { b: 1 } }, 1]]), { depth: 0 }));
console.log(inspect({ a: 1, b: [1, 2, { c: 3 }] }, { compact: true }), inspect({ a: 1, b: [1, 2, { c: 3 }] }, { compact: false }));
console.log(inspect({ a: { b: { c: {} } } }, { compact: 1 }), inspect([[[1]]], { compact: 0 }));
console.log(inspect({ text: 'x'.repeat(50), more: 'y'.repeat(50) }, { breakLength: 200 }));
console.log(inspect({ text: 'abc', more: 'def' }, { breakLength: 10 }), inspect([1, 2, 3], { breakLength: 3 }));
console.log(inspect(Array.from({ length: 20 }, (_, i) => i), { maxArrayLength: 5 }), inspect([1, 2], { maxArrayLength: 0 }));
console.log(inspect(new Set([1, 2, 3]), { maxArrayLength: 1 }), inspect(new Map([[1, 2], [3, 4]]), { maxArrayLength: 1 }));
console.log(inspect('x'.repeat(30), { maxStringLength: 10 }), inspect(['abcdef'], { maxStringLength: 0 }));
console.log(inspect({ b: 1, a: 2, c: { z: 1, y: 2 } }, { sorted: true }), inspect({ b: 1, a: 2 }, { sorted: (x, y) => (x < y ? 1 : -1) }));
console.log(inspect({ get a() { return { x: 1 }; }, get b() { return 5; }, set b(v) {}, set c(v) {} }, { getters: true }));
console.log(inspect({ get a() { throw new Error('oops'); } }, { getters: true }), inspect({ get a() { return 1; }, set a(v) {} }, { getters: 'get' }));
console.log(inspect([1, 2], { showHidden: true }), inspect({ a: 1 }, { showHidden: true }));
console.log(inspect(Object.defineProperty({}, 'hidden', { value: 1 }), { showHidden: true }));
console.log(inspect(new Map([[1, 2]]), { showHidden: true }), inspect(new Uint8Array(2), { showHidden: true }));
console.log(inspect(123456789.123, { numericSeparator: true }), inspect([1234567n, -1234.5678, 999], { numericSeparator: true }));
console.log(JSON.stringify(inspect({ n: 1, s: 'x', b: true, u: undefined, nul: null, sym: Symbol('q'), f() {}, d: new Date(0), r: /x/, big: 1n }, { colors: true })));
console.log(JSON.stringify(inspect([1, 'a', [2], new Map([['k', 1]]), class A {}, Promise.resolve(1)], { colors: true })));
console.log(JSON.stringify(inspect(Array.from({ length: 10 }, (_, i) => i), { colors: true })));

class Money {
  constructor(amount) { this.amount = amount; }
  [custom](depth, options, inspectFn) {
    return `Money<${inspectFn(this.amount, options)} depth=${depth} colors=${options.colors}>`;
  }
}
console.log(new Money(5), [new Money(6)], { nested: { money: new Money(7) } });
console.log(inspect(new Money(1), { customInspect: false }), inspect(new Money(2), { depth: 5 }), inspect(new Money(1), { depth: null }));
console.log({ [custom]() { return { replaced: true }; } }, { [custom]() { return 'two\nlines'; } }, [{ [custom]: () => 'a\nb' }]);
console.log({ [custom]() { return this; }, x: 1 }, { [custom]: 'not a function' });
const withStylize = { [custom](d, o) { return o.stylize('styled', 'special'); } };
console.log(inspect(withStylize), JSON.stringify(inspect(withStylize, { colors: true })));
console.log(inspect(new Proxy({ t: 1 }, {}), { showProxy: 1 }), inspect(new Proxy(class Q {}, {})));
console.log(inspect.defaultOptions);
console.log(inspect('a'), inspect("it's"), inspect(''), inspect(1), inspect(-0), inspect(undefined), inspect(null), inspect(5n));
console.log(inspect(Object.create({}, { x: { value: 1, enumerable: false } })), inspect(new (class extends Array {})(3)));
class Base { inherited = 1; }
Base.prototype.onProto = { x: 1 };
class Derived extends Base { own = 2; }
console.log(inspect(new Derived(), { showHidden: true }));
console.log(format('%o', { a: [1] }));
console.log(inspect({ a: [{ b: { c: [] } }] }, { depth: 2, compact: 3 }), inspect({ x: [[[[]]]] }, { depth: 3 }));
