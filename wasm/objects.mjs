/* What object files say of the contexts that they are compiled for: C++'s exceptions and longjmp() are compiled in one
 * of two ways, as calls of JavaScript's, beside Asyncify, or the engine's own, beside JSPI. Plain C is neither, and
 * fits both. For twice.mjs. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Reader } from './decode.mjs';

/* Behind the names of an import. */
const skipKind = reader => {
  const kind = reader.byte();
  if (kind === 0) reader.number();
  else if (kind === 1) reader.byte(), reader.limits();
  else if (kind === 2) reader.limits();
  else if (kind === 3) reader.at += 2;
  else if (kind === 4) reader.byte(), reader.number();
};

/* The names that a WebAssembly object wants from elsewhere. */
function wantedBy(bytes) {
  const names = [];
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length;) {
    const section = reader.byte();
    const end = reader.number() + reader.at;
    if (section === 2) {
      for (let left = reader.number(); left > 0; left--) {
        reader.text();
        names.push(reader.text());
        skipKind(reader);
      }
      break;
    }
    reader.at = end;
  }
  return names;
}

const ways = {
  asyncify: /^(invoke_\w*|emscripten_longjmp|__cxa_find_matching_catch.*|__resumeException)$/,
  jspi: /^(__cpp_exception|__c_longjmp|__wasm_longjmp|__gxx_wasm_personality_v0|_Unwind_CallPersonality)$/,
};

/* Of bitcode, in which names stand as they are. A longjmp() is compiled when it is linked. */
const ofBitcode = bytes => {
  if (bytes.includes('__gxx_wasm_personality_v0')) return 'jspi';
  return bytes.includes('__gxx_personality_v0') ? 'asyncify' : null;
};

const isWasm = bytes => bytes.length > 8 && bytes.readUInt32LE(0) === 0x6d736100;
const isBitcode = bytes => bytes.length > 4 && bytes.readUInt32LE(0) === 0xdec04342;

/* 'asyncify' or 'jspi': the one that an object is compiled for alone; null: it fits both, or is none. */
export function kindOf(bytes) {
  if (isBitcode(bytes)) return ofBitcode(bytes);
  if (!isWasm(bytes)) return null;
  const wanted = wantedBy(bytes);
  return Object.keys(ways).find(kind => wanted.some(name => ways[kind].test(name))) ?? null;
}

/* The members of an archive, [name, bytes] of each. */
function* membersOf(bytes) {
  let names = '';
  for (let at = 8; at + 60 <= bytes.length;) {
    const field = (from, to) => bytes.toString('latin1', at + from, at + to).trim();
    const [short, size] = [field(0, 16), Number(field(48, 58))];
    const content = bytes.subarray(at + 60, at + 60 + size);
    const long = /^\/(\d+)$/.exec(short);
    if (short === '//') names = content.toString('latin1');
    else if (short !== '/' && short !== '/SYM64/') {
      yield [long ? names.slice(Number(long[1])).split(/\/?\n/)[0] : short.replace(/\/$/, ''), content];
    }
    at += 60 + size + (size & 1);
  }
}

/* What of a file, an object or an archive of them, is of that kind: its name, and in brackets that of the member. */
export function membersOfKind(path, kind) {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 8) !== '!<arch>\n') return kindOf(bytes) === kind ? [path] : [];
  return [...membersOf(bytes)].filter(([, member]) => kindOf(member) === kind).map(([name]) => `${path}(${basename(name)})`);
}
