// Files with callbacks, promises and streams.
const fs = require('fs');
const fsp = require('fs/promises');
const path = require('path');
const { pipeline } = require('stream/promises');
const root = fs.mkdtempSync(path.join(require('os').tmpdir(), 'boxer-fsa-'));
const at = (...parts) => path.join(root, ...parts);
const clean = (text) => text.replaceAll(root, 'ROOT');
(async () => {
  await fsp.writeFile(at('a'), 'content');
  await fsp.appendFile(at('a'), ' more');
  console.log(await fsp.readFile(at('a'), 'utf8'), await fsp.readFile(at('a')), (await fsp.stat(at('a'))).size);
  await fsp.mkdir(at('d/e'), { recursive: true });
  console.log(await fsp.readdir(root), await fsp.access(at('a')), fs.promises === fsp);
  try { await fsp.readFile(at('none')); } catch (e) { console.log(e.code, clean(e.message)); }
  const handle = await fsp.open(at('h'), 'w+');
  console.log((await handle.write('handle text')).bytesWritten, (await handle.stat()).size, typeof handle.fd);
  await handle.close();
  await new Promise((resolve) => fs.readFile(at('h'), 'utf8', (error, text) => { console.log(error, text); resolve(); }));
  await new Promise((resolve) => fs.readFile(at('none'), (error, text) => { console.log(error.code, text); resolve(); }));
  await new Promise((resolve) => fs.mkdir(at('m'), (error) => { console.log(error); resolve(); }));
  await new Promise((resolve) => fs.stat(at('m'), (error, stat) => { console.log(stat.isDirectory()); resolve(); }));
  await new Promise((resolve) => fs.exists(at('m'), (found) => { console.log(found); resolve(); }));
  try { fs.readFile(at('a')); } catch (e) { console.log(e.code); }
  console.log(await require('util').promisify(fs.readFile)(at('h'), 'utf8'));
  const out = fs.createWriteStream(at('s'));
  out.write('line 1\n');
  out.write('line 2\n');
  out.end('line 3\n');
  await require('events').once(out, 'finish');
  console.log(out.bytesWritten, fs.readFileSync(at('s'), 'utf8'));
  const chunks = [];
  for await (const chunk of fs.createReadStream(at('s'), { encoding: 'utf8', highWaterMark: 5 })) chunks.push(chunk);
  console.log(chunks);
  for await (const line of require('readline').createInterface({ input: fs.createReadStream(at('s')) })) console.log('line:', line);
  await pipeline(fs.createReadStream(at('s'), { start: 2, end: 8 }), fs.createWriteStream(at('t')));
  console.log(JSON.stringify(fs.readFileSync(at('t'), 'utf8')));
  fs.createReadStream(at('none')).on('error', (e) => console.log('stream error', e.code));
  await new Promise((r) => setTimeout(r, 5));
  for await (const entry of await fsp.opendir(root)) if (entry.name === 'a') console.log('entry', entry.isFile());
  await fsp.rm(root, { recursive: true });
  console.log(fs.existsSync(root));
})();
