// util.
const util = require('util');
console.log(util.isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), util.isDeepStrictEqual([1], ['1']), util.isDeepStrictEqual(new Set([{ a: 1 }]), new Set([{ a: 1 }])), util.isDeepStrictEqual(new Map([[{}, 1]]), new Map([[{}, 1]])), util.isDeepStrictEqual(NaN, NaN), util.isDeepStrictEqual(0, -0), util.isDeepStrictEqual([, 1], [undefined, 1]));
const callbackStyle = (a, b, callback) => setImmediate(() => (a < 0 ? callback(new Error('negative')) : callback(null, a + b)));
const promised = util.promisify(callbackStyle);
promised(1, 2).then((v) => console.log('promisified', v));
promised(-1, 2).catch((e) => console.log('rejected', e.message));
util.callbackify(async (x) => x * 2)(21, (error, value) => console.log('callbackified', error, value));
util.callbackify(async () => { throw null; })((error) => console.log(error.code, error.reason));
function Old() {} function Parent() {}
util.inherits(Old, Parent);
console.log(new Old() instanceof Parent, Old.super_ === Parent, util.types.isPromise(Promise.resolve()), util.types.isRegExp(/x/), util.types.isDate(new Date()), util.types.isMap(new Map()), util.types.isProxy(new Proxy({}, {})), util.types.isGeneratorFunction(function* () {}), util.types.isAsyncFunction(async () => {}), util.types.isTypedArray(new Uint8Array()), util.types.isUint8Array(Buffer.alloc(1)), util.types.isNativeError(new TypeError()), util.types.isBoxedPrimitive(Object(1)), util.types.isArgumentsObject((function () { return arguments; })()), util.types.isSymbolObject(Object(Symbol())), util.types.isMapIterator(new Map().keys()), util.types.isModuleNamespaceObject({}), util.types.isGeneratorObject((function* () {})()), util.types.isWeakMap(new WeakMap()), util.types.isAnyArrayBuffer(new ArrayBuffer(1)));
const deprecated = util.deprecate((x) => x + 1, 'do not use', 'DEP_X');
process.once('warning', (w) => console.log(w.name, w.message, w.code));
console.log(deprecated(1), deprecated(2));
console.log(util.stripVTControlCharacters('\u001b[31mred\u001b[39m'), util.styleText('bold', 'b') === '\u001b[1mb\u001b[22m', util.toUSVString('\ud800'), util.inspect.custom === Symbol.for('nodejs.util.inspect.custom'));
console.log(util.parseArgs({ args: ['-f', '--bar', 'b', 'pos', '--no-color', '--list', '1', '--list=2', '-vx'], options: { foo: { type: 'boolean', short: 'f' }, bar: { type: 'string' }, 'no-color': { type: 'boolean' }, list: { type: 'string', multiple: true }, verbose: { type: 'boolean', short: 'v' }, x: { type: 'boolean', short: 'x' } }, allowPositionals: true }));
for (const args of [['--unknown'], ['--bar'], ['positional'], ['--foo=x']]) { try { util.parseArgs({ args, options: { foo: { type: 'boolean' }, bar: { type: 'string' } } }); } catch (e) { console.log(e.code, e.message); } }
console.log(new util.TextEncoder().encode('x'), util.isArray([]), util.types.isExternal({}), typeof util.debuglog('x'), util.format('%s', 'x'));
try { util.promisify('x'); } catch (e) { console.log(e.code, e.message); }
try { util.inherits(null, Parent); } catch (e) { console.log(e.code); }
class Temp { static [util.promisify.custom] = 1; }
const custom = () => {}; custom[util.promisify.custom] = async () => 'custom';
util.promisify(custom)().then(console.log);
const qs = require('querystring');
console.log(qs.parse('a=1&b=2&a=3&c=%20x+y&d'), qs.stringify({ a: [1, 2], b: 'x y', c: true, d: null, e: 'ü&=' }), qs.escape('a b'), qs.unescape('a%20b'), qs.parse('a:1;b:2', ';', ':'));
const os = require('os');
console.log(os.EOL === '\n', typeof os.cpus().length, os.tmpdir().length > 0, typeof os.hostname(), os.endianness());
const vm = require('vm');
console.log(vm.runInThisContext('1 + 1'), vm.runInNewContext('x + y', { x: 1, y: 2 }), new vm.Script('a = 5; a').runInNewContext({}), vm.isContext(vm.createContext({})));
const { AsyncLocalStorage } = require('async_hooks');
const als = new AsyncLocalStorage();
als.run({ id: 1 }, () => console.log(als.getStore()));
console.log(als.getStore(), require('worker_threads').isMainThread, require('tty').isatty(99), require('module').builtinModules.length > 20);
