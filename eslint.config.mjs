/* What ./dev lint asks of the JavaScript: the recommended rules, which find mistakes; layout is nobody's matter.
 *
 * It is ES modules that run in Node, in a page or in a worker, so the names of all three are known: which of them exist
 * where is what the tests find out. (Left out are the libraries that emcc preprocesses, *.js, which cannot be parsed
 * before that.)
 */
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import globals from 'globals';

/* Where ./dev builds instead, if that is in here. */
const root = fileURLToPath(new URL('.', import.meta.url));
const build = process.env.GREENIO_BUILD ? relative(root, resolve(root, process.env.GREENIO_BUILD)).replaceAll('\\', '/') : '';
const builds = ['build/', ...(build && !/^\.\.(\/|$)/.test(build) ? [`${build}/`] : [])];

export default [
  { ignores: [...builds, 'emscripten/joined/', 'wasm/*.js', 'src/*/*.js', 'tests/contexts/fx/*.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: 'module',
      globals: { ...globals.node, ...globals.browser, ...globals.serviceworker },
    },
    rules: {
      'no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true, varsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: true }],
    },
  },
];
