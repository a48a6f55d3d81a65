/* What ./dev lint asks of the JavaScript: the recommended rules, which find mistakes; layout is nobody's matter.
 *
 * It is ES modules that run in Node, in a page or in a worker, so the names of all three are known: which of them exist
 * where is what the tests find out. (Left out are the libraries that emcc preprocesses, *.js, which cannot be parsed
 * before that.)
 */
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['build/', 'emscripten/joined/', 'wasm/*.js', 'src/*/*.js'] },
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
