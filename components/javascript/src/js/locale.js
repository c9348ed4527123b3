// Numbers, dates and lists as American English writes them, in UTC: the one locale that is
// built in. Source: https://tc39.es/ecma402, and the output of Node 20 for `en-US`.
const SYMBOLS = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹', CNY: 'CN¥', KRW: '₩', BRL: 'R$', CAD: 'CA$', AUD: 'A$', MXN: 'MX$', NZD: 'NZ$', ILS: '₪', VND: '₫', HKD: 'HK$', TWD: 'NT$', XAF: 'FCFA', XOF: 'F CFA' };
const NAMES = { USD: 'US dollars', EUR: 'euros', GBP: 'British pounds', JPY: 'Japanese yen', INR: 'Indian rupees', CNY: 'Chinese yuan' };
const WITHOUT_CENTS = new Set(['JPY', 'KRW', 'VND', 'XAF', 'XOF', 'CLP', 'ISK', 'HUF']);

const UNITS = {
  kilometer: 'km', meter: 'm', centimeter: 'cm', millimeter: 'mm', mile: 'mi', foot: 'ft', inch: 'in',
  kilogram: 'kg', gram: 'g', pound: 'lb', ounce: 'oz', liter: 'L', milliliter: 'mL',
  'kilometer-per-hour': 'km/h', 'mile-per-hour': 'mph', celsius: '°C', fahrenheit: '°F', percent: '%',
  second: 'sec', minute: 'min', hour: 'hr', day: 'day', week: 'wk', month: 'mth', year: 'yr', millisecond: 'ms',
  byte: 'byte', kilobyte: 'kB', megabyte: 'MB', gigabyte: 'GB', terabyte: 'TB', bit: 'bit', degree: 'deg',
};

function pick(options, name, values, fallback) {
  const value = options?.[name];
  if (value === undefined) return fallback;
  const text = `${value}`;
  if (values && !values.includes(text)) throw new RangeError(`Value ${text} out of range for Intl options property ${name}`);
  return text;
}

function digits(options, name, min, max, fallback) {
  const value = options?.[name];
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!(number >= min && number <= max)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(number);
}

// The digits of a decimal, rounded half away from zero at `places`.
function rounded(value, places) {
  const text = typeof value === 'bigint' ? `${value}` : plain(value);
  const [whole, fraction = ''] = text.split('.');
  if (fraction.length <= places) return [whole, fraction];
  const up = fraction[places] >= '5';
  const kept = BigInt(whole + fraction.slice(0, places)) + (up ? 1n : 0n);
  const all = `${kept}`.padStart(places + 1, '0');
  return [all.slice(0, all.length - places), places > 0 ? all.slice(-places) : ''];
}

// A number without an exponent.
function plain(value) {
  const text = `${value}`;
  const match = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, first, rest = '', exponent] = match;
  const shift = Number(exponent);
  const all = first + rest;
  if (shift < 0) return `0.${'0'.repeat(-shift - 1)}${all}`;
  return all.length <= shift + 1 ? all.padEnd(shift + 1, '0') : `${all.slice(0, shift + 1)}.${all.slice(shift + 1)}`;
}

const group = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ',');

class NumberFormat {
  #o;

