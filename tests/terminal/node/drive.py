# Runs a program at a terminal, by steps, and says what came of it, as JSON: how it has ended, what it has printed, which is
# no terminal's, the mode at each step "mode" and at its end, whether reading of the terminal still waits, and what is shown.
#
#   python3 drive.py TERMINAL STEPS PROGRAM [ARGUMENT ...]
#
# TERMINAL: own, it is the program's and its standard input; apart, it is the program's alone; none, it is that of nobody.
# "TERMINAL" among the arguments is its path.
#
# With a step "background" a shell of the program's own has the terminal beside it, and takes it then; a program that is
# stopped at its end has ended by SIGTTOU.
import fcntl, json, os, pty, select, signal, struct, sys, termios, time

kind, steps, command = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
user, kept = pty.openpty()
name = os.ttyname(kept)
before = termios.tcgetattr(kept)
LIMIT = 120  # seconds
signal.alarm(LIMIT + 10)
deadline = time.monotonic() + LIMIT
read_end, write_end = os.pipe()
child = os.fork()


# In the session's leader: the program is its child, in a group of its own, and in the foreground first.
def be_shell():
    fcntl.ioctl(kept, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    program = os.fork()
    if program == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(kept, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        return

    def take_back(*_):
        os.tcsetpgrp(kept, os.getpgrp())
        os.write(write_end, b'background\n')

    signal.signal(signal.SIGUSR1, take_back)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(program, signal.SIGTERM))
    os.close(read_end)
    status = os.waitpid(program, os.WUNTRACED)[1]
    ended = signal.SIGTTOU if os.WIFSTOPPED(status) else 0
    if ended:
        os.kill(program, signal.SIGKILL)
    os._exit(128 + ended if ended else os.waitstatus_to_exitcode(status) & 255)


if child == 0:
    os.setsid()
    if ['background'] in steps:
        be_shell()
        kind = 'mine'
    if kind not in ('none', 'mine'):
        fcntl.ioctl(kept, termios.TIOCSCTTY, 0)
    nothing = os.open('/dev/null', os.O_RDWR)
    os.dup2(kept if kind in ('own', 'mine') else nothing, 0)
    os.dup2(write_end, 1)
    os.closerange(3, 64)
    command = [name if word == 'TERMINAL' else word for word in command]
    os.execvp(command[0], command)
os.close(write_end)
os.set_blocking(user, False)
printed, shown, modes, from_here = b'', b'', [], 0


def mode():
    now = termios.tcgetattr(user)
    raw = not now[3] & (termios.ICANON | termios.ECHO | termios.ISIG)
    return 'before' if now == before else 'raw' if raw else 'another'


# What is shown may be on its way still when the program has ended.
def wait(wanted, what, is_shown=False):
    global printed, shown
    open_ends = [read_end, user]
    while not wanted():
        left = deadline - time.monotonic()
        ready, _, _ = select.select(open_ends, [], [], max(left, 0))
        if not ready:
            os.kill(child, signal.SIGKILL)
            sys.exit(f'{what} did not come; printed {printed!r}, shown {shown[-200:]!r}')
        if read_end in ready:
            some = os.read(read_end, 65536)
            if not some:
                open_ends.remove(read_end)
                if not wanted() and what != 'its end' and not is_shown:
                    sys.exit(f'{what} did not come before its end; printed {printed!r}')
                if what == 'its end':
                    return
            printed += some
        if user in ready:
            shown += os.read(user, 65536)


def stopped():
    os.waitid(os.P_PID, child, os.WSTOPPED)


for step, *words in steps:
    if step == 'until':
        text = words[0].encode()
        wait(lambda: text in printed[from_here:], text)
        from_here = printed.index(text, from_here) + len(text)
    elif step == 'type':
        os.write(user, words[0].encode())
    elif step == 'kill':
        os.kill(child, getattr(signal, words[0]))
        if words[0] in ('SIGSTOP', 'SIGTSTP'):
            stopped()
    elif step == 'set_before':
        termios.tcsetattr(user, termios.TCSANOW, before)
    elif step == 'background':
        os.kill(child, signal.SIGUSR1)
        wait(lambda: b'background' in printed, step)
    elif step == 'mode':
        modes.append(mode())
    elif step == 'resize':
        fcntl.ioctl(user, termios.TIOCSWINSZ, struct.pack('HHHH', words[1], words[0], 0, 0))
    elif step == 'flow':
        termios.tcflow(kept, termios.TCOON if words[0] else termios.TCOOFF)
    elif step == 'shown':
        wait(lambda: len(shown) >= words[0], f'{words[0]} bytes shown', is_shown=True)
wait(lambda: False, 'its end')
ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
try:
    shown += os.read(user, 65536)
except OSError:
    pass
print(json.dumps({
    'ended': signal.Signals(-ended).name if ended < 0 else ended, 'printed': printed.decode(), 'modes': modes, 'after': mode(),
    'waits': os.get_blocking(kept), 'shown': shown.decode('latin1') if len(shown) < 1000 else len(shown),
}))
