# The two ends of a switch that C cannot write: a function that parks must have no frame of its own, or
# the stack pointer would leak a little at each park, and a C function cannot set the stack pointer for
# its caller. Used by context.c, and through exports by the JavaScript part.
#
# Binaryen must not inline them, so they are exported; check.mjs looks that it has not.

#ifdef __wasm64__
#define POINTER i64
#else
#define POINTER i32
#endif

.globaltype __stack_pointer, POINTER

.functype green__asyncify_start_unwind (POINTER) -> ()
.import_module green__asyncify_start_unwind, asyncify
.import_name green__asyncify_start_unwind, start_unwind

.functype green__asyncify_stop_rewind () -> ()
.import_module green__asyncify_stop_rewind, asyncify
.import_name green__asyncify_stop_rewind, stop_rewind

# Looks whether the frames of the running task can be unwound; throws.
.functype green__js_check_park () -> ()

# void green__context_park(struct green__context *context)
# Called twice for one park: when it is to park, and again at the end of the rewind.
  .section .text.green__context_park,"",@
  .globl green__context_park
  .no_dead_strip green__context_park
  .type green__context_park,@function
green__context_park:
  .functype green__context_park (POINTER) -> ()
  POINTER.const green__phase
  i32.load 0
  i32.const 2                     # GREEN__REWINDING
  i32.eq
  if
    POINTER.const green__phase
    i32.const 0                   # GREEN__RUNNING_FREE
    i32.store 0
    call green__asyncify_stop_rewind
  else
    POINTER.const green__hooks
    i32.load 0
    i32.const 4                   # GREEN__HOOK_PARKS
    i32.and
    if
      call green__js_check_park
    end_if
    local.get 0
    global.get __stack_pointer
    POINTER.store 0               # context->sp
    POINTER.const green__phase
    i32.const 1                   # GREEN__UNWINDING
    i32.store 0
    POINTER.const green__scratch
    call green__asyncify_start_unwind
  end_if
  end_function

# int green_yield(void)
# The public function; without a frame, since a program that yields in a loop does little else.
  .functype green__yield_begin (POINTER) -> (POINTER)
  .section .text.green_yield,"",@
  .globl green_yield
  .no_dead_strip green_yield
  .type green_yield,@function
green_yield:
  .functype green_yield () -> (i32)
  .local POINTER
  POINTER.const green__phase
  i32.load 0
  i32.const 2                     # GREEN__REWINDING
  i32.eq
  if
    POINTER.const green__phase
    i32.const 0                   # GREEN__RUNNING_FREE
    i32.store 0
    call green__asyncify_stop_rewind
    i32.const 0
    return
  end_if
  POINTER.const green__yield_status
  call green__yield_begin
  local.tee 0
  POINTER.eqz
  if
    POINTER.const green__yield_status
    i32.load 0
    return
  end_if
  POINTER.const green__hooks
  i32.load 0
  i32.const 4                     # GREEN__HOOK_PARKS
  i32.and
  if
    call green__js_check_park
  end_if
  local.get 0
  global.get __stack_pointer
  POINTER.store 0                 # context->sp
  POINTER.const green__phase
  i32.const 1                     # GREEN__UNWINDING
  i32.store 0
  POINTER.const green__scratch
  call green__asyncify_start_unwind
  i32.const 0
  end_function

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
