// src/posix/discipline.mjs by itself: what a program gets of what is typed, and what is shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discipline, initialModes, layout } from '../../src/posix/discipline.mjs';

const { ECHO, ECHOE, ECHOK, ECHONL, ICANON, ICRNL, ISIG, NOFLSH, ONLCR, VEOL } = layout.constants;

// A terminal with these modes switched off: type() gives [what reads get, what is shown]; "$" stands for an end.
function terminal(...off) {
  const got = [];
  let shown = '';
  const signals = [];
  const text = (bytes) => new TextDecoder().decode(bytes);
  const discipline = new Discipline({
    deliver: (bytes) => got.push(text(bytes)),
    end: () => got.push('$'),
    echo: (bytes) => { shown += text(bytes); },
    signal: (number) => signals.push(number),
    flush: () => got.splice(0),
  });
  const modes = initialModes();
  for (const [word, flags] of off) modes.flags[word] &= ~flags;
  discipline.setModes(modes);
  const type = (typed) => {
    shown = '';
    discipline.input(new TextEncoder().encode(typed));
    return [got.splice(0), shown];
  };
  return { discipline, signals, type };
}
// Typed here, of which reads get that, and that is shown.
const cases = {
  'a line comes when it has an end': ['hello\r', ['hello\n'], 'hello\r\n'],
  'each line is a read of its own': ['a\rb\rc', ['a\n', 'b\n'], 'a\r\nb\r\nc'],
  'a character of several bytes, of two columns or none is taken back whole': ['a\u00e9\u4e16e\u0301\u007f\u007f\u007f\u007f\r', ['a\n'], 'a\u00e9\u4e16e\u0301\b \b\b\b  \b\b\b \b\r\n'],
  'nothing in front of the line is taken back': ['\u007f\u007f\u0015\u0017\r', ['\n'], '\r\n'],
  'a backspace by either key': ['ab\bc\r', ['ac\n'], 'ab\b \bc\r\n'],
  'Ctrl+U takes the line back': ['abc\u0015d\r', ['d\n'], 'abc\b\b\b   \b\b\bd\r\n'],
  'Ctrl+W takes a word back, with what is between it and the end': ['a b-c  \u0017d\r', ['a b-d\n'], 'a b-c  \b\b\b   \b\b\bd\r\n'],
  'a tab is taken back by its columns': ['ab\t\u007f\r', ['ab\n'], `ab\t${'\b'.repeat(6)}${' '.repeat(6)}${'\b'.repeat(6)}\r\n`],
  'a control character is shown, and takes two columns': ['a\u0001\u007f\r', ['a\n'], 'a^A\b\b  \b\b\r\n'],
  'Ctrl+V takes the next key as it is': ['\u0016\u0003\u0016\u007f\r', ['\u0003\u007f\n'], '^C^?\r\n'],
  'Ctrl+R shows the line again': ['ab\u0012\r', ['ab\n'], 'ab^R\r\nab\r\n'],
  'Ctrl+D behind text gives it as it is': ['ab\u0004', ['ab'], 'ab'],
  'Ctrl+D alone is the end, once': ['\u0004a\r', ['$', 'a\n'], 'a\r\n'],
};
for (const [name, [typed, reads, shown]] of Object.entries(cases)) test(name, () => assert.deepEqual(terminal().type(typed), [reads, shown]));

test('signals of keys drop what was typed', () => {
  const { signals, type } = terminal();
  assert.deepEqual(type('a\rb\u0003c\r'), [['c\n'], 'a\r\nb^Cc\r\n']);
  type('\u001c\u001a');
  assert.deepEqual(signals, [2, 3, 20]);
  assert.deepEqual(terminal([3, 0], [3, ISIG]).type('\u0003\r'), [['\u0003\n'], '^C\r\n']);
});
test('signals keep it where that is asked for', () => {
  const { discipline, type } = terminal();
  discipline.modes.flags[3] |= NOFLSH;
  assert.deepEqual(type('a\rb\u0003c\r')[0], ['a\n', 'bc\n']);
});
test('without echo nothing is shown, but a line\'s end where that is asked for', () => {
  const { discipline, type } = terminal([3, ECHO]);
  assert.deepEqual(type('ab\u007f\u0017\u0015c\r'), [['c\n'], '']);
  discipline.modes.flags[3] |= ECHONL;
  assert.deepEqual(type('ab\r'), [['ab\n'], '\r\n']);
});
test('keys one by one', () => {
  const { type } = terminal([3, ICANON | ECHO]);
  assert.deepEqual(type('ab\u007f\u0004'), [['ab\u007f\u0004'], '']);
});
test('what was typed before keys come one by one is there at once', () => {
  const { discipline, type } = terminal();
  assert.deepEqual(type('ab')[0], []);
  const modes = initialModes();
  modes.flags[3] &= ~ICANON;
  discipline.setModes(modes);
  assert.deepEqual(type('')[0], ['ab']);
});
test('keys are shown where the screen cannot go back', () => {
  assert.equal(terminal([3, ECHOE]).type('a\u007f')[1], 'a^?');
  assert.equal(terminal([3, ECHOE]).type('a\u0015')[1], 'a^U');
  assert.equal(terminal([3, ECHOK]).type('a\u0015')[1], 'a');
});
test('returns and ends of lines by their modes', () => {
  assert.deepEqual(terminal([0, ICRNL]).type('a\rb\n')[0], ['a\rb\n']);
  assert.equal(new TextDecoder().decode(terminal([1, ONLCR]).discipline.output(Uint8Array.of(97, 10))), 'a\n');
  assert.equal(new TextDecoder().decode(terminal().discipline.output(Uint8Array.of(97, 10, 10, 98))), 'a\r\n\r\nb');
});
test('another key that ends lines', () => {
  const { discipline, type } = terminal();
  discipline.modes.keys[VEOL] = 59;
  assert.deepEqual(type('a;b\r')[0], ['a;', 'b\n']);
});
test('a tab behind a prompt', () => {
  const { discipline, type } = terminal();
  discipline.output(new TextEncoder().encode('name? '));
  assert.equal(type('a\t\u007f')[1], 'a\t\b \b');
});
test('a line is no longer than 65,535 bytes, and its end', () => {
  const [[pasted]] = terminal().type(`${'x'.repeat(20_000)}\r`);
  assert.equal(pasted.length, 20_001);
  const [[line]] = terminal().type(`${'x'.repeat(70_000)}\r`);
  assert.equal(line.length, 65_536);
});
