// Where the site takes Emscripten's licence from: Debian's package, or Emscripten as it comes by itself.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { emscriptenLicences } from '../../site/licences.mjs';

test('Debian\'s file, or those of Emscripten itself; a sentence where neither is', t => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-licences-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const debian = join(folder, 'copyright');
  const own = ['LICENSE', 'system/lib/libc/musl/COPYRIGHT'].map(name => join(folder, name));
  assert.throws(() => emscriptenLicences(debian, () => folder), /licence in it, which is neither .*copyright nor .*LICENSE, .*musl\/COPYRIGHT/);
  for (const file of own) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  assert.deepEqual(emscriptenLicences(debian, () => folder), own);
  writeFileSync(debian, '');
  assert.deepEqual(emscriptenLicences(debian, () => assert.fail('nobody need ask')), [debian]);
});
