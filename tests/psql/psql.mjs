// What the tests of the example psql share: where it is, and a server with a user who has a password.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { must, postgresTool, startPostgres } from '../posix/servers.mjs';

export const built = join(process.env.GREENIO_BUILD ?? 'build', process.env.GREENIO_WASM ?? 'wasm-release', 'examples');
export const PASSWORD = 'a secret';

export async function startServer() {
  const server = await startPostgres({ loopback: true });
  must(postgresTool('psql'), ['-q', '-c', `create role guarded superuser login password '${PASSWORD}'`, server.address]);
  return server;
}

// Until a statement that begins so is under way.
export async function sleeps(server, begins = 'select pg_sleep(1000)') {
  const query = `select 1 from pg_stat_activity where query like '${begins}%' and state = 'active'`;
  for (let tries = 0; spawnSync(postgresTool('psql'), ['-X', '-At', '-c', query, server.address], { encoding: 'utf8' }).stdout !== '1\n'; tries++) {
    assert.ok(tries < 300, 'it does not run');
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

// Waits until what shown() gives has that text behind what was waited for before; looks each `pause` milliseconds.
export function dialogue(shown, type, pause = 20) {
  let from = 0;
  const until = async (text) => {
    for (let tries = 0; ; tries++) {
      const all = await shown();
      if (all.length < from) from = 0; // the terminal was cleared, for the next session
      const at = all.indexOf(text, from);
      if (at >= 0) return void (from = at + text.length);
      if (tries * pause > 60_000) throw new Error(`${JSON.stringify(text)} is not shown behind ${JSON.stringify(all.slice(Math.max(from - 200, 0)).slice(-2000))}`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
  // Types it, and waits for each of the texts.
  const say = async (typed, ...texts) => {
    await type(typed);
    for (const text of texts) await until(text);
  };
  return { until, say };
}
