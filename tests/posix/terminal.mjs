// The dialogue of wasm_terminal.c at two terminals: one that the program's JavaScript gives, which is slow, and a real one, of
// a kernel's, that the Node process has.
//
//   node terminal.mjs PROGRAM
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [program] = process.argv.slice(2);
const FLOOD = 1 << 18;

// `terminal`: { shown(), type(text), resize(columns, rows), isSlow }. The same on both, but that Node writes to its own at once.
async function talk(terminal) {
  let from = 0;
  const until = async (text) => {
    for (let tries = 0; ; tries++) {
      const at = terminal.shown().indexOf(text, from);
      if (at >= 0) return void (from = at + text.length);
      assert.ok(tries < 3000, `"${text}" is not shown behind ${JSON.stringify(terminal.shown().slice(from - 100).slice(-2000))}`);
      await sleep(10);
    }
  };
  await until('80 columns, 25 rows\r\n');
  await until('name? ');
  terminal.type('Zox\u00eb\u007f\u007fe\u4e16\u007f wrong\u0017right\r'); // backspace, Ctrl+W
  await until('[Zoe right]\r\n');
  await until('secret? ');
  const before = terminal.shown().length;
  terminal.type('wrong\u0015secret\r'); // Ctrl+U
  await until('(secret)\r\n');
  assert.ok(!/wrong|secret[^)]/.test(terminal.shown().slice(before)), 'what is secret was shown');
  await until('keys? ');
  terminal.type('\u0003');
  terminal.type('x');
  await until('03 78 were typed\r\n');
  await until('interrupt me\r\n');
  terminal.type('dropped\u0003');
  await until('^C');
  await until('and my window\r\n');
  terminal.resize(100, 30);
  await until('100 columns, 30 rows\r\n');
  await until('end? ');
  terminal.type('\u0004');
  await until('more? ');
  terminal.type('more\r');
  await until('<more>\r\n');
  await until('interrupt my wait\r\n');
  terminal.type('\u0003');
  await until(`${FLOOD / 64 - 1}\r\n`);
  await until(terminal.isSlow ? 'others ran\r\nok' : 'run\r\nok');
}

async function given() {
  let shown = '';
  let keys;
  const decoder = new TextDecoder();
  const greenTerminal = {
    columns: 80,
    rows: 25,
    readable: new ReadableStream({ start(controller) { keys = controller; } }),
    writable: new WritableStream({
      async write(bytes) {
        shown += decoder.decode(bytes, { stream: true });
        await sleep(1);
      },
    }),
  };
  const { default: create } = await import(pathToFileURL(program).href);
  const { green } = await create({ greenTerminal });
  await talk({
    isSlow: true,
    shown: () => shown,
    type: (text) => keys.enqueue(text),
    resize: (columns, rows) => keys.enqueue({ columns, rows }),
  });
  assert.equal(await green.main, 0);
  const edited = `name? Zox\u00eb\b \b\b \be\u4e16\b\b  \b\b wrong${'\b'.repeat(5)}     ${'\b'.repeat(5)}right\r\n`;
  assert.ok(shown.includes(edited), JSON.stringify(shown.slice(0, 200)));
}

async function real() {
  const child = spawn('python3', [join(import.meta.dirname, 'at_terminal.py'), '80', '25', process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { shown += text; });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  await talk({ shown: () => shown, type: (text) => child.stdin.write(text), resize: (columns, rows) => child.stdin.write(`\0${columns} ${rows}\n`) });
  assert.equal(await ended, 0);
}

try {
  await given();
  console.log('given: ok');
  await real();
  console.log('real: ok');
} catch (error) {
  console.error(error);
  process.exit(1);
}
