// ECMAScript modules.
import def, { named, renamed as other, default as again } from './lib/exports.mjs';
import * as ns from './lib/exports.mjs';
import cjs, { alpha, beta } from './lib/common.cjs';
import * as cjsNs from './lib/common.cjs';
import data from './lib/data.json' with { type: 'json' };
import fs, { existsSync } from 'node:fs';
import { join } from 'path';
import dual from 'dual';
import { counter, increment } from './lib/live.mjs';
import './lib/side-effect.mjs';
import { a as cycleA, readB } from './lib/cycle-a.mjs';
export { def as reexported };
export * from './lib/exports.mjs';
export * as grouped from './lib/live.mjs';

console.log(def, named, other, again, ns, Object.keys(ns));
console.log(cjs, alpha, beta, Object.keys(cjsNs), cjsNs.default === cjs);
console.log(data, typeof fs.readFileSync, existsSync === fs.existsSync, join('a', 'b'), dual);
console.log(counter, increment(), counter);
console.log(cycleA, readB());
console.log(import.meta.url.split('/').slice(-2).join('/'), import.meta.filename.split('/').pop(), import.meta.dirname.split('/').pop());
console.log(import.meta.resolve('./lib/exports.mjs').split('/').slice(-2), import.meta.resolve('fs'));
console.log(typeof require, typeof module, typeof __filename, this, (function () { return this; })());
const awaited = await Promise.resolve('top-level await');
console.log(awaited);
const dynamic = await import('./lib/exports.mjs');
console.log(dynamic === ns, dynamic.default);
const withQuery = await import('./lib/side-effect.mjs?fresh');
console.log(withQuery === (await import('./lib/side-effect.mjs')), withQuery === (await import('./lib/side-effect.mjs?fresh')));
const json = await import('./lib/data.json', { with: { type: 'json' } });
console.log(json.default === data);
try { ns.named = 1; } catch (error) { console.log(error.name); }
try { await import('./missing.mjs'); } catch (error) { console.log(error.code); }
try { await import('not-there'); } catch (error) { console.log(error.code); }
try { await import('./lib/throws.mjs'); } catch (error) { console.log(error.message); }
try { await import('./lib/throws.mjs'); } catch (error) { console.log('again', error.message); }
try { await import('./lib/syntax.mjs'); } catch (error) { console.log(error.name); }
try { await import('./lib/data.json'); } catch (error) { console.log(error.name); }
try { await import('node:nothing'); } catch (error) { console.log(error.code); }
for (const name of ['one', 'two']) console.log((await import(`./lib/${name}.mjs`)).default);
import { createRequire } from 'module';
console.log(createRequire(import.meta.url)('./lib/common.cjs') === cjs);
const { default: late } = await import('./lib/late.mjs');
console.log(late);
console.log(await Promise.all([import('./lib/one.mjs'), import('./lib/two.mjs')]).then((all) => all.map((m) => m.default)));
