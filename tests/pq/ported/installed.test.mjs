// greenio installed for WebAssembly with a libpq that emcc has compiled, whose folder GREENIO_LIBPQ names; a project that
// finds both there, with each of the two components.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, compile, emptyFolder, install, refused, run } from '../../install/tools.mjs';
import { startPostgres, stopAll } from '../../posix/servers.mjs';

const prefix = join(build, 'wasm-pq-prefix');
const libpq = process.env.GREENIO_LIBPQ;
const configure = ['emcmake', 'cmake'];
let address;

before(async () => {
  assert.ok(libpq, 'GREENIO_LIBPQ is not set');
  emptyFolder('wasm-pq-prefix');
  await install(prefix, 'wasm-pq', configure, `-DGREENIO_LIBPQ=${libpq}`);
  ({ address } = await startPostgres());
});
after(stopAll);

const program = (begin, ask) => `#include <stdio.h>
#include <greenio/greenio.h>
#include <greenio/pq.h>

static int ask(void *arg) {
  PGconn *connection = NULL;
  PGresult *result = NULL;
  int rc = 0;
  ${ask}
  if (rc == 0) printf("%s\\n", PQgetvalue(result, 0, 0));
  PQclear(result);
  PQfinish(connection);
  return rc;
}

static int app(void *arg) {
  green_future *tasks[3];
  green_spawn_options options = {.stack_size = (size_t)512 << 10};
  int rc = 0;
  for (int i = 0; i < 3; i++) tasks[i] = green_spawn_with(ask, arg, &options);
  for (int i = 0; i < 3; i++) {
    int one = green_join(tasks[i]);
    if (one < 0) rc = one;
  }
  return rc;
}

int main(int argc, char **argv) {
  return argc != 2 || ${begin} green_run(app, argv[1]) < 0;
}
`;
const QUERY = '"select 6 * 7 from pg_sleep(0.1)"';
const programs = {
  pq_asynchronous: program('green_pq_make_asynchronous() < 0 ||', `connection = PQconnectdb(arg);
  result = PQexec(connection, ${QUERY});
  if (PQresultStatus(result) != PGRES_TUPLES_OK) rc = green_fail(GREEN_EIO, "%s", PQerrorMessage(connection));`),
  pq: program('', `rc = green_pq_connect(&connection, arg);
  if (rc == 0) rc = green_pq_exec(connection, ${QUERY}, &result);`),
};

for (const [component, source] of Object.entries(programs)) {
  const folder = join(build, `wasm-${component}`);
  test(`the component ${component}`, async () => {
    emptyFolder(`wasm-${component}`);
    writeFileSync(join(folder, 'main.c'), source);
    writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(asks C)
find_package(greenio REQUIRED COMPONENTS ${component})
add_executable(asks main.c)
target_link_libraries(asks PRIVATE greenio::${component})
`);
    const { to } = await compile(folder, `wasm-${component}/build`, configure, `-DCMAKE_FIND_ROOT_PATH=${prefix}`, `-DGREENIO_LIBPQ=${libpq}`);
    assert.equal(await run(process.execPath, [join(to, 'asks.mjs'), address]), '42\n42\n42\n');
  });
  test(`the component ${component} without a libpq`, async () => {
    assert.match(await refused('emcmake', ['cmake', '-S', folder, '-B', emptyFolder(`wasm-${component}-refused`), '-G', 'Ninja',
      `-DCMAKE_FIND_ROOT_PATH=${prefix}`]), /needs a libpq compiled by emcc. GREENIO_LIBPQ is not set/);
  });
}
