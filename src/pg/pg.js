// The imports of src/pg, in front of pg.mjs; plain for Emscripten 3.1.6, as wasm/greenio.js.
(function() {
  var parts = {
    $greenPgHost: {
      changed: function(pg) { return _green__pg_js_changed(pg); },
    },
    $greenPg__deps: ['$green', '$greenHost', '$greenCore', '$greenPgHost'],
    $greenPg: '(greenCore.feature(greenio$pg, greenPgHost))',

    green__js_pg_where__sig: 'i',
    green__js_pg_where: function() { return greenPg.where(); },
    green__js_pg_open__sig: 'vpip',
    green__js_pg_open: function(pg, place, name) { greenPg.open(pg, place, name); },
    green__js_pg_opened__sig: 'ip',
    green__js_pg_opened: function(pg) { return greenPg.opened(pg); },
    green__js_pg_why__sig: 'vppi',
    green__js_pg_why: function(pg, fields, size) { greenPg.why(pg, fields, size); },
    green__js_pg_take__sig: 'ippi',
    green__js_pg_take: function(pg, data, size) { return greenPg.take(pg, data, size); },
    green__js_pg_send__sig: 'vppii',
    green__js_pg_send: function(pg, data, size, more) { greenPg.send(pg, data, size, more); },
    green__js_pg_is_full__sig: 'ip',
    green__js_pg_is_full: function(pg) { return greenPg.isFull(pg); },
    green__js_pg_withdraw__sig: 'ip',
    green__js_pg_withdraw: function(pg) { return greenPg.withdraw(pg); },
    green__js_pg_cancel__sig: 'vpi',
    green__js_pg_cancel: function(pg, later) { greenPg.cancel(pg, later); },
    green__js_pg_recall__sig: 'ip',
    green__js_pg_recall: function(pg) { return greenPg.recall(pg); },
    green__js_pg_distrust__sig: 'vp',
    green__js_pg_distrust: function(pg) { greenPg.distrust(pg); },
    green__js_pg_close__sig: 'vpipip',
    green__js_pg_close: function(pg, farewell, more, size, closed) { greenPg.close(pg, farewell, more, size, closed); },
  };
  for (var name in parts) {
    if (name.indexOf('green__js_') == 0 && typeof parts[name] == 'function') parts[name + '__deps'] = ['$greenPg'];
  }
  mergeInto(LibraryManager.library, parts);
})();
