# The park of fx.c: the stack pointer is kept in the context while the engine has the frames.

.globaltype __stack_pointer, i32

.functype green__js_fx_park () -> ()
.functype green__yield_begin (i32) -> (i32)
.functype green__wait_future_begin (i32, i32) -> (i32)
.functype green__wait_future_end () -> (i32)

.macro park_local_0
  local.get 0
  global.get __stack_pointer
  i32.store 0                     # context->sp
  call green__js_fx_park
  local.get 0
  i32.load 0
  global.set __stack_pointer
.endm

.macro or_park_status
  local.tee 0
  i32.eqz
  if
    i32.const green__park_status
    i32.load 0
    return
  end_if
.endm

# void green__context_park(struct green__context *context)
  .section .text.green__context_park,"",@
  .globl green__context_park
  .type green__context_park,@function
green__context_park:
  .functype green__context_park (i32) -> ()
  park_local_0
  end_function

# int green_yield(void)
  .section .text.green_yield,"",@
  .globl green_yield
  .type green_yield,@function
green_yield:
  .functype green_yield () -> (i32)
  .local i32
  i32.const green__park_status
  call green__yield_begin
  or_park_status
  park_local_0
  i32.const 0
  end_function

# int green_wait(green_future *future)
  .section .text.green_wait,"",@
  .globl green_wait
  .type green_wait,@function
green_wait:
  .functype green_wait (i32) -> (i32)
  local.get 0
  i32.const green__park_status
  call green__wait_future_begin
  or_park_status
  park_local_0
  call green__wait_future_end
  end_function
