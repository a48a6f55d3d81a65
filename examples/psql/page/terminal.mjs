// A terminal of xterm.js as greenio takes it (greenTerminal): keys and sizes come as a stream, what is to be shown goes as one.
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';

const MOST = 65536; // bytes that it has not shown yet, before a program waits

const dark = matchMedia('(prefers-color-scheme: dark)');
const theme = () => (dark.matches
  ? { background: '#121212', foreground: '#f0f0f0', cursor: '#f0f0f0', selectionBackground: '#3a5f8a' }
  : { background: '#ffffff', foreground: '#1a1a1a', cursor: '#1a1a1a', selectionBackground: '#b5d5ff' });

export function openTerminal(element) {
  const terminal = new Terminal({
    theme: theme(), minimumContrastRatio: 4.5, screenReaderMode: true, scrollback: 10_000, fontFamily: 'ui-monospace, monospace', fontSize: 15,
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  fit.fit();
  new ResizeObserver(() => fit.fit()).observe(element);
  dark.addEventListener('change', () => { terminal.options.theme = theme(); });
  terminal.attachCustomKeyEventHandler((event) => handleKey(event, terminal));
  return terminal;
}

// What the page keeps for itself: Tab goes on to what comes next, and Ctrl+C copies where something is selected.
function handleKey(event, terminal) {
  if (event.key === 'Tab') return false;
  if (event.key !== 'c' || !event.ctrlKey || event.type !== 'keydown' || !terminal.hasSelection()) return true;
  navigator.clipboard.writeText(terminal.getSelection());
  terminal.clearSelection();
  return false;
}

// For one program; hangUp() has it find the end of its input.
export function lineOf(terminal) {
  let controller;
  const readable = new ReadableStream({
    start(own) { controller = own; },
    cancel() { deafen(); },
  }, { highWaterMark: Infinity });
  const heard = [
    terminal.onData((text) => controller.enqueue(text)),
    terminal.onResize(({ cols, rows }) => controller.enqueue({ columns: cols, rows })),
  ];
  // Whether it has heard anything until now.
  function deafen() {
    const listened = heard.length > 0;
    for (const one of heard.splice(0)) one.dispose();
    return listened;
  }
  const hangUp = () => {
    if (deafen()) controller.close();
  };
  // It takes many small pieces at once faster than one by one.
  let pending = 0;
  const writable = new WritableStream({
    write(bytes) {
      pending += bytes.length;
      return new Promise((resolve) => {
        terminal.write(bytes, () => {
          pending -= bytes.length;
          resolve();
        });
        if (pending < MOST) resolve();
      });
    },
  });
  return { readable, writable, columns: terminal.cols, rows: terminal.rows, hangUp };
}
