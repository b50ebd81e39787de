// SPDX-License-Identifier: GPL-2.0-only
/* What a rule's match may say. */
#include <kunit/test.h>

#include "terms.h"

#define MAX_TERMS 3

enum { ADDRESS, MODALIAS, PHYSFN };

static const char * const keys[] = { "address", "modalias", "physfn", NULL };

static const struct {
	const char *text;
	int ret;
	const char *wrong;
} cases[] = {
	{ "address=*", 1, NULL },
	{ " \taddress=0000:3b:* \t physfn=x", 2, NULL },
	{ "address=a modalias=b physfn=c", 3, NULL },
	{ "address=a address=b address=c address=d", -E2BIG, "address=d" },
	{ "", -EINVAL, NULL },
	{ "  \t ", -EINVAL, NULL },
	{ "address=", -EINVAL, "address=" },
	{ "address", -EINVAL, "address" },
	{ "modalias=x Address=y", -EINVAL, "Address=y" },
	{ "=x", -EINVAL, "=x" },
};

static void terms_are_parsed(struct kunit *test)
{
	struct term terms[MAX_TERMS];
	const char *wrong;
	char text[64];
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		strscpy(text, cases[i].text, sizeof(text));
		ret = flavour_terms_parse(text, keys, terms, MAX_TERMS, &wrong);
		KUNIT_EXPECT_EQ_MSG(test, ret, cases[i].ret, "'%s'", cases[i].text);
		if (ret < 0)
			KUNIT_EXPECT_STREQ(test, wrong ?: "", cases[i].wrong ?: "");
	}
}

static void terms_refer_to_the_text(struct kunit *test)
{
	char text[] = "physfn=0000:0?:* address=[0-9]*";
	struct term terms[MAX_TERMS];
	const char *wrong;

	KUNIT_ASSERT_EQ(test, flavour_terms_parse(text, keys, terms, MAX_TERMS, &wrong), 2);
	KUNIT_EXPECT_EQ(test, terms[0].key, PHYSFN);
	KUNIT_EXPECT_STREQ(test, terms[0].glob, "0000:0?:*");
	KUNIT_EXPECT_EQ(test, terms[1].key, ADDRESS);
	KUNIT_EXPECT_STREQ(test, terms[1].glob, "[0-9]*");
}

static struct kunit_case terms_cases[] = {
	KUNIT_CASE(terms_are_parsed),
	KUNIT_CASE(terms_refer_to_the_text),
	{}
};

static struct kunit_suite terms_suite = {
	.name = "flavour_terms",
	.test_cases = terms_cases,
};

kunit_test_suites(&terms_suite);
