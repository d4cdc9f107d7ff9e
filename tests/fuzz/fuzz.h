/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One target per parser: a file that defines LLVMFuzzerTestOneInput. It is linked with replay.c for
 * `make check`, and with libFuzzer for `make fuzz-smoke` (tests/fuzz/smoke.sh). A target never fails:
 * whatever the bytes, it must come back soon, without a crash or a sanitizer's complaint. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
