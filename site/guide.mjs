// The pages that are written in Markdown: README, the guide, and what else the guide leads to.
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import hljs from 'highlight.js';
import { Marked } from 'marked';
import { escape, relative } from './page.mjs';

/** Where what lies in the sources is in the site. */
export function placeOf(source) {
  const fixed = {
    'README.md': 'index.html', LICENSE: 'LICENSE.txt', docs: 'guide/index.html', 'docs/README.md': 'guide/index.html',
    'CHANGELOG.md': 'guide/changelog.html', 'CONTRIBUTING.md': 'guide/contributing.html', 'SECURITY.md': 'guide/security.html',
    'examples/psql/README.md': 'guide/psql.html',
  };
  if (Object.hasOwn(fixed, source)) return fixed[source];
  const [, chapter] = /^docs\/([\w-]+)\.md$/.exec(source) ?? [];
  if (chapter) return `guide/${chapter}.html`;
  const [, picture] = /^docs\/(pictures\/.+)$/.exec(source) ?? [];
  if (picture) return `guide/${picture}`;
  throw new Error(`a link leads to ${source}, which is not in the site: site/guide.mjs says what is`);
}

/** The files that become pages. */
export function sourcesIn(root) {
  const chapters = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`);
  return ['README.md', ...chapters, 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/psql/README.md'];
}

// As GitHub makes it, whose anchors the guide's links are written for.
function slugs() {
  const used = new Map();
  return text => {
    const slug = text.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');
    const count = used.get(slug) ?? 0;
    used.set(slug, count + 1);
    return count ? `${slug}-${count}` : slug;
  };
}

const plain = html => html.replace(/<[^>]*>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, '\'').replace(/&amp;/g, '&');

export function highlight(code, language) {
  const known = { c: 'c', cpp: 'cpp', js: 'javascript', mjs: 'javascript', ts: 'typescript', html: 'xml', cmake: 'cmake', sh: 'bash', json: 'json', sql: 'sql' }[language];
  const inner = known ? hljs.highlight(code, { language: known }).value : escape(code);
  return `<pre tabindex="0"><code>${inner}</code></pre>\n`;
}

function renderer(headings) {
  const slug = slugs();
  const cells = (parser, row, tag) => row.map(cell => {
    const inner = parser.parseInline(cell.tokens);
    const how = cell.align === 'right' ? ' class="number"' : '';
    return tag === 'th' && inner ? `<th scope="col"${how}>${inner}</th>` : `<td${how}>${inner}</td>`;
  }).join('');
  return {
    heading({ tokens, depth }) {
      const inner = this.parser.parseInline(tokens);
      const id = slug(plain(inner));
      headings.push({ id, depth, text: plain(inner) });
      return `<h${depth} id="${id}">${inner}</h${depth}>\n`;
    },
    code: ({ text, lang }) => highlight(text, (lang ?? '').split(' ')[0]),
    table({ header, rows }) {
      const named = header.some(cell => cell.text.trim());
      const head = named ? `<thead><tr>${cells(this.parser, header, 'th')}</tr></thead>` : '';
      const lines = rows.map(row => `<tr>${cells(this.parser, row, 'td')}</tr>`);
      return `<div class="scroll" tabindex="0"><table>${head}<tbody>${lines.join('')}</tbody></table></div>\n`;
    },
  };
}

// What a page's links and pictures lead to, from where the page is now.
function rewrite(html, source, path) {
  return html.replace(/\b(href|src|srcset)="([^"#:]+)(#[^"]*)?"/g, (whole, attribute, target, anchor = '') => {
    const wanted = posix.normalize(posix.join(posix.dirname(source), target)).replace(/\/$/, '');
    return `${attribute}="${relative(path, placeOf(wanted))}${anchor}"`;
  });
}

/** A page of Markdown: {title, body, headings}. */
export function render(root, source) {
  const headings = [];
  const marked = new Marked({ renderer: /** @type {any} */ (renderer(headings)) });
  const html = /** @type {string} */ (marked.parse(readFileSync(join(root, source), 'utf8')));
  return { title: headings[0].text, body: rewrite(html, source, placeOf(source)), headings };
}

/** The chapters in the order of the guide's list. */
export function chaptersIn(root) {
  const list = readFileSync(join(root, 'docs/README.md'), 'utf8');
  return [...new Set([...list.matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, name]) => `docs/${name}.md`))];
}

/** What is on a page, if that is more than can be seen at once. */
export function onPage(headings) {
  const inner = headings.filter(({ depth }) => depth === 2);
  if (inner.length < 3) return '';
  return `<details class="on-page"><summary>On this page</summary><ul>${inner.map(({ id, text }) => `<li><a href="#${id}">${escape(text)}</a></li>`).join('')}</ul></details>\n`;
}
