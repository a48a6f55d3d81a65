/* The thread of worker.test.mjs: loads modules and says what they gave. */
import { parentPort, workerData } from 'node:worker_threads';

const { default: createApi } = await import(workerData.api);
const { default: createHost } = await import(workerData.host);

if (workerData.park) {
  const { green } = await createApi();
  green.call('nap', 'status', ['number'], [1e6]);
  parentPort.postMessage('parked');
} else {
  const { green } = await createApi();
  const add = green.wrap('add', 'number', ['number', 'number']);
  const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => add(i, i)));
  const lines = [];
  const host = await createHost({ arguments: ['status', 'x'], print: line => lines.push(line) });
  const signal = await createHost({ arguments: ['signal', 'wait'], print() {}, printErr() {} });
  parentPort.postMessage({
    sums: sums.reduce((total, sum) => total + sum),
    asked: await green.call('wait_text', 'string!', ['string'], ['x']),
    main: await host.green.main,
    last: lines.at(-1),
    signal: await signal.green.main,
  });
}
