// path.
const path = require('path');
for (const p of ['/a/b/c.txt', 'a/b', '/', '', '.', '..', '/a/', 'a.b.c', '.bashrc', 'a/.b', 'a..', '//a//b//', 'a/b/', './x', '../x/y.tar.gz', '/a/b.c/d', 'ü/ñ.x']) {
  console.log(JSON.stringify(p), path.basename(p), path.dirname(p), path.extname(p), path.normalize(p), path.isAbsolute(p), path.parse(p));
}
console.log(path.join('a', '..', 'b', '/c/', './d'), path.join(), path.join('', ''), path.join('/a', '../../..', 'b'), path.join('a', '', 'b/'), path.resolve('/a', 'b', '../c'), path.resolve('/a', '/b'), path.resolve('') === process.cwd());
console.log(path.relative('/a/b/c', '/a/d/e'), path.relative('/a', '/a'), path.relative('/a/b', '/a'), path.relative('/', '/x'), path.relative('/ab', '/a'), path.relative('a', 'a/b'));
console.log(path.format({ dir: '/a', name: 'b', ext: 'c' }), path.format({ root: '/', base: 'x' }), path.format({ name: 'n', ext: '.e' }), path.basename('a.txt', '.txt'), path.basename('.txt', '.txt'), path.basename('a/b/', 'b'), path.sep, path.delimiter, path.posix === path);
try { path.join(1); } catch (e) { console.log(e.code, e.message); }
try { path.basename(undefined); } catch (e) { console.log(e.message); }
try { path.resolve({}); } catch (e) { console.log(e.message); }
try { path.format(null); } catch (e) { console.log(e.message); }
