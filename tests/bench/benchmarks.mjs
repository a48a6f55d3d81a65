// The benchmarks: what each compares, with how many operations a run, and what it is to reach.
//
// A side is an async function that builds what it needs and gives the command to run, which prints
// one number in the benchmark's unit. `target` on a peer is the ratio (ours over the peer's) to
// reach, on the benchmark itself our own figure.
import { join } from 'node:path';
import {
  chromiumVersion, computePrograms, emccJspiPeer, emccPeer, emccVersion, gateway, goPeer, goVersion, nativePrograms, node, nodeVersion,
  pgbench, portedPrograms, postgres, redis, script, sqlitePrograms, wasmPrograms,
} from './build.mjs';

const million = 1_000_000;

function native(program, ...args) {
  return async () => [join(await nativePrograms(), `bench_${program}`), ...args];
}

function wasm(program, ...args) {
  return async () => [
    await node(), script('load.mjs'), join(await wasmPrograms(), `bench_${program}.mjs`), ...args,
  ];
}

function go(...args) {
  return async () => [await goPeer(), ...args];
}

function emcc(file, ...args) {
  return async () => [await node(), script('load.mjs'), await emccPeer(file), ...args];
}

function driven(driver, program, ...args) {
  return async () => [await node(), script(driver), await program(), ...args];
}

// An echo server under the load of bench_echo_load; `measure` is time or cpu.
function echo(measure, count, server) {
  return async () => [
    process.execPath, script('echo.mjs'), measure, join(await nativePrograms(), 'bench_echo_load'),
    count, ...(await server()),
  ];
}

// One of our servers beside the others. Of a request's cost nineteen twentieths are the kernel's,
// and the same for all; `epoll` shows how much.
function nativeEcho(name, program, measure) {
  const side = (server) => echo(measure, 200_000, server);
  return {
    name,
    unit: 'ns',
    host: nativeHost,
    rounds: 5,
    ours: side(native(program)),
    peers: [
      { name: 'uv', side: side(native('echo_uv')), target: 1.05 },
      { name: 'go net', side: side(go('echo', 0)), target: 0.75 },
      { name: 'epoll', side: side(native('echo_epoll')) },
    ],
  };
}

// An HTTP server under the load of wrk, by time, or by cpu, which is the server's own; so many requests at once.
function http(server, measure = 'time', pipelined = 1) {
  return async () => [process.execPath, script('http.mjs'), measure, pipelined, ...(await server())];
}

// A TLS server under the load of bench_tls_load; `measure` is cpu or idle.
function secured(measure, connections, rounds, server) {
  return async () => [
    process.execPath, script('tls.mjs'), measure, connections, rounds, join(await nativePrograms(), 'bench_tls_load'),
    ...(await server()),
  ];
}

// A WebSocket server under the load of bench_ws_load; `measure` is cpu or idle.
function messages(measure, connections, rounds, server) {
  return async () => [
    process.execPath, script('ws.mjs'), measure, connections, rounds, 512, join(await nativePrograms(), 'bench_ws_load'),
    ...(await server()),
  ];
}
const wsPeer = async () => [await node(), script('peers/ws.mjs')];

// By one measure. What `targets` has no figure for is a peer all the same.
function httpServer(name, measure, size, milliseconds, pipelined, targets) {
  const side = (server) => http(server, measure, pipelined);
  const small = !milliseconds && size < 1000;
  return {
    name: `http.${name}${measure === 'cpu' ? '.cpu' : ''}`,
    unit: 'ns',
    host: nativeHost,
    rounds: 5,
    ours: side(native('http', size, milliseconds)),
    peers: [
      ...(milliseconds ? [] : [{ name: 'microhttpd', side: side(native('http_microhttpd', size)), target: targets.microhttpd }]), // its thread cannot wait
      ...(small ? [{ name: 'nginx', side: side(async () => ['nginx', 'x'.repeat(size)]), target: targets.nginx }] : []),
      { name: 'go net/http', side: side(go('http', size, milliseconds)), target: targets.go },
      { name: 'node http', side: side(async () => [await node(), script('peers/http.mjs'), size, milliseconds]) },
      ...(milliseconds ? [] : [{ name: 'epoll', side: side(native('http_epoll', size)) }]), // the floor
    ],
  };
}

