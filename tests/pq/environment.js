// @ts-nocheck
/* global Module, ENV */
/* The environment of Node's process for a program that run.mjs runs. */
Module['preRun'] = [].concat(Module['preRun'] || [], function () { Object.assign(ENV, process.env); });
