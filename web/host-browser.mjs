/* What browsers, and whatever else is not Node, have of their own: where relative URLs begin, that no file is
 * read, and what a worker is. See compile.mjs. */

export const host = {
  base: () => globalThis.document?.baseURI ?? globalThis.location?.href,
  readsFile: () => false,
  ownPort: () => (typeof document == 'undefined' && typeof postMessage == 'function' ? globalThis : null),
  newWorker: name => new Worker(new URL('./worker-browser.mjs', import.meta.url), { type: 'module', name }),
};
