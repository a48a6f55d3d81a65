// Runs the floor of wasm.size, whose stacks are the engine's by JSPI. Usage: compute_floor.mjs PROGRAM LOAD.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';

const [file, load] = process.argv.slice(2);
const resolvers = new Map();
let run;
const imports = {
  floor_begin: (task) => { Promise.resolve().then(() => run(task)); },
  floor_suspend: new WebAssembly.Suspending((task) => new Promise((resolve) => { resolvers.set(task, resolve); })),
  floor_resume: (task) => {
    const resolve = resolvers.get(task);
    resolvers.delete(task);
    resolve();
  },
};

await createRequire(import.meta.url)(file)({
  arguments: [load],
  instantiateWasm(wanted, done) {
    Object.assign(wanted.env, imports);
    readFile(file.replace(/\.\w+$/, '.wasm')).then(async (bytes) => {
      const { instance, module } = await WebAssembly.instantiate(bytes, wanted);
      run = WebAssembly.promising(instance.exports.floor_run);
      done(instance, module);
    });
    return {};
  },
});
