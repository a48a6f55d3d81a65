// What the cases of an application expect, in a page too.
export const equal = (got, expected, what = '') => {
  if (got !== expected) throw new Error(`${what} ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
};
export const match = (got, pattern) => {
  if (!pattern.test(got ?? '')) throw new Error(`${JSON.stringify(got)} does not match ${pattern}`);
};
export const letters = size => Array.from({ length: size }, (_, i) => String.fromCharCode(97 + i % 26)).join('');

// What `read` gives of an answer that comes in pieces: a client that is held up reads more at a time, and does so again.
export async function firstPiece(wanted, read) {
  let got;
  for (let tries = 0; tries < 10 && got !== wanted; tries++) got = await read();
  equal(got, wanted, 'the first piece');
}

export async function answers(response, status, text) {
  const body = await response.text();
  equal(response.status, status, 'status');
  if (text !== undefined) equal(body, text, 'body');
  return body;
}