function httpServers(name, size, milliseconds, pipelined, { time = {}, cpu = {} }) {
  return [
    httpServer(name, 'time', size, milliseconds, pipelined, time),
    httpServer(name, 'cpu', size, milliseconds, pipelined, cpu),
  ];
}

// Traced, beside the same untraced: a trace is to cost 15% of the requests at most.
function httpTraced(measure) {
  const untraced = native('http', 13, 0);
  const traced = async () => ['env', 'GREENIO_TRACE=/dev/null', ...(await untraced())];
  return {
    name: `http.hello.traced${measure === 'cpu' ? '.cpu' : ''}`,
    unit: 'ns',
    host: nativeHost,
    rounds: 5,
    ours: http(traced, measure),
    peers: [{ name: 'ideal (no trace)', side: http(untraced, measure), target: 1.176 }],
  };
}

// In two processes that share a port, beside one; the load takes a processor too.
const httpTwo = {
  name: 'http.two',
  unit: 'ns',
  host: nativeHost,
  rounds: 5,
  ours: http(native('http_two', 13)),
  peers: [{ name: 'ideal (one process)', side: http(native('http', 13, 0)) }],
};

// The same program in Node.
function httpInNode(name, size, milliseconds) {
  return {
    name: `wasm.http.${name}`,
    unit: 'ns',
    host: wasmHost,
    rounds: 5,
    ours: http(async () => [await node(), join(await wasmPrograms(), 'bench_http.mjs'), size, milliseconds]),
    peers: [
      {
        name: 'node http',
        side: http(async () => [await node(), script('peers/http.mjs'), size, milliseconds]),
        target: 1.4,
      },
    ],
  };
}

// A server whose requests select by primary key; the figure has the PostgreSQL's own work in it, on the same
// processors.
function httpWithPostgres(name, host, ours, peers) {
  const nodeHttp = {
    name: 'node http and pg',
    side: http(async () => [await node(), script('peers/http_pg.mjs'), await postgres()]),
  };
  return { name, unit: 'ns', host, rounds: 5, ours: http(ours), peers: [...peers, nodeHttp] };
}

// Switches and spawns. `ideal` is the floor: a bare swap of registers, and a queue.
function nativeCore(name, args, peers) {
  return { name: `native.${name}`, unit: 'ns', host: nativeHost, ours: native(name, ...args), peers };
}

async function nativeHost() {
  return `${process.platform} ${process.arch}, ${await goVersion()}`;
}

async function wasmHost() {
  return `node ${await nodeVersion(await node())}`;
}

// What greenio's programs stand on in WebAssembly: `end` is that of the benchmarks' names, `program` of the files'.
const asyncify = { end: '', program: '' };
const jspi = { end: '.jspi', program: '_jspi' };

async function emccHost() {
  return `${await wasmHost()}, emcc ${await emccVersion()}`;
}

function wasmSwitch(kind, depth, targets) {
  return {
    name: `wasm.switch.depth${depth}${kind.end}`,
    unit: 'ns',
    host: wasmHost,
    ours: wasm(`switch${kind.program}`, depth, 2 * million),
    peers: [
      {
        name: 'emscripten_fiber_swap',
        side: emcc('fiber.cjs', depth, million / 2),
        target: targets.fiber,
      },
      {
        name: 'await',
        side: async () => [await node(), script('peers/await.mjs'), depth, 5 * million],
        target: targets.await,
      },
    ],
  };
}

// C waits on a promise that is resolved already.
function wasmPromise(kind, peers) {
  return {
    name: `wasm.promise${kind.end}`,
    unit: 'ns',
    host: wasmHost,
    ours: wasm(`promise${kind.program}`, 2 * million),
    peers,
  };
}

