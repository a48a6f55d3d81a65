
// Raw sockets: Emscripten's calls under names of ours, or nothing of them. Plain for Emscripten 3.1.6, as greenio.js.
(function() {
  var sockets = {
    green__js_recvfrom: '__syscall_recvfrom',
    green__js_recvmsg: '__syscall_recvmsg',
    green__js_sendto: '__syscall_sendto',
    green__js_sendmsg: '__syscall_sendmsg',
    green__js_connect: '__syscall_connect',
    green__js_accept4: '__syscall_accept4',
    green__js_getsockopt: '__syscall_getsockopt',
    green__js_poll: '__syscall_poll_nonblocking',
    green__js_readv: 'fd_read',
  };
  var raw = typeof NODERAWSOCKETS != 'undefined' && NODERAWSOCKETS && '__syscall_poll_nonblocking' in LibraryManager.library;
  var parts = { $greenFS: raw ? '(FS)' : '(null)' };
  if (raw) parts.$greenFS__deps = ['$FS', '$SOCKFS'];
  for (var name in sockets) {
    parts[name] = raw ? sockets[name] : function() { return -52; /* ENOSYS */ };
    if (!raw) parts[name + '__deps'] = ['$green'];
  }
  mergeInto(LibraryManager.library, parts);
})();
