/* Lists whose items embed their links, and the way from what is embedded to what it lies in.
 *
 * Three kinds, each empty when it is zeroed:
 *   list    a `head`, links both ways: what is added last comes first
 *   deque   a `head` and a `tail`, links both ways
 *   fifo    a `head` and a `tail`, one link
 * Items name their links themselves, so that one can be in several lists. The macros take lvalues,
 * which they use more than once; `item` is evaluated once.
 */
#ifndef GREENIO_SRC_CORE_LIST_H
#define GREENIO_SRC_CORE_LIST_H

#include <stddef.h>

/* The record of that type whose member that is. */
#define green__container_of(pointer, type, member)                                                 \
  ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- lists ----------------------------------------------------------------------------------- */

#define green__list_add(head, item, next, previous)                                                \
  do {                                                                                             \
    __typeof__(head) green__item = (item);                                                         \
    green__item->previous = NULL;                                                                  \
    green__item->next = (head);                                                                    \
    if (head) (head)->previous = green__item;                                                      \
    (head) = green__item;                                                                          \
  } while (0)

#define green__list_remove(head, item, next, previous)                                             \
  do {                                                                                             \
    __typeof__(head) green__item = (item);                                                         \
    if (green__item->previous)                                                                     \
      green__item->previous->next = green__item->next;                                             \
    else                                                                                           \
      (head) = green__item->next;                                                                  \
    if (green__item->next) green__item->next->previous = green__item->previous;                    \
  } while (0)

/* ---- deques ---------------------------------------------------------------------------------- */

#define green__deque_add(head, tail, item, next, previous)                                         \
  do {                                                                                             \
    __typeof__(head) green__item = (item);                                                         \
    green__item->next = NULL;                                                                      \
    green__item->previous = (tail);                                                                \
    if (tail)                                                                                      \
      (tail)->next = green__item;                                                                  \
    else                                                                                           \
      (head) = green__item;                                                                        \
    (tail) = green__item;                                                                          \
  } while (0)

#define green__deque_add_first(head, tail, item, next, previous)                                   \
  do {                                                                                             \
    green__list_add(head, item, next, previous);                                                   \
    if (!(tail)) (tail) = (head);                                                                  \
  } while (0)

#define green__deque_remove(head, tail, item, next, previous)                                      \
  do {                                                                                             \
    __typeof__(head) green__removed = (item);                                                      \
    if (!green__removed->next) (tail) = green__removed->previous;                                  \
    green__list_remove(head, green__removed, next, previous);                                      \
  } while (0)

/* ---- fifos ----------------------------------------------------------------------------------- */

/* Adds the items from `first` to `last`, which are linked. */
#define green__fifo_add_all(head, tail, first, last, next)                                         \
  do {                                                                                             \
    __typeof__(head) green__first = (first), green__last = (last);                                 \
    green__last->next = NULL;                                                                      \
    if (tail)                                                                                      \
      (tail)->next = green__first;                                                                 \
    else                                                                                           \
      (head) = green__first;                                                                       \
    (tail) = green__last;                                                                          \
  } while (0)

#define green__fifo_add(head, tail, item, next)                                                    \
  do {                                                                                             \
    __typeof__(head) green__item = (item);                                                         \
    green__fifo_add_all(head, tail, green__item, green__item, next);                               \
  } while (0)

#define green__fifo_add_first(head, tail, item, next)                                              \
  do {                                                                                             \
    __typeof__(head) green__item = (item);                                                         \
    green__item->next = (head);                                                                    \
    (head) = green__item;                                                                          \
    if (!(tail)) (tail) = green__item;                                                             \
  } while (0)

/* Drops the first item; there is one. */
#define green__fifo_drop(head, tail, next)                                                         \
  do {                                                                                             \
    if (!((head) = (head)->next)) (tail) = NULL;                                                   \
  } while (0)

#endif
