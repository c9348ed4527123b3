// util.format and its placeholders.
const { format, formatWithOptions } = require('util');
console.log('%s %s %s %s', 'a', 1, -0, 10n, 'rest', { a: 1 });
console.log('%s', Symbol('s'), '%s', null, undefined, true);
console.log('%s %s %s', [1, [2, [3]]], { a: { b: { c: 1 } } }, () => 1);
console.log('%s %s', new Date(0), /re/);
console.log('%s', class Foo {}.name, '%d');
console.log('%d %d %d %d %d', 1.5, '2', 'x', 3n, { a: 1 });
console.log('%d %i %f', Symbol('x'), Symbol('y'), Symbol('z'));
console.log('%i %i %i %i', 42.9, '42.9px', 3n, 'x');
console.log('%f %f %f', 1.25, '1.5abc', 'x');
console.log('%j %j %j', { a: [1, { b: 2 }] }, 'text', undefined);
const circular = {};
circular.self = circular;
console.log('%j', circular);
console.log('%o', [1, { a: 2 }]);
console.log('%O', { a: { b: { c: { d: 1 } } } });
console.log('%c styled %c', 'color: red', 'color: blue', 'after');
console.log('100%', 'a', '%', 'b');
console.log('%% %s %%', 'x');
console.log('%%', 'with argument');
console.log('%%');
console.log('%s');
console.log('%x %s', 'a', 'b');
console.log('%s%s', 'only one');
console.log('a', 'b', 1, { c: 3 }, ['d']);
console.log('%s', { toString() { return 'own toString'; } }, '%s', { toString: null });
class WithToString { toString() { return 'class toString'; } }
class Sub extends WithToString {}
console.log('%s %s', new WithToString(), new Sub());
console.log('%s', Object.create(null), '%s', Object.create({ toString() { return 'inherited'; } }));
console.log('%s', { [Symbol.toPrimitive]() { return 'primitive'; } });
console.log(format('no args'), format(1, 2, '3'), format('%s'), format(), format(null), format('%s', undefined));
console.log(formatWithOptions({ compact: true }, '%s %O', 'x', { a: { b: 1 } }));
console.log(format('%s', 'multi\nline'), format({ a: 1 }, 'text'), format('a%'), format('%'), format('%', 1));
console.log(format('%i', 0x7fffffff + 10), format('%d', '0x10'), format('%d', ''), format('%i', ''));
console.log(format('%s', [new Error('inner').message, { x: [1] }]));
console.log(format('%s', -0), format('%d', -0), format('%s', [-0]), format('%s', 1e21));
