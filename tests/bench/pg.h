/* What the benchmarks with PostgreSQL share: 64 tasks take turns with 8 connections. */
#ifndef GREENIO_TESTS_BENCH_PG_H
#define GREENIO_TESTS_BENCH_PG_H

/* The rows of pgbench's table at its scale of 10, as build.mjs makes it. */
#define BENCH_ROWS 1000000

#define BENCH_TASKS       64
#define BENCH_CONNECTIONS 8

int enable(void); /* pg_select.c's: a status */

#endif
