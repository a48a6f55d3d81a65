# Runs a program at a terminal: what comes in is typed, what the terminal shows goes out; a NUL and "COLUMNS ROWS\n" give its
# window another size. Ends with the program's status.
#
#   python3 at_terminal.py COLUMNS ROWS PROGRAM [ARGUMENT ...]
import fcntl, os, pty, select, struct, sys, termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


pid, master = pty.fork()
if pid == 0:
    resize(0, int(sys.argv[1]), int(sys.argv[2]))
    modes = termios.tcgetattr(0)
    modes[0] |= 0o40000  # IUTF8, as terminals have it
    termios.tcsetattr(0, termios.TCSANOW, modes)
    os.execvp(sys.argv[3], sys.argv[3:])
os.set_blocking(master, False)
inputs = [0, master]
typing = b''  # what the terminal has not taken yet
while True:
    ready, writable, _ = select.select(inputs, [master] if typing else [], [])
    if 0 in ready:
        typed = os.read(0, 4096)
        if not typed:
            inputs.remove(0)
        while typed.startswith(b'\0'):
            size, typed = typed[1:].split(b'\n', 1)
            resize(master, *map(int, size.split()))
        typing += typed
        writable = [master]
    if writable and typing:
        try:
            typing = typing[os.write(master, typing):]
        except BlockingIOError:
            pass
    if master in ready:
        try:
            shown = os.read(master, 65536)
        except OSError:  # it has ended
            break
        os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
