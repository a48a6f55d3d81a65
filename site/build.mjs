#!/usr/bin/env node
// The site, as static files: `./dev site` builds what it takes before, and calls
//
//   node site/build.mjs FOLDER
//
// GREENIO_BUILD: where wasm-release, with the examples, and docs, with Doxygen's pages, are; build/ unless set.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFiles, versions } from '../.ci/release.mjs';
import { figuresPage } from './figures.mjs';
import { chaptersIn, onPage, placeOf, render, sourcesIn } from './guide.mjs';
import { Live } from './live.mjs';
import { escape, page, relative } from './page.mjs';
import { pagesOf } from './reference.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = resolve(root, process.env.GREENIO_BUILD ?? 'build');
const version = versions()['CMakeLists.txt'];

function writer(out) {
  return (path, content) => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), page(path, { version, ...content }));
  };
}

// What comes before and after a chapter.
function turn(chapters, source, titles) {
  const at = chapters.indexOf(source);
  if (at < 0) return '';
  const link = (to, word) => (to ? `<a href="${relative(placeOf(source), placeOf(to))}">${word}: ${escape(titles.get(to))}</a>` : '<span></span>');
  return `<nav class="turn" aria-label="Chapters">${link(chapters[at - 1], 'Before')}${link(chapters[at + 1], 'Next')}</nav>`;
}

const welcome = `<nav aria-labelledby="here"><h2 id="here">Run it in this page</h2>
<ul class="cards">
<li><a href="live/programs/index.html">Programs of the guide</a>, with source and output</li>
<li><a href="live/checklinks/index.html">A link checker</a>, on this site's own pages</li>
<li><a href="live/psql/index.html">PostgreSQL's psql</a>, unchanged, in a terminal</li>
<li><a href="live/chat/index.html">A WebSocket server</a> and two clients of it</li>
<li><a href="live/notes.html">A web application</a> in a service worker</li>
</ul></nav>
<p>The sources, as a file, and the npm package: <a href="download/index.html">Download</a>. Beside others: <a href="figures.html">Figures</a>.</p>
`;

function writeGuide(write) {
  const sources = sourcesIn(root);
  const pages = new Map(sources.map(source => [source, render(root, source)]));
  const titles = new Map([...pages].map(([source, { title }]) => [source, title]));
  const chapters = chaptersIn(root);
  for (const [source, { title, body, headings }] of pages) {
    const withList = source === 'README.md' ? body.replace('<h2 id="see-it-run">', `${welcome}<h2 id="see-it-run">`)
      : body.replace('</h1>\n', `</h1>\n${onPage(headings)}`);
    write(placeOf(source), { title, body: withList + turn(chapters, source, titles) });
  }
  return pages.size;
}

function writeDownload(write, out) {
  const folder = join(out, 'download');
  const files = existsSync(join(root, '.git')) ? makeFiles(folder, version) : [];
  const what = { 'tar.gz': 'the sources', 'SHA256SUMS': 'digests of these files', py: 'the port that Emscripten keeps' };
  const kindOf = name => (name.startsWith('create-') ? 'npm create greenio' : name.endsWith('.tgz') ? 'the npm package: runtime in JavaScript, and the C sources for emcc' : what[Object.keys(what).find(end => name.endsWith(end))]);
  const items = files.map(name => `<tr><th scope="row"><a href="${name}">${name}</a></th><td>${kindOf(name)}</td><td class="number">${Math.ceil(statSync(join(folder, name)).size / 1000)} kB</td></tr>`).join('\n');
  const list = files.length ? `<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">File</th><th scope="col">What it is</th><th scope="col" class="number">Size</th></tr></thead><tbody>${items}</tbody></table></div>` : '<p>This copy of the site was made without them.</p>';
  const tarball = files.find(name => name.endsWith('.tar.gz')) ?? `greenio-${version}.tar.gz`;
  write('download/index.html', { title: 'Download', body: `<h1>Download</h1>
<p>Version ${version}. <a href="../guide/changelog.html">What is in it</a>, and <a href="../guide/versions.html">what may change</a>.</p>
${list}
<h2 id="begin">To begin</h2>
<p>On Debian 12 or newer, or Ubuntu 24.04 or newer:</p>
<pre tabindex="0"><code>tar xzf ${tarball}
cd greenio-${version}
./dev demo                                   # a link checker, natively, in Node and in Chromium
node create/create.mjs ../hello program      # a project of your own, beside it</code></pre>
<p>With the two npm packages alone, in place of the sources; what else it takes, the project says:</p>
<pre tabindex="0"><code>npx --package ./create-greenio-${version}.tgz create-greenio hello program --greenio ./greenio-${version}.tgz</code></pre>
<p>The other kinds of projects are <code>module</code>, for a page, <code>service</code>, a web service, and <code>worker</code>, an application in a
service worker. Who comes <a href="../guide/from-go.html">from Go</a> or <a href="../guide/from-emscripten.html">from Emscripten's Asyncify</a>, or has <a href="../guide/porting.html">a library to port</a>, finds a chapter
for that.</p>
<p><code>./dev</code> installs what it misses by apt and npm, and says what; where the system's own Node is older than 20.16, it puts a
newer one into <code>build/node/bin</code>. <a href="../guide/first-program.html">A first program</a> goes on from here, and has what it
takes elsewhere.</p>` });
}

function main(out) {
  rmSync(out, { recursive: true, force: true });
  const write = writer(out);
  const guide = writeGuide(write);
  cpSync(join(root, 'docs/pictures'), join(out, 'guide/pictures'), { recursive: true });
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE.txt'));
  cpSync(join(root, 'site/style.css'), join(out, 'style.css'));
  let reference = 0;
  for (const { name, title, body } of pagesOf(join(build, 'docs'), join(root, 'include/greenio'))) {
    write(`reference/${name}`, { title, body });
    reference++;
  }
  write('figures.html', { title: 'Figures', body: figuresPage(JSON.parse(readFileSync(join(root, 'site/figures.json'), 'utf8'))) });
  const sizes = new Live({ root, built: join(build, 'wasm-release'), postgres: join(build, 'ported/libpq/source'), out, version }).build();
  writeDownload(write, out);
  for (const [name, size] of Object.entries(sizes)) console.log(`${name}: ${size}`);
  const all = readdirSync(out, { recursive: true, encoding: 'utf8' }).map(name => statSync(join(out, name))).filter(file => file.isFile());
  console.log(`${guide} pages of the guide, ${reference} of the reference; ${all.length} files, ${(all.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1)} MB in ${out}`);
}

main(resolve(process.argv[2]));
