// The live examples: programs of examples/, as they were built for WebAssembly, and the pages around them.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { highlight } from './guide.mjs';
import { emscriptenLicences } from './licences.mjs';
import { escape, links, page, relative } from './page.mjs';
import { programs } from './programs.mjs';

const pgliteFiles = ['index.js', 'initdb.js', 'initdb.wasm', 'pglite.wasm', 'pglite.data'];

/** Copies a file or a folder; `keep` says which files of a folder. */
function copy(from, to, keep = _name => true) {
  const folder = statSync(from).isDirectory();
  for (const file of folder ? filesOf(from).filter(keep) : [from]) cpSync(file, folder ? join(to, file.slice(from.length)) : to);
}

/** What a visitor downloads of these files, as servers send it: compressed. */
function downloaded(files) {
  let whole = 0;
  let packed = 0;
  for (const file of files) {
    const bytes = readFileSync(file);
    whole += bytes.length;
    packed += gzipSync(bytes).length;
  }
  const shown = count => (count < 1e6 ? `${Math.round(count / 1000)} kB` : `${(count / 1e6).toFixed(1)} MB`);
  return `${shown(packed)} compressed, ${shown(whole)} as files`;
}

const filesOf = folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)).filter(name => statSync(name).isFile());

// Once, or the page is not as it was.
function replaced(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`there is not one ${JSON.stringify(from)}: site/live.mjs relies on it`);
  return parts.join(to);
}

// The page of an example gets the site's line of links.
function withLinks(html, path, css) {
  const style = `<link rel="stylesheet" href="${relative(path, 'live/frame.css')}">\n`;
  const linked = replaced(html, '<body>', `<body>\n<header class="site">${links(path)}</header>`);
  return replaced(linked, css, `${style}${css}`);
}

export class Live {
  constructor({ root, built, postgres, out, version }) {
    this.root = root;
    this.built = built;
    this.postgres = postgres; // its source
    this.out = out;
    this.version = version;
    this.npm = join(root, 'node_modules');
  }
  example(name) {
    return join(this.built, 'examples', name);
  }
  to(...names) {
    return join(this.out, 'live', ...names);
  }
  source(...names) {
    return join(this.root, ...names);
  }

  checklinks() {
    const from = this.example('checklinks');
    for (const name of ['page.mjs', 'page.css', 'checklinks-module.mjs', 'checklinks-module.wasm']) copy(join(from, name), this.to('checklinks', name));
    const html = withLinks(readFileSync(join(from, 'index.html'), 'utf8'), 'live/checklinks/index.html', '<link rel="stylesheet" href="page.css">');
    writeFileSync(this.to('checklinks/index.html'), replaced(html, '<input id="url"', '<input id="url" data-start="../../"'));
    return downloaded(filesOf(this.to('checklinks')));
  }

  psql() {
    copy(this.example('psql'), this.to('psql'), name => /\.(mjs|wasm|css|html)$/.test(name) && !name.includes('CMakeFiles'));
    copy(join(this.npm, '@xterm/xterm/lib/xterm.mjs'), this.to('psql/xterm/lib/xterm.mjs'));
    copy(join(this.npm, '@xterm/xterm/css/xterm.css'), this.to('psql/xterm/css/xterm.css'));
    copy(join(this.npm, '@xterm/addon-fit/lib/addon-fit.mjs'), this.to('psql/fit/lib/addon-fit.mjs'));
    for (const folder of ['web', 'wasm']) copy(this.source(folder), this.to('psql', folder), name => name.endsWith('.mjs'));
    const html = withLinks(readFileSync(join(this.example('psql'), 'index.html'), 'utf8'), 'live/psql/index.html', '<link rel="stylesheet" href="page.css">');
    writeFileSync(this.to('psql/index.html'), html.replaceAll('./pglite/', '../notes/pglite/'));
    const worker = this.to('psql/pglite-worker.mjs');
    writeFileSync(worker, replaced(readFileSync(worker, 'utf8'), './pglite/', '../notes/pglite/'));
    const shared = filesOf(this.to('notes/pglite'));
    return downloaded([...filesOf(this.to('psql')), ...shared]);
  }

