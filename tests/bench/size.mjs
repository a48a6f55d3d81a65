// Prints the size of a program's .wasm file in KB (1000 bytes). Usage: size.mjs PROGRAM
import { statSync } from 'node:fs';

console.log(statSync(process.argv[2].replace(/\.\w+$/, '.wasm')).size / 1000);
