// Node's other core modules, and standard input.
import assert from 'node:assert';
import buffer, { Buffer } from 'node:buffer';
import crypto from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import querystring from 'node:querystring';
import readline from 'node:readline/promises';
import { Duplex, PassThrough, Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setInterval as every, setTimeout as sleep } from 'node:timers/promises';
import url from 'node:url';
import util from 'node:util';

console.log(process.argv.slice(2), process.env.GREETING, process.argv.length, path.basename(process.argv[1]), path.isAbsolute(process.argv[1]));
const input = readline.createInterface({ input: process.stdin });
for await (const line of input) console.log('input', JSON.stringify(line));

const failing = (act) => {
  try { act(); console.log('no failure'); } catch (error) { console.log(error.code, error.message); }
};
failing(() => assert.deepStrictEqual({ a: [1, 2], b: new Map([[1, 2]]) }, { a: [1, 3], b: new Map([[1, 2]]) }));
failing(() => assert.strictEqual('one\ntwo', 'one\nthree'));
failing(() => assert.throws(() => { throw new TypeError('x'); }, /y/));
failing(() => assert(0, 'falsy'));
failing(() => Buffer.alloc('x'));
failing(() => new URL('nonsense'));
failing(() => path.join(1));
failing(() => new EventEmitter().emit('error', new Error('nobody listens')));

for (const name of ['md5', 'sha1', 'sha256', 'sha512']) {
  console.log(name, crypto.createHash(name).update('hello ').update(Buffer.from('world')).digest('hex'), crypto.createHmac(name, 'k').update('x').digest('base64'));
}
console.log(crypto.randomUUID().length, crypto.randomBytes(16).length, crypto.randomInt(5, 6));

const text = 'héllo wörld €𝌆';
for (const encoding of ['utf8', 'utf16le', 'latin1', 'base64', 'base64url', 'hex', 'ascii']) {
  const bytes = Buffer.from(text, encoding === 'hex' || encoding.startsWith('base64') ? 'utf8' : encoding);
  console.log(encoding, bytes.length, bytes.toString(encoding), Buffer.from(bytes.toString(encoding), encoding).equals(bytes));
}
const bytes = Buffer.alloc(32);
bytes.writeDoubleBE(Math.PI, 0);
bytes.writeBigInt64LE(-5n, 8);
bytes.writeUIntBE(0x123456, 16, 3);
bytes.write('text', 20);
console.log(bytes, bytes.readDoubleBE(0), bytes.readBigInt64LE(8), bytes.readUIntBE(16, 3), bytes.indexOf('ex'), bytes.swap32().subarray(0, 4), buffer.constants.MAX_LENGTH > 0);
const decoder = new StringDecoder('utf8');
console.log([0xf0, 0x9d, 0x8c, 0x86, 0x61, 0xe2].map((byte) => decoder.write(Buffer.from([byte]))), decoder.end());

console.log(new URL('../x/./y?q=ü&r#h', 'HTTPS://user:pa%20ss@Example.ORG:443/a/b/c'), url.parse('http://a.b:80/c?d=e#f').pathname, url.fileURLToPath('file:///a%20b'), url.pathToFileURL('/ü?').href);
console.log([...new URLSearchParams('a=1&b=%20x&a=2')], querystring.stringify({ a: ['x', 'y'], b: 'ü&' }), querystring.parse('a=1&a=2&c'));
console.log(path.relative('/a/b/c', '/a/d/e'), path.normalize('/a/./b//../c/'), path.parse('/x/y.tar.gz'), path.resolve('/a', '..', 'b'), path.extname('.rc'), path.format({ dir: '/q', name: 'r', ext: 's' }));
console.log(os.EOL === '\n', typeof os.tmpdir(), performance.now() > 0, util.types.isRegExp(/x/), util.inspect.custom);
class Shape { constructor() { this.kind = 'shape'; } get area() { return 1; } [util.inspect.custom](depth, options) { return options.stylize(`<${this.kind}>`, 'special'); } }
console.log(util.inspect({ shape: new Shape(), deep: { a: { b: { c: { d: 1 } } } }, list: Array.from({ length: 120 }, (_, i) => i), set: new Set(['a', { b: 1 }]), f: class A extends Shape {}, g() {}, s: Symbol('s'), n: null, big: 12n, error: new RangeError('r').message }, { depth: 3, compact: 2, breakLength: 100 }));
console.log(util.format('%s|%d|%i|%f|%j|%o|%O|%%|%c', 'a', '12', 3.9, '4.5', { a: 1 }, [1], { b: { c: {} } }, 'css', 'more', { rest: 1 }));
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);

const emitter = new EventEmitter();
emitter.once('x', (...args) => console.log('once', args));
emitter.prependListener('x', () => console.log('first'));
console.log(emitter.emit('x', 1, 2), emitter.emit('x'), emitter.listenerCount('x'), emitter.eventNames());
setTimeout(() => emitter.emit('later', 'value'), 5);
console.log(await once(emitter, 'later'));
const controller = new AbortController();
setTimeout(() => { emitter.emit('tick', 1); emitter.emit('tick', 2); controller.abort(); }, 5);
try { for await (const value of on(emitter, 'tick', { signal: controller.signal })) console.log(value); } catch (error) { console.log(error.name, error.code); }

const slow = new Writable({ highWaterMark: 4, write(chunk, _, done) { setTimeout(done, 1); } });
console.log(slow.write('12345'), slow.writableNeedDrain);
await once(slow, 'drain');
slow.end();
await once(slow, 'finish');
const echo = Duplex.from(async function* (source) { for await (const chunk of source) yield String(chunk).toUpperCase(); });
echo.end('shout');
for await (const chunk of echo) console.log(String(chunk));
console.log(await Readable.from([1, 2, 3, 4]).filter((n) => n % 2 === 0).map(async (n) => n * n).toArray());
const through = new PassThrough({ objectMode: true });
through.end({ a: 1 });
console.log(await through.toArray());
console.log(await sleep(2, 'slept'));
let ticks = 0;
for await (const _ of every(1)) if (++ticks === 3) break;
console.log(ticks, await Promise.race([sleep(1000, 'slow', { ref: false }), sleep(1, 'fast')]));
process.on('exit', (code) => console.log('exit', code, process.exitCode));
process.exitCode = 0;
