// Runs a peer that emcc has built without greenio. Its module is given as bytes, since Emscripten 3.1.6 would fetch()
// a path. Usage: load.mjs PROGRAM [argument ...]
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [file, ...args] = process.argv.slice(2);
const { default: create } = await import(pathToFileURL(file).href);
await create({ arguments: args, wasmBinary: await readFile(file.replace(/\.\w+$/, '.wasm')) });
