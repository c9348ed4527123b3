// marked, over the documentation of every package.
import { readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { Marked, lexer, marked } from 'marked';

const text = `# Title *with* \`code\`

A [link](https://example.org "t"), an ![image](i.png), **strong**, ~~gone~~, a\\*b, <b>html</b> & more.

| left | right |
|:-----|------:|
| 1    | \`|\`  |

- [x] done
- [ ] open
  1. nested

> quote
> more

\`\`\`js
let x = "<>" && 1;
\`\`\`

Setext
------
https://auto.link and <mail@example.org>
`;
console.log(marked.parse(text));
console.log(lexer(text).map((token) => `${token.type}:${token.raw.length}`).join(' '));
const mine = new Marked({ breaks: true, gfm: true });
mine.use({
  renderer: { heading({ tokens, depth }) { return `<h${depth} class="x">${this.parser.parseInline(tokens)}</h${depth}>\n`; } },
  walkTokens(token) { if (token.type === 'link') token.href = token.href.toUpperCase(); },
});
console.log(mine.parse(text));
let all = '';
for (const name of readdirSync(new URL('node_modules', import.meta.url)).sort()) {
  const readme = new URL(`node_modules/${name}/README.md`, import.meta.url);
  if (!existsSync(readme)) continue;
  const html = marked.parse(readFileSync(readme, 'utf8'));
  console.log(name, html.length);
  all += html;
}
writeFileSync('work/all.html', all);
