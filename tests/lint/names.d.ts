// What ./dev lint tells TypeScript beside the JavaScript itself: names that a build makes, that only newer
// engines have, and types that would be in the way. Nothing else uses this file.

// Emscripten's outputs, and what is copied beside them.
declare module '*/checklinks-module.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/stations.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/psql.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/notes.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/app.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*.wasm?url';
declare module 'greenio';
declare module '*/page.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/page_messages.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/web_host.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/app_serve.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/kinds_served.mjs' { const create: (options?: object) => Promise<any>; export default create; }
declare module '*/both.mjs' { const create: any; export default create; }
declare module '*/pglite/index.js';
declare module '*/service-worker.mjs';
declare module '*/greenio/web/gateway.mjs';
declare module '*/messages.mjs';
declare module '*/cases.mjs';
declare module '*tests/attacks.mjs';

// JavaScript Promise Integration.
declare namespace WebAssembly {
  const Suspending: any;
  const promising: any;
}

// A page knows which elements it has.
interface Document {
  getElementById(id: string): any;
  querySelector(selectors: string): any;
}
interface Element { dataset: any; }

// All servers here listen on TCP.
declare module 'net' {
  interface Server {
    address(): import('net').AddressInfo;
  }
}

// A promise that is only waited for is resolved without an argument; which of several fail is what a test says.
interface PromiseConstructor {
  new (executor: (resolve: (value?: any) => void, reject: (reason?: any) => void) => void): Promise<any>;
  allSettled(promises: Iterable<any>): Promise<any[]>;
}

// Of tests/browser/program.html and tests/package/vite.
interface Window { printed?: string[]; outcome?: any; instance?: any; call?: any; }
