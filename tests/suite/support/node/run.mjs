// Runs a command that `jco transpile` made: `node run.mjs FILE.js NAME ARGS`.
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// The shim passes what stands behind `node`: the name, and the arguments.
const [, file] = process.argv.splice(1, 2);

// The shim writes from a worker, whose output passes through this thread: one that
// exits at once, as the shim does on `wasi:cli/exit`, loses what is still on its way.
class Exit {
  constructor(status) {
    this.status = status;
  }
}
const exit = process.exit;
process.exit = (status) => {
  throw new Exit(status);
};
let status = 0;
try {
  const { run } = await import(pathToFileURL(file));
  await run.run();
} catch (error) {
  status = error instanceof Exit ? error.status : 1;
  if (!(error instanceof Exit)) {
    console.error(error);
  }
}
const written = () => process.stdout.bytesWritten + process.stderr.bytesWritten;
for (let before = -1, calm = 0; calm < 3; before = written()) {
  await setTimeout(20);
  calm = written() === before ? calm + 1 : 0;
}
exit(status);
