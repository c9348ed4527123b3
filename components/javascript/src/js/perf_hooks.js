// `perf_hooks`. Source: https://nodejs.org/docs/latest-v20.x/api/perf_hooks.html
const { now } = binding('runtime');
const errors = require('internal/errors');

const entries = [];
const timeOrigin = Date.now() - now();

class PerformanceEntry {
  constructor(name, entryType, startTime, duration, detail = null) {
    Object.assign(this, { name, entryType, startTime, duration, detail });
  }

  toJSON() {
    return { ...this };
  }
}
class PerformanceMark extends PerformanceEntry {}
class PerformanceMeasure extends PerformanceEntry {}

const observers = new Set();

function record(entry) {
  entries.push(entry);
  for (const observer of observers) observer.take(entry);
  return entry;
}

function timeOf(mark, fallback) {
  if (mark === undefined) return fallback;
  if (typeof mark === 'number') return mark;
  const entry = entries.findLast(({ name, entryType }) => name === mark && entryType === 'mark');
  if (entry === undefined) {
    const { DOMException } = require('internal/event_target');
    throw new DOMException(`The "${mark}" performance mark has not been set`, 'SyntaxError');
  }
  return entry.startTime;
}

const forget = (entryType) => (name) => {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry.entryType === entryType && (name === undefined || entry.name === name)) entries.splice(i, 1);
  }
};

class Performance {
  get timeOrigin() {
    return timeOrigin;
  }

  now() {
    return now();
  }

  mark(name, options = {}) {
    return record(new PerformanceMark(`${name}`, 'mark', options.startTime ?? now(), 0, options.detail ?? null));
  }

  measure(name, startOrOptions, endMark) {
    const options = startOrOptions !== null && typeof startOrOptions === 'object' ? startOrOptions : undefined;
    const end = timeOf(options ? options.end : endMark, now());
    const start = timeOf(options ? options.start : startOrOptions, 0);
    const duration = options?.duration ?? end - start;
    return record(new PerformanceMeasure(`${name}`, 'measure', start, duration, options?.detail ?? null));
  }

  clearMarks(name) {
    forget('mark')(name);
  }

  clearMeasures(name) {
    forget('measure')(name);
  }

  getEntries() {
    return entries.slice().sort((a, b) => a.startTime - b.startTime);
  }

  getEntriesByName(name, type) {
    return this.getEntries().filter((entry) => entry.name === name && (type === undefined || entry.entryType === type));
  }

  getEntriesByType(type) {
    return this.getEntries().filter((entry) => entry.entryType === type);
  }

  eventLoopUtilization() {
    return { idle: 0, active: 0, utilization: 0 };
  }

  timerify(fn) {
    errors.validateFunction(fn, 'fn');
    return function(...args) {
      const start = now();
      const result = new.target ? Reflect.construct(fn, args, fn) : Reflect.apply(fn, this, args);
      record(new PerformanceEntry(fn.name, 'function', start, now() - start, args));
      return result;
    };
  }

  toJSON() {
    return { nodeTiming: this.nodeTiming, timeOrigin };
  }

  get nodeTiming() {
    return new PerformanceEntry('node', 'node', 0, now());
  }
}

class PerformanceObserver {
  static supportedEntryTypes = ['function', 'mark', 'measure'];
  #types = [];
  #taken = [];
  #callback;

  constructor(callback) {
    errors.validateFunction(callback, 'callback');
    this.#callback = callback;
  }

  observe({ entryTypes, type }) {
    this.#types = entryTypes ?? [type];
    observers.add(this);
  }

  disconnect() {
    observers.delete(this);
  }

  takeRecords() {
    return this.#taken.splice(0);
  }

  take(entry) {
    if (!this.#types.includes(entry.entryType)) return;
    if (this.#taken.push(entry) > 1) return;
    setImmediate(() => {
      const list = this.takeRecords();
      this.#callback({
        getEntries: () => list,
        getEntriesByName: (name) => list.filter((item) => item.name === name),
        getEntriesByType: (type) => list.filter((item) => item.entryType === type),
      }, this);
    });
  }
}

module.exports = {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  constants: {},
  performance: new Performance(),
};
