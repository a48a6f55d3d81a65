// The frame of each page: what is above and below its content. A page's links are relative to itself, so that the site
// lies under any path.
export const escape = text => String(text).replace(/[&<>"]/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]);

/** From one page of the site to another file of it. */
export function relative(from, to) {
  const here = from.split('/').slice(0, -1);
  const there = to.split('/');
  while (here.length && here[0] === there[0] && there.length > 1) {
    here.shift();
    there.shift();
  }
  return '../'.repeat(here.length) + there.join('/');
}

const parts = [
  ['guide/index.html', 'Guide'],
  ['reference/index.html', 'Reference'],
  ['live/index.html', 'Live'],
  ['figures.html', 'Figures'],
  ['guide/hosts.html', 'Hosts'],
  ['download/index.html', 'Download'],
];

/** The part of the site that a page belongs to. */
const partOf = path => parts.findLast(([first]) => path === first || (first.endsWith('/index.html') && path.startsWith(first.slice(0, -10))))?.[0];

/** The line of links, also for pages that have a frame of their own. */
export function links(path) {
  const own = partOf(path);
  const items = parts.map(([to, name]) => `<li><a href="${relative(path, to)}"${to === own ? ' aria-current="true"' : ''}>${name}</a></li>`);
  return `<nav aria-label="Site"><a class="home" href="${relative(path, 'index.html')}">greenio</a><ul>${items.join('')}</ul></nav>`;
}

/**
 * A page.
 * @param {string} path in the site
 * @param {{title: string, body: string, aside?: string, head?: string, version: string}} content
 */
export function page(path, { title, body, aside = '', head = '', version }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}${title === 'greenio' ? '' : ' · greenio'}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${relative(path, 'style.css')}">
${head}</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>${links(path)}</header>
${aside}<main id="content" tabindex="-1">
${body}
</main>
<footer><p>greenio ${version} · <a href="${relative(path, 'LICENSE.txt')}">MIT</a> · <a href="${relative(path, 'guide/changelog.html')}">Changes</a> · <a href="${relative(path, 'guide/contributing.html')}">Contributing</a> · <a href="${relative(path, 'guide/security.html')}">Security</a></p></footer>
</body>
</html>
`;
}
