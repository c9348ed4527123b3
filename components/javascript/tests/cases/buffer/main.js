// Buffers.
const { Buffer: B, constants, kMaxLength } = require('buffer');
console.log(B === Buffer, Buffer.from('héllo wörld'), Buffer.from('héllo').toString(), Buffer.from('68656c6c6f', 'hex').toString(), Buffer.from('aGk=', 'base64') + '', Buffer.from('ÿ', 'latin1'), Buffer.from('ab', 'utf16le'));
console.log(Buffer.alloc(3), Buffer.alloc(5, 'ab'), Buffer.alloc(4, 1), Buffer.allocUnsafe(2).length, Buffer.from([1, 256, -1, 3.7, '5']), Buffer.from(new Uint16Array([1, 2])), Buffer.from(Buffer.from('copy')), Buffer.from({ length: 2, 0: 7, 1: 8 }));
const shared = new ArrayBuffer(4);
const view = Buffer.from(shared, 1, 2);
view[0] = 9;
console.log(new Uint8Array(shared), view.byteOffset, view.length, Buffer.from(new String('boxed')), Buffer.from({ type: 'Buffer', data: [1, 2] }), Buffer.of(1, 2));
const b = Buffer.from('hello world');
console.log(b.slice(0, 5).toString(), b.subarray(-5).toString(), b.toString('hex'), b.toString('base64'), b.toString('base64url'), b.toString('ascii', 0, 5), b.toString('utf8', 6), b.toJSON().data.length, JSON.stringify(Buffer.from('a')));
console.log(b.indexOf('o'), b.indexOf('o', 5), b.lastIndexOf('o'), b.includes('wor'), b.indexOf(Buffer.from('wor')), b.indexOf(111), b.indexOf('x'), b.indexOf(''), b.lastIndexOf('l', 5), b.indexOf('lo w', -20));
console.log(Buffer.concat([Buffer.from('a'), Buffer.from('bc')]), Buffer.concat([Buffer.from('abc')], 2), Buffer.concat([Buffer.from('a')], 3), Buffer.compare(Buffer.from('a'), Buffer.from('b')), b.equals(Buffer.from('hello world')), b.compare(Buffer.from('hello')), Buffer.byteLength('€'), Buffer.byteLength('aGk=', 'base64'));
const w = Buffer.alloc(16);
console.log(w.write('hi'), w.write('€', 1, 2), w.write('xyz', 14), w.writeUInt32BE(0xdeadbeef, 4), w.writeInt16LE(-2, 8), w.writeDoubleLE(1.5, 8), w);
console.log(w.readUInt32BE(4).toString(16), w.readDoubleLE(8), w.readInt8(4), w.readUInt16LE(4), w.readUIntBE(4, 3), w.readIntLE(4, 6), w.readBigUInt64LE(8), w.readFloatBE(0));
console.log(Buffer.from([1, 2, 3, 4]).swap16(), Buffer.from([1, 2, 3, 4]).swap32().reverse(), Buffer.alloc(6).fill('abc', 1, 5), Buffer.alloc(3).fill(''), Buffer.alloc(4).fill('6162', 'hex'), [...Buffer.from('ab').entries()]);
const target = Buffer.alloc(5);
console.log(Buffer.from('abc').copy(target, 1, 1), target, Buffer.isBuffer(target), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding('UTF-8'), Buffer.isEncoding('nope'), target instanceof Uint8Array, target.buffer instanceof ArrayBuffer);
for (const act of [() => Buffer.from(5), () => Buffer.alloc(-1), () => Buffer.alloc('5'), () => w.readUInt8(16), () => w.readUInt8(1.5), () => w.writeUInt8(256, 0), () => w.writeInt32LE(2 ** 40, 0), () => Buffer.from('a', 'nope'), () => Buffer.concat('x'), () => b.swap16(), () => Buffer.byteLength(5), () => w.writeBigInt64LE(2n ** 64n), () => Buffer.from(null), () => b.toString('bad')]) {
  try { act(); console.log('no error', String(act)); } catch (e) { console.log(e.name, e.code, e.message); }
}
console.log(Buffer.from('z'.repeat(60)), Object.assign(Buffer.from('x'), { extra: 1 }), [Buffer.from('in array')], { b: Buffer.alloc(2) }, Buffer.from(''), String(Buffer.from('str')), `${Buffer.from('tpl')}`);
console.log(Buffer.from('%E2', 'utf8').length, Buffer.from([0xe2, 0x82]).toString(), Buffer.from([0xf0, 0x9f, 0x98, 0x80]).toString(), Buffer.from('😀').length, Buffer.from('\ud83d').toString('hex'), Buffer.from('abc', 'hex').length, Buffer.from('a b=c', 'base64'));
for (const value of Buffer.from('ab')) console.log(value);
console.log(Buffer.from('abc').map((x) => x + 1), Buffer.from('cab').sort(), Buffer.from('abc').readUInt16BE(1), Buffer.from('abc').at(-1), Buffer.from('test').equals(new Uint8Array([116, 101, 115, 116])), Buffer.poolSize, typeof constants.MAX_LENGTH, Buffer.name);
const { StringDecoder } = require('string_decoder');
const decoder = new StringDecoder('utf8');
console.log(decoder.write(Buffer.from([0xe2, 0x82])), decoder.write(Buffer.from([0xac, 0x61])), decoder.end(Buffer.from([0xe2])), new StringDecoder('base64').write(Buffer.from('abcd')), new StringDecoder('hex').end(Buffer.from('q')));
