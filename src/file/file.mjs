/* Files by node:fs, or in a page by its origin private file system. Each operation gives C a future: of a number, or of
 * a string for a status ("type mode size modified") and a list (type and name, a "/" behind each).
 *
 * `data` is memory of C that stays until the operation has ended: it is copied before a write begins, and
 * filled when a read has ended.
 */
import { GreenError } from '../../wasm/error.mjs';
import { inNode, require } from '../../wasm/node.mjs';
import { seen } from '../../wasm/outside.mjs';
import { ofCode, ofName } from '../../wasm/reasons.mjs';

export const bindings = {
  name: 'file',
  imports: { perform: 'pppppddd' },
};
/* C: green__js_file_*, in file_js.c. */

export const layout = {
  headers: ['<greenio/file.h>'],
  constants: {
    GREEN_FILE_READ: 1, GREEN_FILE_WRITE: 2, GREEN_FILE_CREATE: 4, GREEN_FILE_EXCLUSIVE: 8, GREEN_FILE_TRUNCATE: 16,
    GREEN_FILE_REGULAR: 0, GREEN_FILE_DIRECTORY: 1, GREEN_FILE_LINK: 2, GREEN_FILE_OTHER: 3,
  },
};
const numbers = layout.constants;
const fileFlags = {
  read: numbers.GREEN_FILE_READ, write: numbers.GREEN_FILE_WRITE, create: numbers.GREEN_FILE_CREATE,
  exclusive: numbers.GREEN_FILE_EXCLUSIVE, truncate: numbers.GREEN_FILE_TRUNCATE,
};
const fileTypes = {
  regular: numbers.GREEN_FILE_REGULAR, directory: numbers.GREEN_FILE_DIRECTORY, link: numbers.GREEN_FILE_LINK,
  other: numbers.GREEN_FILE_OTHER,
};

const nodeFiles = host => {
  const { constants: c, promises: fs } = require('node:fs');
  const flag = fileFlags;
  const type = of => of.isFile() ? 'regular' : of.isDirectory() ? 'directory' : of.isSymbolicLink() ? 'link' : 'other';
  const status = of => [fileTypes[type(of)], of.mode & 0o7777, of.size, Math.floor(of.mtimeMs)].join(' ');
  return {
    open({ path, number }) {
      const access = number & flag.write ? (number & flag.read ? c.O_RDWR : c.O_WRONLY) : c.O_RDONLY;
      const extra = [[flag.create, c.O_CREAT], [flag.exclusive, c.O_EXCL], [flag.truncate, c.O_TRUNC]];
      return fs.open(path, extra.reduce((all, [ours, theirs]) => all | (number & ours ? theirs : 0), access), 0o666);
    },
    close: ({ file }) => file.close(),
    async read({ file, size, number, data }) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, number);
      host.bytes().set(buffer.subarray(0, bytesRead), data);
      return bytesRead;
    },
    async write({ file, bytes, number }) {
      for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at, number + at)).bytesWritten;
    },
    sync: ({ file }) => file.sync(),
    truncate: ({ file, number }) => file.truncate(number),
    status: async ({ file }) => status(await file.stat()),
    pathStatus: async ({ path }) => status(await fs.stat(path)),
    rename: ({ path, other }) => fs.rename(path, other),
    remove: ({ path }) => fs.unlink(path),
    make: ({ path }) => fs.mkdir(path),
    removeDirectory: ({ path }) => fs.rmdir(path),
    list: async ({ path }) => (await fs.readdir(path, { withFileTypes: true })).map(entry => fileTypes[type(entry)] + entry.name + '/').join(''),
  };
};

