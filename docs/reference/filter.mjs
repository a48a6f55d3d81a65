// Doxygen's view of a public header. The headers' comments are plain text for who reads the header; this
// filter tells Doxygen what a reader sees at once:
//
//   /* at the start of the file      is about the file
//   /* above a declaration           is about it, and about those below it up to an empty line
//   /* behind a member               is about that member
//   X(EPERM, -1, "sentence")         is an enumerator of enum green_status; the sentence may be in parts
//
// and in a comment's text, lines that are indented are an example if one ends with a brace or a
// semicolon, and else what is returned, an item a line, deeper ones going on. Fields that a struct's
// comment calls greenio's own are left out. Other comments are left alone.
import { readFileSync } from 'node:fs';

// Outside of `code`: what Doxygen would take for commands, tags or links; and links to the statuses.
const escape = text => text.split('`')
  .map((part, index) => (index % 2 ? part
    : part.replace(/[\\@<>#&]/g, '\\$&').replace(/\bGREEN_E[A-Z]+\b/g, '#$&'))).join('`');

const isIndented = line => /^ {2,}(?!- )\S/.test(line);
const isCode = line => /[{};]$/.test(line) || /^\s*}/.test(line) || /[{;] {2,}\S/.test(line);

function block(lines) {
  if (lines.some(isCode) && !/^ *(0|GREEN_E)/.test(lines[0])) return ['\\code{.c}', ...lines, '\\endcode'];
  const items = lines.map(line => (/^ {2,3}\S/.test(line) ? '- ' : '  ') + escape(line.trim()));
  return ['\\par Returns', ...items, ''];
}

// The text of a comment, for Doxygen.
function text(comment) {
  const lines = comment.replace(/^\/\* ?/, '').replace(/\s*\*\/$/, '').split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trimEnd());
  const out = [];
  let inList = false;
  for (let at = 0; at < lines.length;) {
    if (/^\s*- /.test(lines[at])) inList = true;
    else if (!isIndented(lines[at])) inList = false;
    if (inList || !isIndented(lines[at])) {
      out.push(escape(lines[at++]));
      continue;
    }
    let end = at + 1;
    while (end < lines.length && (isIndented(lines[end]) || (!lines[end] && isIndented(lines[end + 1] ?? '')))) end++;
    out.push(...block(lines.slice(at, end)));
    at = end;
  }
  return out.join('\n');
}

const enumerators = [];
const source = readFileSync(process.argv[2], 'utf8')
  .replace(/X\((\w+), (-\d+),[\s\\]*((?:"[^"]*"[\s\\]*)+)\)/g, (all, name, number, strings) => {
    const sentence = [...strings.matchAll(/"([^"]*)"/g)].map(([, part]) => part).join('');
    enumerators.push(`  GREEN_${name} = ${number}, /**< ${escape(sentence)} */`);
    return all;
  })
  .replace(/^#define GREEN__STATUS_ENUM.*\n.*GREEN_STATUS_MAP\(GREEN__STATUS_ENUM\)\n#undef.*$/m,
    () => enumerators.join('\n'));

// One comment for several declarations: Doxygen gives it to each.
const countDeclarations = lines => (lines.match(/^GREEN_API|^#define|^typedef struct \w+ \w+;/gm) ?? []).length;
const grouped = source.split(/\n{2,}/)
  .map(part => (/^\/\*/.test(part) && countDeclarations(part) > 1 ? `/**@{*/\n${part}\n/**@}*/` : part))
  .join('\n\n');

const isDeclaration = after => /^\n\s*(GREEN_API|typedef|enum|struct|#define)|^\n {2}\w.*[^{\s(]$/.test(after); /* or a member */
let first = true;
process.stdout.write(grouped
  .replace(/^([^\n]*?)(\/\*(?!\*)[^]*?\*\/)(?=([^\n]*\n[^\n]*))/gm, (all, before, comment, after) => {
    if (first) {
      first = false;
      return `/** \\file\n${text(comment)} */`;
    }
    if (before.trim()) return `${before}/**< ${text(comment.replace(/\s+/g, ' '))} */`;
    return isDeclaration(after) ? `${before}/** ${text(comment)} */` : all;
  })
  // Structs whose fields are not for users.
  .replace(/(greenio's own\.[^*]*\*\/\ntypedef struct \w+) \{[^}]*\}/g, '$1'));
