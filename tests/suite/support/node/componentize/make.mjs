// `node make.mjs SOURCE.js WIT WORLD OUT.wasm`
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { componentize } from '@bytecodealliance/componentize-js';

const [sourcePath, witPath, worldName, out] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath,
  witPath,
  worldName,
  // What the engine would import for itself beside the world's imports.
  disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
});
await writeFile(out, component);
