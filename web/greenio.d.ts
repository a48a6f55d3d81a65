/* Types of the package `greenio`, and of what a module made with greenio gives. The first sentence of each
 * function's comment stands in docs/javascript.md too, with the rest and an example. */

// ---- failures ------------------------------------------------------------------------------------------

/** The names of the statuses of <greenio/status.h>. */
export type GreenCode =
  | 'EPERM' | 'ENOENT' | 'EINTR' | 'EIO' | 'EBADF' | 'EAGAIN' | 'ENOMEM' | 'EACCES' | 'EBUSY' | 'EEXIST'
  | 'EXDEV' | 'ENOTDIR' | 'EISDIR' | 'EINVAL' | 'EMFILE' | 'EFBIG' | 'ENOSPC' | 'EROFS' | 'EPIPE' | 'ERANGE'
  | 'EDEADLK' | 'ENAMETOOLONG' | 'ENOTEMPTY' | 'ELOOP' | 'EPROTO' | 'ENOTSOCK' | 'EMSGSIZE' | 'ENOTSUP'
  | 'EAFNOSUPPORT' | 'EADDRINUSE' | 'EADDRNOTAVAIL' | 'ENETUNREACH' | 'ECONNABORTED' | 'ECONNRESET' | 'ENOBUFS'
  | 'EISCONN' | 'ENOTCONN' | 'ETIMEDOUT' | 'ECONNREFUSED' | 'EHOSTUNREACH' | 'EALREADY' | 'ECANCELED'
  | 'EOWNERDEAD' | 'EMAIN' | 'ECLOSED' | 'ENESTED' | 'ENETWORK' | 'EOVERFLOW' | 'ETYPE' | 'ENOHOST' | 'ETLS'
  | 'EEXCEPTION' | 'ETRAP' | 'ESQL';

/** How a call or a load fails. `instanceof` is true for the errors of every greenio module. */
export class GreenError extends Error {
  constructor(code: GreenCode, message: string, options?: { cause?: unknown });
  readonly name: 'GreenError';
  /** The name of the status; `'EUNKNOWN'` for a number that greenio does not know. */
  readonly code: GreenCode | 'EUNKNOWN';
}

// ---- values between JavaScript and C ---------------------------------------------------------------------

/** Bytes, as an argument of type `'array'` takes them. */
export type Bytes = readonly number[] | ArrayBufferLike | ArrayBufferView;

/** What JavaScript gives for each type of argument. */
export interface ArgumentTypes {
  number: number | boolean;
  pointer: number | boolean;
  boolean: unknown;
  bigint: bigint | number;
  /** Copied as UTF-8 for as long as the call lasts; null and undefined are NULL. */
  string: string | null | undefined;
  /** Copied for as long as the call lasts. */
  array: Bytes;
}
export type ArgumentType = keyof ArgumentTypes;

/** What JavaScript gets for each type of result. */
export interface ReturnTypes {
  /** Rejects if it is the status that the function left last with green_fail(); so do boolean and bigint. */
  number: number;
  /** Rejects if it is NULL and the function left a message; so do the strings. */
  pointer: number;
  boolean: boolean;
  bigint: bigint;
  string: string | null;
  /** The string is freed once copied. */
  'string!': string | null;
  /** Less than 0 rejects. */
  status: number;
  /** Never rejects by what the function did: one that may fail returns a status. */
  void: undefined;
}
export type ReturnType = keyof ReturnTypes | null | undefined;

export type Arguments<A extends readonly ArgumentType[]> = { -readonly [I in keyof A]: ArgumentTypes[A[I]] };
export type Result<R extends ReturnType> = R extends keyof ReturnTypes ? ReturnTypes[R] : undefined;

/** What `GREEN_JS` bodies may give; anything else fails with ETYPE. */
export type FutureValue = number | boolean | string | ArrayBufferLike | ArrayBufferView | null | undefined | void;

// ---- module.green ------------------------------------------------------------------------------------------

export interface CallOptions {
  /** Cancels the call's task; the promise rejects with the signal's reason once the task has ended. */
  signal?: AbortSignal | undefined;
  /** Calls of this function queue. */
  serial?: boolean | undefined;
  /** In bytes; 0 is the default. */
  stackSize?: number | undefined;
  /** Of the task, for reports; that of the function, for calls that wait, if there is none. */
  name?: string | undefined;
}

