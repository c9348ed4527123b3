// Globals besides those of the language.
console.log(typeof setTimeout, typeof queueMicrotask, typeof structuredClone, typeof fetch === 'function' || true, typeof performance.now(), typeof atob);
console.log(btoa('hello'), atob('aGVsbG8='), new TextEncoder().encode('é€'), new TextDecoder().decode(new Uint8Array([226, 130, 172])), new TextDecoder('latin1').decode(new Uint8Array([0xe9, 0x80])));
try { atob('***'); } catch (e) { console.log(e.name, e.constructor.name, e.code); }
try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])); } catch (e) { console.log(e.name, e.code); }
const decoder = new TextDecoder();
console.log(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + decoder.decode(new Uint8Array([0xac])), new TextEncoder().encodeInto('héé', new Uint8Array(4)));
const source = { date: new Date(0), map: new Map([[{ k: 1 }, new Set([1, 2])]]), nested: { list: [1, , 3] }, re: /x/gi, buf: new Uint8Array([1, 2]), err: new RangeError('cloned'), big: 1n };
source.self = source;
const copy = structuredClone(source);
console.log(copy.self === copy, copy.date, copy.map, copy.nested, copy.re, copy.buf, copy.err instanceof RangeError, copy.err.message, copy.date !== source.date);
for (const bad of [() => {}, Symbol('s'), { f() {} }]) { try { structuredClone(bad); } catch (e) { console.log(e.name, e.code); } }
const controller = new AbortController();
controller.signal.addEventListener('abort', (event) => console.log('aborted', event.type, controller.signal.reason.name));
controller.abort();
console.log(controller.signal.aborted, AbortSignal.abort('why').reason, controller.signal instanceof EventTarget);
try { controller.signal.throwIfAborted(); } catch (e) { console.log(e.name, e.message); }
const target = new EventTarget();
const handler = (event) => console.log(event.type, event.detail, event.target === target, event.defaultPrevented);
target.addEventListener('custom', handler, { once: true });
target.addEventListener('custom', { handleEvent(e) { console.log('object handler', e.type); } });
console.log(target.dispatchEvent(new CustomEvent('custom', { detail: 5, cancelable: true })), target.dispatchEvent(new Event('custom')));
console.log(new DOMException('msg', 'AbortError').code, new DOMException('msg').name, new DOMException('m', 'X') instanceof Error, Object.prototype.toString.call(new Event('x')));
console.log(typeof globalThis.process, global === globalThis, Object.keys(globalThis).includes('setTimeout'), typeof navigator === 'object' || true);
performance.mark('a');
console.log(performance.measure('m', 'a').name, performance.getEntriesByType('mark').length, typeof performance.timeOrigin, performance.now() > 0);
console.log(new Intl.NumberFormat('en-US').format(1234.5), Intl.DateTimeFormat().resolvedOptions().timeZone, [..."ab"].map(encodeURIComponent));
const url = new URL('https://user:pa%20ss@example.com:8080/p/a/t/h?query=string&a=1#hash');
console.log(url.host, url.searchParams.get('a'), [...new URLSearchParams('x=1&y=2&x=3').entries()], URL.canParse('nope'));
