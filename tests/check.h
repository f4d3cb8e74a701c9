/* check.h - cmocka, included the one right way. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define CHECK_ROWS(a) (sizeof(a) / sizeof(a)[0])

#endif