  constructor(locales, options = {}) {
    const style = pick(options, 'style', ['decimal', 'percent', 'currency', 'unit'], 'decimal');
    const currency = options?.currency === undefined ? undefined : `${options.currency}`.toUpperCase();
    if (style === 'currency' && currency === undefined) {
      throw new TypeError('Currency code is required with currency style.');
    }
    const notation = pick(options, 'notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard');
    const cents = WITHOUT_CENTS.has(currency) ? 0 : 2;
    let min = style === 'currency' && notation === 'standard' ? cents : 0;
    let max = style === 'currency' && notation === 'standard' ? cents : style === 'percent' || notation === 'compact' ? 0 : 3;
    const givenMin = digits(options, 'minimumFractionDigits', 0, 100, undefined);
    const givenMax = digits(options, 'maximumFractionDigits', 0, 100, undefined);
    if (givenMin !== undefined && givenMax !== undefined && givenMin > givenMax) {
      throw new RangeError('maximumFractionDigits value is out of range.');
    }
    if (givenMin !== undefined) {
      min = givenMin;
      max = Math.max(max, min);
    }
    if (givenMax !== undefined) {
      max = givenMax;
      min = Math.min(min, max);
    }
    const grouping = options?.useGrouping;
    this.#o = {
      style, currency, notation, min, max,
      display: pick(options, 'currencyDisplay', ['symbol', 'narrowSymbol', 'code', 'name'], 'symbol'),
      accounting: pick(options, 'currencySign', ['standard', 'accounting'], 'standard') === 'accounting',
      unit: options?.unit === undefined ? undefined : `${options.unit}`,
      unitDisplay: pick(options, 'unitDisplay', ['short', 'narrow', 'long'], 'short'),
      compactDisplay: pick(options, 'compactDisplay', ['short', 'long'], 'short'),
      integer: digits(options, 'minimumIntegerDigits', 1, 21, 1),
      minSignificant: digits(options, 'minimumSignificantDigits', 1, 21, undefined),
      maxSignificant: digits(options, 'maximumSignificantDigits', 1, 21, undefined),
      sign: pick(options, 'signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto'),
      grouping: grouping !== false && grouping !== 'false',
      fixed: givenMin !== undefined || givenMax !== undefined,
    };
    this.format = this.format.bind(this);
  }

  #magnitude(value) {
    const o = this.#o;
    if (o.minSignificant !== undefined || o.maxSignificant !== undefined) {
      const precise = Number(value).toPrecision(o.maxSignificant ?? 21);
      const [whole, fraction = ''] = plain(Number(precise)).split('.');
      const min = o.minSignificant ?? 1;
      const have = `${whole}${fraction}`.replace(/^0+/, '').length;
      return [whole, have < min ? fraction.padEnd(fraction.length + min - have, '0') : fraction];
    }
    const [whole, fraction] = rounded(value, o.max);
    let shown = fraction;
    while (shown.length > o.min && shown.endsWith('0')) shown = shown.slice(0, -1);
    return [whole, shown.padEnd(o.min, '0')];
  }

  #compact(value) {
    const number = Number(value);
    const steps = [[1e12, 'T', ' trillion'], [1e9, 'B', ' billion'], [1e6, 'M', ' million'], [1e3, 'K', ' thousand']];
    const step = steps.find(([size]) => number >= size * 0.9995 || number >= size) ?? [1, '', ''];
    const scaled = number / step[0];
    let text;
    if (this.#o.fixed || this.#o.maxSignificant !== undefined) {
      const [whole, fraction] = this.#magnitude(scaled);
      text = fraction ? `${whole}.${fraction}` : whole;
    } else {
      text = scaled < 100 ? plain(Number(scaled.toPrecision(2))) : plain(Math.round(scaled));
    }
    return text + (this.#o.compactDisplay === 'long' ? step[2] : step[1]);
  }

  #digits(value) {
    const o = this.#o;
    if (Number.isNaN(value)) return 'NaN';
    if (value === Infinity) return '∞';
    if (o.notation === 'compact') return this.#compact(value);
    if (o.notation === 'scientific' || o.notation === 'engineering') {
      const number = Number(value);
      let exponent = number === 0 ? 0 : Math.floor(Math.log10(number));
      if (o.notation === 'engineering') exponent = Math.floor(exponent / 3) * 3;
      const [whole, fraction] = this.#magnitude(number / 10 ** exponent);
      return `${whole}${fraction ? `.${fraction}` : ''}E${exponent}`;
    }
    const [whole, fraction] = this.#magnitude(value);
    const padded = whole.padStart(o.integer, '0');
    return (o.grouping ? group(padded) : padded) + (fraction ? `.${fraction}` : '');
  }

  format(input) {
    const o = this.#o;
    let value = typeof input === 'bigint' ? input : Number(input);
    const negative = typeof value === 'bigint' ? value < 0n : value < 0 || Object.is(value, -0);
    if (negative) value = -value;
    if (o.style === 'percent') value = typeof value === 'bigint' ? value * 100n : Number(`${plainShift(value)}`);
    let text = this.#digits(value);
    if (o.style === 'percent') text += '%';
    if (o.style === 'currency') {
      const symbol = o.display === 'narrowSymbol' ? (SYMBOLS[o.currency] ?? o.currency).replace(/^[A-Z]+(?=\W)/, '') : SYMBOLS[o.currency];
      if (o.display === 'name') text += ` ${NAMES[o.currency] ?? o.currency}`;
      else if (o.display === 'code' || symbol === undefined) text = `${o.currency}\u00a0${text}`;
      else text = symbol + text;
    }
    if (o.style === 'unit') text = withUnit(text, o, value);
    const zero = !/[1-9∞N]/.test(text);
    const minus = negative && !(zero && (o.sign === 'exceptZero' || o.sign === 'negative'));
    if (minus && o.sign !== 'never' && !Number.isNaN(value)) return o.accounting ? `(${text})` : `-${text}`;
    if (o.sign === 'always' || (o.sign === 'exceptZero' && !zero)) return `+${text}`;
    return text;
  }

  formatToParts(input) {
    const parts = [];
    let afterPoint = false;
    for (const [piece] of this.format(input).matchAll(/\d+|[^\d]/g)) {
      if (/^\d/.test(piece)) parts.push({ type: afterPoint ? 'fraction' : 'integer', value: piece });
      else if (piece === ',') parts.push({ type: 'group', value: piece });
      else if (piece === '.') {
        afterPoint = true;
        parts.push({ type: 'decimal', value: piece });
      } else if (piece === '-') parts.push({ type: 'minusSign', value: piece });
      else if (piece === '+') parts.push({ type: 'plusSign', value: piece });
      else if (piece === '%') parts.push({ type: 'percentSign', value: piece });
      else if (this.#o.style === 'currency' && !/\s/.test(piece)) parts.push({ type: 'currency', value: piece });
      else parts.push({ type: 'literal', value: piece });
    }
    return parts;
  }

  resolvedOptions() {
    const o = this.#o;
    return {
      locale: 'en-US', numberingSystem: 'latn', style: o.style, ...(o.currency && { currency: o.currency }),
      minimumIntegerDigits: o.integer, minimumFractionDigits: o.min, maximumFractionDigits: o.max,
      useGrouping: o.grouping ? 'auto' : false, notation: o.notation, signDisplay: o.sign,
    };
  }
}