  notes() {
    const from = this.example('notes');
    for (const name of ['index.html', 'worker.mjs', 'notes.mjs', 'notes.wasm']) copy(join(from, name), this.to('notes', name));
    for (const folder of ['web', 'wasm']) copy(this.source(folder), this.to('notes', folder), name => name.endsWith('.mjs'));
    const pglite = join(this.npm, '@electric-sql/pglite/dist');
    copy(pglite, this.to('notes/pglite'), name => pgliteFiles.includes(basename(name)) && dirname(name) === pglite || /\/chunk-\w+\.js$/.test(name) || /\/fs\/.*\.js$/.test(name));
    const worker = this.to('notes/worker.mjs');
    const digest = createHash('sha256');
    for (const file of filesOf(this.to('notes')).sort()) digest.update(readFileSync(file));
    const version = `  version: '${digest.digest('hex').slice(0, 16)}',\n`;
    writeFileSync(worker, replaced(readFileSync(worker, 'utf8'), '  scoped: true,\n', `  scoped: true,\n${version}`));
    return downloaded(filesOf(this.to('notes')));
  }

  chat() {
    for (const name of ['chat.mjs', 'chat.wasm']) copy(join(this.example('chat'), name), this.to('chat', name));
    for (const name of ['server.mjs', 'wire.mjs', 'page.mjs']) copy(this.source('site/live/chat', name), this.to('chat', name));
    for (const name of ['script.js', 'style.css']) copy(this.source('examples/chat/page', name), this.to('chat', name));
    const html = readFileSync(this.source('examples/chat/page/index.html'), 'utf8');
    const script = '<script type="module" src="script.js"></script>';
    writeFileSync(this.to('chat/member.html'), replaced(html, script, `<link rel="icon" href="data:,">\n<script type="module" src="wire.mjs"></script>\n${script}`));
    const size = downloaded(filesOf(this.to('chat')));
    const path = 'live/chat/index.html';
    const body = `<h1>Chat, with both sides in this page</h1>
<p>The example <code>chat</code> is a WebSocket server in C: two tasks for each member of the room, in blocking style. Here its program is in a
worker of this page, and both frames are its members, with the page that the server serves elsewhere. Enter a name in each, and talk.</p>
<noscript><p>The two frames need JavaScript, and WebAssembly.</p></noscript>
<div class="pair"><iframe src="member.html" title="One member of the room"></iframe><iframe src="member.html" title="Another member of the room"></iframe></div>
<p class="size">It downloads ${size}, when the first one enters.</p>
<p>The room, which is the whole of the server's logic (<code>examples/chat/room.c</code> in the sources):</p>
${highlight(readFileSync(this.source('examples/chat/room.c'), 'utf8'), 'c')}`;
    writeFileSync(this.to('chat/index.html'), page(path, { title: 'Chat', body, head: '<script type="module" src="page.mjs"></script>\n', version: this.version }));
    return size;
  }

  programs() {
    for (const { name } of programs()) for (const end of ['mjs', 'wasm']) copy(join(this.built, 'site', `${name}.${end}`), this.to('programs', `${name}.${end}`));
    copy(this.source('site/live/programs/page.mjs'), this.to('programs/page.mjs'));
    const path = 'live/programs/index.html';
    const sections = programs().map(({ name, chapter, title, code, output }) => {
      const size = downloaded([this.to('programs', `${name}.mjs`), this.to('programs', `${name}.wasm`)]);
      return `<section aria-labelledby="${name}"><h2 id="${name}">${escape(title)}</h2>
<p>From the chapter <a href="../../guide/${chapter}.html">${escape(chapter.replace('-', ' '))}</a>. <span class="size">It downloads ${size}.</span></p>
${highlight(code, 'c')}
<p>It prints:</p>
<pre tabindex="0" class="expected">${escape(output)}</pre>
<p><button type="button" data-program="${name}" hidden aria-describedby="${name}">Run it in this page</button></p>
<pre tabindex="0" id="${name}-output" role="log" aria-label="What “${escape(title)}” prints here" hidden></pre>
</section>`;
    });
    const body = `<h1>Programs of the guide</h1>
<p>Each is a C program as the guide has it, compiled by emcc without a change; natively the same file prints the same.</p>
<noscript><p>To run them here takes JavaScript and WebAssembly. What they print stands below each.</p></noscript>
${sections.join('\n')}`;
    writeFileSync(this.to('programs/index.html'), page(path, { title: 'Programs of the guide', body, head: '<script type="module" src="page.mjs"></script>\n', version: this.version }));
    return `${programs().length} programs, some ${downloaded([this.to('programs', `${programs()[0].name}.mjs`), this.to('programs', `${programs()[0].name}.wasm`)])} each`;
  }

