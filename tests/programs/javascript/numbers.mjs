// decimal.js computes to many digits; d3-format shows numbers.
import Decimal from 'decimal.js';
import { format, formatPrefix, formatLocale } from 'd3-format';

Decimal.set({ precision: 120 });
console.log(Decimal.acos(-1).toString());
console.log(Decimal.exp(1).toString(), new Decimal(2).sqrt().toString(), Decimal.ln(10).toFixed(60));
console.log(new Decimal('0.1').plus('0.2').toString(), new Decimal(1).div(3).toSD(30).toString());
console.log(new Decimal('123.456e500').toString(), new Decimal(255).toHex(), new Decimal('0b1010.1').toString());
console.log(new Decimal(2).pow('0.5').minus(new Decimal(2).sqrt()).toString(), new Decimal(-5).mod(3).toString());
for (let mode = 0; mode < 9; mode++) {
  console.log(mode, ['2.5', '-2.5', '1.15', '0.05'].map((text) => new Decimal(text).toDecimalPlaces(1, mode).toString()
    + ' ' + new Decimal(text).toDecimalPlaces(0, mode)));
}
for (const name of ['sin', 'cos', 'tan', 'asinh', 'atan', 'cbrt', 'log2', 'tanh']) {
  console.log(name, Decimal[name](new Decimal('0.7')).toSD(50).toString());
}
let sum = new Decimal(0);
for (let k = 0; k < 60; k++) {
  const term = (n) => new Decimal(n).div(8 * k + (n === 4 ? 1 : n === 2 ? 4 : n === 1.5 ? 5 : 6));
  sum = sum.plus(new Decimal(16).pow(-k).times(term(4).minus(term(2)).minus(new Decimal(1).div(8 * k + 5)).minus(new Decimal(1).div(8 * k + 6))));
}
console.log(sum.toFixed(70));
console.log(new Decimal(3.14159), [new Decimal(1), new Decimal(NaN), new Decimal(-0)].map((value) => value.toJSON()));
try { new Decimal('12x'); } catch (error) { console.log(error.message); }
for (const spec of ['', '.2f', ',.2f', '$,.2f', '+.1%', '.3s', '#x', '08b', '~g', 'e', '^20', '*>12,d', '(.1f', 'c', '.2r', '.3p', 'n']) {
  console.log(spec, [0, -1, 42, 1234567.891, 1e-7, 123456789e12, NaN].map((value) => {
    try { return format(spec)(value); } catch (error) { return error.message; }
  }));
}
console.log(formatPrefix(',.0', 1e-6)(0.00042), formatLocale({ decimal: ',', thousands: '.', grouping: [3], currency: ['', ' €'] }).format('$,.2f')(98765.4321));
try { format('nonsense'); } catch (error) { console.log(error.message); }
