// process.
const path = require('path');
console.log(process.argv.length, path.basename(process.argv[1]), process.argv.slice(2), process.execArgv);
console.log(typeof process.pid, process.platform, typeof process.version, process.versions.node === process.version.slice(1), process.release.name, typeof process.arch);
console.log(process.cwd() === __dirname, typeof process.uptime(), Array.isArray(process.hrtime()), typeof process.hrtime.bigint(), process.hrtime.bigint() <= process.hrtime.bigint());
process.env.NEW_VARIABLE = 5;
console.log(process.env.NEW_VARIABLE, 'NEW_VARIABLE' in process.env, process.env.MISSING, delete process.env.NEW_VARIABLE, process.env.NEW_VARIABLE, typeof process.env.PATH);
console.log(Object.keys(process.memoryUsage()).slice(0, 3), typeof process.memoryUsage().heapUsed, process.exitCode, String(process), Object.prototype.toString.call(process));
console.log(process.stdout.fd, process.stderr.fd, process.stdout.isTTY, process.stdout.writable, typeof process.stdout.columns, process.stdout.write(''));
process.stdout.write('no newline; ');
process.stdout.write('with callback\n', () => console.log('written'));
process.stdout.write(new Uint8Array([104, 105, 10]));
process.stdout.write(Buffer.from('buffer\n'));
process.stdout.write('68690a', 'hex');
try { process.stdout.write(5); } catch (e) { console.log(e.code, e.message); }
try { process.chdir('/does/not/exist'); } catch (e) { console.log(e.code, e.syscall); }
process.on('custom', (value) => console.log('custom event', value));
console.log(process.emit('custom', 1), process.listenerCount('custom'), process.eventNames().includes('custom'), process instanceof require('events'));
process.once('warning', (w) => console.log('warning', w.name, w.message, w.code));
process.emitWarning('careful', 'CustomWarning', 'W001');
process.on('uncaughtException', (error, origin) => console.log('uncaught', error.message, origin));
process.on('unhandledRejection', (reason, promise) => console.log('unhandled', reason.message, promise instanceof Promise));
process.on('exit', (code) => { console.log('exit with', code, process.exitCode); process.exitCode = 3; });
setTimeout(() => { throw new Error('from a timer'); }, 1);
Promise.reject(new Error('nobody handles'));
setTimeout(() => console.log('still running'), 5);
console.log(process.nextTick.length, process.title.length > 0, process.features !== undefined, process.config !== undefined, process.umask() >= 0);
process.exitCode = 1;