/** A task, as green.report() lists it. */
export interface TaskReport {
  id: number;
  name: string;
  state: string;
  waitsFor: string;
  /** How long it has been in that state, in milliseconds. */
  since: number;
  /** Of its stack, in bytes; by JSPI what lies on the engine's own is not counted. */
  stackUsed: number;
  stackSize: number;
  /** The C functions that it is parked in, innermost first; empty but in debug builds. */
  calls: string[];
  /** The id of the task that has spawned it, which may have ended; 0: JavaScript or the host has. */
  spawnedBy: number;
  /** The group that it belongs to: its name, or "group 3"; "" if it is in none. */
  group: string;
  /** The id of the task that made that group; 0: none did. */
  groupMadeBy: number;
  /** Where it was spawned or its job submitted: "main.c:17"; "" but in debug builds. */
  madeAt: string;
}

/** A task with those under it: of the groups that it made, and those that it has spawned into none. */
export interface TaskTree extends TaskReport {
  tasks: TaskTree[];
}

export interface ReportOptions {
  /** Only those are listed under which no other stands, each with those under it. */
  tree?: boolean | undefined;
}

export type Wrapped<R extends ReturnType, A extends readonly ArgumentType[], O> = (
  ...args: [...args: Arguments<A>, options?: O]
) => Promise<Result<R>>;

/** Calls C; the functions of module.green, and of a connection to a worker. */
export interface Calls<O = CallOptions> {
  /** Calls an exported C function in a green task of its own. */
  call<R extends ReturnType>(name: string, returnType: R): Promise<Result<R>>;
  call<R extends ReturnType, const A extends readonly ArgumentType[]>(
    name: string,
    returnType: R,
    argTypes: A,
    args: Arguments<A>,
    options?: O,
  ): Promise<Result<R>>;
  /** Makes a function of an exported C function, each call of which runs in a green task of its own. */
  wrap<R extends ReturnType, const A extends readonly ArgumentType[] = []>(
    name: string,
    returnType: R,
    argTypes?: A,
    options?: O,
  ): Wrapped<R, A, O>;
  /** A promise of what main returns, or what exit() was given. */
  readonly main: Promise<number>;
  /** The class of this module's errors. */
  readonly GreenError: typeof GreenError;
}

/** What the C stacks of tasks stand on: Binaryen's Asyncify, or JSPI, the engine's own. */
export type Contexts = 'asyncify' | 'jspi';

/** An application of C's that JavaScript asks. */
export interface FetchApplication {
  /** Has the application answer a request. Rejects with the signal's reason, or with ECLOSED where none answers.
   * `headers` are some more, also such as a Request cannot have: names and values of a byte a character, without
   * control characters. */
  fetch(request: Request | URL | string, init?: RequestInit, headers?: readonly (readonly [string, string])[]): Promise<Response>;
}

/** `green.app`. */
export interface GreenApp extends FetchApplication {
  /** Fulfilled when fetch() has an application to ask; rejected if the program ends before. */
  readonly ready: Promise<void>;
  /** The one that green_js_serve() was given that name for. */
  named(name: string): FetchApplication;
}

export interface Green extends Calls {
  /** What this instance's tasks stand on. */
  readonly contexts: Contexts;
  /** How many tasks can be alive at once. */
  readonly mostTasks: number;
  /** The applications of a program that calls green_server_open() or green_js_serve(). */
  readonly app?: GreenApp;
  /** Lists the tasks that live. */
  report(options: ReportOptions & { tree: true }): TaskTree[];
  report(options?: ReportOptions): TaskReport[];
  /** Begins to trace, in programs that link `green_trace_start()`; `size`: of its ring, in bytes (8 MiB). */
  trace?(options?: { size?: number }): RunningTrace;
  /** Starts an asynchronous body and gives the `green_future *` of its promise, as GREEN_JS does. */
  future(body: (given: { readonly signal: AbortSignal }) => Promise<FutureValue>): number;
}

export interface RunningTrace {
  /** Ends it, and gives what was written. */
  stop(): Trace;
}

