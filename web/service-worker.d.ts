/* Types of greenio/service-worker. */
import type { GreenFactory, GreenModule, ModuleOptions } from './greenio.d.ts';

export interface ServeOptions {
  /** The program's .wasm, as all URLs here relative to the worker's script. Of a program of both kinds of contexts the
   * one for Asyncify, `app.wasm`: where JSPI is taken, `app.jspi.wasm` is kept in its place. */
  wasm: string | URL;
  /** What is kept beside it, and answered without the application. */
  files?: readonly (string | URL)[];
  /** Of what is kept: another one has it fetched anew, when the worker's script has changed. */
  version?: string;
  /** Whether the application answers a request of the scope; otherwise the network does. Every one, unless given. */
  answers?(url: URL, request: Request): boolean;
  /** Whether the application's `/` is the folder of the worker's scope, which ends in a slash, and not that of the origin:
   * it is asked for `/notes` at `SCOPE/notes`, and a `Location` of its answers that is a path has the scope before it. The scope
   * ends with a slash, as it does unless `register()` was told otherwise. `answers` has
   * the URL without it too. Links in pages are the application's own affair: relative ones will do. Not, unless given. */
  scoped?: boolean;
  /** For the factory; or a function that gives it, of one that gives what is kept (or else what the server has). */
  module?: ModuleOptions | ((get: (url: string | URL) => Promise<Response>) => ModuleOptions | Promise<ModuleOptions>);
  /** Called when the program has begun, before it answers. */
  onStart?(module: GreenModule): void | Promise<void>;
}

/** Has the service worker that calls it answer its scope by the application of a program. To be called once, while the worker's script runs. */
export function serveApplication(create: GreenFactory, options: ServeOptions): void;
