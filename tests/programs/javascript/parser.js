// acorn parses itself and what a parser has to refuse; esprima must agree on the tokens.
const fs = require('fs');
const acorn = require('acorn');
const esprima = require('esprima');

function count(node, counts = new Map()) {
  if (Array.isArray(node)) for (const item of node) count(item, counts);
  else if (node && typeof node.type === 'string') {
    counts.set(node.type, (counts.get(node.type) ?? 0) + 1);
    for (const key of Object.keys(node)) if (typeof node[key] === 'object') count(node[key], counts);
  }
  return counts;
}

for (const file of ['acorn', 'mustache', 'minimist/index.js', 'semver/classes/range.js', 'decimal.js']) {
  const text = fs.readFileSync(require.resolve(file), 'utf8');
  const comments = [];
  const tree = acorn.parse(text, { ecmaVersion: 'latest', locations: true, onComment: comments, allowHashBang: true });
  console.log(file, comments.length, [...count(tree)].sort());
  fs.writeFileSync(`work/${file.replaceAll('/', '-')}on`, JSON.stringify(tree, null, 1));
}
const text = fs.readFileSync(require.resolve('minimist'), 'utf8');
const ours = [...acorn.tokenizer(text, { ecmaVersion: 2020 })].map((token) => text.slice(token.start, token.end));
const theirs = esprima.tokenize(text).map((token) => token.value);
console.log(ours.length, ours.join() === theirs.join());
console.log(esprima.parseScript('const f = async (a, ...b) => ({ [a]: await b });', { range: true }));

for (const source of [
  'let a = = 1', 'for (const x of y', 'class A { constructor() {} constructor() {} }', '"use strict"; with (a) {}',
  'a => { await b }', 'var \\u{110000}', '`${', '/(?<n>a)(?<n>b)/', '0b12', 'return 1', 'x?.y = 1', 'import a from "b"',
]) {
  try {
    console.log(acorn.parse(source, { ecmaVersion: 2022 }).body.length);
  } catch (error) {
    console.log(source, '→', error.name, error.message, error.pos, error.loc);
  }
}
