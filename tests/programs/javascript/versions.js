// semver, minimist and commander.
const semver = require('semver');
const minimist = require('minimist');
const { Command, Option, InvalidArgumentError } = require('commander');

const versions = ['1.2.3', '1.10.0', '1.2.3-beta.2', '1.2.3-beta.11', '2.0.0-rc.1+build', '0.0.1', 'v3.0.0', '1.2', 'x'];
console.log(versions.map((version) => [semver.valid(version), semver.coerce(version)?.version, semver.prerelease(version)]));
console.log(semver.sort(versions.filter((version) => semver.valid(version))));
for (const range of ['^1.2.3', '~1.2', '>=1.2.3 <2 || >3', '1.x', '*', '1.2.3 - 2.3', '^0.0.1', '>1 <1', 'nonsense !']) {
  console.log(range, semver.validRange(range), versions.filter((version) => semver.satisfies(version, range, { includePrerelease: true })), semver.validRange(range) && semver.minVersion(range)?.version);
}
for (const release of ['major', 'premajor', 'minor', 'preminor', 'patch', 'prepatch', 'prerelease']) console.log(release, semver.inc('1.2.3-beta.4', release, 'beta'));
console.log(semver.diff('1.2.3', '1.3.0-0'), semver.subset('^1.2', '>=1'), semver.intersects('^1', '~2'), semver.maxSatisfying(versions, '<2'), semver.simplifyRange(['1.0.0', '1.1.0', '1.2.0', '2.0.0'], '1.0.0 || 1.1.0 || 1.2.0'));
console.log(new semver.SemVer('1.2.3-a.1+b'), semver.parse('1.2.3-a').compare('1.2.3'));
console.log(minimist(['-abc', '-n5', '--no-color', '--x=1', '--y', 'z', '--list', '1', '--list', '2', '--', '--rest'], { '--': true, string: ['x'], alias: { y: 'why' }, default: { d: 4 } }));

function program() {
  const tool = new Command('tool').description('does things').version('1.2.3').exitOverride().configureOutput({ writeErr: (text) => console.log(`err: ${text}`) });
  tool.command('copy').alias('cp').argument('<from>').argument('[to...]', 'where to', ['here']).option('-f, --force', 'even so').action((from, to, options) => console.log('copy', from, to, options));
  tool.command('count').addOption(new Option('-n, --number <n>', 'how many').argParser((text) => {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError('not a number');
    return Number(text);
  }).default(3)).addOption(new Option('--size <s>').choices(['small', 'large']).env('SIZE')).action((options) => console.log('count', options));
  return tool;
}
console.log(program().helpInformation());
for (const line of ['copy a', 'cp a b c -f', 'count -n 12 --size large', 'count -n x', 'count --size huge', 'copy', 'cuont', '--version', 'count --nubmer 1', 'help copy']) {
  try { program().parse(line.split(' '), { from: 'user' }); } catch (error) { console.log(error.code, error.exitCode); }
}
