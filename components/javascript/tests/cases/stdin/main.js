// Standard input: the test gives three lines.
const readline = require('readline');
const rl = readline.createInterface({ input: process.stdin });
const lines = [];
rl.on('line', (line) => lines.push(line));
rl.on('close', () => {
  console.log(lines, process.stdin.isTTY, process.stdin.fd);
  console.log('ended', process.stdin.readableEnded);
});
setTimeout(() => console.log('timers run while waiting'), 1);
