/* A terminal's line discipline: what a system's kernel makes of what is typed, where there is none, and where it cannot be
 * asked to. Lines are edited and echoed here, and Ctrl+C and its relatives become signals, as the modes of termios(3)
 * say. It knows bytes alone; terminal.mjs has the descriptors.
 */
export const layout = {
  headers: ['<signal.h>', '<termios.h>'],
  constants: {
    ICRNL: 256, INLCR: 64, IGNCR: 128, IUTF8: 16384, OPOST: 1, ONLCR: 4, CS8: 48, CREAD: 128, B38400: 15,
    ISIG: 1, ICANON: 2, ECHO: 8, ECHOE: 16, ECHOK: 32, ECHONL: 64, NOFLSH: 128, ECHOCTL: 512, ECHOKE: 2048, IEXTEN: 32768,
    VINTR: 0, VQUIT: 1, VERASE: 2, VKILL: 3, VEOF: 4, VSUSP: 10, VEOL: 11, VREPRINT: 12, VWERASE: 14, VLNEXT: 15, VEOL2: 16,
    SIGINT: 2, SIGQUIT: 3, SIGTSTP: 20,
  },
};
const {
  ICRNL, INLCR, IGNCR, IUTF8, OPOST, ONLCR, CS8, CREAD, B38400, ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHONL, NOFLSH, ECHOCTL, ECHOKE, IEXTEN,
  VINTR, VQUIT, VERASE, VKILL, VEOF, VSUSP, VEOL, VREPRINT, VWERASE, VLNEXT, VEOL2, SIGINT, SIGQUIT, SIGTSTP,
} = layout.constants;
const [TAB, LF, CR, SPACE, DELETE] = [9, 10, 13, 32, 127];
const LONGEST = 65535; /* bytes of a line: what is typed behind it is dropped, but for its end. Linux has 4095, which a paste exceeds */

/* struct termios, as of a terminal that was just opened. */
export const initialModes = () => ({
  flags: [ICRNL | IUTF8, OPOST | ONLCR, CS8 | CREAD | B38400, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN],
  keys: Uint8Array.of(3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, ...Array(15).fill(0)),
});

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
const widthOf = character => (WITHOUT_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1);
const isWordByte = byte => byte >= 0x80 || /\w/.test(String.fromCharCode(byte));

export class Discipline {
  modes = initialModes();
  line = []; /* that is being edited, in bytes */
  isLiteral = false; /* behind Ctrl+V */
  column = 0; /* where the next character goes */
  begin = 0; /* where the line began */
  echoed = []; /* goes when all that has come is looked at, a character whole */
  decoder = new TextDecoder();

  /* `to`: { deliver(bytes), end(), echo(bytes), signal(number), flush() }; end(): one read finds the end. */
  constructor(to) {
    this.to = to;
  }
  has(flag, word = 3) {
    return (this.modes.flags[word] & flag) !== 0;
  }
  setModes(modes) {
    const wasCanonical = this.has(ICANON);
    this.modes = modes;
    if (wasCanonical && !this.has(ICANON)) this.deliver();
  }

  /* ---- what is typed */

  input(bytes) {
    for (const byte of bytes) this.key(byte);
    if (!this.has(ICANON)) this.deliver();
    this.show();
  }
  key(typed) {
    let byte = typed;
    if (this.isLiteral) {
      this.isLiteral = false;
      return this.take(byte);
    }
    if (byte === CR) {
      if (this.has(IGNCR, 0)) return;
      if (this.has(ICRNL, 0)) byte = LF;
    } else if (byte === LF && this.has(INLCR, 0)) byte = CR;
    const { keys } = this.modes;
    if (this.has(ISIG)) {
      if (byte === keys[VINTR]) return this.interrupt(byte, SIGINT);
      if (byte === keys[VQUIT]) return this.interrupt(byte, SIGQUIT);
      if (byte === keys[VSUSP]) return this.interrupt(byte, SIGTSTP);
    }
    if (this.has(ICANON)) this.edit(byte, keys);
    else this.take(byte);
  }
  edit(byte, keys) {
    const extended = this.has(IEXTEN);
    if (byte === LF || (byte && (byte === keys[VEOL] || byte === keys[VEOL2]))) this.endLine(byte);
    else if (byte === keys[VEOF]) this.endInput();
    else if (byte === keys[VERASE] || byte === 8) this.erase(() => false); /* some terminals send one, some the other */
    else if (byte === keys[VKILL]) this.kill(byte);
    else if (extended && byte === keys[VWERASE]) this.eraseWord();
    else if (extended && byte === keys[VREPRINT]) this.reprint(byte);
    else if (extended && byte === keys[VLNEXT]) this.isLiteral = true;
    else this.take(byte);
  }
  interrupt(byte, number) {
    if (!this.has(NOFLSH)) {
      this.line = [];
      this.to.flush();
    }
    if (this.has(ECHO)) this.echo(this.shown([byte]));
    this.show(); /* in front of what a handler writes */
    this.to.signal(number);
  }
  take(byte) {
    if (this.has(ICANON) && this.line.length >= LONGEST) return;
    if (!this.line.length) this.begin = this.column;
    this.line.push(byte);
    if (this.has(ECHO)) this.echo(this.shown([byte]));
  }
  endLine(byte) {
    this.line.push(byte);
    if (this.has(ECHO) || (this.has(ECHONL) && byte === LF)) this.echo([byte]);
    this.deliver();
  }
  endInput() {
    if (this.line.length) this.deliver();
    else this.to.end();
  }
  deliver() {
    if (!this.line.length) return;
    const bytes = Uint8Array.from(this.line);
    this.line = [];
    this.to.deliver(bytes);
  }

