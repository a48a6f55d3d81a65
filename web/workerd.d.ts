/* Types of greenio/workerd. */
import type { GreenFactory, GreenModule, ModuleOptions } from './greenio.d.ts';

/** For the factory; of an object also a function that gives it, of the worker's environment and the object's state. */
export type WorkerdOptions = ModuleOptions | ((env: any, state?: any) => ModuleOptions);

/** An instance, of the default exports of the program's .mjs and of its imported .wasm. */
export function instantiate(create: GreenFactory, wasm: WebAssembly.Module, options?: ModuleOptions): Promise<GreenModule>;

/** A class for a Durable Object, whose one instance answers all of its requests by green.app.fetch(). */
export function durableObject(create: GreenFactory, wasm: WebAssembly.Module, options?: WorkerdOptions): new (state: any, env: any) => {
  fetch(request: Request): Promise<Response>;
};

/** What a worker may export: each request has an instance of its own. */
export function eachRequest(create: GreenFactory, wasm: WebAssembly.Module, options?: WorkerdOptions): {
  fetch(request: Request, env?: any): Promise<Response>;
};
