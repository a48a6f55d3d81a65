/* Datagrams by node:dgram. udp.h says what each function owes.
 *
 * An entry of net.mjs with `udp`, a socket; `arrived`, datagrams that C has not received yet, of `queued` bytes; `dropped`, the
 * count of those for which there was no room, since node:dgram cannot be told to wait; `failures` that a receive is to hear
 * of; `connected`; and `done`, the outcome of what is under way: null while it is. `options` and `address` are of its opening.
 */
import { require } from '../../wasm/node.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';

const MOST = 212992; /* bytes, as Linux keeps; each datagram counts for EACH more */
const EACH = 256;
const PICKS = 5;

export const makeUdp = ({ host, loop, again, entries, tellInput, tellOutput }) => {
  const statusOf = makeStatusOf(loop, 'net');
  const finish = (entry, error) => {
    entry.done = error ? statusOf(error) : 0;
    tellOutput(entry);
  };
  /* What throws by itself has a status too. */
  const tried = action => {
    try {
      action();
      return 0;
    } catch (error) {
      return statusOf(error);
    }
  };
  const at = endpoint => entries.get(endpoint);
  const hear = (entry, udp) => {
    udp.on('message', (data, from) => {
      if (entry.queued + data.length + EACH > MOST) {
        entry.dropped++;
        return;
      }
      entry.arrived.push({ data, from });
      entry.queued += data.length + EACH;
      tellInput(entry);
    });
    udp.on('error', error => {
      if (entry.done === null) return finish(entry, error);
      if (entry.failures.length < 1) entry.failures.push(statusOf(error));
      tellInput(entry);
    });
  };

  /* A port that the system has picked is then asked for by its number, since the system forgets one that it has picked when the
   * socket is disconnected. `picks`: how often another one is picked, should somebody else have taken it in between. */
  const bind = (entry, port, picks) => {
    const udp = require('node:dgram').createSocket(entry.options);
    /* Behind the close: before, Deno has not given the port back. */
    const instead = (next, left) => {
      entry.udp = null;
      udp.close(() => {
        if (entries.get(entry.endpoint) !== entry) return;
        try {
          bind(entry, next, left);
        } catch (error) {
          finish(entry, error);
        }
      });
    };
    const failed = error => (picks && error.code === 'EADDRINUSE' ? instead(0, picks - 1) : finish(entry, error));
    entry.udp = udp;
    udp.on('error', failed);
    udp.bind({ address: entry.address, port, exclusive: true }, () => {
      if (!port) return instead(udp.address().port, picks);
      udp.off('error', failed);
      hear(entry, udp);
      finish(entry);
    });
  };

  return {
    udpOpen(endpoint, ipv6, name, port, ipv6Only, share) {
      const entry = {
        endpoint, udp: null, arrived: [], queued: 0, dropped: 0, failures: [], done: null, connected: false, failure: 0, paths: ['', ''],
        options: { type: ipv6 ? 'udp6' : 'udp4', reuseAddr: share !== 0, ipv6Only: ipv6Only !== 0 }, address: host.text(name),
      };
      entries.set(endpoint, entry);
      const rc = tried(() => bind(entry, port, port ? 0 : PICKS));
      if (rc < 0) entries.delete(endpoint);
      return rc;
    },
    udpConnect(endpoint, name, port) {
      const entry = at(endpoint);
      const { udp } = entry;
      const where = host.text(name);
      const rc = tried(() => {
        if (entry.connected) udp.disconnect();
        entry.connected = false;
        if (!where) return;
        entry.done = null;
        udp.connect(port, where, error => {
          entry.connected = !error;
          finish(entry, error);
        });
      });
      if (rc < 0) entry.done = rc;
      else if (!where) entry.done = 0;
      return rc;
    },
    udpSend(endpoint, data, size, name, port) {
      const entry = at(endpoint);
      if (entry.done === null) return again; /* another one is */
      const bytes = Buffer.from(host.bytes().subarray(data, data + size));
      const to = host.text(name);
      const sent = error => finish(entry, error);
      entry.done = null;
      const rc = tried(() => (to ? entry.udp.send(bytes, port, to, sent) : entry.udp.send(bytes, sent)));
      if (rc < 0) entry.done = rc;
      return rc;
    },
    udpDone(endpoint) {
      const { done } = at(endpoint);
      return done ?? again;
    },
    udpReceive(endpoint, data, size, text, room) {
      const entry = at(endpoint);
      if (entry.failures.length) return entry.failures.shift();
      const first = entry.arrived.shift();
      if (!first) return again;
      entry.queued -= first.data.length + EACH;
      host.bytes().set(first.data.subarray(0, size), data);
      host.putText(first.from.port + ' ' + first.from.address, text, room);
      return first.data.length;
    },
    udpDropped: endpoint => at(endpoint).dropped,
    udpSet(endpoint, setting, value) {
      const { udp } = at(endpoint);
      return tried(() => [() => udp.setBroadcast(value !== 0), () => udp.setTTL(value), () => udp.setMulticastTTL(value),
        () => udp.setMulticastLoopback(value !== 0)][setting]());
    },
    udpInterface(endpoint, ipv6, name) {
      const which = host.text(name);
      return tried(() => at(endpoint).udp.setMulticastInterface(ipv6 ? '::%' + which : which));
    },
    udpMember(endpoint, ipv6, group, name, join) {
      const { udp } = at(endpoint);
      const which = host.text(name);
      const where = which ? [ipv6 ? '::%' + which : which] : [];
      return tried(() => (join ? udp.addMembership(host.text(group), ...where) : udp.dropMembership(host.text(group), ...where)));
    },
  };
};