const pageFiles = host => {
  const flag = fileFlags;
  const types = fileTypes;
  const refuse = (code, text) => { throw new GreenError(code, text ?? ''); };
  const split = path => {
    const parts = path.split('/').filter(part => part !== '' && part !== '.');
    return parts.includes('..') ? refuse('EINVAL') : parts;
  };
  const directory = async parts => {
    let at = await navigator.storage.getDirectory();
    for (const part of parts) {
      at = await at.getDirectoryHandle(part).catch(error => refuse(error.name === 'TypeMismatchError' ? 'ENOTDIR' : codeOf(error)));
    }
    return at;
  };
  /* The directory that the last part of a path is in, and that part. */
  const place = async path => {
    const parts = split(path);
    const name = parts.pop();
    return { name, parent: await directory(parts) };
  };
  const codeOf = error => {
    const { code, name } = seen(error);
    return code || ofName('file', name) || 'EIO';
  };
  /* A handle of whatever has that name, or null. */
  const find = ({ parent, name }) =>
    parent.getFileHandle(name).catch(error =>
      error.name === 'TypeMismatchError' ? parent.getDirectoryHandle(name) : error.name === 'NotFoundError' ? null : refuse(codeOf(error)));

  /* A change is made to a copy of the whole file, so that those of one file run one after the other. */
  const lasts = new Map();
  const change = async (file, make) => {
    const before = lasts.get(file.path);
    const now = (async () => {
      await before?.catch(() => {});
      if (!file.handle.createWritable) refuse('ENOTSUP', 'this browser writes no files of a page: it has no createWritable()');
      const writable = await file.handle.createWritable({ keepExistingData: true });
      try {
        await make(writable);
      } catch (error) {
        await writable.abort().catch(() => {});
        throw error;
      }
      await writable.close();
    })();
    lasts.set(file.path, now);
    try {
      await now;
    } finally {
      if (lasts.get(file.path) === now) lasts.delete(file.path);
    }
  };
  const allowed = (file, what) => file.flags & what || refuse('EBADF');
  const status = async handle => {
    if (handle.kind === 'directory') return types.directory + ' 0 0 0';
    const file = await handle.getFile();
    return [types.regular, 0, file.size, file.lastModified].join(' ');
  };

  const operations = {
    async open({ path, number: flags }) {
      const where = await place(path);
      if (where.name === undefined) refuse('EISDIR');
      if (flags & flag.create && flags & flag.exclusive && await find(where)) refuse('EEXIST');
      const handle = await where.parent.getFileHandle(where.name, { create: (flags & flag.create) !== 0 });
      const file = { handle, flags, path: split(path).join('/') };
      if (flags & flag.truncate) await change(file, writable => writable.truncate(0));
      return file;
    },
    close() {},
    async read({ file, size, number, data }) {
      allowed(file, flag.read);
      const bytes = new Uint8Array(await (await file.handle.getFile()).slice(number, number + size).arrayBuffer());
      host.bytes().set(bytes, data);
      return bytes.length;
    },
    async write({ file, bytes, number }) {
      allowed(file, flag.write);
      await change(file, async writable => {
        const { size } = await file.handle.getFile();
        if (size < number) await writable.truncate(number);
        await writable.write({ type: 'write', position: number, data: bytes });
      });
    },
    sync() {},
    async truncate({ file, number }) {
      allowed(file, flag.write);
      await change(file, writable => writable.truncate(number));
    },
    status: ({ file }) => status(file.handle),
    async pathStatus({ path }) {
      const where = await place(path);
      if (where.name === undefined) return status(where.parent);
      return status(await find(where) ?? refuse('ENOENT'));
    },
    async rename({ path, other }) {
      const [from, to] = [await place(path), await place(other)];
      const handle = await find(from) ?? refuse('ENOENT');
      if (handle.kind === 'directory' || !handle.move) refuse('ENOTSUP');
      if ((await find(to))?.kind === 'directory') refuse('EISDIR');
      if (split(path).join('/') !== split(other).join('/')) await handle.move(to.parent, to.name);
    },
    async remove({ path }) {
      const where = await place(path);
      const handle = await find(where) ?? refuse('ENOENT');
      if (handle.kind === 'directory') refuse('EISDIR');
      await where.parent.removeEntry(where.name);
    },
    async make({ path }) {
      const where = await place(path);
      if (where.name === undefined || await find(where)) refuse('EEXIST');
      await where.parent.getDirectoryHandle(where.name, { create: true });
    },
    async removeDirectory({ path }) {
      const where = await place(path);
      const handle = await find(where) ?? refuse('ENOENT');
      if (handle.kind !== 'directory') refuse('ENOTDIR');
      await where.parent.removeEntry(where.name);
    },
    async list({ path }) {
      let text = '';
      for await (const entry of (await directory(split(path))).values()) text += types[entry.kind === 'directory' ? 'directory' : 'regular'] + entry.name + '/';
      return text;
    },
  };
  /* DOMExceptions have old numbers as codes. */
  for (const name of Object.keys(operations)) {
    const perform = operations[name];
    operations[name] = async what => {
      try {
        return await perform(what);
      } catch (error) {
        throw new GreenError(codeOf(error), seen(error).message);
      }
    };
  }
  return operations;
};

export const make = ({ host, loop, api }) => {
  const inPage = typeof navigator == 'object' && typeof navigator.storage?.getDirectory == 'function';
  const operations = inNode ? nodeFiles(host) : inPage ? pageFiles(host) : null;
  const open = new Map();
  let last = 0;

  const attempt = async (name, what) => {
    if (!operations) throw new GreenError('ENOTSUP', 'there is no file system here');
    try {
      if (name === 'close') open.delete(what.id); /* C takes it for closed, also when that failed */
      const result = await operations[name](what);
      if (name !== 'open') return result;
      open.set(++last, result);
      return last;
    } catch (error) {
      const { code, message } = seen(error);
      const known = ofCode('file', code);
      throw new GreenError(loop.numberOf(known) ? known : 'EIO', message);
    }
  };

  /* Nobody waits for it, so no future is made. */
  const release = async ({ path, id, file }) => {
    open.delete(id);
    try {
      await operations.close({ file });
    } catch (error) {
      loop.tell('greenio: green_file_release: ' + path + ': ' + seen(error).message);
    }
  };

  const perform = (operation, path, other, data, size, id, number) => {
    const name = host.text(operation);
    const what = { path: path && host.text(path), other: other && host.text(other), data, size, id, number, file: open.get(id) };
    if (name === 'release') {
      release(what);
      return 0;
    }
    if (name === 'write') what.bytes = host.bytes().slice(data, data + size);
    return api.future(() => attempt(name, what));
  };
  return { perform };
};
