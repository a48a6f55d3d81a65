// Runs the test program that the query names, in a page or in a worker; see program.html.
export async function runProgram(query, print) {
  const { default: create } = await import(`./${query.get('program')}.mjs`);
  const { gateway } = query.has('gateway') ? await import('./greenio/web/gateway.mjs') : { gateway: () => undefined };
  await create({
    arguments: query.getAll('argument'),
    greenPg: { pglite: '/pglite/index.js' },
    greenSockets: gateway(query.get('gateway'), { token: query.get('token') }),
    print,
  });
}