  /* ---- what is taken back */

  /* The last character, and those before it for as long as more(byte) says. */
  erase(more) {
    const before = this.line.length;
    do {
      let byte;
      do byte = this.line.pop();
      while (this.has(IUTF8, 0) && (byte & 0xc0) === 0x80 && this.line.length);
    } while (this.line.length && more(this.line.at(-1)));
    if (before && this.has(ECHO)) this.goBack(this.has(ECHOE) ? null : this.modes.keys[VERASE]);
  }
  eraseWord() {
    let inWord = isWordByte(this.line.at(-1) ?? SPACE);
    this.erase(byte => {
      if (inWord) return isWordByte(byte);
      inWord = isWordByte(byte);
      return true;
    });
  }
  kill(byte) {
    if (!this.line.length) return;
    this.line = [];
    if (!this.has(ECHO)) return;
    if (this.has(ECHOK)) this.goBack(this.has(ECHOKE) && this.has(ECHOE) ? null : byte);
  }
  reprint(byte) {
    if (!this.has(ECHO)) return;
    this.echo([...this.shown([byte]), LF]);
    this.begin = 0;
    this.echo(this.shown(this.line));
  }
  /* To where the line ends now; `key`: it is shown instead. */
  goBack(key) {
    if (key !== null) return this.echo(this.shown([key]));
    const columns = this.column - this.columnBehind(this.begin, this.line);
    if (columns > 0) this.echo([...Array(columns).fill(8), ...Array(columns).fill(SPACE), ...Array(columns).fill(8)]);
  }

  /* ---- what is shown */

  echo(bytes) {
    this.echoed.push(...this.output(Uint8Array.from(bytes)));
  }
  show() {
    if (this.echoed.length) this.to.echo(Uint8Array.from(this.echoed.splice(0)));
  }
  /* As a terminal shows what is typed: control characters as ^C. */
  shown(bytes) {
    if (!this.has(ECHOCTL)) return bytes;
    return bytes.flatMap(byte => ((byte < SPACE && byte !== TAB && byte !== LF) || byte === DELETE ? [94, byte ^ 64] : [byte]));
  }
  columnBehind(begin, bytes) {
    let column = begin;
    for (const character of new TextDecoder().decode(Uint8Array.from(this.shown(bytes)))) {
      column = character === '\t' ? (column | 7) + 1 : column + widthOf(character);
    }
    return column;
  }
  /* What the program writes, as the terminal gets it. */
  output(bytes) {
    const begin = Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
    if (begin > 0) this.column = 0;
    this.advance(bytes.subarray(begin));
    return begin > 0 && this.has(OPOST, 1) && this.has(ONLCR, 1) ? withReturns(bytes) : bytes;
  }
  advance(bytes) {
    if (!bytes.length) return;
    for (const character of this.decoder.decode(bytes, { stream: true })) {
      if (character === '\t') this.column = (this.column | 7) + 1;
      else if (character === '\b') this.column = Math.max(this.column - 1, 0);
      else if (character >= ' ') this.column += widthOf(character);
    }
  }
}

const withReturns = bytes => {
  let lines = 0;
  for (const byte of bytes) if (byte === LF) lines++;
  const out = new Uint8Array(bytes.length + lines);
  let at = 0;
  for (const byte of bytes) {
    if (byte === LF) out[at++] = CR;
    out[at++] = byte;
  }
  return out;
};
