#!/usr/bin/env node
// CommonJS: resolution, caching, cycles, JSON.
const path = require('path');
const rel = (p) => path.relative(__dirname, p);
console.log(path.basename(__filename), rel(__dirname) === '', require.main === module, module.id, module.loaded);
console.log(typeof require, typeof module, typeof exports, exports === module.exports, this === module.exports);
console.log(require('./lib/value'), require('./lib/value.js') === require('./lib/value'), require('./lib/data'), require('./lib/data.json').list);
console.log(require('./lib'), require('./lib/'), require('./lib/folder'));
const a = require('./lib/cycle-a');
console.log(a, require('./lib/cycle-b'));
console.log(require('plain'), require('withmain'), require('withmain/other'), require('@scope/pkg'), require('@scope/pkg/sub.js'));
console.log(require('conditional'), require('conditional/feature'), require('conditional/feature/deep'), require('conditional/internal-user'));
for (const bad of ['./missing', 'not-installed', 'conditional/private', './lib/throws', './lib/syntax', './lib/bad.json']) {
  try {
    require(bad);
  } catch (error) {
    console.log(bad, error.name, error.code, error.message.split('\n')[0].replaceAll(__dirname, '.'));
  }
}
try { require('./lib/throws'); } catch (error) { console.log('again', error.message); }
console.log(rel(require.resolve('./lib/value')), rel(require.resolve('plain')), require.resolve('fs'), require.resolve('node:fs'));
console.log(Object.keys(require.cache).map(rel).filter((p) => p.includes('value')), require.cache[__filename] === module);
delete require.cache[require.resolve('./lib/counter')];
const counter = require('./lib/counter');
counter.count++;
console.log(require('./lib/counter').count);
delete require.cache[require.resolve('./lib/counter')];
console.log(require('./lib/counter').count);
console.log(require('./lib/exports-shape'), require('./lib/returns-early'), require('./lib/strict').thisIs, typeof require('./lib/class'));
console.log(module.children.length > 5, module.paths[0].endsWith('node_modules'), require('module').builtinModules.includes('fs'));
console.log(require('fs') === require('node:fs'), require('module').isBuiltin('node:path'), require('module').createRequire(__filename)('./lib/value'));
console.log(require('./lib/with-bom'), require('./lib/shebang'), require('esmpkg').default, Object.keys(require('esmpkg')));
console.log(require('./lib/args')(1, 2), (() => { try { eval('var x ='); } catch (e) { return e.name; } })());
console.log(typeof globalThis.require, typeof globalThis.module, typeof __dirname);
var leak = 1;
console.log(globalThis.leak);
module.exports = { done: true };
import('./lib/value.js').then((ns) => console.log('dynamic', ns.default, ns));
