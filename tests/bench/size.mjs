// Prints the size of a program's .wasm file in KB (1000 bytes). Usage: size.mjs PROGRAM [plain | gzip]
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const [program, how] = process.argv.slice(2);
const bytes = readFileSync(program.replace(/\.\w+$/, '.wasm'));
console.log((how === 'gzip' ? gzipSync(bytes, { level: 9 }) : bytes).length / 1000);
