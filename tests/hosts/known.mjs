// What a host is known to fail in, by the file of the tests and their names, each with the reason; docs/hosts.md says the same.
// `sometimes` begins the reason of what depends on the moment: of all others it is told when they pass.
export const known = {
  Deno: {
    'stream/stream_tests': {
    },
  },
  Bun: {
    'stream/stream_tests': {
    },
    'web/fetch.test.mjs': {
      'a request that only the program has still is aborted': 'its collector does not take what the test lets go of',
    },
  },
  workerd: {},
};
