#!/usr/bin/env node
/* Writes what Emscripten keeps of greenio as a contributed port (its tools/ports/contrib/greenio.py, which is then
 * --use-port=contrib.greenio): where the package is fetched from, its SHA-512, and where in it the port is, which is
 * greenio.py beside this. Emscripten takes ports of that form since 4.0.10.
 *
 *   node emscripten/contrib.mjs PACKAGE.tgz [URL]      prints it; URL is where the package will be, npm's registry
 *                                                      unless it is said */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const PORT_FILE = 'package/emscripten/greenio.py';

/** The text of the port, of a package's file. */
export function contribution(file, url) {
  const read = name => execFileSync('tar', ['xzfO', file, name], { encoding: 'utf8' });
  const { version } = JSON.parse(read('package/package.json'));
  const port = read(PORT_FILE);
  const about = name => {
    const [, value] = new RegExp(`^${name} = ('.*')$`, 'm').exec(port) ?? [];
    if (!value) throw new Error(`${PORT_FILE} in ${file} has no ${name}, which a contributed port must have`);
    return `${name} = ${value}`;
  };
  const sha512 = createHash('sha512').update(readFileSync(file)).digest('hex');
  const [place, quoted] = url ? [url, "'"] : ['https://registry.npmjs.org/greenio/-/greenio-{TAG}.tgz', "f'"];
  return `# Copyright 2026 The Emscripten Authors.  All rights reserved.
# Emscripten is available under two separate licenses, the MIT license and the
# University of Illinois/NCSA Open Source License.  Both these licenses can be
# found in the LICENSE file.

TAG = '${version}'

EXTERNAL_PORT = ${quoted}${place}'
SHA512 = '${sha512}'
PORT_FILE = '${PORT_FILE}'

# contrib port information (required)
${['URL', 'DESCRIPTION', 'LICENSE'].map(about).join('\n')}
`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, url] = process.argv.slice(2);
  if (!file) {
    console.error('Usage: node emscripten/contrib.mjs PACKAGE.tgz [URL]');
    process.exitCode = 2;
  } else process.stdout.write(contribution(file, url));
}
