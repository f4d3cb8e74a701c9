/*
 * sanitize.h - SANITIZED is 1 in a build whose memory a sanitizer watches, with
 * gcc or clang: it keeps what was freed and refuses what is too large.
 */
#ifndef TESTS_SANITIZE_H
#define TESTS_SANITIZE_H

#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#undef SANITIZED
#define SANITIZED 1
#endif
#if !defined SANITIZED
#define SANITIZED 0
#endif

#endif
