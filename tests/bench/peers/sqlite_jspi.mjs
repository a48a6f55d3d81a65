// JSPI's side of wasm.asyncify. Needs a JavaScript engine with WebAssembly.Suspending. Usage:
// sqlite_jspi.mjs PROGRAM ROWS. Prints milliseconds.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [file, rows] = [process.argv[2], Number(process.argv[3])];
const { default: create } = await import(pathToFileURL(file).href);
const bytes = await readFile(file.replace(/\.\w+$/, '.wasm'));
let run;
await create({
  instantiateWasm(imports, done) {
    const wait = new WebAssembly.Suspending(() => new Promise((resolve) => { setTimeout(resolve, 1); }));
    imports.env.bench_wait = wait;
    WebAssembly.instantiate(bytes, imports).then(({ instance, module }) => {
      run = WebAssembly.promising(instance.exports.bench_main);
      done(instance, module);
    });
    return {};
  },
});
console.log(await run(rows));
