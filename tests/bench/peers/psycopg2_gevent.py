# pg.select's peer: psycopg2 under gevent, 64 greenlets on 8 connections. Prints microseconds a transaction.
# Usage: psycopg2_gevent.py CONNINFO TRANSACTIONS
import random
import sys
import time

import gevent
import psycopg2
from gevent.queue import Queue
from gevent.socket import wait_read, wait_write
from psycopg2 import extensions

ROWS, GREENLETS, CONNECTIONS = 1000000, 64, 8


def wait(connection):
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        (wait_read if state == extensions.POLL_READ else wait_write)(connection.fileno())


def work(idle, left):
    while left[0] > 0:
        left[0] -= 1
        connection = idle.get()
        cursor = connection.cursor()
        cursor.execute('SELECT abalance FROM pgbench_accounts WHERE aid = %s;', (random.randint(1, ROWS),))
        assert cursor.fetchone() is not None
        cursor.close()
        idle.put(connection)


extensions.set_wait_callback(wait)
address, transactions = sys.argv[1], int(sys.argv[2])
idle = Queue()
for _ in range(CONNECTIONS):
    connection = psycopg2.connect(address)
    connection.autocommit = True
    idle.put(connection)
before = time.monotonic()
left = [transactions]
gevent.joinall([gevent.spawn(work, idle, left) for _ in range(GREENLETS)], raise_error=True)
print('%.3f' % ((time.monotonic() - before) * 1e6 / transactions))