function wasmCall(kind, target, floors = []) {
  return {
    name: `wasm.call${kind.end}`,
    unit: 'ns',
    host: wasmHost,
    ours: driven('call.mjs', async () => join(await wasmPrograms(), `bench_call${kind.program}.mjs`), million),
    peers: [{ name: 'ccall', side: driven('peers/ccall.mjs', () => emccPeer('ccall.cjs'), million), target }, ...floors],
  };
}

// Lua, as a task and as a program that cannot wait. That is built with either way of longjmp(); the first is the one
// that emcc takes unless told otherwise.
const loads = ['fib', 'sort', 'strings', 'metatables'];
const ideals = [['ideal', 'ideal_emscripten'], ['ideal, longjmp by the engine', 'ideal_wasm']];

// A program, with the arguments for whoever runs it.
function computeProgram(name, end, [driver, ...args]) {
  return async () => [await node(), script(driver), join(await computePrograms(), `bench_compute${name}${end}`), ...args];
}

function compute(kind, load) {
  return {
    name: `wasm.compute.${load}${kind.end}`,
    unit: 'ms',
    host: emccHost,
    rounds: 5,
    ours: computeProgram(kind.program, '.mjs', ['load.mjs', load]),
    peers: ideals.map(([name, file]) => ({ name, side: computeProgram(`_${file}`, '.cjs', ['peers/load.mjs', load]) })),
  };
}

// Of the loads: lines that stand for those of other benchmarks.
function computeMedian(kind, target) {
  return {
    name: `wasm.compute${kind.end}`,
    unit: 'times',
    host: emccHost,
    medianOf: loads.map((load) => `wasm.compute.${load}${kind.end}`),
    peers: ideals.map(([name], index) => ({ name, ...(index === 0 && { target }) })),
  };
}

// What Lua takes to download: the .wasm file, as it is or compressed by gzip.
const sizeFloors = [['ideal (tasks by JSPI by hand)', 'floor'], ['ideal (by hand, with what a task owes)', 'contract']];
function size(kind, how, target, more = []) {
  return {
    name: `wasm.size${how === 'gzip' ? '.gzip' : ''}${kind.end}`,
    unit: 'KB',
    host: emccHost,
    rounds: 1,
    ours: computeProgram(kind.program, '.mjs', ['size.mjs', how]),
    peers: [...ideals, ...more].map(([name, file], index) => ({
      name, side: computeProgram(`_${file}`, '.cjs', ['size.mjs', how]), ...(index === 0 && { target }),
    })),
  };
}

// SQLite with what Asyncify instruments by default, or narrowed, beside other modes.
function sqlite(mode, unit, targets) {
  const side = (name, driver, end) => async () => {
    const file = join(await sqlitePrograms(), `bench_sqlite_${name}${end}`);
    if (unit === 'KB') return [await node(), script('size.mjs'), file];
    return [await node(), script(driver), file, 5_000];
  };
  return {
    name: `wasm.asyncify.${mode === 'green' ? 'default' : mode}.${unit}`,
    unit,
    host: emccHost,
    rounds: unit === 'KB' ? 1 : 5,
    ours: side(mode, 'load.mjs', '.mjs'),
    peers: [
      { name: 'asyncify', side: side('asyncify', 'peers/load.mjs', '.cjs'), target: targets.asyncify },
      { name: 'jspi', side: side('jspi', 'peers/sqlite_jspi.mjs', '.cjs') },
      { name: 'ideal', side: side('ideal', 'peers/load.mjs', '.cjs'), target: targets.ideal },
    ],
  };
}

// A program of ours against a PostgreSQL.
function withPostgres(program, ...args) {
  return async () => [join(await nativePrograms(), `bench_${program}`), await postgres(), ...args];
}

// 64 tasks on 8 connections select by primary key. What has its statements parsed each time stands beside
// pgbench's and psycopg2's that are; what has them prepared, beside pgbench's prepared ones too.
function pgSelect(name, program, protocols, more = []) {
  const count = 50_000;
  const pgbenchPeer = (protocol) => ({
    name: `pgbench -M ${protocol}`,
    side: async () => [
      process.execPath, script('peers/pgbench.mjs'), pgbench(), await postgres(), count, protocol,
    ],
    target: 1.1,
  });
  return {
    name,
    unit: 'us',
    host: nativeHost,
    rounds: 5,
    ours: withPostgres(program, count),
    peers: [
      ...protocols.map(pgbenchPeer),
      ...more.map((peer) => ({ name: peer.name, side: withPostgres(peer.program, count) })),
      {
        name: 'psycopg2 under gevent',
        side: async () => ['/usr/bin/python3', script('peers/psycopg2_gevent.py'), await postgres(), count / 5],
        target: 1,
      },
    ],
  };
}

