// The imports of src/net, in front of net.mjs; plain for Emscripten 3.1.6, as wasm/greenio.js.
(function() {
  var parts = {
    $greenNetHost: {
      ready: function(endpoint, side) { return _green__js_net_ready(endpoint, side); },
    },
    $greenNet__deps: ['$green', '$greenNetHost'],
    $greenNet: '(greenCore.net(greenNetHost))',

    green__js_net_listen__sig: 'ipipiii',
    green__js_net_listen: function(endpoint, local, host, port, backlog, ipv6Only) { return greenNet.listen(endpoint, local, host, port, backlog, ipv6Only); },
    green__js_net_accept__sig: 'ipp',
    green__js_net_accept: function(listener, endpoint) { return greenNet.accept(listener, endpoint); },
    green__js_net_connect__sig: 'ipipi',
    green__js_net_connect: function(endpoint, local, host, port) { return greenNet.connect(endpoint, local, host, port); },
    green__js_net_opened__sig: 'ip',
    green__js_net_opened: function(endpoint) { return greenNet.opened(endpoint); },
    green__js_net_read__sig: 'ippi',
    green__js_net_read: function(endpoint, data, size) { return greenNet.read(endpoint, data, size); },
    green__js_net_write__sig: 'ippi',
    green__js_net_write: function(endpoint, data, size) { return greenNet.write(endpoint, data, size); },
    green__js_net_shutdown__sig: 'ip',
    green__js_net_shutdown: function(endpoint) { return greenNet.shutdown(endpoint); },
    green__js_net_close__sig: 'vpi',
    green__js_net_close: function(endpoint, reset) { greenNet.close(endpoint, reset); },
    green__js_net_address__sig: 'ipipi',
    green__js_net_address: function(endpoint, peer, text, size) { return greenNet.address(endpoint, peer, text, size); },
    green__js_net_no_delay__sig: 'vpi',
    green__js_net_no_delay: function(endpoint, on) { greenNet.noDelay(endpoint, on); },
    green__js_net_keep_alive__sig: 'vpi',
    green__js_net_keep_alive: function(endpoint, seconds) { greenNet.keepAlive(endpoint, seconds); },
    green__js_net_lookup__sig: 'ipp',
    green__js_net_lookup: function(host, future) { return greenNet.lookup(host, future); },
    green__js_net_lookup_drop__sig: 'ip',
    green__js_net_lookup_drop: function(future) { return greenNet.lookupDrop(future); },
  };
  for (var name in parts) {
    if (name.indexOf('green__js_') == 0 && typeof parts[name] == 'function') parts[name + '__deps'] = ['$greenNet'];
  }
  mergeInto(LibraryManager.library, parts);
})();
