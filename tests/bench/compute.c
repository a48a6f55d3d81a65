/* wasm.compute: an interpreter at work, Lua from Debian's source. Its opcodes, its library and its allocator call
 * each other through pointers, so that all of it may wait in the eyes of Asyncify. */
#include "compute.h"

#include <stdio.h>
#include <string.h>
#include "clock.h"
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static const struct load {
  const char *name, *script;
} loads[] = {
    {"fib", "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end "
            "assert(fib(30) == 832040)"},
    {"sort", "local t, x = {}, 42 "
             "for i = 1, 150000 do x = (x * 1103515245 + 12345) % 2147483648 t[i] = x end "
             "table.sort(t, function(a, b) return a < b end) "
             "for i = 2, #t do assert(t[i - 1] <= t[i]) end"},
    {"strings", "local t = {} "
                "for i = 1, 100000 do t[i] = string.format('%d:%s', i, string.rep('x', i % 7)) end "
                "local text, n = table.concat(t, ',') "
                "text, n = text:gsub('%d+', function(digits) return digits .. '!' end) "
                "assert(n == 100000) "
                "for word in text:gmatch('x+') do n = n + #word end assert(n > 100000)"},
    {"metatables",
     "local Point = {} Point.__index = Point "
     "Point.__add = function(a, b) return setmetatable({x = a.x + b.x}, Point) end "
     "local sum = setmetatable({x = 0}, Point) local one = setmetatable({x = 1}, Point) "
     "for i = 1, 500000 do sum = sum + one end assert(sum.x == 500000)"},
};

static const char waits[] =
    "local n = 0 for i = 1, 2000 do n = n + pause(i) end assert(n == 2000 * 2001 / 2) "
    "local ok, e = pcall(function() pause(1) error('e' .. pause(2)) end) "
    "assert(not ok and e:match('e2')) "
    "local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(pause(i)) end end) "
    "assert(co() + co() + co() == 6)";

enum { RUNS = 4 };

static int pause_and_give(lua_State *L) {
  bench_pause();
  lua_pushvalue(L, 1);
  return 1;
}

/* Milliseconds, or less than 0. */
static double run(const char *script) {
  lua_State *L = luaL_newstate();
  if (!L) return -1;
  luaL_openlibs(L);
  lua_register(L, "pause", pause_and_give);
  double start = bench_clock();
  int failed = luaL_dostring(L, script);
  double elapsed = (bench_clock() - start) / 1e6;
  if (failed) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed ? -1 : elapsed;
}

int bench_waits(void) {
  return run(waits) < 0;
}

double bench_load(const char *name) {
  for (const struct load *load = loads; load < loads + sizeof loads / sizeof loads[0]; load++) {
    if (strcmp(load->name, name) != 0) continue;
    double least = run(load->script);
    for (int i = 1; i < RUNS && least >= 0; i++) {
      double elapsed = run(load->script);
      if (elapsed < least) least = elapsed;
    }
    return least;
  }
  fprintf(stderr, "there is no load %s\n", name);
  return -1;
}
