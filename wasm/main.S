# The program's main, for kinds that call it themselves.

# int green__main_call(int argc, char **argv): of whichever name it is; there is one of the three
  .functype main (i32, i32) -> (i32)
  .functype __main_argc_argv (i32, i32) -> (i32)
  .functype __main_void () -> (i32)
  .weak main
  .weak __main_argc_argv
  .weak __main_void
  .section .text.green__main_call,"",@
  .globl green__main_call
  .type green__main_call,@function
green__main_call:
  .functype green__main_call (i32, i32) -> (i32)
  i32.const __main_argc_argv
  if
    local.get 0
    local.get 1
    call __main_argc_argv
    return
  end_if
  i32.const __main_void
  if
    call __main_void
    return
  end_if
  local.get 0
  local.get 1
  call main
  end_function
