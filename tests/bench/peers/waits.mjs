// Prints nanoseconds a wait, of a function of WebAssembly's that waits so many times for 7 and gives the sum.
import { clock } from '../clock.mjs';

export async function tellWaits(waitTimes, count) {
  await waitTimes(Math.ceil(count / 10));
  const start = clock();
  const sum = await waitTimes(count);
  const elapsed = clock() - start;
  if (sum !== 7 * count) throw new Error(`the sum of the answers is ${sum}`);
  console.log((elapsed * 1e6) / count);
}
