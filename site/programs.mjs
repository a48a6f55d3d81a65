#!/usr/bin/env node
// The small programs of the guide that a page can run: those of the first chapters whose output the guide shows.
//
//   node site/programs.mjs FOLDER     writes them there, as C, for CMake
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { blocksOf } from '../tests/install/guide.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const chapters = ['first-program', 'waiting', 'groups', 'pools', 'cancel'];

/** {name, chapter, title, code, output} of each. */
export function programs() {
  return chapters.flatMap(chapter => {
    const text = readFileSync(join(root, `docs/${chapter}.md`), 'utf8');
    const blocks = blocksOf(`${chapter}.md`);
    return blocks.flatMap(({ language, mark, content }, index) => {
      if (language !== 'c' || !['', 'wasm'].includes(mark) && !mark.endsWith('.c')) return [];
      const next = blocks[index + 1];
      if (next?.language !== 'text') return [];
      const before = text.slice(0, text.indexOf(content));
      const title = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)[1];
      return [{ name: `${chapter.replace('-', '_')}_${index}`, chapter, title, code: content, output: next.content }];
    });
  });
}

function write(folder) {
  mkdirSync(folder, { recursive: true });
  const all = programs();
  for (const left of readdirSync(folder)) if (!all.some(({ name }) => left === `${name}.c`)) rmSync(join(folder, left));
  for (const { name, code } of all) {
    const file = join(folder, `${name}.c`);
    let there = '';
    try {
      there = readFileSync(file, 'utf8');
    } catch { /* it is new */ }
    if (there !== code) writeFileSync(file, code);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) write(process.argv[2]);
