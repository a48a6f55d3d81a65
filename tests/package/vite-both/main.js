// A program of both kinds of contexts in a bundled page: which kind it takes, in the page and in a worker, and that it is
// told. The outcome is in window.outcome.
import { connect, load } from 'greenio';
import create from './both.mjs';

async function run() {
  const own = await load(create);
  const told = await load(create, { module: { greenContexts: 'asyncify' } });
  const worker = await connect(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
  const greetings = [own, told, worker].map(({ green }, i) => green.call('greet', 'string!', ['string'], [`module ${i}`]));
  const shouts = [own, told, worker].map(({ green }, i) => green.call('shout', 'string!', ['string'], [`module ${i}`]));
  return {
    contexts: [create.greenContexts(), own.green.contexts, told.green.contexts],
    greetings: await Promise.all(greetings),
    shouts: await Promise.all(shouts), // which has to wait for a promise
  };
}

window.outcome = await run().catch(error => ({ error: String(error?.stack ?? error) }));
