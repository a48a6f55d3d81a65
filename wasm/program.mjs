/* `node program.mjs arguments` runs main and takes its status for the process's; a module that another program loads does
 * nothing by itself. */
import { GreenError } from './error.mjs';
import { filename, inNode, require } from './node.mjs';

/* Called once, in front of the module's factory: whoever imports the file meanwhile has it when all of it is there. */
export const start = () => {
  if (inNode && String(import.meta.url).startsWith('file:')) {
    const real = path => {
      try {
        return require('node:fs').realpathSync(path);
      } catch {
        return '';
      }
    };
    const program = process.argv[1];
    if (program && require('node:worker_threads').isMainThread && real(program) === real(filename)) {
      let module = null;
      import(import.meta.url).then(async ({ default: create, GreenError: exported }) => {
        if (exported !== GreenError) return; /* the program is a bundle, which has us in it */
        module = await create({ greenProgram: true });
        if (typeof module._main == 'function') process.exitCode = await module.green.main;
      }).catch(error => {
        const own = error?.name === 'GreenError';
        const refused = module === null && (error?.code === 'ENOTSUP' || error?.code === 'EINVAL'); /* before anything has begun */
        if (own && refused) console.error('greenio: ' + error.message);
        else if (!own) console.error(error); /* greenio has written its own */
        process.exitCode ||= 1;
      });
    }
  }
};
