// mustache, he and lodash's templates.
const Mustache = require('mustache');
const he = require('he');
const _ = require('lodash');

const view = {
  title: 'Joe & <Sons>', list: [{ name: 'a', price: 1.5 }, { name: 'b', price: 20 }], empty: [], yes: true,
  wrap() { return (text, render) => `[${render(text).trim()}]`; },
  nested: { deep: { value: 0 } }, upper() { return this.title.toUpperCase(); },
};
const text = `{{title}} {{{title}}} {{&title}} {{upper}}
{{#list}}
- {{name}}: {{price}}{{! a comment }}
{{/list}}
{{^empty}}nothing{{/empty}}{{#yes}}yes{{/yes}}{{#wrap}} {{title}} {{/wrap}}
{{nested.deep.value}} {{> part}} {{=<% %>=}}<% title %>
`;
console.log(Mustache.render(text, view, { part: 'part of {{#list}}{{name}},{{/list}}' }));
console.log(JSON.stringify(Mustache.parse('a {{b}} {{#c}}{{d}}{{/c}}')));
for (const broken of ['{{#a}}', '{{/a}}', '{{#a}}{{/b}}', '{{a']) {
  try { Mustache.render(broken, {}); } catch (error) { console.log(error.message); }
}
const odd = 'foo © bar ≠ baz 𝌆 qux <a href="x">\u00a0&notit;';
for (const options of [{}, { useNamedReferences: true }, { decimal: true }, { encodeEverything: true }]) {
  console.log(he.encode(odd, options));
  console.log(he.decode(he.encode(odd, options)) === odd);
}
console.log(he.decode('&lt;&amp;&copy;&#x1D306;&notit;&#0;&#128;'), he.escape('<\'"&`>'), he.unescape('&lt;&quot;'));
try { he.decode('&foo &amp', { strict: true }); } catch (error) { console.log(error.message); }
const compiled = _.template('<% _.forEach(users, function(user) { %><li><%- user %></li><% }); %> ${ count }');
console.log(compiled({ users: ['<a>', 'b'], count: 2 }));
console.log(compiled.source.length > 100, _.escape('<&>"\''), _.unescape('&lt;&#39;'));