  index(sizes) {
    const all = [
      ['programs/index.html', 'Programs of the guide', 'Ten small programs with their source and their output, each run by a button.', sizes.programs],
      ['checklinks/index.html', 'checklinks', 'A link checker: a hundred tasks that fetch, parse and look for anchors at once. It begins with the pages of this site.', sizes.checklinks],
      ['chat/index.html', 'Chat', 'A WebSocket server in a worker, and two members of its room, in one page.', sizes.chat],
      ['psql/index.html', 'psql', 'PostgreSQL\'s own psql, unchanged, at a terminal in the page, on a PostgreSQL that is in the page too.', sizes.psql],
      ['notes.html', 'Notes', 'A web application in C on PostgreSQL, served by a service worker of this browser; it goes on without the network.', sizes.notes],
    ];
    const path = 'live/index.html';
    const items = all.map(([to, name, what, size]) => `<li><h2><a href="${to}">${name}</a></h2><p>${what}</p><p class="size">Downloads ${size}.</p></li>`);
    const body = `<h1>Live examples</h1>
<p>C programs on greenio, compiled for WebAssembly, in this browser. Nothing leaves it: there is no server but the one that sent these files.
Natively and in Node the same sources run; <a href="../guide/examples.html">Examples</a> says how. They need JavaScript and WebAssembly, and a
page by <code>http:</code> or <code>https:</code>; notes needs service workers, which browsers have on <code>https:</code> and on <code>localhost</code>.</p>
<ul class="cards">${items.join('\n')}</ul>
<p>The programs have software of others in them: <a href="LICENSES.txt">its licences</a>; <a href="../guide/licences.html">what is linked
where</a>.</p>`;
    writeFileSync(this.to('index.html'), page(path, { title: 'Live examples', body, version: this.version }));
    const notes = `<h1>Notes, in a service worker</h1>
<p>The example <code>notes</code> is a web application in C: pages, search, a JSON API and events for changes, on PostgreSQL. Here a service
worker of this browser answers for it, with PGlite for its database, which keeps what you write in the browser's storage. When it is
there, it needs no network. <a href="../guide/notes.html">The guide has a page on it</a>.</p>
<p class="size">It downloads ${sizes.notes}, once; most of it is PostgreSQL.</p>
<p><a href="notes/">Open notes</a></p>
<noscript><p>It needs JavaScript, WebAssembly and service workers.</p></noscript>
<p>To be rid of it, clear the data of this site in the browser's settings.</p>
<p><img src="../guide/pictures/notes-light.png" alt="The list of notes: a search field, two notes with their dates, and a form for a new one"></p>`;
    writeFileSync(this.to('notes.html'), page('live/notes.html', { title: 'Notes', body: notes, version: this.version }));
  }

  // Of what is not greenio's own and is served with the examples.
  licences() {
    const licences = [
      ['Emscripten, whose JavaScript is in each program, and musl, the C library that it links', ...emscriptenLicences()],
      ['PGlite', join(this.npm, '@electric-sql/pglite/LICENSE')],
      ['xterm.js', join(this.npm, '@xterm/xterm/LICENSE')],
      ['addon-fit of xterm.js', join(this.npm, '@xterm/addon-fit/LICENSE')],
      ['PostgreSQL: psql and libpq, and what PGlite is made of', join(this.postgres, 'COPYRIGHT')],
    ];
    const texts = licences.map(([name, ...files]) => [`${name}\n${'='.repeat(name.length)}`, ...files.map(file => readFileSync(file, 'utf8'))].join('\n\n'));
    writeFileSync(this.to('LICENSES.txt'), texts.join('\n\n'));
  }

  build() {
    mkdirSync(this.to(), { recursive: true });
    this.licences();
    copy(this.source('site/live/frame.css'), this.to('frame.css'));
    const sizes = { notes: this.notes(), checklinks: this.checklinks(), chat: this.chat(), programs: this.programs(), psql: this.psql() };
    this.index(sizes);
    return sizes;
  }
}
