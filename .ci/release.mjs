#!/usr/bin/env node
/* Makes what a release consists of, below build/release: the sources as a tarball, the two npm packages, the port that
 * Emscripten keeps, and their digests. First it looks whether they may be released, and says all that speaks against it.
 * It tags, uploads and changes nothing.
 *
 *   node .ci/release.mjs [--draft] [--look] [--site FOLDER]
 *
 * A draft may have changes that are not committed, and no date in the changelog. --look makes nothing. The site is what
 * `./dev site` has made in a folder, and is packed too.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { contribution } from '../emscripten/contrib.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = name => readFileSync(join(root, name), 'utf8');
const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 });

/** Where the version stands, and what stands there. */
export function versions() {
  const base = read('include/greenio/base.h');
  const lock = JSON.parse(read('package-lock.json'));
  return {
    'CMakeLists.txt': /^project\(greenio VERSION ([\d.]+)/m.exec(read('CMakeLists.txt'))?.[1],
    'include/greenio/base.h': ['MAJOR', 'MINOR', 'PATCH'].map(part => new RegExp(`GREEN_VERSION_${part} (\\d+)`).exec(base)?.[1]).join('.'),
    'package.json': JSON.parse(read('package.json')).version,
    'package-lock.json': lock.packages[''].version ?? lock.version,
    'create/package.json': JSON.parse(read('create/package.json')).version,
    'CHANGELOG.md': /^## ([\d.]+), /m.exec(read('CHANGELOG.md'))?.[1],
    'debian/changelog': /^greenio \(([\d.]+)-[^)]+\)/.exec(read('debian/changelog'))?.[1],
  };
}

/** The libraries that the CMake files look for, by the names of pkg-config and of find_library. */
export function linkedLibraries() {
  const files = ['src', 'wasm', 'cmake'].flatMap(folder => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.cmake')).map(name => `${folder}/${name}`));
  const found = files.flatMap(name => [...read(name).matchAll(/pkg_check_modules\(\w+((?:\s+[\w>=.-]+)+)\)|find_library\(\w+ (?:NAMES )?(\w+)/g)]
    .flatMap(([, words, library]) => (library ? [library] : words.split(/\s+/).filter(word => /^[a-z]/.test(word)).map(word => word.replace(/[>=].*/, '')))));
  return [...new Set(found)].sort();
}

/** What is wrong with the time of debian/changelog, the day of CHANGELOG.md being `day`. It is that of the files of the packages'
 * sources, and where it is to come ninja would never have done with the CMake files. */
export function wrongTime(time, day, now = Date.now()) {
  if (!(Date.parse(time) <= now)) return [`debian/changelog's time is still to come, or none: ${time}`];
  return day && new Date(time.replace(/[+-]\d{4}$/, '+0000')).toISOString().slice(0, 10) !== day ? [`debian/changelog is of ${time}, CHANGELOG.md of ${day}`] : [];
}

/** What speaks against a release; with `draft` what speaks against that too. */
export function problems(draft) {
  const stand = versions();
  const version = stand['CMakeLists.txt'];
  const found = Object.entries(stand).filter(([, other]) => other !== version)
    .map(([file, other]) => `${file} has version ${other}, CMakeLists.txt ${version}`);
  const licences = read('docs/licences.md');
  found.push(...linkedLibraries().filter(name => !licences.includes(`\`${name}\``)).map(name => `docs/licences.md does not name ${name}`));
  const [, dated = '', entry = ''] = /^## [\d.]+, (.*)\n([^]*?)(?=^## |$(?![^]))/m.exec(read('CHANGELOG.md')) ?? [];
  if (!/^- /m.test(entry)) found.push('CHANGELOG.md has nothing below its newest version');
  const [day] = /^\d{4}-\d\d-\d\d$/.exec(dated) ?? [];
  found.push(...wrongTime(/^ -- .*> {2}(.*)$/m.exec(read('debian/changelog'))?.[1], draft ? '' : day));
  if (draft) return found;
  if (!day) found.push('CHANGELOG.md has no date behind its newest version');
  if (run('git', 'status', '--porcelain').trim()) found.push('there are changes that are not committed');
  if (taggedElsewhere(version)) found.push(`the tag v${version} is there already, of another commit`);
  return found;
}

/** Whether a version's tag is there and not of the commit that is checked out, from which its files may be made again. */
export function taggedElsewhere(version, folder = root) {
  const tags = (...more) => run('git', '-C', folder, 'tag', '--list', ...more, `v${version}`).trim();
  return tags() !== '' && tags('--points-at', 'HEAD') === '';
}

/** Makes them in a folder, and gives their names. */
export function makeFiles(folder, version, site = '') {
  mkdirSync(folder, { recursive: true });
  run('git', 'archive', '--format=tar.gz', `--prefix=greenio-${version}/`, '-o', join(folder, `greenio-${version}.tar.gz`), 'HEAD');
  const pack = where => run('npm', 'pack', where, '--silent', '--pack-destination', folder).trim();
  const tarball = pack('.');
  pack('./create');
  writeFileSync(join(folder, 'contrib-greenio.py'), contribution(join(folder, tarball)));
  if (site) run('tar', 'czf', join(folder, `greenio-${version}-site.tar.gz`), '-C', dirname(site), '--transform', `s,^${basename(site)},greenio-${version}-site,`, basename(site));
  const folderOfSite = site && join(site, 'download');
  const others = site ? readdirSync(folderOfSite).filter(name => /\.(tgz|tar\.gz)$/.test(name)) : [];
  for (const name of others)
    if (!readFileSync(join(folderOfSite, name)).equals(readFileSync(join(folder, name)))) throw new Error(`release: the site's download/${name} is not the release's: it was made of something else`);
  const digests = readdirSync(folder).sort().map(name => `${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), digests.join(''));
  return readdirSync(folder).sort();
}

function main(args) {
  const draft = args.includes('--draft');
  const wrong = problems(draft);
  if (wrong.length) {
    console.error(wrong.map(what => `release: ${what}`).join('\n'));
    return 1;
  }
  if (args.includes('--look')) return 0;
  const version = versions()['CMakeLists.txt'];
  const site = args.includes('--site') ? resolve(args[args.indexOf('--site') + 1]) : '';
  const folder = resolve(root, process.env.GREENIO_BUILD ?? 'build', 'release');
  rmSync(folder, { recursive: true, force: true });
  makeFiles(folder, version, site);
  process.stdout.write(readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
  console.error(`release: ${version}${draft ? ', a draft of what is committed,' : ''} is in ${folder}`);
  return 0;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main(process.argv.slice(2));