/** A trace as Chrome's trace events, which https://ui.perfetto.dev opens. */
export interface Trace {
  /** The JSON. */
  readonly bytes: Uint8Array;
  readonly blob: Blob;
  /** Its events, parsed anew each time. */
  readonly events: object[];
  /** Puts it on the performance timeline, a track a task below `group` ("greenio") for Chrome's performance panel; how
   * many entries these are. */
  measure(options?: { group?: string }): number;
}

/** What a factory gives: Emscripten's Module object, with `green`. `E` is what else is known of it. */
export type GreenModule<E extends object = {}> = E & { readonly green: Green };

/** A package: its module, a promise of it, a function that gives either, or its URL. */
export type PackageSource = object | string | URL;

/** What green_pg stands on, where it is not found by itself; see docs/postgresql.md. */
export interface GreenPg {
  /** `@electric-sql/pglite`. */
  pglite?: PackageSource | undefined;
  /** What each `new PGlite()` is given: extensions, `relaxedDurability` and so on. */
  options?: object | undefined;
  /** `pg`, in Node and on workerd, where it has to be handed over. */
  pg?: PackageSource | undefined;
}

/** What is told of a connection once it stands: "127.0.0.1:5432", "[::1]:5432". */
export interface SocketInfo {
  remoteAddress?: string | null | undefined;
  localAddress?: string | null | undefined;
}

/** A connection as greenSockets gives it: WinterTC's Socket, as far as greenio uses it, with an abort; see docs/gateway.md. */
export interface GivenSocket {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Rejects with an Error whose `code` is an errno's name. */
  readonly opened?: Promise<SocketInfo>;
  readonly closed?: Promise<unknown>;
  /** Delivers what was written, and closes. */
  close(): unknown;
  /** Cuts the connection. */
  abort?(reason?: unknown): unknown;
}

/** What connections stand on: gateway() of greenio/gateway, `cloudflare:sockets`, or another of that kind. */
export interface GreenSockets {
  connect(address: { hostname: string; port: number }, options: { secureTransport: 'off'; allowHalfOpen: true }): GivenSocket;
}

/** What green_websocket stands on in Node, where it is not found by itself; see docs/websocket.md. */
export interface GreenWebSocket {
  /** The module `ws`. */
  ws?: object | undefined;
}

/** A terminal that a page has: what is typed there goes as it is, and lines are edited and echoed here; see docs/posix.md. */
export interface GreenTerminal {
  /** What is typed, and `{ columns, rows }` each time that the window has another size. Its end hangs up. */
  readable: ReadableStream<Uint8Array | string | { columns: number; rows: number }>;
  /** What is to be shown. A write is done when the terminal has taken it, so that a program waits for a slow one. */
  writable: WritableStream<Uint8Array>;
  /** The window's size: 80 and 24 unless given. */
  columns?: number | undefined;
  rows?: number | undefined;
}

/** What a factory takes: Emscripten's Module object before the start. */
export interface ModuleOptions {
  /** The kind to take, of a program that was built for both; otherwise JSPI where the engine has it, but for Firefox. */
  greenContexts?: Contexts | undefined;
  /** How many tasks may be alive on JSPI, of all instances of a page, of a worker or of a thread of Node's together: 8,000 unless given. An engine ends its process at some 20,000. */
  greenTasks?: number | undefined;
  greenPg?: GreenPg | undefined;
  /** What connects to a host and a port, in the place of Node's sockets, or where there are none, as in a page. */
  greenSockets?: GreenSockets | undefined;
  greenWebSocket?: GreenWebSocket | undefined;
  /** Standard input, for programs with greenio::posix; in Node in the place of the process's. */
  greenStdin?: ReadableStream<Uint8Array | string> | undefined;
  /** A terminal, which standard input, output and error are then, and /dev/tty, for programs with greenio::posix. */
  greenTerminal?: GreenTerminal | undefined;
  arguments?: readonly string[];
  thisProgram?: string;
  print?(line: string): void;
  printErr?(line: string): void;
  locateFile?(name: string, folder: string): string;
  [option: string]: unknown;
}

