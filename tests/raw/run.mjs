// Sends the rows of table.mjs and more.mjs to a server, and holds what comes of each against what it says there:
//
//   node run.mjs native PROGRAM     greenio's native server, the program of serve.c
//   node run.mjs node PROGRAM.mjs   the same in Node
//   node run.mjs peer NAME PORT     another server, of which nothing is expected: its verdicts are printed
import { Client, answers, ask, settle, start } from './client.mjs';
import { more } from './more.mjs';
import { table } from './table.mjs';

const AT_ONCE = 12;

function isStatus(pattern, status) {
  return [...pattern].every((c, i) => c === 'x' || c === String(status)[i]);
}

// Whether an outcome of table.mjs is what was seen.
function is(outcome, seen) {
  const [, not, status, close, sign, wanted] = /^(!?)(\w+)(\+close)?(?:([=~!-])(.*))?$/s.exec(outcome);
  const answer = seen.answers[0];
  if (outcome === 'close') return !answer && seen.closed;
  if (outcome === 'silent') return !answer && !seen.closed;
  if (!answer || (close && !seen.closed)) return false;
  if (status !== 'any' && isStatus(status, answer.status) === Boolean(not)) return false;
  if (sign === '=') return answer.body === wanted;
  if (sign === '!') return !answer.body.toLowerCase().includes(wanted.toLowerCase());
  return sign === undefined || (wanted in answer.headers) === (sign === '~');
}

const outcomes = text => text.split(/ (?=[!\dsac][\dxilnuo])/);

function verdict(/** @type {any[]} */ [, , , pass, { warn = '', alone } = {}], seen) {
  if (seen.text.includes('smuggled')) return 'fail';
  if (alone && seen.answers.length > 1) return 'fail';
  if (outcomes(pass).some(one => is(one, seen))) return 'pass';
  return warn && outcomes(warn).some(one => is(one, seen)) ? 'warn' : 'fail';
}

// What a server makes of a row. The end of the connection is waited for where a row is about that.
async function send(port, /** @type {any[]} */ [name, , bytes, pass, { alone } = {}]) {
  const client = new Client(port, bytes.startsWith('HEAD'));
  client.write(bytes);
  await settle(port);
  const waits = !/silent/.test(pass);
  if (waits) await client.answered().catch(() => {});
  if (waits && client.final.length && (alone || /\+close/.test(pass)) && closes(client)) await client.ended();
  await settle(port);
  const { closed, text } = client;
  client.destroy();
  return { name, text, closed, answers: answers(text, { head: client.head, closed }).list.filter(one => pass.includes('1xx') || one.status >= 200) };
}

// It has said so, or must.
function closes(client) {
  const { headers, line } = client.final[0];
  return /close/i.test(headers.connection ?? '') || line.startsWith('HTTP/1.0');
}

async function all(port, rows) {
  const seen = [];
  const left = [...rows.entries()];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next; (next = left.shift());) seen[next[0]] = await send(port, next[1]);
  }));
  return seen;
}

function describe(seen) {
  const list = seen.answers.map(one => `${one.status} ${JSON.stringify(one.body.slice(0, 60))}`).join(', ') || 'no answer';
  return `${list}${seen.closed ? ', closed' : ''}`;
}

// The number of rows that are not as they say.
async function check(host, port) {
  const rows = [...table, ...more];
  const counts = [table, more].map(() => ({ pass: 0, warn: 0, fail: 0 }));
  let wrong = 0;
  for (const [i, seen] of (await all(port, rows)).entries()) {
    const row = rows[i];
    const [wanted, why] = row[4]?.[host] ?? ['pass', ''];
    const got = verdict(row, seen);
    counts[i < table.length ? 0 : 1][got]++;
    if (host === 'peer') {
      if (got !== 'pass') console.log(`${got} ${row[0]} (RFC ${row[1]}): wanted ${row[3]}, got ${describe(seen)}`);
    } else if (got !== wanted) {
      wrong++;
      console.log(`${row[0]} (RFC ${row[1]}): ${got} where ${wanted} is expected${why && ` (${why})`}: wanted ${row[3]}, got ${describe(seen)}`);
    }
  }
  for (const [i, name] of ['table.mjs', 'more.mjs'].entries()) {
    const { pass, warn, fail } = counts[i];
    console.log(`# ${name}: ${pass} pass, ${warn} warn, ${fail} fail`);
  }
  return wrong;
}

async function run(host, program) {
  const server = await start(program);
  if (!server.port) throw new Error(`${server.line}\n${server.errors}`);
  let wrong = await check(host, server.port);
  const [smuggled] = (await ask(server.port, '/counts')).body.split(' ');
  if (smuggled !== '0') { console.log(`${smuggled} smuggled requests have reached the application`); wrong++; }
  await server.stop();
  if (server.printed.at(-1) !== 'returned: 0') { console.log(`the server: ${server.printed.join('; ')} ${server.errors}`); wrong++; }
  console.log(`${table.length + more.length - wrong} passed, ${wrong} failed`);
  process.exitCode = wrong ? 1 : 0;
}

const [, , host, what, port] = process.argv;
if (host === 'peer') {
  console.log(`${what}:`);
  await check('peer', Number(port));
} else {
  await run(host, what);
}
