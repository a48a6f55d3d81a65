"""What gdb makes of parked.c: run inside gdb, with GREENIO_GDB the script, and COLUMNS wide enough.

    gdb -batch -x gdb_test.py PROGRAM
"""
import os
import re
import resource
import subprocess
import sys
import tempfile

import gdb

passed = failed = 0


def check(what, condition, text):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print('FAILED: %s, in:\n%s' % (what, text))


def run(command):
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return str(error)


def functions(text):
    """The functions of a backtrace, innermost first."""
    return re.findall(r'^#\d+ +(?:0x[0-9a-f]+ in )?([\w@.]+)', text, re.M)


def check_stack(what, text, frames):
    found = functions(text)
    at = found.index(frames[0]) if frames[0] in found else None
    check(what, at is not None and found[at:at + len(frames)] == frames, text)
    if portable:  # the root is the C library's, which may have no symbols
        check(what + ' ends near its root', 'context_begin' in found[-3:], text)
        text = re.sub(r'^#\d+ +0x\w+ in \?\? \(\).*$', '', text, flags=re.M)
    else:
        # What Clang assembles has a symbol and no debug information; gdb then writes __ as Ada has it.
        check(what + ' ends at its root', found[-1:] in (['green__switch_start'], ['green.switch_start']), text)
    text = text.replace('<error reading variable: value has been optimized out>', '') # Clang's, of an argument
    trouble = r'corrupt|Cannot access|error reading|Backtrace stopped|\?\?'
    check(what + ' is clean', not re.search(trouble, text), text)


def check_all(where):
    tasks = run('green tasks')
    check(where + ': sleeper', re.search(r'^ +2 +sleeper +parked +sleep +\d+\.\d{3} s$', tasks, re.M), tasks)
    check(where + ': waiter', re.search(r'^ +3 +waiter +parked +future of sleeper ', tasks, re.M), tasks)
    check(where + ': in a group', re.search(r'^ +4    reader in pages +parked +lock of holder ', tasks, re.M), tasks)
    check(where + ': a group in it', re.search(r'^ +5    maker in pages +parked +group 2 ', tasks, re.M), tasks)
    check(where + ': in that', re.search(r'^ +6      - in group 2 +parked +lock of holder ', tasks, re.M), tasks)
    check(where + ': runner', re.search(r'^\* +7 +runner +running ', tasks, re.M), tasks)
    check(where + ': new', re.search(r'^ +8 +new +ready ', tasks, re.M), tasks)
    check(where + ': no other', len(tasks.splitlines()) == 8, tasks)
    deep = ['sleep_deep'] * 4 + ['sleeper', 'context_begin']
    check_stack(where + ': a task that sleeps', run('green bt 2'), deep)
    first = run('green bt 2 1')
    check(where + ': the innermost frame alone', functions(first) == functions(run('green bt 2'))[:1], first)
    check(where + ': it is not the switch', 'green__' in first and 'green__switch' not in first, first)
    check(where + ': the outermost two', functions(run('green bt 2 -2')) == functions(run('green bt 2'))[-2:], first)
    check_stack(where + ': a task that waits', run('green bt 3'), ['waiter', 'context_begin'])
    running = ['run_deep'] * 4 + ['runner', 'context_begin']
    check_stack(where + ': the running task', run('green bt 7'), running)
    text = run('green bt 8')
    check(where + ': a task that never began', 'not begun' in text and '<never_began>' in text, text)
    check_stack(where + ': the thread itself', run('bt'), running)
    text = run('green bt 2 -full')
    check(where + ': options', 'frames = ' in text or 'frames =' in text or 'No locals' in text, text)


def dump_core(program, folder):
    """The kernel's own: gdb's generate-core-file leaves out what has guard pages in it."""
    def unlimited():
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
    subprocess.run([program], cwd=folder, env=dict(os.environ, DUMP='1'), preexec_fn=unlimited)
    names = os.listdir(folder)
    return os.path.join(folder, names[0]) if names else None


def check_without_debugging_information(program, folder):
    stripped = os.path.join(folder, 'stripped')
    subprocess.run(['strip', '--strip-debug', '-o', stripped, program], check=True)
    gdb.execute('file ' + stripped)
    text = run('green tasks')
    check('no debugging information', text.strip().endswith('for RelWithDebInfo and Debug)'), text)


def check_words():
    for command, expected in (('green', 'say "green tasks"'), ('green bt', 'number of a task'),
                              ('green bt x', 'not "x"'), ('green bt 99', 'no task 99'),
                              ('green tasks 1', 'takes no arguments'),
                              ('help green bt', 'Usage: green bt N'),
                              ('help green tasks', 'Usage: green tasks')):
        text = run(command)
        check(command, expected in text, text)


gdb.execute('set pagination off')
gdb.execute('set width 0')
gdb.execute('set debuginfod enabled off')
text = run('source ' + os.environ['GREENIO_GDB'])
portable = 'No symbol' in run('info address green__switch_start')
text = run('green tasks')
check('green tasks without a process', 'green: ' in text, text)

remote = os.environ.get('GREENIO_REMOTE')
gdb.execute('break stop_here')
if remote:
    gdb.execute('target remote ' + remote)
    gdb.execute('continue')
else:
    gdb.execute('run')
check_all('live')
check_words()
if not remote:
    program = gdb.current_progspace().filename
    gdb.execute('kill')
    with tempfile.TemporaryDirectory() as folder:
        core = dump_core(program, folder)
        if core:
            gdb.execute('core-file ' + core)
            check_all('core')
            gdb.execute('core-file')
        else:
            print('left out: the core dump, since the system writes none into the current folder')
        check_without_debugging_information(program, folder)
else:
    gdb.execute('kill')

print('%d passed, %d failed' % (passed, failed))
sys.stdout.flush()
os._exit(failed != 0)
