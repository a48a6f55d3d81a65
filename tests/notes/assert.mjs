// What attacks.mjs needs of node:assert, for pages too.
const fail = text => { throw new Error(text); };
const ok = (value, what = 'it is false') => value || fail(what);
const equal = (got, wanted, what = '') => ok(Object.is(got, wanted), `${what} ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
const deepEqual = (got, wanted, what) => equal(JSON.stringify(got), JSON.stringify(wanted), what);
const match = (got, pattern, what = '') => ok(pattern.test(got ?? ''), `${what} ${JSON.stringify(got)} does not match ${pattern}`);

export default { ok, equal, deepEqual, match };
