# What C cannot write of any switch: a C function cannot set the stack pointer for its caller. Used by
# the kinds, and through exports by the JavaScript part (interface.h). Binaryen must not inline them, so
# they are exported.

#ifdef __wasm64__
#define POINTER i64
#else
#define POINTER i32
#endif

.globaltype __stack_pointer, POINTER

# uintptr_t green__sp(void)
  .section .text.green__sp,"",@
  .globl green__sp
  .no_dead_strip green__sp
  .type green__sp,@function
green__sp:
  .functype green__sp () -> (POINTER)
  global.get __stack_pointer
  end_function

# void green__sp_set(uintptr_t sp)
  .section .text.green__sp_set,"",@
  .globl green__sp_set
  .no_dead_strip green__sp_set
  .type green__sp_set,@function
green__sp_set:
  .functype green__sp_set (POINTER) -> ()
  local.get 0
  global.set __stack_pointer
  end_function

# ---- stacks whose bottom function JavaScript calls (call.c) ---------------------------------------------

# The host's stack pointer, while such a stack is in use.
  .type green__host_sp,@object
  .globl green__host_sp
  .section .bss.green__host_sp,"",@
  .p2align 3
green__host_sp:
  .skip 8
  .size green__host_sp, 8

# Changes the stack to that of the context in local 0. Here and in back_to_host, STACK_OVERFLOW_CHECK=2
# is told the new bounds just before the stack pointer is set.
.macro go_to_local_0
  POINTER.const green__host_sp
  global.get __stack_pointer
  POINTER.store 0
  POINTER.const green__hooks
  i32.load 0
  i32.const 1                     # GREEN__HOOK_LIMITS
  i32.and
  if
    call green__js_set_limits
  end_if
  local.get 0
  POINTER.load 0                  # context->sp
  global.set __stack_pointer
.endm

.macro back_to_host
  POINTER.const green__hooks
  i32.load 0
  i32.const 1                     # GREEN__HOOK_LIMITS
  i32.and
  if
    call green__js_host_limits
  end_if
  POINTER.const green__host_sp
  POINTER.load 0
  global.set __stack_pointer
.endm

  .functype green__js_set_limits () -> ()
  .functype green__js_host_limits () -> ()
  .functype green__stack_entered (POINTER) -> ()
  .functype green__stack_left (i32, i32) -> (i32)
  .functype green__call_begin (POINTER, POINTER, i32) -> (POINTER)
  .functype green__call_finish (i32, i32) -> (i32)

# void green__js_enter(struct green__context *context)
  .section .text.green__js_enter,"",@
  .globl green__js_enter
  .no_dead_strip green__js_enter
  .type green__js_enter,@function
green__js_enter:
  .functype green__js_enter (POINTER) -> ()
  local.get 0
  call green__stack_entered
  go_to_local_0
  end_function

# int green__js_leave(int returned, int value)
  .section .text.green__js_leave,"",@
  .globl green__js_leave
  .no_dead_strip green__js_leave
  .type green__js_leave,@function
green__js_leave:
  .functype green__js_leave (i32, i32) -> (i32)
  back_to_host
  local.get 0
  local.get 1
  call green__stack_left
  end_function

# void green__js_host_stack(void)
  .section .text.green__js_host_stack,"",@
  .globl green__js_host_stack
  .no_dead_strip green__js_host_stack
  .type green__js_host_stack,@function
green__js_host_stack:
  .functype green__js_host_stack () -> ()
  back_to_host
  end_function

# struct green__context *green__js_begin(size_t stack, const char *name, int slot)
  .section .text.green__js_begin,"",@
  .globl green__js_begin
  .no_dead_strip green__js_begin
  .type green__js_begin,@function
green__js_begin:
  .functype green__js_begin (POINTER, POINTER, i32) -> (POINTER)
  local.get 0
  local.get 1
  local.get 2
  call green__call_begin
  local.tee 0
  POINTER.eqz
  i32.eqz
  if
    local.get 0
    call green__stack_entered
    go_to_local_0
  end_if
  local.get 0
  end_function

# int green__js_finish(int returned, int value)
  .section .text.green__js_finish,"",@
  .globl green__js_finish
  .no_dead_strip green__js_finish
  .type green__js_finish,@function
green__js_finish:
  .functype green__js_finish (i32, i32) -> (i32)
  back_to_host
  local.get 0
  local.get 1
  call green__call_finish
  end_function
