// What a browser is known to fail in, by the file of the tests and their names, each with the reason; docs/hosts.md says
// what of that a program meets. Each is run, and is told of when it passes.
const noFiles = 'it has no file system of a page\'s own (navigator.storage.getDirectory)';

export const known = {
  Chromium: {},
  Firefox: {
    'http.test.mjs': { headers_come_before_the_body: 'fetch() shows the head with the first byte of the body' },
  },
  WebKitGTK: {
    'file.test.mjs': Object.fromEntries([
      'file_written_and_read', 'file_gap_and_size', 'file_flags', 'file_made_to_be_read', 'file_closed_and_released', 'file_released_again_and_again',
      'file_large', 'directories', 'rename_and_remove', 'file_operation_delays_a_cancel',
    ].map(name => [name, noFiles])),
    'http.test.mjs': {
      queries_and_forms_are_encoded: 'it sends %7E of a query as ~',
      addresses_are_sent_in_one_form: 'it sends %41 of a path as A',
      request_headers_are_sent: 'it sends header values beyond ASCII as UTF-8 of what was UTF-8',
      an_encoding_that_is_broken: 'it gives what is decoded until there for whole',
    },
    'pg.test.mjs': { 'green_pg in the origin private file system': noFiles },
  },
};

// What would take the machine's memory, or never end, and is not run.
const endless = {
  'app.test.mjs': {
    'an answer that is not read holds the task back': 'it takes all that a worker answers with, read or not, and an endless answer until memory is out',
  },
};
export const unrunnable = { Firefox: endless, WebKitGTK: endless };
