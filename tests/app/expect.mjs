// What the cases of an application expect, in a page too.
export const equal = (got, expected, what = '') => {
  if (got !== expected) throw new Error(`${what} ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
};
export const match = (got, pattern) => {
  if (!pattern.test(got ?? '')) throw new Error(`${JSON.stringify(got)} does not match ${pattern}`);
};
export const letters = size => Array.from({ length: size }, (_, i) => String.fromCharCode(97 + i % 26)).join('');

export async function answers(response, status, text) {
  const body = await response.text();
  equal(response.status, status, 'status');
  if (text !== undefined) equal(body, text, 'body');
  return body;
}
