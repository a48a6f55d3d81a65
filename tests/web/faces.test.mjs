// The tables of docs/web.md and docs/applications.md, against what the tests know.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { cases } from '../app/cases.mjs';
import { faces } from '../app/faces.mjs';

const read = path => readFile(new URL(path, import.meta.url), 'utf8');
const rowsOf = text => text.split('\n').filter(line => line.startsWith('|')).map(line => line.split('|').slice(1, -1).map(cell => cell.trim()));

test('the table of faces is that of the tests', async () => {
  const text = (await read('../../docs/web.md')).split('## What differs\n')[1].split('\n## ')[0];
  const [[, ...names], , ...rows] = rowsOf(text);
  const lacks = new Map(Object.keys(faces).map(name => [name, []]));
  const keys = { '`green_request_peer()`': 'peer', 'cookies': 'cookies', 'a client that leaves before its answer': 'cancel', 'headers beyond ASCII': 'latin-1', 'files': 'files' };
  for (const [what, ...cells] of rows) {
    assert.ok(keys[what], what);
    cells.forEach((cell, i) => /^yes\b/.test(cell) || lacks.get(names[i]).push(keys[what]));
  }
  for (const [name, found] of lacks) assert.deepEqual(found.sort(), [...faces[name]].sort(), name);
});

test('what a face lacks is a need of some case', () => {
  const needs = new Set(cases.flatMap(({ needs }) => needs));
  for (const [name, lacks] of Object.entries(faces)) for (const lack of lacks) assert.ok(needs.has(lack), `${name}: ${lack}`);
});

test('the options of an application are those of its header', async () => {
  const header = (await read('../../include/greenio/app.h')).split('typedef struct green_app_options {')[1].split('}')[0].replace(/\/\*[^]*?\*\//g, '');
  const options = [...header.matchAll(/(\w+);/g)].map(([, name]) => name);
  const text = (await read('../../docs/applications.md')).split('## Options\n')[1].split('\n## ')[0];
  const [, , ...rows] = rowsOf(text);
  assert.deepEqual(rows.map(([name]) => name.replaceAll('`', '')), options);
});
