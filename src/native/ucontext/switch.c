/* The portable stack switch, by the C library's ucontext: some 200 ns, since it saves the signal
 * mask. A state is a ucontext_t on the stack that is left. */
#include "switch.h"

#include <stdint.h>
#include <stddef.h>
#include <ucontext.h>

void *green__switch_prepare(char *base, char *top, void (*entry)(void)) {
  ucontext_t *state = (void *)((uintptr_t)(top - sizeof *state) & ~(uintptr_t)63);
  getcontext(state);
  state->uc_stack.ss_sp = base;
  state->uc_stack.ss_size = (size_t)((char *)state - base);
  state->uc_link = NULL;
  makecontext(state, entry, 0);
  return state;
}

void green__switch(void **from, void *to) {
  ucontext_t here;
  *from = &here; // cppcheck-suppress autoVariables ; this frame lives until it is switched back to
  swapcontext(&here, to);
}
