// SPDX-License-Identifier: LGPL-2.1-or-later
/* The terms of the kernel's rules. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "terms.h"

#define MAX 3

enum { ADDRESS, MODALIAS, PHYSFN };

static const char *const keys[] = { "address", "modalias", "physfn", NULL };

static const char *wrong;
static struct term terms[MAX];

static int parse(const char *text)
{
	static char copy[256];

	strcpy(copy, text);
	return flavour_terms_parse(copy, keys, terms, MAX, &wrong);
}

static void test_terms(void **state)
{
	(void)state;
	assert_int_equal(parse("address=0000:3b:00.0"), 1);
	assert_int_equal(terms[0].key, ADDRESS);
	assert_string_equal(terms[0].glob, "0000:3b:00.0");
	assert_int_equal(terms[0].literal, 12);
	assert_int_equal(parse(" \tmodalias=pci:v*  physfn=0000:3b:0[01].? "), 2);
	assert_int_equal(terms[0].key, MODALIAS);
	assert_string_equal(terms[0].glob, "pci:v*");
	assert_int_equal(terms[0].literal, 5);
	assert_int_equal(terms[1].key, PHYSFN);
	assert_string_equal(terms[1].glob, "0000:3b:0[01].?");
	assert_int_equal(terms[1].literal, 9);
	assert_int_equal(parse("address=*"), 1);
	assert_int_equal(terms[0].literal, 0);
	assert_int_equal(parse("address=a address=b address=c"), 3);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text, *wrong;
		int ret;
	} cases[] = {
		{ "", NULL, -EINVAL },
		{ "  \t", NULL, -EINVAL },
		{ "address=", "address=", -EINVAL },
		{ "address=a nonsense", "nonsense", -EINVAL },
		{ "address =a", "address", -EINVAL },
		{ "Address=a", "Address=a", -EINVAL },
		{ "dsn=1", "dsn=1", -EINVAL },
		{ "address=a address=b address=c address=d", "address=d", -E2BIG },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(parse(cases[i].text), cases[i].ret);
		if (cases[i].wrong)
			assert_string_equal(wrong, cases[i].wrong);
		else
			assert_null(wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
