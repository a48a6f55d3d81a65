// The code in docs/javascript.md, so that the tests run what it shows.
import { readFileSync } from 'node:fs';

export const text = readFileSync(new URL('../../docs/javascript.md', import.meta.url), 'utf8');

// Its fenced blocks: { language, code, heading, line, prints }, the last being the `text` block behind it.
export const blocks = [];
let heading = '';
for (const match of text.matchAll(/^#+ (.*)$|^```(\w+)\n([^]*?)^```$/gm)) {
  const [, title, language, code] = match;
  if (title) heading = title;
  else if (language === 'text') blocks.at(-1).prints = code;
  else blocks.push({ language, code, heading, line: text.slice(0, match.index).split('\n').length });
}

export const first = language => blocks.find(block => block.language === language).code;
