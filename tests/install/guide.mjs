// The programs of the guide: the blocks of code in README.md and docs/*.md, save those of javascript.md, which the
// tests of the package run. A block's first line says what it is:
//
//   ```c            a program (also cpp); the next block, if it is text, is what it prints
//   ```c native     the same, for that host alone; or: wasm
//   ```c fragment   part of a program, which is not compiled
//   ```c race.c     a file (also cmake, cpp, js, html) of the project that the page's files make up; with a file
//                   of JavaScript it is a module, and that is what is run
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { emptyFolder, root } from './tools.mjs';

const guide = join(root, 'docs');

/** The blocks of code of a page: {language, mark, content}. */
export function blocksOf(page) {
  const text = readFileSync(join(guide, page), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm)]
    .map(([, language, mark = '', content]) => ({ language, mark, content }));
}

// The programs for a host, natively or in wasm, as a project of programs in `folder`, and the pages that
// are projects of their own, each in a folder below it. What each prints is `output`, if the page says.
export function writeGuide(host, name) {
  const folder = emptyFolder(name);
  const programs = [];
  const projects = [];
  const pages = ['../README.md', ...readdirSync(guide).filter(name => name.endsWith('.md') && name !== 'javascript.md' && name !== 'README.md')];
  for (const page of pages) {
    const blocks = blocksOf(page);
    const named = blocks.filter(block => block.mark.includes('.'));
    const output = from => blocks.slice(from).find(block => block.language === 'text')?.content;
    blocks.forEach((block, index) => {
      if (!['c', 'cpp'].includes(block.language) || !['', host].includes(block.mark)) return;
      const program = `${basename(page, '.md')}_${index}`;
      writeFileSync(join(folder, `${program}.${block.language}`), block.content);
      programs.push({ name: program, output: blocks[index + 1]?.language === 'text' ? output(index) : undefined });
    });
    if (!named.length) continue;
    const project = { name: basename(page, '.md'), folder: join(folder, basename(page, '.md')) };
    mkdirSync(project.folder);
    for (const block of named) writeFileSync(join(project.folder, block.mark), block.content);
    projects.push({ ...project, output: output(blocks.indexOf(named.at(-1))), // behind all of its files
      isPage: named.some(block => block.language === 'html'),
      script: named.find(block => block.mark.endsWith('.mjs'))?.mark,
      program: /add_executable\((\w+)/.exec(named.find(block => block.mark === 'CMakeLists.txt').content)[1] });
  }
  return { folder, programs, projects };
}
