const fs = require('fs');
const path = require('path');

// Arguments: those of the Boxfile, then those of the command line.
for (const name of process.argv.slice(2)) {
  console.log(`${process.env.GREETING}, ${name}!`);
}

// A file that the Boxfile puts beside this script.
const { town, visits } = require('./data/visits.json');
const total = visits.reduce((sum, { people }) => sum + people, 0);
const busiest = visits.toSorted((a, b) => b.people - a.people)[0];
console.log(`${total} people visited ${town}, most of them on`, busiest);

// A file of the box's own, gone when it ends.
const report = path.join('/tmp', 'report.txt');
fs.writeFileSync(report, visits.map(({ day, people }) => `${day} ${'#'.repeat(people)}\n`).join(''));
console.log(fs.readFileSync(report, 'utf8').trimEnd());

// Time passes in a box, too.
setTimeout(() => console.log(`This was ${path.basename(__filename)}.`), 10);
