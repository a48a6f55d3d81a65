// What the program curl does beside what fetch() can: node curl.mjs PROGRAM
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { withProgram } from './program.mjs';

const letters = size => Array.from({ length: size }, (_, i) => String.fromCharCode(97 + i % 26)).join('');
const total = text => [...text].reduce((sum, c) => sum + c.charCodeAt(0), 0);
let base;

// curl with these arguments, of which the last is a path; `input` is its standard input. Gives what it
// wrote to standard output and to standard error.
function curl(args, input = '') {
  const paths = args.slice(-1).map(path => base + path);
  return new Promise((resolve, reject) => {
    const child = spawn('curl', ['-sS', '--noproxy', '*', '--max-time', '100', ...args.slice(0, -1), ...paths]);
    const out = [], log = [];
    child.stdout.on('data', data => out.push(data));
    child.stderr.on('data', data => log.push(data));
    child.stdin.on('error', () => {}); // it may have ended before it took all
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', code => resolve({ code, out: String(Buffer.concat(out)), log: String(Buffer.concat(log)) }));
  });
}

async function says(expected, args, input) {
  const { code, out, log } = await curl(args, input);
  assert.equal(code, 0, log);
  assert.equal(out, expected);
}

const cases = {
  'GET': () => says('hello', ['/hello']),
  'GET by HTTP/1.0, whose body ends with the connection': async () => {
    const { out, log } = await curl(['-0', '-v', '/stream?pieces=3&size=26']);
    assert.equal(out, letters(26).repeat(3));
    assert.doesNotMatch(log, /transfer-encoding/i);
  },
  'HEAD': async () => {
    const { out } = await curl(['-I', '/hello']);
    assert.match(out, /^HTTP\/1\.1 200 /);
    assert.match(out, /^content-length: 5\r$/im);
  },
  'a kept connection': async () => {
    const { out, log } = await curl(['-v', `${base}/hello`, '/hello']);
    assert.equal(out, 'hellohello');
    assert.match(log, /Re-using existing connection/i);
  },
  'a chunked upload from a pipe': () => {
    const sent = letters(300000);
    return says(`${sent.length} ${total(sent)}`, ['-X', 'POST', '-H', 'Transfer-Encoding: chunked', '--data-binary', '@-', '/sum'], sent);
  },
  'an upload that asks for 100-continue': async () => {
    const sent = letters(50000);
    const { out, log } = await curl(['-v', '-T', '-', '-X', 'POST', '-H', 'Expect: 100-continue', '/sum'], sent);
    assert.equal(out, `${sent.length} ${total(sent)}`);
    assert.match(log, /< HTTP\/1\.1 100 /);
  },
  'an upload that is refused before its body': async () => {
    const { out } = await curl(['-w', '%{http_code} %{size_upload}', '-o', '/dev/null', '-H', 'Expect: 100-continue',
      '--expect100-timeout', '100', '--data-binary', '@-', '/body'], letters(200000));
    assert.equal(out, '413 0');
  },
  'a form': () => says('2 name=Zoë text=a+b&c', ['-d', 'name=Zo%C3%AB', '--data-urlencode', 'text=a+b&c', '/form']),
  'a multipart upload': () => says(`note - - 5 ${total('hello')}\nfile a b.txt text/plain 26 ${total(letters(26))}\n`,
    ['-F', 'note=hello', '-F', 'file=@-;filename=a b.txt;type=text/plain', '/upload'], letters(26)),
  'a range of a file': () => says('234', ['-r', '2-4', '/files/digits.txt']),
  'the rest of a file': () => says('6789', ['-C', '6', '/files/digits.txt']),
  'cookies that are kept': async () => {
    const { code, out, log } = await curl(['-b', '', `${base}/cookies/set`, '/cookies/show']); // one after the other
    assert.equal(code, 0, log);
    assert.equal(out, 'seta=1 b=2');
  },
  'an answer that breaks off': async () => {
    const { code } = await curl(['-o', '/dev/null', '/stream?pieces=2&size=1000&fail=1']);
    assert.ok([18, 56].includes(code), `curl ended with ${code}`);
  },
  'a client that gives up': async () => {
    for (let seconds = 0.3; ; seconds *= 2) { // a slow machine may not have sent the request in time
      const { code } = await curl(['--max-time', String(seconds), '/wait']);
      assert.equal(code, 28);
      if ((await curl(['/cancelled'])).out !== '0') break;
    }
  },
};

await withProgram(process.argv[2], async address => {
  base = address;
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
    } catch (error) {
      failed++;
      console.log(`${name}: FAILED: ${error.stack}`);
    }
  }
  console.log(`${Object.keys(cases).length - failed} passed, ${failed} failed`);
  return failed;
});
