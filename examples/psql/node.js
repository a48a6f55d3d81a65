// @ts-nocheck
/* global ENV, ENVIRONMENT_IS_NODE, FS, Module, NODEFS */
/* In Node psql has the process's environment and files. Plain for Emscripten 3.1.6. */
Module['preRun'] = [].concat(Module['preRun'] || [], function () {
  Object.assign(ENV, Module['greenEnvironment'] || {});
  if (!ENVIRONMENT_IS_NODE || !Module['greenProgram']) return;
  Object.assign(ENV, process.env);
  var name = require('os').userInfo().username; /* whose name libpq cannot ask for here */
  if (!ENV['PGUSER']) ENV['PGUSER'] = name;
  require('fs').readdirSync('/').forEach(function (folder) {
    if (folder === 'dev' || folder === 'proc' || folder === 'sys') return;
    try {
      if (!require('fs').statSync('/' + folder).isDirectory()) return;
      FS.mkdirTree('/' + folder);
      FS.mount(NODEFS, { root: '/' + folder }, '/' + folder);
    } catch (error) { /* a link to nowhere, or what may not be read */ }
  });
  FS.chdir(process.cwd());
});
