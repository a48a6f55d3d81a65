// The reference: what Doxygen has made of the headers, in the frame of the site, with Doxygen's file names and anchors.
// Its menus and its search, which are scripts, stay behind.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { highlight } from './guide.mjs';

const names = [['globals_func.html', 'functions'], ['globals_type.html', 'types'], ['globals_enum.html', 'enumerations'], ['globals_eval.html', 'values, statuses among them'],
  ['globals_defs.html', 'macros'], ['annotated.html', 'structs'], ['files.html', 'headers']];

const between = (text, from, to) => {
  const start = text.indexOf(from);
  if (start < 0) return null;
  const end = text.indexOf(to, start);
  return text.slice(start + from.length, end < 0 ? undefined : end);
};

const decode = text => text.replace(/<[^>]*>/g, '').replace(/&#160;/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, '\'').replace(/&amp;/g, '&');

// Its attributes for the look; empty cells; a heading and a name for each mark; what can be scrolled can be reached.
function clean(html) {
  return html
    .replace(/<script[^]*?<\/script>/g, '')
    .replace(/ (align|valign|width|cellpadding|cellspacing|border)="[^"]*"/g, '')
    .replace(/ (onclick|target)="[^"]*"/g, '')
    .replace(/<(\w+) >/g, '<$1>')
    .replace(/<a name="[^"]*" id="([^"]*)"><\/a>/g, '<span id="$1"></span>')
    .replace(/<a id="([^"]*)" name="[^"]*"><\/a>/g, '<span id="$1"></span>')
    .replace(/<a id="([^"]*)" name="[^"]*">/g, '<a id="$1">')
    .replace(/<span class="permalink"><a href="([^"]*)">[^]*?<\/a><\/span>/g, '')
    .replace(/<span class="(?:keyword|keywordtype|keywordflow|preprocessor|comment|stringliteral|charliteral|lineno)">/g, '<span>')
    .replace(/<div class="fragment">/g, '<div class="fragment" tabindex="0">')
    .replace(/<div class="memproto">/g, '<div class="memproto" tabindex="0">')
    .replace(/<h3>(<span id="index_[^]*?)<\/h3>/g, '<h2>$1</h2>')
    .replace(/<th>&#160;<\/th>/g, '<td></td>')
    .replace(/<(table class="(?:memberdecls|memname|mlabels|directory|params|fieldtable)")>/g, '<$1 role="presentation">')
    .replace(/<a href="\w+_source\.html"><span class="icondoc"><\/span><\/a>/g, '')
    .replace(/<a [^>]*href="dir_[^"]*"[^>]*>([^<]*)<\/a>/g, '$1');
}

// Doxygen's lists of all names, which have no heading of their own.
const nameOfIndex = name => `All ${names.find(([to]) => to === name)[1]}`;

/** {name, title, body} of each page of the reference. */
export function* pagesOf(folder, headers) {
  for (const name of readdirSync(folder).filter(name => name.endsWith('.html') && !/^(dir_|functions|classes|globals\.)|_source\.html$/.test(name))) {
    const text = readFileSync(join(folder, name), 'utf8');
    const contents = between(text, '<div class="contents">', '</div><!-- contents -->');
    if (contents === null) continue;
    const title = between(text, '<div class="title">', '</div>') ?? nameOfIndex(name);
    const summary = between(text, '<div class="summary">', '</div>');
    const jump = summary && /href="#/.test(summary) ? `<p>On this page: ${clean(summary).trim()}</p>\n` : '';
    const lists = name === 'index.html' ? `<p>Lists: ${names.map(([to, text]) => `<a href="${to}">${text}</a>`).join(', ')}.</p>\n` : '';
    const own = decode(title).replace(/ File Reference$/, '').replace(/ Struct Reference$/, '').trim();
    yield { name, title: own, body: `<h1>${clean(title).replace(/ (File|Struct) Reference/, '')}</h1>\n${jump}${lists}${clean(contents).replace(/<a href="[\w]*_source\.html">(?:Go to the source code of this file\.)<\/a>/g, '')
      .replace(/href="(\w+?)_8h_source\.html(?:#[^"]*)?"/g, (whole, header) => `href="source_${header}.html"`)}` };
  }
  for (const header of readdirSync(headers).filter(name => name.endsWith('.h'))) {
    const code = readFileSync(join(headers, header), 'utf8');
    yield { name: `source_${header.slice(0, -2).replaceAll('_', '__')}.html`, title: `${header}, the source`, body: `<h1>${header}, the source</h1>\n${highlight(code, 'c')}` };
  }
}
