// events.
const EventEmitter = require('events');
class Mine extends EventEmitter { constructor() { super(); this.own = 1; } }
const e = new Mine();
e.on('newListener', (name, fn) => console.log('new', String(name), typeof fn));
const a = (...args) => console.log('a', args);
e.on('x', a);
e.prependListener('x', () => console.log('first'));
e.once('x', function (v) { console.log('once', v, this === e); });
console.log(e.emit('x', 1, 2), e.emit('x', 3), e.emit('none'), e.listenerCount('x'), e.eventNames(), e.listeners('x').length, e.rawListeners('x').length);
e.on('removeListener', (name) => console.log('removed', name));
e.off('x', a);
console.log(e.emit('x'), e.removeAllListeners('x') === e, e.listenerCount('x'), e.getMaxListeners());
try { e.emit('error', new Error('unhandled')); } catch (error) { console.log(error.message); }
try { e.emit('error', { code: 5 }); } catch (error) { console.log(error.code, error.message, error.context); }
e.on('error', (error) => console.log('handled', error.message));
e.emit('error', new Error('now'));
try { e.on('x', 'not a function'); } catch (error) { console.log(error.code, error.message); }
const order = [];
e.on('self', function handler() { order.push(1); e.removeListener('self', handler); e.on('self', () => order.push('late')); });
e.on('self', () => order.push(2));
e.emit('self'); e.emit('self');
console.log(order);
const sym = Symbol('event');
e.on(sym, () => console.log('symbol event'));
e.emit(sym);
function Legacy() { EventEmitter.call(this); }
require('util').inherits(Legacy, EventEmitter);
const legacy = new Legacy();
legacy.on('y', () => console.log('legacy'));
legacy.emit('y');
console.log(EventEmitter.EventEmitter === EventEmitter, EventEmitter.defaultMaxListeners, EventEmitter.listenerCount(e, sym), new EventEmitter() instanceof EventEmitter, typeof EventEmitter.once);
console.log(new EventEmitter());
process.once('warning', (w) => console.log(w.name, w.count, w.type));
const leaky = new EventEmitter();
for (let i = 0; i < 11; i++) leaky.on('leak', () => {});
leaky.setMaxListeners(0);
EventEmitter.once(legacy, 'z').then(console.log);
EventEmitter.once(legacy, 'q').catch((error) => console.log('once rejects', error.message));
legacy.emit('z', 1, 2);
legacy.emit('error', new Error('instead'));
console.log(EventEmitter.errorMonitor, EventEmitter.getEventListeners(e, sym).length);
