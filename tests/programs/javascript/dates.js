// dayjs with its plugins, in UTC.
const dayjs = require('dayjs');
for (const name of ['utc', 'duration', 'relativeTime', 'customParseFormat', 'isoWeek', 'advancedFormat', 'weekOfYear',
  'quarterOfYear', 'isBetween', 'localizedFormat', 'calendar', 'minMax', 'objectSupport', 'dayOfYear']) {
  dayjs.extend(require(`dayjs/plugin/${name}`));
}
const start = dayjs.utc('2020-02-29T12:34:56.789Z');
console.log(start.format('dddd, MMMM D YYYY, h:mm:ss a [Q]Q Do w W DDD X x ZZ'), start.toISOString(), start.toJSON());
for (const unit of ['year', 'quarter', 'month', 'week', 'isoWeek', 'day', 'hour', 'minute', 'second']) {
  console.log(unit, start.startOf(unit).format(), start.endOf(unit).format(), start.add(7, unit).format(), start.subtract(13, unit).format());
}
for (let month = 0; month < 24; month++) console.log(start.add(month, 'month').format('L LT LLLL'), start.add(month, 'month').daysInMonth());
console.log(dayjs.utc('12-25-1995 2:30 pm', 'MM-DD-YYYY h:mm a').format(), dayjs('nonsense').isValid(), dayjs('31/02/2020', 'DD/MM/YYYY', true).isValid());
console.log(dayjs.duration(123456789).humanize(), dayjs.duration(123456789).format('D [d] HH:mm:ss.SSS'), dayjs.duration({ hours: 2, minutes: 90 }).toISOString());
console.log(start.from(dayjs.utc('2021-05-01')), start.to(dayjs.utc('2020-03-01')), start.diff('2010-01-01', 'month', true), start.isBetween('2020-01-01', '2021-01-01'));
console.log(start.calendar(dayjs.utc('2020-03-01')), dayjs.max(start, start.add(1, 'day')).format(), start.isoWeek(), start.week(), start.dayOfYear());
require('dayjs/locale/de');
console.log(start.locale('de').format('dddd, D. MMMM YYYY'), start.locale('de').fromNow().length > 3);
console.log(String(new Date(0)), new Date(Date.UTC(2020, 1, 30)).toUTCString(), new Date('2020-01-01').toLocaleDateString('en-US', { weekday: 'long', month: 'short', day: 'numeric', timeZone: 'UTC' }));
console.log(start.toDate(), start);
