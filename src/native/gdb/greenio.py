"""gdb commands for programs that use greenio: the tasks of a live process or a core dump, and the
stack of each.

    (gdb) source greenio.py
    (gdb) green tasks
    (gdb) green bt 17

What is needed: greenio's own debugging information (CMake's RelWithDebInfo or Debug). A parked task's
registers lie where its context points to, and it is unwound from there: an unwinder below gives gdb
an innermost frame whose caller is the parked one. Registers and memory are only read.
"""
import re
import time

import gdb
from gdb.unwinder import Unwinder

WORD = 8
MOST = 10_000_000  # tasks; a list that is longer is a ring, or not a list
MOST_DEPTH = 12  # of the tree that is shown; deeper ones stand there too


class Trouble(gdb.GdbError):
    """Said to the user in one line, without a Python traceback."""


def symbol(name):
    try:
        return gdb.parse_and_eval(name)
    except gdb.error:
        raise Trouble('green: there is no %s in this program, or it has no debugging information '
                      '(build greenio with -g, as CMake does for RelWithDebInfo and Debug)' % name)


def string(value):
    return value.string(errors='replace') if int(value) else ''


def each(first, link):
    seen = 0
    item = first
    while int(item) and seen < MOST:
        yield item
        item = item[link]
        seen += 1


def runtimes():
    found = list(each(symbol('green__runtimes'), 'other'))
    if not found:
        raise Trouble('green: no runtime is open in this process')
    return found


def each_task():
    for runtime in runtimes():
        for task in each(runtime['all_head'], 'all_next'):
            yield runtime, task


def is_core():
    target = getattr(gdb.selected_inferior(), 'connection', None)
    return target is not None and target.type == 'core'


def now_of(runtime):
    """The clock is the machine's; a core dump has the time of its runtime's last turn."""
    return int(runtime['now']) if is_core() else time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def name_of(task):
    future = task['future']
    name = string(future['name']) if int(future) else ''
    if not name and int(task['pool']) and not int(task['job']):
        return 'idle worker'
    return name or '-'


def label_of(group):
    return string(group['name']) or 'group %d' % int(group['id'])


def place_of(task):
    """Its name, and its group."""
    return name_of(task) + (' in ' + label_of(task['group']) if int(task['group']) else '')


def state_of(task):
    return {'GREEN__READY': 'ready', 'GREEN__RUNNING': 'running',
            'GREEN__WAITING': 'parked'}.get(str(task['state']), str(task['state']))


def waits_for(task):
    if state_of(task) != 'parked':
        return ''
    what = string(task['what'])

    def waited(kind):
        return task['object'].cast(gdb.lookup_type(kind).pointer())

    if what == 'descriptor':
        return 'descriptor %d' % int(task['object'])
    if what == 'lock':
        owner = waited('green_lock')['owner']
        if not int(owner):
            return what
        name = string(owner['future']['name']) if int(owner['future']) else ''
        return 'lock of ' + (name or 'task %d' % int(owner['id']))
    if what in ('group', 'a place in group'):
        group = waited('struct green_group')
        name = string(group['name'])
        return '%s %s' % (what, name or int(group['id']))
    if what == 'future':
        name = string(waited('struct green_future')['name'])
        return 'future of ' + name if name else what
    return what


def parent_of(task, known):
    """The number of the task that it stands under, as in greenio's own report; 0: none."""
    maker = int(task['group']['maker']) if int(task['group']) else 0
    above = maker if maker in known else int(task['spawned_by'])
    return above if above in known else 0


def tree(runtime):
    """Each task with its depth, behind the one that it stands under."""
    below, known = {}, set()
    for task in each(runtime['all_head'], 'all_next'):
        below.setdefault(parent_of(task, known), []).append(task)
        known.add(int(task['id']))
    rest = [(task, 0) for task in reversed(below.get(0, []))]
    while rest:
        task, depth = rest.pop()
        yield task, depth
        rest.extend((child, depth + 1) for child in reversed(below.get(int(task['id']), [])))


def find(number):
    matches = [task for _, task in each_task() if int(task['id']) == number]
    if not matches:
        raise Trouble('green: there is no task %d; "green tasks" lists them' % number)
    return matches


# ---- registers of a parked task --------------------------------------------------------------

def word(address):
    return int(gdb.Value(address).cast(gdb.lookup_type('unsigned long').pointer()).dereference())


def defined(name):
    try:
        gdb.parse_and_eval('&' + name)
        return True
    except gdb.error:
        return False


def registers_x86_64(state):
    if defined('green__switch_start'):
        return {'rip': word(state), 'rbp': word(state + 2 * WORD), 'rsp': state + 3 * WORD}
    context = gdb.Value(state).cast(gdb.lookup_type('ucontext_t').pointer())
    kept = context['uc_mcontext']['gregs']
    numbers = {'r12': 4, 'r13': 5, 'r14': 6, 'r15': 7, 'rbp': 10, 'rbx': 11, 'rsp': 15, 'rip': 16}
    return {name: int(kept[number]) for name, number in numbers.items()}


def registers_aarch64(state):
    if defined('green__switch_start'):
        return {'pc': word(state), 'x29': word(state + 2 * WORD), 'sp': state + 4 * WORD}
    context = gdb.Value(state).cast(gdb.lookup_type('ucontext_t').pointer())
    kept = context['uc_mcontext']
    registers = {'x%d' % i: int(kept['regs'][i]) for i in range(19, 31)}
    registers.update(pc=int(kept['regs'][30]), sp=int(kept['sp']))  # swapcontext() goes on at its caller
    return registers


