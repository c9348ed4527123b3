// Ends as the first argument says.
const how = process.argv[2];
process.on('exit', (code) => console.log('leaving with', code));
console.log('before');
if (how === 'exit') process.exit(Number(process.argv[3]));
if (how === 'code') process.exitCode = Number(process.argv[3]);
if (how === 'throw') throw Object.assign(new TypeError('thrown'), { code: 'E_THROWN' });
if (how === 'later') setTimeout(() => { throw new RangeError('thrown later'); }, 1);
if (how === 'reject') Promise.reject(new Error('rejected'));
if (how === 'module') require('./no-such-module');
if (how === 'syntax') new Function('let a = ;');
if (how === 'recursion') (function again() { return again() + 1; })();
console.log('after');