// A hundred times a number, without the error of multiplying.
function plainShift(value) {
  if (!Number.isFinite(value)) return value;
  const [whole, fraction = ''] = plain(value).split('.');
  const padded = fraction.padEnd(2, '0');
  return `${whole}${padded.slice(0, 2)}.${padded.slice(2)}`;
}

function withUnit(text, o, value) {
  const name = o.unit;
  if (o.unitDisplay === 'long') {
    const spoken = name.replace(/-per-/, 's per ').replace(/-/g, ' ');
    const plural = Number(value) === 1 ? spoken.replace('s per ', ' per ') : spoken.includes(' per ') ? spoken : `${spoken}s`;
    if (name === 'celsius' || name === 'fahrenheit') return `${text} degrees ${name === 'celsius' ? 'Celsius' : 'Fahrenheit'}`;
    return name === 'percent' ? `${text} percent` : `${text} ${plural.replace(/^foots/, 'feet').replace(/^inchs/, 'inches')}`;
  }
  const short = UNITS[name] ?? name;
  const tight = short === '%' || short.startsWith('°') || o.unitDisplay === 'narrow';
  const many = ['day', 'wk', 'mth', 'yr', 'bit'].includes(short) && Number(value) !== 1 ? 's' : '';
  return tight ? `${text}${short}` : `${text} ${short}${many}`;
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const FIELDS = ['weekday', 'era', 'year', 'month', 'day', 'dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits', 'timeZoneName'];
const STYLES = {
  date: {
    full: { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' },
    long: { month: 'long', day: 'numeric', year: 'numeric' },
    medium: { month: 'short', day: 'numeric', year: 'numeric' },
    short: { month: 'numeric', day: 'numeric', year: '2-digit' },
  },
  time: {
    full: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'long' },
    long: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
    medium: { hour: 'numeric', minute: '2-digit', second: '2-digit' },
    short: { hour: 'numeric', minute: '2-digit' },
  },
};
const DATE = { year: 'numeric', month: 'numeric', day: 'numeric' };
const TIME = { hour: 'numeric', minute: '2-digit', second: '2-digit' };

class DateTimeFormat {
  #o;
  #given;

  constructor(locales, options = {}, defaults = DATE) {
    const given = options ?? {};
    const zone = given.timeZone === undefined ? 'UTC' : `${given.timeZone}`;
    if (!/^(UTC|GMT|Etc\/(UTC|GMT)|[+-]00:?00)$/i.test(zone)) {
      throw new RangeError(`Invalid time zone specified: ${zone} (boxer:javascript knows UTC only)`);
    }
    let fields = {};
    for (const name of FIELDS) if (given[name] !== undefined) fields[name] = given[name];
    const styled = given.dateStyle !== undefined || given.timeStyle !== undefined;
    if (styled) {
      if (Object.keys(fields).length > 0) throw new TypeError("Can't set option when dateStyle or timeStyle is used");
      fields = { ...STYLES.date[given.dateStyle], ...STYLES.time[given.timeStyle] };
    } else if (!['weekday', 'year', 'month', 'day', 'dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'].some((name) => name in fields)) {
      fields = { ...defaults, ...fields };
    }
    const cycle = given.hourCycle ?? (given.hour12 === false ? 'h23' : 'h12');
    this.#o = {
      ...fields,
      half: given.hour12 === undefined ? cycle === 'h12' || cycle === 'h11' : Boolean(given.hour12),
      joiner: given.dateStyle === 'full' || given.dateStyle === 'long' ? ' at ' : ', ',
    };
    this.#given = given;
    this.format = this.format.bind(this);
  }

  static withDefaults(locales, options, defaults, required) {
    const given = options ?? {};
    const names = { date: ['weekday', 'year', 'month', 'day'], time: ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'] };
    const has = names[required]?.some((name) => given[name] !== undefined) || given.dateStyle !== undefined || given.timeStyle !== undefined;
    const any = [...names.date, ...names.time].some((name) => given[name] !== undefined) || has;
    if (required === undefined ? any : has) return new DateTimeFormat(locales, given, defaults);
    return new DateTimeFormat(locales, { ...defaults, ...given }, defaults);
  }

  #parts(date) {
    const o = this.#o;
    const pad = (value, length = 2) => `${value}`.padStart(length, '0');
    const parts = [];
    const put = (type, value) => parts.push({ type, value });
    const literal = (value) => parts.push({ type: 'literal', value });

    const day = o.day === undefined ? undefined : o.day === '2-digit' ? pad(date.getUTCDate()) : `${date.getUTCDate()}`;
    const fullYear = date.getUTCFullYear();
    const year = o.year === undefined ? undefined : o.year === '2-digit' ? pad(fullYear % 100) : `${fullYear}`;
    const weekday = o.weekday && (o.weekday === 'long' ? DAYS[date.getUTCDay()] : DAYS[date.getUTCDay()].slice(0, o.weekday === 'narrow' ? 1 : 3));
    const index = date.getUTCMonth();
    const named = ['long', 'short', 'narrow'].includes(o.month);
    const month = o.month === undefined ? undefined
      : o.month === 'long' ? MONTHS[index]
        : o.month === 'short' ? MONTHS[index].slice(0, 3)
          : o.month === 'narrow' ? MONTHS[index][0]
            : o.month === '2-digit' ? pad(index + 1) : `${index + 1}`;

    if (weekday) put('weekday', weekday);
    if (named) {
      if (weekday) literal(', ');
      put('month', month);
      if (day !== undefined) {
        literal(' ');
        put('day', day);
      }
      if (year !== undefined) {
        literal(day === undefined ? ' ' : ', ');
        put('year', year);
      }
    } else {
      const numbers = [['month', month], ['day', day], ['year', year]].filter(([, value]) => value !== undefined);
      if (weekday && numbers.length > 0) literal(', ');
      if (weekday && numbers.length === 1 && numbers[0][0] === 'day') {
        // `15 Monday`, as English does.
        parts.length = 0;
        put('day', day);
        literal(' ');
        put('weekday', weekday);
      } else {
        numbers.forEach(([type, value], at) => {
          if (at > 0) literal('/');
          put(type, value);
        });
      }
    }

    const times = [];
    const hours = date.getUTCHours();
    if (o.hour !== undefined) {
      const shown = o.half ? hours % 12 || 12 : hours;
      const two = o.hour === '2-digit' || (!o.half && (o.minute !== undefined || o.hour !== undefined));
      times.push(['hour', two ? pad(shown) : `${shown}`]);
    }
    if (o.minute !== undefined) {
      const alone = o.hour === undefined && o.second === undefined;
      times.push(['minute', alone && o.minute === 'numeric' ? `${date.getUTCMinutes()}` : pad(date.getUTCMinutes())]);
    }
    if (o.second !== undefined) {
      const alone = o.hour === undefined && o.minute === undefined;
      times.push(['second', alone && o.second === 'numeric' ? `${date.getUTCSeconds()}` : pad(date.getUTCSeconds())]);
    }
    if (times.length > 0 || o.fractionalSecondDigits !== undefined || o.timeZoneName !== undefined) {
      if (parts.length > 0) literal(named && weekday === undefined && o.joiner === ', ' ? ', ' : o.joiner);
      times.forEach(([type, value], at) => {
        if (at > 0) literal(':');
        put(type, value);
      });
      if (o.fractionalSecondDigits !== undefined) {
        if (times.length > 0) literal('.');
        put('fractionalSecond', pad(date.getUTCMilliseconds(), 3).slice(0, Number(o.fractionalSecondDigits)));
      }
      if (o.hour !== undefined && o.half) {
        literal(' ');
        put('dayPeriod', hours < 12 ? 'AM' : 'PM');
      }
      if (o.timeZoneName !== undefined) {
        if (times.length > 0) literal(' ');
        put('timeZoneName', o.timeZoneName === 'long' ? 'Coordinated Universal Time' : 'UTC');
      }
    }
    return parts;
  }

  #date(value) {
    const date = new Date(value === undefined ? Date.now() : Number(value));
    if (Number.isNaN(date.getTime())) throw new RangeError('Invalid time value');
    return date;
  }

  format(value) {
    return this.#parts(this.#date(value)).map((part) => part.value).join('');
  }

  formatToParts(value) {
    return this.#parts(this.#date(value));
  }

  formatRange(from, to) {
    const [a, b] = [this.format(from), this.format(to)];
    return a === b ? a : `${a} – ${b}`;
  }

  resolvedOptions() {
    const { half, joiner, ...fields } = this.#o;
    return {
      locale: 'en-US', calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC',
      ...(fields.hour !== undefined && { hourCycle: half ? 'h12' : 'h23', hour12: half }),
      ...fields, ...this.#given.dateStyle && { dateStyle: this.#given.dateStyle },
      ...this.#given.timeStyle && { timeStyle: this.#given.timeStyle },
    };
  }
}

