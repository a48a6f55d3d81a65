# What C cannot write of Asyncify's switch: a function that parks must have no frame of its own, or the
# stack pointer would leak a little at each park.
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

# The three steps of a function that parks. It is called twice for one park: when it is to park, and
# again at the end of the rewind, whatever its parameters are then.
.macro if_rewinding
  POINTER.const green__phase
  i32.load 0
  i32.const 2                     # GREEN__REWINDING
  i32.eq
  if
.endm

.macro rewound
  POINTER.const green__phase
  i32.const 0                     # GREEN__RUNNING_FREE
  i32.store 0
  call green__asyncify_stop_rewind
.endm

# Looks first whether the frames of the running task can be unwound; throws.
.functype green__js_check_park () -> ()

.macro park_local_0               # a struct green__context *
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
.endm

# void green__context_park(struct green__context *context)
  .section .text.green__context_park,"",@
  .globl green__context_park
  .no_dead_strip green__context_park
  .type green__context_park,@function
green__context_park:
  .functype green__context_park (POINTER) -> ()
  if_rewinding
    rewound
  else
    park_local_0
  end_if
  end_function

# The public functions that the core has halves of; without a frame, since a program that waits in a
# loop does little else.

# int green_yield(void)
  .functype green__yield_begin (POINTER) -> (POINTER)
  .section .text.green_yield,"",@
  .globl green_yield
  .no_dead_strip green_yield
  .type green_yield,@function
green_yield:
  .functype green_yield () -> (i32)
  .local POINTER
  if_rewinding
    rewound
    i32.const 0
    return
  end_if
  POINTER.const green__park_status
  call green__yield_begin
  local.tee 0
  POINTER.eqz
  if
    POINTER.const green__park_status
    i32.load 0
    return
  end_if
  park_local_0
  i32.const 0
  end_function

# int green_wait(green_future *future)
  .functype green__wait_future_begin (POINTER, POINTER) -> (POINTER)
  .functype green__wait_future_end () -> (i32)
  .section .text.green_wait,"",@
  .globl green_wait
  .no_dead_strip green_wait
  .type green_wait,@function
green_wait:
  .functype green_wait (POINTER) -> (i32)
  if_rewinding
    rewound
    call green__wait_future_end
    return
  end_if
  local.get 0
  POINTER.const green__park_status
  call green__wait_future_begin
  local.tee 0
  POINTER.eqz
  if
    POINTER.const green__park_status
    i32.load 0
    return
  end_if
  park_local_0
  i32.const 0
  end_function

# For load() and depth.mjs to see which kind a .wasm is for.
  .section .custom_section.greenio,"",@
  .ascii "asyncify"
