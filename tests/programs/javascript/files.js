// Node's `fs`, synchronously, with callbacks, with promises and as streams, below `work`.
const fs = require('fs');
const path = require('path');
const assert = require('assert');
const readline = require('readline');
const { promisify } = require('util');
const { Readable, Transform } = require('stream');
const { pipeline } = require('stream/promises');

const at = (...names) => path.join('work', ...names);
const failure = (error) => [error.code, error.syscall, error.path, error.message];

function refused(act) {
  try { console.log('no failure', act()); } catch (error) { console.log(...failure(error)); }
}

async function main() {
  fs.mkdirSync(at('a/b/c'), { recursive: true });
  fs.writeFileSync(at('a/one.txt'), 'one\n');
  fs.appendFileSync(at('a/one.txt'), 'ünï\n');
  fs.writeFileSync(at('a/bytes'), Uint8Array.from({ length: 300 }, (_, i) => i % 256));
  console.log(fs.readFileSync(at('a/one.txt'), 'utf8'), fs.readFileSync(at('a/bytes')).subarray(250, 262), fs.statSync(at('a/bytes')).size);
  fs.copyFileSync(at('a/one.txt'), at('a/b/two.txt'));
  fs.renameSync(at('a/b/two.txt'), at('a/b/c/two.txt'));
  fs.symlinkSync('one.txt', at('a/link'));
  console.log(fs.readlinkSync(at('a/link')), fs.lstatSync(at('a/link')).isSymbolicLink(), fs.readFileSync(at('a/link'), 'latin1').length);
  console.log(fs.readdirSync(at('a')), fs.readdirSync('work', { recursive: true }).sort(), fs.readdirSync(at('a'), { withFileTypes: true }).map((entry) => [entry.name, entry.isDirectory()]));
  fs.cpSync(at('a'), at('copy'), { recursive: true });
  fs.rmSync(at('copy/b'), { recursive: true });
  console.log(fs.readdirSync(at('copy')), fs.existsSync(at('copy/b')), fs.existsSync(at('copy')));

  const handle = fs.openSync(at('handle'), 'w+');
  console.log(fs.writeSync(handle, 'hello world'), fs.writeSync(handle, Buffer.from('HELLO'), 0, 5, 0));
  const buffer = Buffer.alloc(8);
  console.log(fs.readSync(handle, buffer, 0, 8, 3), buffer.toString());
  fs.ftruncateSync(handle, 5);
  fs.closeSync(handle);
  console.log(fs.readFileSync(at('handle'), 'utf8'));
  refused(() => fs.readFileSync(at('missing')));
  refused(() => fs.mkdirSync(at('a')));
  refused(() => fs.rmdirSync(at('a')));
  refused(() => fs.readdirSync(at('handle')));
  refused(() => fs.readFileSync(at('a')));
  refused(() => fs.writeFileSync(at('no/where'), ''));
  refused(() => fs.openSync(at('handle'), 'wx'));
  refused(() => fs.unlinkSync(at('missing')));
  refused(() => fs.readFileSync(7.5));
  refused(() => fs.readSync(999, buffer));

  fs.readFile(at('missing'), (error) => console.log('callback', ...failure(error)));
  fs.stat(at('handle'), (error, stats) => console.log('callback', error, stats.size, stats.isFile()));
  console.log(await promisify(fs.readFile)(at('a/one.txt'), 'utf8'));
  const file = await fs.promises.open(at('promised'), 'w+');
  await file.writeFile('line one\nline two\n');
  await file.write('!', 0);
  console.log((await file.stat()).size, (await file.read({ buffer: Buffer.alloc(6), position: 2 })).buffer.toString());
  await file.close();
  await fs.promises.access(at('nothing')).catch((error) => console.log(...failure(error)));
  await fs.promises.rm(at('copy'), { recursive: true });
  for await (const entry of await fs.promises.opendir(at('a/b'))) console.log(entry.name);

  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} of many\n`);
  const upper = new Transform({ transform(chunk, _, done) { done(null, chunk.toString().toUpperCase()); } });
  await pipeline(Readable.from(lines), upper, fs.createWriteStream(at('stream')));
  let [count, length] = [0, 0];
  for await (const line of readline.createInterface({ input: fs.createReadStream(at('stream'), { highWaterMark: 1000 }) })) {
    count++;
    length += line.length;
  }
  console.log(count, length, fs.statSync(at('stream')).size);
  const part = fs.createReadStream(at('stream'), { start: 5, end: 14, encoding: 'utf8' });
  for await (const chunk of part) console.log(chunk);
  fs.createReadStream(at('missing')).on('error', (error) => console.log('stream', ...failure(error)));
  assert.deepStrictEqual(fs.readFileSync(at('stream'), 'utf8').split('\n').length, 5001);
}

main().then(() => console.log('done'), (error) => {
  console.log('failed', error);
  process.exitCode = 1;
});
