/* Processes by node:child_process. process.h says what each function owes; pipes are streams of net.mjs.
 *
 * A child of C's has an entry here, by its address, from its start until it has ended or is forgotten; then nothing is
 * called for it any more.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';

export const bindings = {
  name: 'process',
  imports: { spawn: 'ipp', folder: 'ip', kill: 'iii', leave: 'vp', forget: 'vp' },
  exports: { failed: 'ipi', ended: 'ipii' },
  needs: { net: 'green__js_net' },
};
/* C: green__js_process_*, in process_js.c. */

export const layout = {
  headers: ['process/process_js.h'],
  constants: { GREEN_PROCESS_INHERIT: 0, GREEN_PROCESS_PIPE: 1, GREEN_PROCESS_NULL: 2 },
  records: {
    'struct green__js_start': ['file', 'folder', 'arguments', 'environment', 'argument_count', 'environment_count', 'has_environment', 'group', 'survives',
      'input', 'output', 'errors', 'input_pipe', 'output_pipe', 'errors_pipe'],
  },
};

const STDIO = ['inherit', 'pipe', 'ignore'];
/* By C's numbers, which are Linux's. */
const SIGNALS = ['', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1', 'SIGSEGV', 'SIGUSR2', 'SIGPIPE',
  'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM',
  'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR', 'SIGSYS'];
/* A signal of another name, as systems other than Linux have some. */
const UNKNOWN = -1;

/* What Node tells of an end, as a code and a signal of C's. It has no name for a real-time signal, and says code 0. */
export const outcomeOf = (code, name) => {
  if (code !== null) return [code, 0];
  const signal = SIGNALS.indexOf(name);
  return [-1, signal > 0 ? signal : UNKNOWN];
};

export const make = ({ host, loop }, c, { net }) => {
  const children = new Map(); /* by address */
  const statusOf = makeStatusOf(loop, 'process');
  const number = code => loop.numberOf(code);

  /* `count` strings of C's, one behind the other. */
  const strings = (at, count) => Array.from({ length: count }, () => {
    const text = host.text(at);
    at += host.textLength(text) + 1;
    return text;
  });
  /* The first of a name counts, as for C programs. */
  const environmentOf = pairs => Object.fromEntries(pairs.reverse().map(pair => {
    const end = pair.indexOf('=', 1);
    return end < 0 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
  }));
  const recordAt = address => {
    const fields = layout.records['struct green__js_start'];
    const words = new Uint32Array(host.bytes().buffer, address, fields.length);
    return Object.fromEntries(fields.map((name, i) => [name, words[i]]));
  };
  const begin = start => {
    const [name, ...args] = strings(start.arguments, start.argument_count);
    return require('node:child_process').spawn(host.text(start.file), args, {
      argv0: name,
      cwd: start.folder ? host.text(start.folder) : undefined,
      env: start.has_environment ? environmentOf(strings(start.environment, start.environment_count)) : process.env,
      stdio: [start.input, start.output, start.errors].map(kind => STDIO[kind]),
      detached: start.group !== 0,
    });
  };
  const tell = (address, child, code, name) => {
    if (children.get(address)?.child !== child) return;
    children.delete(address);
    const [ended, signal] = outcomeOf(code, name);
    loop.enter(() => c.ended(address, ended, signal));
  };
  const forget = address => {
    children.get(address)?.child.unref();
    children.delete(address);
  };

  /* The instance ends in whatever way, and nobody is left to wait: as where a runtime ends. */
  loop.onClose.push(() => {
    for (const [address, { child, group, survives }] of children) {
      try {
        if (!survives) process.kill(group ? -child.pid : child.pid, 'SIGKILL');
      } catch { /* it has just ended */ }
      for (const stream of child.stdio) stream?.destroy();
      forget(address);
    }
  });

  return {
    spawn(address, record) {
      if (!inNode) return number('ENOTSUP');
      const start = recordAt(record);
      let child;
      try {
        child = begin(start);
      } catch (error) {
        return statusOf(error);
      }
      if (!child.pid) { /* nothing else is told */
        child.on('error', error => loop.enter(c.failed, address, statusOf(error)));
        return 0;
      }
      children.set(address, { child, group: start.group !== 0, survives: start.survives !== 0 });
      child.on('error', () => {}); /* of a signal, which throws nothing */
      child.on('exit', (code, signal) => tell(address, child, code, signal));
      [start.input_pipe, start.output_pipe, start.errors_pipe].forEach((endpoint, i) => {
        if (endpoint) net.adoptPipe(endpoint, child.stdio[i], i > 0);
      });
      return child.pid;
    },
    folder(path) {
      const { accessSync, constants, statSync } = require('node:fs');
      const name = host.text(path);
      try {
        if (!statSync(name).isDirectory()) return number('ENOTDIR');
        accessSync(name, constants.X_OK);
        return 0;
      } catch (error) {
        return statusOf(error);
      }
    },
    /* Of a group, the negative of its number. */
    kill(id, signal) {
      const name = SIGNALS[signal];
      if (name === undefined) return number('EINVAL');
      try {
        process.kill(id, name || 0);
        return 0;
      } catch (error) {
        return statusOf(error);
      }
    },
    leave: address => children.get(address)?.child.unref(),
    forget,
  };
};
