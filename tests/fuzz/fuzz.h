/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "module/module.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One context for the whole run, whose roots are an empty directory that isn't there. */
struct flavour_ctx *fuzz_ctx(void);
void fuzz_forget_modules(struct flavour_ctx *ctx);

#endif
