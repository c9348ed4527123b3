// Regular expressions and text.
console.log('2024-01-15'.match(/(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)/).groups.year, 'aBc'.replace(/[A-Z]/g, (m, offset) => `<${m}${offset}>`));
console.log('john smith'.replace(/(\w+)\s(\w+)/, '$2, $1'), 'aaa'.lastIndexOf('a'), 'x'.replace('x', '$&$&$$'), 'a.b.c'.split('.', 2), 'one  two'.split(/\s+/), 'a1b2'.split(/(\d)/));
console.log(/^[\w.]+@[\w.]+\.\w+$/.test('a.b@c.de'), /(?<=\$)\d+/.exec('cost $42')[0], /(?<!\$)\b\d+/.exec('cost $42 7')[0], /\p{Lu}/u.test('É'), /\u{1F600}/u.test('😀'), /./su.exec('\n')[0] === '\n');
const re = /a(?<n>b)?/gd;
const m = re.exec('xab');
console.log(m, m.index, re.lastIndex, m.indices, m.indices.groups);
const sticky = /foo/y;
console.log(sticky.test('foo bar'), sticky.lastIndex, sticky.test('foo bar'), sticky.lastIndex);
console.log([...'a1b22'.matchAll(/[a-z](\d+)/g)].map(([full, digits]) => [full, digits]), 'abcabc'.search(/c/), 'x-y'.replace(/(?<l>\w)-(?<r>\w)/, '$<r>-$<l>'));
console.log('aaa'.replace(/a/g, (() => { let i = 0; return () => i++; })()), 'abc'.replace(/(?:)/g, '-'), 'ab'.split(/(?:)/), ''.split(''), ''.split(','), 'a,b'.split());
console.log(/a{2,3}?/.exec('aaaa')[0], /(a+)+b/.test('aaaaaaaaaaaaab'), /[\]\-\\]/.test(']'), /\bword\b/i.test('a WORD b'), /^$/m.test('a\n\nb'), /x*/.exec('y').index);
console.log(new RegExp('a/b').source, /[/]/.source, /\//.source, String(/a\/b/g), new RegExp('').toString(), new RegExp('\n').source, RegExp('x', 'gi').flags, /a/ instanceof RegExp, new RegExp(/x/g, 'i').flags);
console.log('日本語テキスト'.length, [...'👨‍👩‍👧'].length, '👍'.split(''), 'naïve café'.normalize('NFD').replace(/[\u0300-\u036f]/g, ''), 'ǅ'.toLowerCase(), 'ΑΣ'.toLowerCase(), 'ﬁ'.toUpperCase());
console.log('abc'.codePointAt(1), String.fromCodePoint(9731, 0x1f4a9), String.fromCharCode(72, 105), 'z'.charCodeAt(), 'a' < 'b', 'a' < 'B', '10' < '9', 'abc'.includes(''), 'abc'.startsWith('b', 1), 'abc'.endsWith('b', 2));
console.log('%', encodeURIComponent("!'()*~"), 'tab\there', 'nul\0'.length, '\x41\u0042\u{43}', 'line\
continued', "quote\"s", 'it\'s');
console.log('The Quick'.split(' ').map((w) => w[0].toLowerCase() + w.slice(1)).join('_'), 'camelCaseString'.replace(/([A-Z])/g, ' $1').toLowerCase(), 'kebab-case'.replace(/-(.)/g, (_, c) => c.toUpperCase()));
console.log('abc'.indexOf('', 10), 'abc'.lastIndexOf('c', -1), 'abcabc'.indexOf('c', 3), 'a'.concat(1, null), 'abc'.substr(-2, 1), 'x'.localeCompare('y'), '\u00a0 x\ufeff'.trim(), 'a\tb'.split('\t'));
console.log('aXbXc'.replaceAll('X', (m, i) => i), 'a.a'.replaceAll('.', '$&$&'), 'aa'.replaceAll('', '-'), 'x'.replaceAll(/x/g, '$$'), 'abcd'.replace('b', "[$`|$&|$']"));
console.log('x'.isWellFormed?.(), '\ud800'.isWellFormed?.(), '\ud800x'.toWellFormed?.(), 'ab\ncd'.match(/^./gm), 'aBC'.match(/b/gi), 'abc'.match(/z/), 'abc'.match(/z/g));
console.log(/(\d+)(?:px|em)(?=;)/.exec('width: 12px;'), /(?<a>.)(?<b>.)/.exec('xy').groups, 'z'.match(/(a)|(z)/));
console.log([..."mississippi"].reduce((m, c) => (m[c] = (m[c] ?? 0) + 1, m), {}), 'racecar' === [...'racecar'].reverse().join(''), 'a-b-c'.split('-').reverse());