def begins_at(pc):
    """Whether a stack that goes on there was never switched to."""
    return any(pc == int(gdb.parse_and_eval('(unsigned long)&' + name))
               for name in ('green__switch_start', 'context_begin') if defined(name))


def architecture():
    name = gdb.selected_inferior().architecture().name()
    if name.startswith('i386:x86-64'):
        return registers_x86_64, 'rsp', 'rip'
    if name.startswith('aarch64'):
        return registers_aarch64, 'sp', 'pc'
    raise Trouble('green: stacks of parked tasks can be shown on x86-64 and aarch64, not on ' + name)


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Parked(Unwinder):
    """While `registers` is set, the caller of the innermost frame is a parked task's."""

    def __init__(self):
        super().__init__('greenio parked task')
        self.registers = None

    def __call__(self, pending):
        if not self.registers:
            return None
        registers, self.registers = self.registers, None
        _, sp, pc = architecture()
        # below the parked frames, as gdb wants it of an inner frame
        info = pending.create_unwind_info(FrameId(gdb.Value(registers[sp] - 64), gdb.Value(registers[pc])))
        of = gdb.lookup_type('unsigned long')
        for name, value in registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(of))
        return info


PARKED = Parked()
gdb.unwinder.register_unwinder(None, PARKED, replace=True)


def innermost():
    """How many frames are not the task's own: frame 0, and the switch, whose arguments are gone."""
    count = 1
    frame = gdb.newest_frame().older()
    while frame and frame.name() in ('green__switch', 'switch_sides'):
        count += 1
        frame = frame.older()
    return count


def backtrace(registers, options):
    """What `backtrace` prints of the task's own frames, counted from 0."""
    gdb.invalidate_cached_frames()
    PARKED.registers = registers
    try:
        hidden = innermost()
        options = re.sub(r'(?<!\S)\d+$', lambda most: str(int(most.group()) + hidden), options.strip())
        text = gdb.execute('backtrace ' + options, to_string=True)
    finally:
        PARKED.registers = None
        gdb.invalidate_cached_frames()
    frames = re.findall(r'^#(\d+) *(.*?)(?=^#\d|\Z)', text, re.M | re.S)
    return ''.join('#%-3d%s' % (int(number) - hidden, rest) for number, rest in frames if int(number) >= hidden)


def show_parked(task, options):
    state = int(task['context']['side']['state'])
    of, _, pc = architecture()
    registers = of(state)
    if begins_at(registers[pc]):
        gdb.write('it has not begun; it will call %s\n' % task['start']['function'])
        return
    gdb.write(backtrace(registers, options) or 'green: its stack cannot be read\n')


def show_running(task, options):
    """Finds the thread whose stack pointer is in the task's stack."""
    stack = task['context']['stack']
    low = int(stack['base'])
    selected = gdb.selected_thread()
    _, sp, _ = architecture()
    try:
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            if low <= int(gdb.newest_frame().read_register(sp)) < low + int(stack['size']):
                gdb.execute('backtrace ' + options)
                return
    finally:
        if selected:
            selected.switch()
    raise Trouble('green: it runs, but no thread is on its stack: look with "thread apply all bt"')


# ---- commands --------------------------------------------------------------------------------

class Green(gdb.Command):
    """Tasks of greenio: "green tasks", "green bt N"."""

    def __init__(self):
        super().__init__('green', gdb.COMMAND_STACK, prefix=True)

    def invoke(self, argument, from_tty):
        raise Trouble('green: say "green tasks" or "green bt N"; "help green" says more')


class Tasks(gdb.Command):
    """Lists the tasks of every runtime in the process.

Usage: green tasks

A line a task: its number, name and group, state, what it waits for, and since when; in a core dump up
to the last turn of its runtime. A running task is marked with *. A task stands below the one that made
its group, or has spawned it."""

    def __init__(self):
        super().__init__('green tasks', gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument:
            raise Trouble('green tasks: takes no arguments')
        several = len(runtimes()) > 1
        count = 0
        lines = ((runtime, task, depth) for runtime in runtimes() for task, depth in tree(runtime))
        for runtime, task, depth in lines:
            state = state_of(task)
            since = max(0, now_of(runtime) - int(task['since'])) / 1e9
            where = '  runtime %#x' % int(runtime) if several else ''
            gdb.write('%s%6d  %*s%-20s  %-7s  %-24s  %10.3f s%s\n' % (
                '*' if state == 'running' else ' ', int(task['id']), 2 * min(depth, MOST_DEPTH), '',
                place_of(task), state, waits_for(task), since, where))
            count += 1
        if not count:
            gdb.write('no tasks\n')


class Backtrace(gdb.Command):
    """Shows the stack of a task.

Usage: green bt N [OPTION ...]

N is the number that "green tasks" gives. Options are those of "backtrace", as in "green bt 3 -full"."""

    def __init__(self):
        super().__init__('green bt', gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = argument.split(None, 1)
        if not words or not words[0].isdigit():
            raise Trouble('green bt: takes the number of a task, not "%s"; "green tasks" lists them'
                          % (words[0] if words else ''))
        options = words[1] if len(words) > 1 else ''
        tasks = find(int(words[0]))
        for task in tasks:
            if len(tasks) > 1:
                gdb.write('task %s:\n' % words[0])
            if state_of(task) == 'running':
                show_running(task, options)
            else:
                show_parked(task, options)


Green()
Tasks()
Backtrace()
