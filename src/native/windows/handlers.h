/* What of a stack is kept for who handles its overflow. */
#ifndef GREENIO_SRC_NATIVE_WINDOWS_HANDLERS_H
#define GREENIO_SRC_NATIVE_WINDOWS_HANDLERS_H

#define GREEN__FOR_HANDLERS ((size_t)32 << 10) /* bytes, whole pages */

#endif
