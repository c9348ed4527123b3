// Runs the script, or the program of a package, that the first argument names, as if it
// had been started itself: one box then serves for all of them.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [name] = process.argv.splice(2, 1);
process.argv[1] = createRequire(import.meta.url).resolve(name);
await import(pathToFileURL(process.argv[1]));
