// What the faces of an application cannot do, by the names that cases.mjs has for it. docs/web.md has the same as a
// table, which ../web/faces.test.mjs compares; each face runs the cases of what it can, and of "no-" what it cannot.
export const faces = {
  native: [],
  Node: [],
  'fetch()': ['peer'],
  Chromium: ['peer', 'cookies', 'cancel', 'latin-1'],
  Firefox: ['peer', 'cookies', 'cancel'],
  WebKitGTK: ['peer', 'cookies', 'cancel', 'files'],
  workerd: ['peer', 'cancel', 'latin-1', 'files'],
};

const all = [...new Set(Object.values(faces).flat())];

/** For run(): what the face lacks, and of what it has the opposite. */
export const lacksOf = face => [...faces[face], ...all.filter(name => !faces[face].includes(name)).map(name => `no-${name}`)];
