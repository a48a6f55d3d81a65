// Keeps the list of notes as it is in the database. Without it the pages work all the same.
const refresh = async () => {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const id of ['notes', 'count']) {
    const [now, next] = [document, page].map(where => where.getElementById(id));
    if (now && next && now.innerHTML !== next.innerHTML) now.innerHTML = next.innerHTML;
  }
};

if (document.getElementById('notes')) {
  const changes = new EventSource('/api/changes');
  changes.addEventListener('changed', refresh);
  addEventListener('pagehide', () => changes.close());
}
