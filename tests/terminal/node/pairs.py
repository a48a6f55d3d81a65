# Pseudo terminals for a program that cannot make any (pair.c): a line of ASKED each asks for something, of the pair whose
# number is its last word, and one of ANSWERED says what came of it.
#
#   python3 pairs.py ASKED ANSWERED
import fcntl, os, pty, struct, sys, termios

pairs = {}
LFLAGS = termios.ICANON | termios.ECHO | termios.ISIG


class Pair:
    def __init__(self):
        self.user, self.kept = pty.openpty()
        self.name = os.ttyname(self.kept)
        self.before = termios.tcgetattr(self.kept)

    def hang_up(self):
        if self.user is not None:
            os.close(self.user)
        self.user = None

    def mode(self):
        if self.user is None:
            return 'gone'
        now = termios.tcgetattr(self.user)
        return 'before' if now == self.before else 'raw' if not now[3] & LFLAGS else 'another'


def answer(what, *words):
    if what == 'open':
        pair = Pair()
        pairs[pair.kept] = pair
        return f'{pair.kept} {pair.name}'
    *given, number = words
    pair = pairs[int(number)]
    if what == 'type':
        os.write(pair.user, bytes.fromhex(given[0]))
    elif what == 'shown':
        return os.read(pair.user, 63).hex()
    elif what == 'mode':
        return pair.mode()
    elif what == 'set_before':
        termios.tcsetattr(pair.user, termios.TCSANOW, pair.before)
    elif what == 'resize':
        columns, rows = map(int, given)
        fcntl.ioctl(pair.user, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    elif what == 'hang_up':
        pair.hang_up()
    elif what == 'close':
        pair.hang_up()
        os.close(pair.kept)
        del pairs[int(number)]
    return ''


with open(sys.argv[1]) as asked, open(sys.argv[2], 'w') as answered:
    for line in asked:  # until the program has ended
        try:
            said = answer(*line.split())
        except Exception as error:  # or the program would wait for ever
            said = f'{line.strip()}: {error}'
        print(said, file=answered, flush=True)
