// A little of everything, in whatever place has loaded the module; the test compares what it gives.
export async function exercise(create, base) {
  const { green } = await create();
  const add = green.wrap('add', 'number', ['number', 'number']);
  const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => add(i, i)));
  return {
    sums: sums.reduce((total, sum) => total + sum),
    asked: await green.call('ask_javascript', 'string!', ['string'], ['wörker']),
    jobs: await green.call('spawn_some', 'number', ['number'], [100]),
    fetched: base && (await green.call('fetch_size', 'status', ['string'], [`${base}/ten-bytes`])),
    left: green.report().length,
  };
}