/** The default export of the .mjs that emcc makes. */
export interface GreenFactory<E extends object = {}> {
  (options?: ModuleOptions): Promise<GreenModule<E>>;
  /** Of a program of both kinds: the kind that an instance with that option greenContexts has. */
  readonly greenContexts?: (wanted?: Contexts) => Contexts;
}

// ---- loading -----------------------------------------------------------------------------------------------

export interface Progress {
  /** Bytes. */
  loaded: number;
  /** Bytes, or null: the server does not tell. */
  total: number | null;
}

export interface CompileOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** The promise rejects with the signal's reason at once, whatever it waits for. */
  signal?: AbortSignal | undefined;
}

/** Whatever a .wasm can be named by. */
export type WasmSource = string | URL | Response | ArrayBufferLike | ArrayBufferView | WebAssembly.Module;

/** Whatever a module can be named by: the URL of its .mjs, its factory, or what import() gives of it. */
export type ModuleSource<E extends object = {}> =
  | string
  | URL
  | GreenFactory<E>
  | { default: GreenFactory<E> }
  | PromiseLike<GreenFactory<E> | { default: GreenFactory<E> }>;

export interface LoadOptions extends CompileOptions {
  /** The .wasm; null: let the .mjs find it. */
  wasm?: WasmSource | PromiseLike<WasmSource> | null | undefined;
  /** What the factory is given. */
  module?: ModuleOptions | undefined;
}

/** Compiles a .wasm once, for load() to make any number of instances of. */
export function compile(wasm: WasmSource | PromiseLike<WasmSource>, options?: CompileOptions): Promise<WebAssembly.Module>;

/** Makes an instance of a module that was built with greenio. */
export function load<E extends object = {}>(source: ModuleSource<E>, options?: LoadOptions): Promise<GreenModule<E>>;

// ---- workers -------------------------------------------------------------------------------------------------

export interface RemoteCallOptions extends CallOptions {
  /** What is moved to the worker instead of copied. */
  transfer?: readonly (ArrayBuffer | MessagePort)[] | undefined;
}

/** The calls of a module in a worker. */
export interface RemoteGreen extends Calls<RemoteCallOptions> {
  /** Lists the tasks that live. */
  report(options: ReportOptions & { tree: true }): Promise<TaskTree[]>;
  report(options?: ReportOptions): Promise<TaskReport[]>;
}

export interface Connection {
  readonly green: RemoteGreen;
  /** Ends the worker, or closes the port; calls that have not ended reject with ECLOSED. */
  terminate(): unknown;
}

/** A Worker, a MessagePort, or those of node:worker_threads. */
export interface Port {
  postMessage(message: unknown, transfer?: any): void;
}

export interface ConnectOptions {
  /** Gives up connecting, and ends the worker. */
  signal?: AbortSignal | undefined;
}

/** Connects to a module that a worker serves. */
export function connect(port: Port, options?: ConnectOptions): Promise<Connection>;

/** Serves a module to connect(), from inside a worker. */
export function serve<E extends object = {}>(
  source: ModuleSource<E> | GreenModule<E> | PromiseLike<GreenModule<E>>,
  options?: LoadOptions,
  port?: Port,
): Promise<GreenModule<E>>;

export interface WorkerGateway {
  url: string | URL;
  token?: string | PromiseLike<string> | undefined;
  window?: number | undefined;
  idle?: number | undefined;
  heartbeat?: number | undefined;
}

export interface LoadInWorkerOptions extends ConnectOptions {
  /** The .wasm, a URL or what can be sent to a worker. */
  wasm?: string | URL | ArrayBuffer | ArrayBufferView<ArrayBuffer> | WebAssembly.Module | PromiseLike<WebAssembly.Module> | null | undefined;
  /** What the factory is given, without functions. */
  module?: ModuleOptions | undefined;
  /** The gateway by which the worker has sockets: its address, or that and what gateway() of greenio/gateway takes beside, without functions. */
  gateway?: string | URL | WorkerGateway | undefined;
  /** Are called with the lines that the C program writes. */
  print?: ((line: string) => void) | undefined;
  printErr?: ((line: string) => void) | undefined;
  /** Of the worker. */
  name?: string | undefined;
}

/** Makes a worker and an instance of a module in it. */
export function loadInWorker(source: string | URL, options?: LoadInWorkerOptions): Promise<Connection>;
