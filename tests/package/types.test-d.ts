// What the types promise, and what they refuse. `tsc` checks it; nothing runs it.
import { compile, connect, GreenError, load, loadInWorker, serve } from 'greenio';
import type { GreenCode, GreenFactory, GreenModule, TaskTree } from 'greenio';
import { gateway } from 'greenio/gateway';
import { serveApplication } from 'greenio/service-worker';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(..._: Equal<A, B> extends true ? [] : [never]): void => {};

declare const create: GreenFactory<{ _add(a: number, b: number): number }>;
const app = await load(create, { module: { print: console.log }, signal: AbortSignal.timeout(1000) });
const sum = app._add(1, 2);
same<typeof sum, number>();

// ---- contexts
same<typeof app.green.contexts, 'asyncify' | 'jspi'>();
load(create, { module: { greenContexts: 'jspi', greenTasks: 100 } });
create.greenContexts?.('asyncify');
// @ts-expect-error: no such kind
create({ greenContexts: 'fibers' });

// ---- sockets
const sockets = gateway('wss://example.org/tcp', { token: async () => 'x', window: 65536 });
create({ greenSockets: sockets });
create({ greenStdin: new ReadableStream<string>() });
create({ greenTerminal: { readable: new ReadableStream<string | { columns: number; rows: number }>(), writable: new WritableStream<Uint8Array>(), columns: 80 } });
const socket = sockets.connect({ hostname: 'example.org', port: 80 });
same<typeof socket.readable, ReadableStream<Uint8Array>>();
socket.close().then(() => sockets.close());
gateway(new URL('wss://example.org'), { WebSocket });
// @ts-expect-error: no connect()
create({ greenSockets: {} });
// @ts-expect-error: a port is a number
sockets.connect({ hostname: 'example.org', port: '80' });

// ---- results
const status = app.green.call('f', 'status');
same<typeof status, Promise<number>>();
const text = app.green.call('f', 'string!', ['string'], ['x']);
same<typeof text, Promise<string | null>>();
const big = app.green.call('f', 'bigint', ['bigint', 'number'], [1n, 2]);
same<typeof big, Promise<bigint>>();
const nothing = app.green.call('f', null);
same<typeof nothing, Promise<undefined>>();
const truth = app.green.call('f', 'boolean', ['array'], [new Uint8Array(3)], { serial: true, stackSize: 4096, name: 'f' });
same<typeof truth, Promise<boolean>>();

// ---- arguments
const title = app.green.wrap('page_title', 'string', ['string', 'number']);
same<ReturnType<typeof title>, Promise<string | null>>();
title('x', 1);
title(null, true, { signal: new AbortController().signal });
app.green.wrap('f', 'void')();
app.green.wrap('f', 'void', [], { serial: true })({ name: 'f' });
// @ts-expect-error: a string is no number
title('x', 'y');
// @ts-expect-error: one argument is missing
title('x');
// @ts-expect-error: one too many
title('x', 1, {}, 2);
// @ts-expect-error: no such option
title('x', 1, { sginal: null });
// @ts-expect-error: the argument types are missing
app.green.call('f', 'number', [], [1]);
// @ts-expect-error: no such argument type
app.green.wrap('f', 'number', ['i32']);
// @ts-expect-error: no such return type
app.green.wrap('f', 'int');
// @ts-expect-error: a BigInt is no number
app.green.call('f', 'number', ['number'], [1n]);
// @ts-expect-error: an export that nobody told of
app._subtract(1, 2);

// ---- failures
const failed: unknown = null;
if (failed instanceof GreenError) {
  same<typeof failed.code, GreenCode | 'EUNKNOWN'>();
  if (failed.code === 'ETIMEDOUT') failed.message.trim();
  // @ts-expect-error: no such code
  if (failed.code === 'ETIMEOUT') failed.message.trim();
}
// @ts-expect-error: no such code
new GreenError('EFOO', 'foo');
const own = new app.green.GreenError('EPROTO', 'not a number', { cause: failed });
same<typeof own, GreenError>();

// ---- futures of GREEN_JS
const future: number = app.green.future(async () => new Uint8Array(2));
app.green.future(async () => {});
// @ts-expect-error: an object cannot be passed
app.green.future(async () => ({ future }));
// @ts-expect-error: not a promise
app.green.future(() => 1);

// ---- loading
const module = await compile(new URL('app.wasm', import.meta.url), { onProgress: ({ loaded, total }) => loaded / (total ?? loaded) });
same<typeof module, WebAssembly.Module>();
await load('https://example.org/app.mjs', { wasm: module });
await load(Promise.resolve({ default: create }), { wasm: fetch('app.wasm') });
await load(create, { wasm: null });
// @ts-expect-error: a number names no module
await load(1);
// @ts-expect-error: nor does a module without greenio
await load(async () => ({}));

// ---- workers
const remote = await connect(new Worker('worker.js', { type: 'module' }), { signal: AbortSignal.timeout(1000) });
const read = remote.green.wrap('read', 'number', ['array']);
const bytes = new ArrayBuffer(8);
const count = read(bytes, { transfer: [bytes] });
same<typeof count, Promise<number>>();
const tasks = (await remote.green.report()).map(task => task.name);
const tree = app.green.report({ tree: true });
same<typeof tree, TaskTree[]>();
const remoteTree = await remote.green.report({ tree: true });
same<typeof remoteTree, TaskTree[]>();
const spawnedBy: number[] = app.green.report({ tree: false }).map(task => task.spawnedBy);
const calls: string[] = app.green.report().flatMap(task => task.calls);
same<typeof tasks, string[]>();
same<typeof spawnedBy, number[]>();
// @ts-expect-error: there is no C on this side
remote.green.future;
// @ts-expect-error: a factory cannot be sent to a worker
await loadInWorker(create);
const other = await loadInWorker(new URL('app.mjs', import.meta.url), { wasm: module, module: { arguments: ['x'] }, print: console.log });
same<typeof other, typeof remote>();
await loadInWorker('/app.mjs', { gateway: { url: 'wss://example.org/tcp', token: Promise.resolve('x'), idle: 10 } });
// @ts-expect-error: a function cannot be sent to a worker
await loadInWorker('/app.mjs', { gateway: { url: 'wss://example.org/tcp', token: () => 'x' } });
const served = await serve(create);
same<typeof served, GreenModule<{ _add(a: number, b: number): number }>>();
await serve(app, {}, new MessageChannel().port1);

// ---- applications
const answer = app.green.app?.fetch('http://a/', { method: 'POST' }, [['origin', 'http://a']]);
same<typeof answer, Promise<Response> | undefined>();
app.green.app?.named('admin').fetch(new Request('http://a/'));
serveApplication(create, { wasm: 'app.wasm', answers: url => url.pathname !== '/x', module: async get => ({ wasmBinary: await (await get('x')).arrayBuffer() }) });
// @ts-expect-error: a service worker has to know the .wasm
serveApplication(create, {});
