# What C cannot write of JSPI's switch: the stack pointer lies in a local, so on the engine's own stack,
# while that is suspended; and whoever comes back to life notes where the host's has got to meanwhile.
# Used by jspi.c and jspi.mjs.

.globaltype __stack_pointer, i32

.functype green__jspi_leave (i32) -> (i32)
.functype green__jspi_enter (i32) -> ()
.functype green__jspi_bottom (i32) -> ()
.functype green__jspi_ended (i32) -> (i32)
.functype green__js_jspi_suspend (i32, i32) -> (i32)
.functype green__js_jspi_continue () -> ()
.functype green__js_limits (i32, i32) -> ()
.functype green__js_host_limits () -> ()

# To the C stack of the context in that local, at that pointer. Here and in to_host, STACK_OVERFLOW_CHECK=2
# is told the new bounds just before.
.macro limits_of context
  i32.const green__hooks
  i32.load 0
  i32.const 1                     # GREEN__HOOK_LIMITS
  i32.and
  if
    local.get \context
    i32.load 4                    # context->top
    local.get \context
    i32.load 8                    # context->saved
    call green__js_limits
  end_if
.endm

.macro to_host
  i32.const green__hooks
  i32.load 0
  i32.const 1
  i32.and
  if
    call green__js_host_limits
  end_if
  i32.const green__host_sp
  i32.load 0
  global.set __stack_pointer
.endm

.macro note_host
  i32.const green__host_sp
  global.get __stack_pointer
  i32.store 0
.endm

.macro suspend
  i32.const green__jspi_slot
  i32.load 0
  i32.const green__jspi_then
  i32.load 0
  call green__js_jspi_suspend
.endm

# To a C stack, at the pointer on top of the operands. With GREENIO_ONE_STACK all share the host's, as in
# Emscripten's own JSPI, so that a test can show that it notices (tests/contexts).
.macro to_stack
#ifdef GREENIO_ONE_STACK
  drop
#else
  global.set __stack_pointer
#endif
.endm

# Parks the context in local 0; local 1 is free.
.macro park_local_0
  local.get 0
  global.get __stack_pointer
  local.tee 1
  i32.store 0                     # context->sp
  local.get 0
  i32.load 36                     # context->start; main, whose stack is the host's, has none
  i32.eqz
  if
    note_host
  end_if
  to_host
  local.get 0
  call green__jspi_leave
  i32.eqz
  if
    suspend                       # comes back in a microtask
    drop
    note_host
  end_if
  limits_of 0
  local.get 1
  to_stack
  local.get 0
  call green__jspi_enter
.endm

# void green__context_park(struct green__context *context)
  .section .text.green__context_park,"",@
  .globl green__context_park
  .type green__context_park,@function
green__context_park:
  .functype green__context_park (i32) -> ()
  .local i32
  park_local_0
  end_function

# int green_yield(void)
  .functype green__yield_begin (i32) -> (i32)
  .section .text.green_yield,"",@
  .globl green_yield
  .type green_yield,@function
green_yield:
  .functype green_yield () -> (i32)
  .local i32, i32
  i32.const green__park_status
  call green__yield_begin
  local.tee 0
  i32.eqz
  if
    i32.const green__park_status
    i32.load 0
    return
  end_if
  park_local_0
  i32.const 0
  end_function

# int green_wait(green_future *future)
  .functype green__wait_future_begin (i32, i32) -> (i32)
  .functype green__wait_future_end () -> (i32)
  .section .text.green_wait,"",@
  .globl green_wait
  .type green_wait,@function
green_wait:
  .functype green_wait (i32) -> (i32)
  .local i32
  local.get 0
  i32.const green__park_status
  call green__wait_future_begin
  local.tee 0
  i32.eqz
  if
    i32.const green__park_status
    i32.load 0
    return
  end_if
  park_local_0
  call green__wait_future_end
  end_function

# void green__jspi_run(struct green__context *context, int slot): the bottom of an engine's stack
  .section .text.green__jspi_run,"",@
  .globl green__jspi_run
  .type green__jspi_run,@function
green__jspi_run:
  .functype green__jspi_run (i32, i32) -> ()
  local.get 0
  local.get 1
  i32.store 16                    # context->stack
  loop
    note_host
    limits_of 0
    local.get 0
    i32.load 0                    # context->sp
    to_stack
    local.get 0
    call green__jspi_enter
    local.get 0
    call green__jspi_bottom
    to_host
    local.get 0
    call green__jspi_ended
    local.tee 0
    br_if 0                       # it begins here, at once
    i32.const green__jspi_slot
    i32.load 0
    if
      suspend
      local.tee 0
      br_if 1
    else
      i32.const green__jspi_then
      i32.load 0
      if
        call green__js_jspi_continue
      end_if
    end_if
  end_loop
  end_function

# int green__jspi_main(int argc, char **argv): the bottom of main's
  .functype green__jspi_main_begins () -> ()
  .functype green__jspi_main_ended (i32) -> ()
  .functype green__main_call (i32, i32) -> (i32)
  .section .text.green__jspi_main,"",@
  .globl green__jspi_main
  .type green__jspi_main,@function
green__jspi_main:
  .functype green__jspi_main (i32, i32) -> (i32)
  .local i32
  call green__jspi_main_begins
  local.get 0
  local.get 1
  call green__main_call
  local.tee 2
  call green__jspi_main_ended
  local.get 2
  end_function

# For load() and depth.mjs to see which kind a .wasm is for.
  .section .custom_section.greenio,"",@
  .ascii "jspi"
