// Makes the project that the tests of the package are about, as a stranger would: a fresh folder, the package
// installed from its tarball without a network, the C program of docs/javascript.md built from the package. Its
// modules stand beside what was built, in build/, as the document says.
//
//   node setup.mjs FOLDER TARBALL
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocks, first } from './document.mjs';

const [folder, tarball] = process.argv.slice(2);
const run = (command, ...args) => execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
const write = (name, content) => writeFileSync(join(folder, name), content);

mkdirSync(folder, { recursive: true });
write('package.json', '{ "name": "stranger", "private": true, "type": "module" }\n');
run('npm', 'install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball);

write('app.c', first('c'));
write('CMakeLists.txt', `${first('cmake')}
# The same of both kinds of contexts.
add_executable(both app.c)
target_link_libraries(both PRIVATE greenio::greenio)
set_target_properties(both PROPERTIES GREENIO_CONTEXTS both)
`);
run('emcmake', 'cmake', '-G', 'Ninja', '-B', 'build', '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_C_FLAGS_RELEASE=-O2');
run('cmake', '--build', 'build', '-j2');

for (const { code } of blocks) {
  const [, name] = /^\/\/ (\S+\.mjs)\n/.exec(code) ?? [];
  if (name) write(join('build', name), code);
}
