// Runs the main of a program that was built for wasm. Usage: load.mjs PROGRAM [argument ...]
import { pathToFileURL } from 'node:url';

const [file, ...args] = process.argv.slice(2);
const { default: create } = await import(pathToFileURL(file).href);
await create({ arguments: args });
