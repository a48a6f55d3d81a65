// What a page of a bundled project does with a greenio module: by its factory, lazily, with progress, and in a
// worker. The outcome is in window.outcome.
import { connect, GreenError, load } from 'greenio';
import create from './app.mjs';
import wasm from './app.wasm?url';

async function run() {
  let progress;
  const app = await load(create, { wasm, onProgress(now) { progress = now; } });
  const lazy = await load(import('./app.mjs'));
  const worker = await connect(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
  const greetings = [app, lazy, worker].map(({ green }, i) => green.call('greet', 'string!', ['string'], [`module ${i}`]));
  const failure = await worker.green.call('find', 'status', ['string'], ['roc']).catch(error => error);
  return {
    greetings: await Promise.all(greetings),
    failure: [failure instanceof GreenError, failure.code, failure.message],
    loaded: progress.loaded > 10_000,
    answer: await app.green.main,
  };
}

window.outcome = await run().catch(error => ({ error: String(error?.stack ?? error) }));
