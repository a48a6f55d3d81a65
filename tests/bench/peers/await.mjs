// The bare JavaScript side of wasm.switch: `await` of a value that is there (the cheapest await
// there is), that many async functions deep. Usage: await.mjs DEPTH COUNT. Prints nanoseconds an
// await.
const [depth, count] = process.argv.slice(2).map(Number);

async function dive(below, times) {
  if (below > 0) {
    await dive(below - 1, times);
    return;
  }
  for (let n = 0; n < times; n++) await undefined;
}

await dive(depth, Math.ceil(count / 10));
const start = performance.now();
await dive(depth, count);
console.log(((performance.now() - start) * 1e6) / count);
