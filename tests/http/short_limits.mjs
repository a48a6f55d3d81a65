// Preloaded into Node: its fetch() gives an answer that does not come a millisecond instead of 300 s (and
// looks about once a second). What greenio asks for must not be cut off by that.
await fetch('data:,'); // lets Node make its dispatcher
const names = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map((name) => Symbol.for(name));
const name = names.find((each) => globalThis[each]);
const Agent = globalThis[name].constructor;
globalThis[name] = new Agent({ headersTimeout: 1, bodyTimeout: 1 });
