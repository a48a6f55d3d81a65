// PGlite in a worker, so that a statement that takes long holds up nobody else, and can be ended with it.
let pglite;

async function open(folder) {
  const { PGlite } = await import('./pglite/index.js'); // a worker has no import map
  pglite = await PGlite.create(folder);
}

async function run({ id, bytes }) {
  await pglite.execProtocolRawStream(bytes, {
    onRawData(piece) {
      const own = piece.slice();
      postMessage({ id, piece: own }, { transfer: [own.buffer] });
    },
  });
}

let last = Promise.resolve(); // one behind the other

// What PGlite does not hand on: a file of its own that cannot be had.
addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  postMessage({ broken: String(event.reason?.message ?? event.reason) });
});

onmessage = ({ data }) => {
  const { id } = data;
  last = last.then(() => ('folder' in data ? open(data.folder) : run(data)))
    .then(() => postMessage({ id }), (error) => postMessage({ id, error: String(error?.message ?? error) }));
};
