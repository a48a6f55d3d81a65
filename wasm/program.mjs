
/* greenio: put behind the module's factory by --extern-post-js. `node program.mjs arguments` runs main
 * and takes its status for the process's; a module that another program loads does nothing by itself. */
if (greenio$inNode && import.meta.url.startsWith('file:')) {
  const real = path => {
    try {
      return require('node:fs').realpathSync(path);
    } catch {
      return '';
    }
  };
  const program = process.argv[1];
  if (program && require('node:worker_threads').isMainThread && real(program) === real(__filename)) {
    import(import.meta.url).then(async ({ default: create }) => {
      const module = await create({ greenProgram: true });
      if (typeof module._main == 'function') process.exitCode = await module.green.main;
    }).catch(error => {
      if (error?.name !== 'GreenError') console.error(error); /* greenio has written its own */
      process.exitCode ||= 1;
    });
  }
}
