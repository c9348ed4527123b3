// diff, papaparse and smol-toml.
import { readFileSync, writeFileSync } from 'node:fs';
import * as diff from 'diff';
import Papa from 'papaparse';
import * as toml from 'smol-toml';

const old = readFileSync(new URL('parser.js', import.meta.url), 'utf8');
const changed = old.split('\n').filter((_, index) => index % 7 !== 3).map((line) => line.replace('const', 'let')).join('\n');
const patch = diff.createTwoFilesPatch('old.js', 'new.js', old, changed, '', '', { context: 2 });
console.log(patch);
console.log(diff.applyPatch(old, patch) === changed, diff.parsePatch(patch)[0].hunks.length);
writeFileSync('work/change.patch', patch);
console.log(diff.diffWords('the quick brown fox jumps', 'the slow brown dog jumped'));
console.log(diff.diffChars('héllo', 'hallo!').map(({ value, added, removed }) => [value, added, removed]));
console.log(diff.diffJson({ a: 1, b: [1, 2], c: { d: null } }, { a: 1, b: [2], e: 'x' }).length, diff.diffSentences('One. Two.', 'One. Three.'));
console.log(diff.applyPatch('other\ntext\n', patch));

const csv = 'name,price,note\n"Smith, J",1.5,"said ""hi"""\n\nb,20,\n"multi\nline",-3e2,true\n';
console.log(Papa.parse(csv, { header: true, dynamicTyping: true, skipEmptyLines: true }));
console.log(Papa.parse('a;b\n1;2;3\n"x', { header: true }).errors, Papa.unparse([{ a: 1, b: 'x,y' }, { a: null, b: '"q"' }]));
let rows = 0;
Papa.parse(Array.from({ length: 3000 }, (_, i) => `${i},${i * i % 97},"v ${i}"`).join('\r\n'), { step: () => rows++ });
console.log(rows);

const config = toml.parse(`
title = "x"
pi = 3.14159
big = 9_007_199_254_740_991
when = 1979-05-27T07:32:00Z
day = 1979-05-27
list = [1, [2, 3], { k = "v" }]
text = """
multi
  line \\
     joined"""
[a.b."c d"]
e = 0xff
inf = -inf
[[items]]
n = 1
[[items]]
n = 2
`);
console.log(config, config.when.toISOString());
console.log(toml.stringify({ a: { b: [1.5, 'x'], c: [{ d: 1 }, { d: 2 }] }, e: new Date(0), f: 'q"\n' }));
for (const broken of ['a = ', 'a = 1\na = 2', '[x\n', 'a = 1__0', 's = "\\q"']) {
  try { toml.parse(broken); } catch (error) { console.log(error.name, error.message, error.line, error.column); }
}
