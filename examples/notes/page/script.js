// Keeps the list of notes as it is in the database. Without it the pages work all the same.
let asked = 0, shown = 0; // an answer does not take back what a later one has shown
const refresh = async () => {
  const turn = ++asked;
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (turn < shown) return;
  shown = turn;
  for (const id of ['notes', 'count']) {
    const [now, next] = [document, page].map(where => where.getElementById(id));
    if (now && next && now.innerHTML !== next.innerHTML) now.innerHTML = next.innerHTML;
  }
};

// A browser connects again by itself after a loss, though not after a refusal: 503, when there are too many.
let changes;
const listen = () => {
  changes?.close(); // after "back" there may be one, or a second call to come
  changes = new EventSource(new URL('api/changes', import.meta.url));
  changes.addEventListener('open', refresh); // for what has changed before
  changes.addEventListener('changed', refresh);
  changes.addEventListener('error', () => {
    if (changes.readyState === EventSource.CLOSED) setTimeout(listen, 10_000 + 20_000 * Math.random());
  });
};

if (document.getElementById('notes')) {
  listen();
  addEventListener('pagehide', () => changes.close());
  addEventListener('pageshow', event => event.persisted && listen());
}
