/* Marks the functions of the core that call out through a pointer, and below which nothing may
 * park.
 *
 *   GREEN__QUIET void function(void) {   on its definition, which must not be static
 *     GREEN__QUIETLY;                    as its first statement
 *
 * Natively a switch costs the same wherever it happens, and this is nothing. In wasm, where all
 * that may be on a parked stack is made larger and slower, the mark says that this cannot be; the
 * build picks the host's file.
 */
#ifndef GREENIO_SRC_NATIVE_QUIET_H
#define GREENIO_SRC_NATIVE_QUIET_H

#define GREEN__QUIET
#define GREEN__QUIETLY ((void)0)

#endif
