"""greenio as a port of Emscripten's, for programs that are built without CMake:

  emcc app.c -o app.mjs --use-port=node_modules/greenio/emscripten/greenio.py

The library is compiled once and kept in Emscripten's cache, under a name that holds a digest of its sources.
What is compiled, and which options a program is linked with, is read from greenio.json beside this file, which
list.mjs makes of the CMake files.

Emscripten gives a port no hook for options of the link that come from outside of its settings, nor one for
settings that comes early enough, so this relies on tools.cmdline, which newer versions have.
"""
import hashlib
import json
import os
import shlex
import sys

from tools import utils

URL = 'https://www.npmjs.com/package/greenio'
DESCRIPTION = 'Green tasks for C: any number of C call stacks that wait for JavaScript at once'
LICENSE = 'MIT'
OPTIONS = {
  'opt_level': 'optimization of greenio itself: 0, 1, 2, 3, s or z (default: 2)',
  'debug': '1: greenio tests itself at start, and the overflow of a task\'s stack is found where it happens '
           '(default: 0)',
}

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
opt_level = '2'
debug = False


def refuse(message):
  utils.exit_with_error(f'greenio: {message}')


try:
  from tools.cmdline import options as command
  command.s_args, command.extern_pre_js
except (ImportError, AttributeError):
  refuse(f'the port needs a newer Emscripten than {utils.EMSCRIPTEN_VERSION} (it is tested with 6.0.5): '
         'use CMake, as the README says')

try:
  with open(os.path.join(here, 'greenio.json'), encoding='utf-8') as file:
    builds = json.load(file)
except FileNotFoundError:
  refuse(f'{here}/greenio.json is missing: the npm package has it, and `node {here}/list.mjs` makes it')


def from_root(text):
  return text.replace('@/', root + '/', 1) if text.startswith(('@/', '-I@/')) else text


def build():
  chosen = builds['debug' if debug else 'release']
  return {kind: [from_root(text) for text in chosen[kind]] for kind in ('sources', 'compile', 'link')}


# ---- settings: now, while the command line is being read ------------------------------------------------

compile_only = {'-c', '-S', '-E', '-M', '-MM', '-fsyntax-only', '--precompile'}


def passes_of(option):
  return option.removeprefix('-s').removeprefix('BINARYEN_EXTRA_PASSES=') if 'BINARYEN_EXTRA_PASSES' in option else None


def keeps_passes(option, own):
  """Whether it is greenio's own passes and what narrows them, or takes them out to compare (docs/asyncify.md)."""
  passes = passes_of(option)
  return passes == '--pass-arg=asyncify-none@1' or f'{passes},'.startswith(f'{passes_of(own)},')


def take_settings():
  """Adds those of the build that are not there yet."""
  if compile_only.isdisjoint(sys.argv):
    for option in build()['link']:
      if not option.startswith('-s') or option in command.s_args:
        continue
      if passes_of(option) and any(passes_of(given) and keeps_passes(given, option) for given in command.s_args):
        continue # emcc takes the last
      command.s_args.append(option)


def handle_options(given, error_handler):
  global opt_level, debug
  opt_level = given.get('opt_level', opt_level)
  if opt_level not in ('0', '1', '2', '3', 's', 'z'):
    error_handler(f'opt_level is 0, 1, 2, 3, s or z, not `{opt_level}`')
  chosen = given.get('debug', '0')
  if chosen not in ('0', '1'):
    error_handler(f'debug is 0 or 1, not `{chosen}`')
  debug = chosen == '1'
  take_settings()


take_settings()

# ---- the program ----------------------------------------------------------------------------------------


def process_args(ports):
  return [f'-I{root}/include']


def linker_setup(ports, settings):
  own = next(option for option in build()['link'] if passes_of(option))
  if not all(keeps_passes(option, own) for option in command.s_args if passes_of(option)):
    refuse('the program sets -sBINARYEN_EXTRA_PASSES, and greenio its own, of which one would be lost: '
           f'leave it out, or begin it with {passes_of(own)}, as docs/asyncify.md says')
  link = iter(build()['link'])
  for option in link:
    if option == '--js-library':
      settings.JS_LIBRARIES.append(next(link))
    elif option == '--extern-pre-js':
      command.extern_pre_js.append(next(link))
    elif option == '--profiling-funcs':
      settings.EMIT_NAME_SECTION = 1


def linker_flags():
  """What wasm-ld takes; and no option of the list is passed over in silence."""
  flags = []
  link = iter(build()['link'])
  for option in link:
    if option.startswith('-Wl,'):
      flags.append(option.removeprefix('-Wl,').replace('-u,', '--undefined='))
    elif option in ('--js-library', '--extern-pre-js'):
      next(link)
    elif option != '--profiling-funcs' and not option.startswith('-s'):
      refuse(f'the port does not know what to do with {option}, an option of greenio.json')
  return flags


# ---- the library ----------------------------------------------------------------------------------------


def digest():
  """Of all that the library is compiled from, and how."""
  found = hashlib.sha256(shlex.join(build()['compile']).encode())
  for folder in ('include', 'src', 'wasm'):
    for path, folders, names in os.walk(os.path.join(root, folder)):
      folders.sort()
      for name in sorted(names):
        if name.endswith(('.c', '.h', '.S')):
          found.update(name.encode())
          found.update(utils.read_binary(os.path.join(path, name)))
  return found.hexdigest()[:12]


def lib_name(settings):
  variant = ('-debug' if debug else '') + ('-mt' if settings.PTHREADS else '')
  return f'libgreenio-{builds["version"]}-{digest()}-O{opt_level}{variant}.a'


def get(ports, settings, shared):
  chosen = build()

  def create(final):
    flags = [*chosen['compile'], f'-O{opt_level}', *(['-pthread'] if settings.PTHREADS else [])]
    ports.build_port(root, final, 'greenio', flags=flags, srcs=chosen['sources'])

  library = shared.cache.get_lib(lib_name(settings), create, what='port')
  return [*linker_flags(), library]


def clear(ports, settings, shared):
  shared.cache.erase_lib(lib_name(settings))
