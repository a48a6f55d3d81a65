// The bare JavaScript side of wasm.switch: `await` of a value that is there (the cheapest await
// there is), that many async functions deep. Usage: await.mjs DEPTH COUNT. Prints nanoseconds an
// await.
import { clock } from '../clock.mjs';

const [depth, count] = process.argv.slice(2).map(Number);

async function dive(below, times) {
  if (below > 0) {
    await dive(below - 1, times);
    return;
  }
  for (let n = 0; n < times; n++) await undefined;
}

await dive(depth, Math.ceil(count / 10));
const start = clock();
await dive(depth, count);
console.log(((clock() - start) * 1e6) / count);
