// url.
const url = require('url');
const u = new URL('https://user:pa%20ss@sub.example.com:8080/p/a/t/h/?query=string&a=1&a=2#hash');
console.log(u, u.href, u.origin, String(u), JSON.stringify({ u }));
u.port = '443'; u.hash = ''; u.searchParams.append('b', 'x y&z'); u.pathname = '/new path'; u.username = '';
console.log(u.href, u.search, u.port, u.searchParams.getAll('a'), u.searchParams.has('q'), u.searchParams.size);
console.log(new URL('../x?y#z', 'http://a.com/b/c/d').href, new URL('//h/p', 'https://a').href, new URL('file:///tmp/a b').pathname, new URL('HTTP://EXAMPLE.com:80/%7Efoo/../bar').href, new URL('http://münchen.de/ä?ö#ü').href, new URL('data:text/plain,hi').pathname, new URL('http://[::1]:3000').hostname);
for (const bad of ['nope', 'http://', '/rel', 'http://a b/', '']) { try { new URL(bad); console.log('ok', bad); } catch (e) { console.log(e.name, e.code, e.message, e.input); } }
const p = new URLSearchParams({ a: 1, b: 'two words', c: 'ü' });
console.log(p, p.toString(), [...p], [...p.keys()], new URLSearchParams('?a=1&b=2&a=3').getAll('a'), new URLSearchParams([['x', 'y']]).get('x'), new URLSearchParams('a=%zz&b=+').toString(), new URLSearchParams());
p.set('a', 'changed'); p.delete('b'); p.append('z', '1'); p.append('a', '2'); p.sort();
console.log(p.toString(), p.get('missing'), [...p.entries()].length, p.keys());
p.forEach((value, name) => console.log(name, value));
console.log(url.parse('http://user:pass@host.com:8080/p/a?x=1&y=2#frag'), url.parse('/path?q=1', true).query.q, url.format({ protocol: 'https', host: 'x.com', pathname: '/p', query: { a: 1 } }), url.resolve('http://a.com/b/c', '../d'), url.resolve('/one/two', 'three'));
console.log(url.fileURLToPath('file:///a%20b/c'), url.pathToFileURL('/tmp/a b#?.js').href, url.domainToASCII('español.com'), url.format(new URL('http://a:b@x.com/p?q#h'), { auth: false, fragment: false }), url.urlToHttpOptions(new URL('http://a.com:81/p?q=1')).path);
try { url.fileURLToPath('http://x'); } catch (e) { console.log(e.code); }
console.log(new URL('http://x/?a=b').searchParams.toString(), Object.keys(u), u instanceof URL, typeof URL.canParse, { nested: { url: new URL('http://y/') } });
const tied = new URL('http://t/?x=1'); tied.searchParams.set('x', '2'); tied.search = '?y=3';
console.log(tied.href, tied.searchParams.get('y'), tied.searchParams.get('x'));
