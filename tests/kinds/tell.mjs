// node tell.mjs PROGRAM [CONTEXTS [load]]: prints what an instance of a program tells, as JSON. CONTEXTS is its option
// greenContexts, or `none`.
import { pathToFileURL } from 'node:url';
import { load } from '../../web/node.mjs';

const [program, contexts = 'none', way] = process.argv.slice(2);
const url = pathToFileURL(program);
const options = contexts === 'none' ? {} : { greenContexts: contexts };

async function instance() {
  if (way === 'load') return load(url, { module: options });
  const { default: create } = await import(url.href);
  return create(options);
}

async function tell() {
  const module = await instance();
  const { green } = module;
  const told = {
    contexts: green.contexts,
    inC: await green.call('contexts', 'string'),
    mostTasks: green.mostTasks,
    mostTasksInC: await green.call('most_tasks', 'number'),
    story: await green.call('story', 'string!'),
  };
  if (module._handled) {
    const values = Array.from({ length: 40 }, (_, i) => i);
    told.handled = await Promise.all(values.map((value) => green.call('handled', 'number', ['number'], [value])));
  }
  return told;
}

console.log(JSON.stringify(await tell().catch(({ code, message }) => ({ code, message }))));