// 64 connections with a PING each at a time, by hiredis as it is.
function redisPing(name, host, ours, peers) {
  const count = 200_000;
  const side = (program) => async () => [...(await program()), await redis(), count];
  return { name, unit: 'ns', host, rounds: 5, ours: side(ours), peers: peers.map((peer) => ({ ...peer, side: side(peer.side) })) };
}
const ported = (program) => async () => [await node(), script('load.mjs'), join(await portedPrograms(), `bench_${program}.mjs`)];
const nodePeer = (file) => async () => [await node(), script(`peers/${file}`)];

// 100 pops that block all at once, by hiredis as it is.
const onRedis = (side) => async () => [...(await side()), `127.0.0.1:${await redis()}`];
const popsInPage = (program) => async () =>
  [await node(), script('pops_page.mjs'), await gateway(), `127.0.0.1:${await redis()}`, ...(await program())];

export const benchmarks = [
  nativeCore('switch', [0, 10 * million], [
    { name: 'go runtime.Gosched', side: go('switch', 3 * million), target: 0.18 },
    { name: 'boost fiber', side: native('boost', 'switch', 3 * million), target: 0.2 },
    { name: 'st', side: native('st', 'switch', 3 * million) },
    { name: 'ideal', side: native('ideal', 10 * million) },
  ]),
  nativeCore('spawn', [3 * million], [
    { name: 'go goroutine', side: go('spawn', million), target: 0.18 },
    { name: 'boost fiber', side: native('boost', 'spawn', million / 10) },
    { name: 'st', side: native('st', 'spawn', million) },
  ]),
  nativeCore('pingpong', [3 * million], [
    { name: 'go channels', side: go('pingpong', million), target: 0.28 },
    { name: 'boost channels', side: native('boost', 'pingpong', million) },
    { name: 'st conditions', side: native('st', 'pingpong', million) },
  ]),
  {
    name: 'native.parked',
    unit: 'bytes',
    host: nativeHost,
    rounds: 3,
    ours: native('parked', million, 2, 0),
    target: 4220,
    peers: [{ name: 'go goroutine', side: go('parked', million) }],
  },
  nativeEcho('native.echo', 'echo', 'time'),
  nativeEcho('native.echo.cpu', 'echo', 'cpu'),
  nativeEcho('native.echo.twins', 'echo_twins', 'time'),
  nativeEcho('native.echo.twins.cpu', 'echo_twins', 'cpu'),
  {
    name: 'tls.echo',
    unit: 'ns',
    host: nativeHost,
    rounds: 5,
    ours: secured('cpu', 64, 1500, native('tls_echo')),
    peers: [
      { name: 'go crypto/tls', side: secured('cpu', 64, 1500, go('tls')), target: 0.9 },
      { name: 'ideal (epoll and OpenSSL)', side: secured('cpu', 64, 1500, native('tls_epoll')) },
    ],
  },
  {
    name: 'tls.idle',
    unit: 'bytes',
    host: nativeHost,
    rounds: 3,
    ours: secured('idle', 1000, 0, native('tls_echo')),
    peers: [{ name: 'go crypto/tls', side: secured('idle', 1000, 0, go('tls')) }],
  },
  {
    name: 'ws.echo',
    unit: 'ns',
    host: nativeHost,
    rounds: 5,
    ours: messages('cpu', 64, 3000, native('ws_echo')),
    peers: [
      { name: 'libwebsockets', side: messages('cpu', 64, 3000, native('ws_libwebsockets')), target: 0.9 },
      { name: 'node ws', side: messages('cpu', 64, 3000, wsPeer), target: 0.45 },
      { name: 'wslay', side: messages('cpu', 64, 3000, native('ws_wslay')) },
      { name: 'ideal (epoll and the smallest framing)', side: messages('cpu', 64, 3000, native('ws_epoll')) },
    ],
  },
  {
    name: 'wasm.ws.echo',
    unit: 'ns',
    host: wasmHost,
    rounds: 5,
    ours: messages('cpu', 64, 1500, wasm('ws_echo')),
    peers: [
      { name: 'node ws', side: messages('cpu', 64, 1500, wsPeer) },
      { name: 'ideal (node net and the smallest framing)', side: messages('cpu', 64, 1500, async () => [await node(), script('peers/ws_net.mjs')]) },
    ],
  },
  {
    name: 'ws.idle',
    unit: 'bytes',
    host: nativeHost,
    rounds: 3,
    ours: messages('idle', 10_000, 0, native('ws_echo')),
    target: 12_288,
    peers: [
      { name: 'libwebsockets', side: messages('idle', 10_000, 0, native('ws_libwebsockets')) },
      { name: 'node ws', side: messages('idle', 10_000, 0, wsPeer) },
    ],
  },
  {
    name: 'node.echo',
    unit: 'ns',
    host: wasmHost,
    rounds: 5,
    ours: echo('time', 50_000, wasm('echo')),
    peers: [
      {
        name: 'node net',
        side: echo('time', 50_000, async () => [await node(), script('peers/echo.mjs')]),
        target: 1.3,
      },
    ],
  },
  pgSelect('pg.select.made_green', 'pg_select', ['simple']),
  pgSelect('pg.select.green_pg', 'pg_select_pool', ['prepared', 'simple']),
  pgSelect('libpq.select', 'libpq_select', ['simple'], [{ name: 'libpq in threads', program: 'pg_select_threads' }]),
  redisPing('redis', nativeHost, native('redis'), [
    { name: 'hiredis in threads', side: native('redis_threads'), target: 1.05 },
  ]),
  redisPing('wasm.redis', wasmHost, ported('redis'), [
    { name: 'ioredis', side: nodePeer('ioredis.mjs'), target: 1 },
    { name: 'ideal (node net)', side: nodePeer('ping.mjs') },
  ]),
  {
    name: 'redis.pops',
    unit: 'ms',
    host: nativeHost,
    rounds: 5,
    ours: onRedis(native('pops')),
    peers: [{ name: 'hiredis in threads', side: onRedis(native('pops_threads')) }],
  },
  {
    name: 'wasm.redis.pops',
    unit: 'ms',
    host: wasmHost,
    rounds: 5,
    ours: onRedis(ported('pops')),
    target: 100,
    peers: [
      { name: 'ioredis', side: onRedis(nodePeer('ioredis_pops.mjs')) },
      { name: 'ideal (node net)', side: onRedis(nodePeer('net_pops.mjs')) },
    ],
  },
  {
    name: 'page.redis.pops',
    unit: 'ms',
    host: chromiumVersion,
    rounds: 5,
    ours: popsInPage(async () => [join(await portedPrograms(), 'bench_pops.mjs')]),
    target: 300,
    peers: [{ name: 'ideal (a bare WebSocket)', side: popsInPage(async () => []) }],
  },
  {
    name: 'wasm.libpq.select',
    unit: 'us',
    host: wasmHost,
    rounds: 5,
    ours: async () => [...(await ported('libpq_select')()), await postgres(), 20_000],
    peers: [{ name: 'node pg', side: async () => [...(await nodePeer('pg_select.mjs')()), await postgres(), 20_000], target: 1 }],
  },
  {
    name: 'pg.overlap',
    unit: 'ms',
    host: nativeHost,
    rounds: 5,
    ours: withPostgres('pg_overlap'),
    peers: [{ name: 'ideal', side: async () => [process.execPath, '-p', '200'], target: 2 }],
  },
  ...httpServers('hello', 13, 0, 1, { time: { go: 0.45 }, cpu: { microhttpd: 0.8, nginx: 1.0 } }),
  ...httpServers('pipelined', 13, 0, 16, { cpu: { nginx: 0.25 } }),
  ...httpServers('wait', 13, 1, 1, { time: { go: 0.5 } }),
  ...httpServers('body', 65536, 0, 1, { time: { go: 0.75 } }),
  httpTwo,
  httpWithPostgres('http.pg', nativeHost, withPostgres('http_pg'), [
    { name: 'microhttpd and libpq', side: http(withPostgres('http_microhttpd_pg')) },
    {
      name: 'go net/http and lib/pq',
      side: http(async () => [await goPeer(), 'http_pg', await postgres()]),
    },
  ]),
  httpTraced('time'),
  httpTraced('cpu'),
  httpInNode('hello', 13, 0),
  httpInNode('wait', 13, 1),
  httpInNode('body', 65536, 0),
  httpWithPostgres('wasm.http.pg', wasmHost, async () => [
    await node(), join(await wasmPrograms(), 'bench_http_pg.mjs'), await postgres(),
  ], []),
  wasmSwitch(asyncify, 0, { fiber: 0.1, await: 1.05 }),
  wasmSwitch(asyncify, 4, {}),
  wasmSwitch(asyncify, 16, { fiber: 0.3 }),
  wasmPromise(asyncify, [
    { name: 'asyncify', side: emcc('asyncify.cjs', million), target: 0.62 },
    { name: 'jspi', side: driven('peers/jspi.mjs', () => emccPeer('jspi.wasm'), 2 * million) },
  ]),
  wasmCall(asyncify, 1.08, [
    { name: 'ideal (a task of its own, in its turn)', side: driven('peers/call_ideal.mjs', () => emccPeer('call_ideal.wasm'), million) },
  ]),
  {
    name: 'wasm.parked',
    unit: 'bytes',
    host: wasmHost,
    rounds: 1,
    ours: wasm('parked', 100_000, 4, 4096),
    target: 5000,
    peers: [],
  },
  {
    name: 'wasm.parked.resident',
    unit: 'bytes',
    host: wasmHost,
    rounds: 3,
    ours: wasm('parked_resident', 7000, 4, 4096),
    peers: [],
  },
  {
    name: 'wasm.parked.jspi',
    unit: 'bytes',
    host: wasmHost,
    rounds: 3,
    ours: wasm('parked_jspi', 7000, 4, 4096),
    peers: [],
  },
  wasmSwitch(jspi, 0, {}),
  wasmSwitch(jspi, 4, {}),
  wasmSwitch(jspi, 16, {}),
  wasmPromise(jspi, [
    { name: 'jspi', side: async () => [await node(), script('load.mjs'), await emccJspiPeer(), million], target: 1.1 },
    { name: 'jspi by hand', side: driven('peers/jspi.mjs', () => emccPeer('jspi.wasm'), 2 * million) },
    { name: 'ideal (a future, and a wait that can be ended)', side: driven('peers/jspi_ideal.mjs', () => emccPeer('jspi_ideal.wasm'), 2 * million) },
    { name: 'ideal (the same, of which C keeps a record)', side: driven('peers/jspi_record.mjs', () => emccPeer('jspi_record.wasm'), 2 * million) },
    { name: 'ideal (and a task that waits in its turn and can be cancelled)', side: driven('peers/jspi_contract.mjs', () => emccPeer('jspi_contract.wasm'), 2 * million) },
  ]),
  wasmCall(jspi),
  ...loads.map((load) => compute(asyncify, load)),
  computeMedian(asyncify),
  size(asyncify, 'plain'),
  size(asyncify, 'gzip'),
  ...loads.map((load) => compute(jspi, load)),
  computeMedian(jspi, 1.1),
  size(jspi, 'plain', 1.06, sizeFloors),
  size(jspi, 'gzip', undefined, sizeFloors),
  sqlite('green', 'KB', { asyncify: 1.05 }),
  sqlite('green', 'ms', { asyncify: 1.1 }),
  sqlite('narrowed', 'KB', { ideal: 1.1 }),
  sqlite('narrowed', 'ms', {}),
];
