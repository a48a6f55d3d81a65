/* Deadlines are scopes: nested ones only shorten, and every wait within fails once it has passed.
 * What each kind of wait does is in test_cancel.c. */
#include "harness.h"

#define FOR_EVER (3600 * 1000)

TEST(deadline_fails_every_wait_until_its_scope_ends) {
  uint64_t before = green_now();
  GREEN_TIMEOUT(3) {
    CHECK_STATUS(green_sleep(FOR_EVER), GREEN_ETIMEDOUT);
    CHECK(green_now() - before >= 3000000);
    CHECK_STATUS(green_sleep(1), GREEN_ETIMEDOUT);
    CHECK_STATUS(green_yield(), GREEN_ETIMEDOUT);
  }
  CHECK_STATUS(green_sleep(1), 0);
  CHECK(!green_cancelled());
  return 0;
}

TEST(deadline_that_does_not_pass_changes_nothing) {
  GREEN_TIMEOUT(FOR_EVER) {
    CHECK_STATUS(green_sleep(1), 0);
  }
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

TEST(deadline_nested_only_shortens) {
  GREEN_TIMEOUT(2) {
    GREEN_TIMEOUT(FOR_EVER) {
      CHECK_STATUS(green_sleep(FOR_EVER), GREEN_ETIMEDOUT);
    }
    CHECK_STATUS(green_sleep(1), GREEN_ETIMEDOUT);
  }
  GREEN_TIMEOUT(FOR_EVER) {
    GREEN_TIMEOUT(2) {
      CHECK_STATUS(green_sleep(FOR_EVER), GREEN_ETIMEDOUT);
    }
    CHECK_STATUS(green_sleep(1), 0);
  }
  return 0;
}

static int leave_by_return(void) {
  GREEN_TIMEOUT(0) {
    return green_sleep(1);
  }
  return 0;
}

TEST(deadline_scope_is_left_by_any_road) {
  GREEN_TIMEOUT(0) {
    break;
  }
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(leave_by_return(), GREEN_ETIMEDOUT);
  CHECK_STATUS(green_sleep(1), 0);
  GREEN_TIMEOUT(0) {
    GREEN_SHIELD {
      goto out;
    }
  }
out:
  CHECK_STATUS(green_sleep(1), 0);
  green_cancel(green_current());
  CHECK_STATUS(green_sleep(1), GREEN_ECANCELED);
  for (int i = 0; i < 3; i++) {
    GREEN_TIMEOUT(0) {
      continue;
    }
  }
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* Without the macro, so that a loop can be gone on with. */
TEST(deadline_scopes_without_a_macro) {
  green_scope late, shield;
  int rounds = 0;
  for (int i = 0; i < 3; i++) {
    green_timeout_begin(&late, 0);
    int rc = green_sleep(1);
    green_timeout_end(&late);
    if (rc == GREEN_ETIMEDOUT) continue;
    rounds++;
  }
  CHECK_NUMBER(rounds, 0);
  green_timeout_begin(&late, 0);
  green_shield_begin(&shield);
  CHECK_STATUS(green_sleep(1), 0);
  green_shield_end(&shield);
  CHECK_STATUS(green_sleep(1), GREEN_ETIMEDOUT);
  green_timeout_end(&late);
  CHECK_STATUS(green_sleep(1), 0);
  green_timeout_begin(&late, 0);
  green_timeout_end(&late);
  green_timeout_end(&late);
  green_shield_end(&shield);
  CHECK_STATUS(green_sleep(1), 0);
  return 0;
}

/* `continue` ends the block and not the loop around it. */
TEST(deadline_block_is_ended_by_continue) {
  int rounds = 0;
  for (int i = 0; i < 3; i++) {
    GREEN_TIMEOUT(FOR_EVER) {
      continue;
    }
    GREEN_SHIELD {
      continue;
    }
    rounds++;
  }
  CHECK_NUMBER(rounds, 3);
  return 0;
}

TEST(deadline_zero_fails_what_would_park_alone) {
  AUTO_FUTURE green_future *done = NULL, *pending = NULL;
  CHECK_STATUS(green_future_new(&done), 0);
  CHECK_STATUS(green_future_new(&pending), 0);
  green_resolve(done, NULL, NULL);
  GREEN_TIMEOUT(0) {
    CHECK_STATUS(green_wait(done), 0);
    CHECK_STATUS(green_wait(pending), GREEN_ETIMEDOUT);
  }
  CHECK(!green_done(pending));
  return 0;
}

TEST(deadline_is_held_back_by_a_shield) {
  GREEN_TIMEOUT(1) {
    GREEN_SHIELD {
      CHECK_STATUS(green_sleep(3), 0);
      CHECK_STATUS(green_yield(), 0);
    }
    CHECK_STATUS(green_yield(), GREEN_ETIMEDOUT);
  }
  return 0;
}

TEST(deadline_within_a_shield_is_held_back_too) {
  GREEN_SHIELD {
    GREEN_TIMEOUT(1) {
      CHECK_STATUS(green_sleep(3), 0);
    }
  }
  return 0;
}

TEST(deadline_that_is_far_away_does_not_wrap) {
  GREEN_TIMEOUT(UINT64_MAX) {
    CHECK_STATUS(green_sleep(1), 0);
  }
  GREEN_TIMEOUT(UINT64_MAX / 2) {
    CHECK_STATUS(green_yield(), 0);
  }
  return 0;
}

TEST_OUTSIDE(deadline_outside_a_task_does_nothing) {
  green_scope scope;
  green_timeout_begin(&scope, 0);
  green_timeout_end(&scope);
  green_shield_begin(&scope);
  green_shield_end(&scope);
  int blocks = 0;
  GREEN_TIMEOUT(0) {
    blocks++;
  }
  GREEN_SHIELD {
    blocks++;
  }
  CHECK_NUMBER(blocks, 2);
  return 0;
}

static int fail_with_timeout(void *arg) {
  (void)arg;
  return GREEN_ETIMEDOUT;
}

TEST(deadline_and_a_failure_of_that_status_are_told_apart) {
  AUTO_JOIN green_future *task = green_spawn(fail_with_timeout, NULL);
  AUTO_FUTURE green_future *pending = NULL;
  CHECK_STATUS(green_future_new(&pending), 0);
  CHECK_STATUS(green_wait(task), GREEN_ETIMEDOUT);
  CHECK(green_done(task));
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_wait(pending), GREEN_ETIMEDOUT);
  }
  CHECK(!green_done(pending));
  return 0;
}

static int under_deadline(void *arg) {
  int rc = 0;
  GREEN_TIMEOUT(2) {
    rc = green_sleep(FOR_EVER);
  }
  *(int *)arg = green_sleep(1);
  return rc;
}

TEST(deadline_belongs_to_its_task_alone) {
  int after = -1;
  AUTO_JOIN green_future *task = green_spawn(under_deadline, &after);
  CHECK_STARTED(task);
  CHECK_STATUS(green_sleep(4), 0);
  CHECK_STATUS(green_wait(task), GREEN_ETIMEDOUT);
  CHECK_STATUS(after, 0);
  return 0;
}

/* One wait is given both; neither is lost. */
TEST(deadline_and_cancel_together) {
  GREEN_TIMEOUT(0) {
    green_cancel(green_current());
    int first = green_sleep(1), second = green_sleep(1);
    CHECK(test_saw(first) == GREEN_ECANCELED || test_saw(second) == GREEN_ECANCELED);
    CHECK_STATUS(green_sleep(1), GREEN_ETIMEDOUT);
  }
  return 0;
}
