// Two programs in one process, each with a copy of greenio's own: node two.mjs PROGRAM [ARGUMENT ...].
import { pathToFileURL } from 'node:url';

const [program, ...args] = process.argv.slice(2);
for (const copy of ['one', 'two']) {
  const { default: create } = await import(`${pathToFileURL(program)}?${copy}`);
  await create({ arguments: args });
}