class Collator {
  #options;

  constructor(locales, options = {}) {
    this.#options = { ...options };
    this.compare = (a, b) => `${a}`.localeCompare(`${b}`, undefined, this.#options);
  }

  resolvedOptions() {
    return {
      locale: 'en-US', usage: 'sort', sensitivity: this.#options.sensitivity ?? 'variant',
      ignorePunctuation: false, collation: 'default', numeric: Boolean(this.#options.numeric), caseFirst: 'false',
    };
  }
}

class PluralRules {
  #ordinal;

  constructor(locales, options = {}) {
    this.#ordinal = options?.type === 'ordinal';
  }

  select(number) {
    if (!this.#ordinal) return Number(number) === 1 ? 'one' : 'other';
    const last = number % 10;
    const two = number % 100;
    if (last === 1 && two !== 11) return 'one';
    if (last === 2 && two !== 12) return 'two';
    return last === 3 && two !== 13 ? 'few' : 'other';
  }

  resolvedOptions() {
    return { locale: 'en-US', type: this.#ordinal ? 'ordinal' : 'cardinal' };
  }
}

class ListFormat {
  #style;
  #type;

  constructor(locales, options = {}) {
    this.#style = pick(options, 'style', ['long', 'short', 'narrow'], 'long');
    this.#type = pick(options, 'type', ['conjunction', 'disjunction', 'unit'], 'conjunction');
  }

  format(list) {
    const items = [...list].map((item) => `${item}`);
    if (this.#type === 'unit') return items.join(this.#style === 'narrow' ? ' ' : ', ');
    const and = this.#type === 'disjunction' ? 'or' : this.#style === 'long' ? 'and' : this.#style === 'short' ? '&' : '';
    if (items.length < 2) return items.join('');
    const last = items.pop();
    if (and === '') return `${items.join(', ')}, ${last}`;
    return items.length === 1 ? `${items[0]} ${and} ${last}` : `${items.join(', ')}, ${and} ${last}`;
  }
}

class RelativeTimeFormat {
  #auto;

  constructor(locales, options = {}) {
    this.#auto = options?.numeric === 'auto';
  }

  format(value, unit) {
    const name = `${unit}`.replace(/s$/, '');
    const number = Number(value);
    if (this.#auto) {
      const words = {
        day: { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }, second: { 0: 'now' },
      }[name] ?? { '-1': `last ${name}`, 0: `this ${name}`, 1: `next ${name}` };
      const known = words[number];
      if (known && (name !== 'hour' && name !== 'minute' || number === 0)) return known;
    }
    const size = Math.abs(number);
    const text = `${new NumberFormat().format(size)} ${name}${size === 1 ? '' : 's'}`;
    return number < 0 || Object.is(number, -0) ? `${text} ago` : `in ${text}`;
  }
}

class Segmenter {
  #granularity;

  constructor(locales, options = {}) {
    this.#granularity = pick(options, 'granularity', ['grapheme', 'word', 'sentence'], 'grapheme');
  }

  segment(text) {
    const input = `${text}`;
    const patterns = {
      // A letter with its marks, a pair of flags, emoji that are joined.
      grapheme: /\r\n|\p{RI}\p{RI}|\p{Emoji}(?:\p{EMod}|\uFE0F\u20E3?|[\u{E0020}-\u{E007E}]+\u{E007F})?(?:\u200D\p{Emoji}(?:\p{EMod}|\uFE0F\u20E3?)?)*\p{M}*|[\s\S]\p{M}*/gu,
      word: /[\p{L}\p{N}_\p{M}]+(?:['.’][\p{L}\p{N}_\p{M}]+)*|\s+|[\s\S]/gu,
      sentence: /[^.!?]+[.!?]*\s*|[.!?]+\s*/gu,
    };
    const words = this.#granularity === 'word';
    return {
      * [Symbol.iterator]() {
        for (const match of input.matchAll(patterns[this.granularity])) {
          const part = { segment: match[0], index: match.index, input };
          if (words) part.isWordLike = /[\p{L}\p{N}]/u.test(match[0]);
          yield part;
        }
      },
      granularity: this.#granularity,
    };
  }
}

const canonical = (locales) => (locales === undefined ? [] : Array.isArray(locales) ? locales : [locales]).map(String);

const Intl = {
  Collator, DateTimeFormat, ListFormat, NumberFormat, PluralRules, RelativeTimeFormat, Segmenter,
  getCanonicalLocales: canonical,
  supportedValuesOf: (key) => ({ timeZone: ['UTC'], currency: Object.keys(SYMBOLS), calendar: ['gregory'] })[key] ?? [],
};
for (const [name, Class] of Object.entries(Intl)) {
  if (!/^[A-Z]/.test(name)) continue;
  // Most of these may be called without `new`.
  const callable = ['Collator', 'DateTimeFormat', 'NumberFormat'].includes(name);
  Class.supportedLocalesOf = (locales) => canonical(locales).filter((locale) => /^en\b/.test(locale));
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
  let exposed = Class;
  if (callable) {
    exposed = { [name](locales, options) {
      return new Class(locales, options);
    } }[name];
    exposed = Object.defineProperty(function(locales, options) {
      return new Class(locales, options);
    }, 'name', { value: name });
    exposed.prototype = Class.prototype;
    Object.defineProperty(Class.prototype, 'constructor', { value: exposed, writable: true, configurable: true });
    exposed.supportedLocalesOf = Class.supportedLocalesOf;
  }
  Object.defineProperty(Intl, name, { value: exposed, writable: true, enumerable: false, configurable: true });
}
Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });

function dateMethod(defaults, required) {
  return function(locales, options) {
    const time = Date.prototype.getTime.call(this);
    if (Number.isNaN(time)) return 'Invalid Date';
    return DateTimeFormat.withDefaults(locales, options, defaults, required).format(time);
  };
}

module.exports = {
  Intl,
  numberToLocaleString(locales, options) {
    return new NumberFormat(locales, options).format(this.valueOf());
  },
  dateToLocaleString: dateMethod({ ...DATE, ...TIME }, undefined),
  dateToLocaleDateString: dateMethod(DATE, 'date'),
  dateToLocaleTimeString: dateMethod(TIME, 'time'),
};
