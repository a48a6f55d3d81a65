// What a host is known to fail in, by the file of the tests and their names, each with the reason; docs/hosts.md says the same.
// `sometimes` begins the reason of what depends on the moment: of all others it is told when they pass.
export const known = {
  Deno: {
    'http/http_tests': {
      each_method_with_each_kind_of_body: 'a body of a known size goes out in chunks',
      each_misbehaviour_has_its_status: 'whatever is wrong with a body, it says that the connection has ended (ECONNRESET)',
    },
    'stream/stream_tests': {
      deadline_ends_a_half_open_connection: 'it gives EPIPE to who writes more than the system takes to a side that has ended its own half',
      nobody_at_the_connected_address: 'Deno does not connect a datagram socket: it sends to that address, and is never told that nobody receives',
      a_connected_socket_hears_of_one_address_alone: 'the same: it hears of others as well',
      a_connection_that_fails_leaves_none_and_the_port: 'the same: nothing fails where nothing is connected',
      settings_of_datagrams: 'a setting is refused with another status than the system\'s',
      a_group_is_joined_and_left: 'to join a second time is EINVAL, not EADDRINUSE',
      a_socket_of_ipv6_alone_hears_no_ipv4: 'to send to IPv4 from there fails with another status than the system\'s',
    },
    'terminal/ends.test.mjs': {
      'the mode is given back at an end by throw, of a terminal that is own': 'it tells process of no exit behind an exception that nobody catches',
      'the mode is given back at an end by throw, of a terminal that is apart': 'the same',
      'also while somebody writes': 'sometimes: of a terminal that was full it is not told that there is room again (Linux 6.18), and what is written stops',
      'keys come one by one while somebody writes': 'sometimes: the same',
      'a terminal that takes nothing holds up who writes alone': 'sometimes: the same',
    },
  },
  Bun: {
    'http/http_tests': {
      each_method_with_each_kind_of_body: 'DELETE without a body says that it has one of 0 bytes',
    },
    'stream/stream_tests': {
      'echo_several_hundred_at_once': 'sometimes: it resets connections that come faster than they are accepted',
      'a_connection_that_fails_leaves_none_and_the_port': 'a datagram socket of it connects to where nothing can be sent',
      'a_client_that_has_gone_harms_no_other': 'its send fails with what an earlier datagram to another address has met',
    },
    'web/fetch.test.mjs': {
      'a request that only the program has still is aborted': 'its collector does not take what the test lets go of',
    },
  },
  workerd: {},
};

// What ends the whole process there or never ends, and is not run: of a program one test.
export const unrunnable = {
  Deno: {
    'process/process_tests': ['a_real_time_signal_ends_it', 'Deno itself throws "Invalid signal: 40", where nobody can catch it'],
    'stream/stream_tests': ['a_refusal_is_heard_once_and_the_socket_goes_on', 'it is never told that nobody receives, and waits for ever'],
  },
  Bun: {
    'http/http_tests': ['each_misbehaviour_has_its_status', 'it reads trailers without end for ever; it takes headers of a megabyte, and what is no HTTP for a connection that has ended'],
  },
};
