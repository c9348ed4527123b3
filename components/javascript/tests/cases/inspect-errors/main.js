// Errors. Stacks hold paths, so only what stands before them is printed.
const { inspect } = require('util');
const strip = (text) => text.replace(/\n\s+(at|\.\.\.) .*/g, '');
const show = (value, options) => console.log(strip(inspect(value, options)));

show(new Error('plain'));
show(new TypeError('typed'));
show(new Error(''));
show(new Error('with\nlines'));
show(Object.assign(new Error('props'), { code: 'E_CODE', details: { a: [1] } }));
show(new Error('outer', { cause: new Error('inner') }));
show(new Error('outer', { cause: 'text' }));
show(new Error('outer', { cause: { code: 1 } }));
show(new AggregateError([new Error('one'), new TypeError('two')], 'several'));
class ValidationError extends Error {
  constructor(message, field) {
    super(message);
    this.name = 'ValidationError';
    this.field = field;
  }
}
show(new ValidationError('bad', 'age'));
class Unnamed extends Error {}
show(new Unnamed('class only'));
class Strange extends TypeError {
  get name() { return 'Custom'; }
}
show(new Strange('getter name'));
const noStack = new Error('no stack');
noStack.stack = undefined;
show(noStack);
const stackText = new Error('x');
stackText.stack = 'CustomStack: text';
show(stackText);
show({ error: new Error('nested'), list: [new RangeError('in list')] });
show([new Error('a'), new Error('b')]);
show(new Map([['error', new Error('in map')]]));
const renamed = new Error('renamed');
renamed.name = 'Renamed';
show(renamed);
const nameless = new Error('nameless');
nameless.name = undefined;
show(nameless);
const changed = new Error('before');
changed.message = 'after';
show(changed.message);
show(Object.setPrototypeOf(new Error('null proto'), null));
show(Object.create(Error.prototype));
show({ e: Object.assign(new Error('deep'), { inner: { deeper: { deepest: { x: 1 } } } }) });
const circular = new Error('circular');
circular.self = circular;
show(circular);
console.log(String(new Error('string')), `${new TypeError('template')}`, new Error('j').toString());
console.log(JSON.stringify(new Error('json')), JSON.stringify({ e: new Error('x') }));
console.log(Object.keys(new Error('keys')), new Error('a', { cause: 1 }).cause, 'cause' in new Error('b'));
console.log(new Error('x') instanceof Error, new ValidationError('a') instanceof ValidationError, new Unnamed('u').name);
console.log(new Error('head').stack.split('\n')[0], new ValidationError('v').stack.split('\n')[0]);
console.log('%s', strip(require('util').format('%s|%o', new Unnamed('fmt'), 1)));
try { null.x; } catch (e) { console.log(e.name, e instanceof TypeError); }
try { undefined_variable; } catch (e) { console.log(e.name, e.message); }
try { throw { custom: true }; } catch (e) { console.log(e); }
const traced = {};
Error.captureStackTrace(traced);
console.log(typeof traced.stack, traced.stack.split('\n')[0]);
function outer() { const o = { name: 'Trace', message: 'msg' }; Error.captureStackTrace(o, outer); return o.stack.split('\n')[0]; }
console.log(outer());
