"""While nobody observes, a switch has no instruction for it: what green_yield() executes a call is the same
in a program that was never observed and in one that was, and more while it is.

    observed_test.py PROGRAM
"""
import os
import re
import subprocess
import sys
import tempfile

COUNT = 20000


def instructions(program, when):
    """Those of green_yield() itself, with what is inlined into it, a call."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'callgrind')
        subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=' + out, program, when, str(COUNT)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = open(out, encoding='utf-8').read()
    names, inside, called, total = {}, False, False, 0
    for line in text.splitlines():
        function = re.match(r'fn=\((\d+)\)(?: (.*))?$', line)
        if function:
            if function[2]:
                names[function[1]] = function[2]
            inside = names[function[1]] == 'green_yield'
            continue
        mention = re.match(r'cfn=\((\d+)\) (.*)$', line)
        if mention:
            names[mention[1]] = mention[2]
        if line.startswith('calls='):
            called = True  # the next line is what the function that is called costs
        elif inside and re.match(r'[+\-*\d]', line):
            total += 0 if called else int(line.split()[-1])
            called = False
        elif re.match(r'[+\-*\d]', line):
            called = False
    return total / (2 * COUNT)


never, before, now = (instructions(sys.argv[1], when) for when in ('never', 'before', 'now'))
print('instructions of green_yield: %.2f unobserved, %.2f after an observation, %.2f during one' % (never, before, now))
# It looks at the clock more or less often, which is a branch in it.
sys.exit(0 if never > 10 and abs(never - before) < 0.1 and now > never + 1 else 1)
