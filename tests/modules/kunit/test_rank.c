// SPDX-License-Identifier: GPL-2.0-only
/* Matching and ranking, as the kernel has it. */
#include <kunit/test.h>

#include "bus/pci_match.h"

#define DEVICE "pci:v000015B3d0000101Esv000015B3sd00000016bc02sc00i00"

static const struct {
	const char *alias;
	bool fits;
	unsigned int wildcards;
} cases[] = {
	{ "vfio_pci:v000015B3d0000101Esv000015B3sd00000016bc02sc00i00", true, 0 },
	{ "vfio_pci:v000015B3d0000101Esv000015B3sd00000016bc*sc*i*", true, 3 },
	{ "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*", true, 5 },
	{ "vfio_pci:v*d*sv*sd*bc02sc00i*", true, 5 },
	{ "vfio_pci:v*d*sv*sd*bc*sc*i*", true, 7 },
	{ "vfio_pci:v000015B3d0000101Dsv*sd*bc*sc*i*", false, 5 },
	{ "vfio_pci:v*d*sv*sd*bc01sc*i*", false, 6 },
};

static const char * const malformed[] = {
	"", "vfio_pci", "vfio_pci:", "pci:v*d*sv*sd*bc*sc*i*", "vfio_pci:v*d*sv*sd*bc*sc*",
	"vfio_pci:v*d*sv*sd*bc*sc*i*x", "vfio_pci:v000015b3d*sv*sd*bc*sc*i*",
	"vfio_pci:v15B3d*sv*sd*bc*sc*i*", "vfio_pci:v*d*sv*sd*bc*sc*i",
	"vfio_pci:v*d*sv*sd*bc2sc*i*",
};

static void rank_parses_and_fits(struct kunit *test)
{
	struct match_pattern pattern;
	struct match_id id;
	int i;

	KUNIT_ASSERT_EQ(test, flavour_pci_parse_id(DEVICE "\n", "pci", &id), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_ASSERT_EQ(test, flavour_pci_parse(cases[i].alias, "vfio_pci", &pattern), 0);
		KUNIT_EXPECT_EQ_MSG(test, flavour_pci_fits(&pattern, &id), cases[i].fits,
				    "%s", cases[i].alias);
		KUNIT_EXPECT_EQ_MSG(test, flavour_pci_wildcards(&pattern), cases[i].wildcards,
				    "%s", cases[i].alias);
	}
}

static void rank_refuses_malformed(struct kunit *test)
{
	struct match_pattern pattern;
	int i;

	for (i = 0; i < ARRAY_SIZE(malformed); i++)
		KUNIT_EXPECT_EQ_MSG(test, flavour_pci_parse(malformed[i], "vfio_pci", &pattern),
				    -EINVAL, "%s", malformed[i]);
}

/* Each is better than the one below it, by what it names and not by how much. */
static const char * const best_first[] = {
	"vfio_pci:v000015B3d0000101Esv000015B3sd00000016bc02sc00i00",
	"vfio_pci:v000015B3d0000101Esv000015B3sd00000016bc*sc*i*",
	"vfio_pci:v000015B3d0000101Esv000015B3sd*bc02sc00i00",
	"vfio_pci:v000015B3d0000101Esv*sd00000016bc02sc00i00",
	"vfio_pci:v000015B3d0000101Esv*sd*bc02sc*i*",
	"vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*",
	"vfio_pci:v000015B3d*sv*sd*bc02sc00i00",
	"vfio_pci:v*d*sv000015B3sd00000016bc02sc00i00",
	"vfio_pci:v*d*sv*sd*bc02sc00i00",
	"vfio_pci:v*d*sv*sd*bc02sc00i*",
	"vfio_pci:v*d*sv*sd*bc*sc*i*",
};

static void rank_goes_by_what_is_named(struct kunit *test)
{
	unsigned int rank[ARRAY_SIZE(best_first)];
	struct match_pattern pattern;
	int i;

	for (i = 0; i < ARRAY_SIZE(best_first); i++) {
		KUNIT_ASSERT_EQ(test, flavour_pci_parse(best_first[i], "vfio_pci", &pattern), 0);
		rank[i] = flavour_pci_rank(&pattern);
		if (i)
			KUNIT_EXPECT_LT_MSG(test, rank[i - 1], rank[i], "%s", best_first[i]);
	}
	KUNIT_EXPECT_EQ(test, rank[0], 0U);
	KUNIT_EXPECT_EQ(test, rank[ARRAY_SIZE(best_first) - 1], (unsigned int)RANK_GENERIC);
	/* Some bits of a field name nothing. */
	pattern.mask[MATCH_INTERFACE] = 0xf0;
	KUNIT_EXPECT_EQ(test, flavour_pci_rank(&pattern), (unsigned int)RANK_GENERIC);
}

static void rank_orders(struct kunit *test)
{
	static const struct rank order[] = {
		{ 0, "z" }, { 3, "mlx5" }, { 5, "a_vfio_pci" }, { 5, "b_vfio_pci" },
		{ RANK_GENERIC, "vfio-pci" }, { RANK_NONE, "a" },
	};
	int i, j, want;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		for (j = 0; j < ARRAY_SIZE(order); j++) {
			int got = flavour_rank_cmp(&order[i], &order[j]);

			want = i < j ? -1 : i > j;
			KUNIT_EXPECT_EQ(test, (got > 0) - (got < 0), want);
		}
}

static void rank_formats(struct kunit *test)
{
	char alias[MATCH_ALIAS_SIZE];
	struct match_id id;

	KUNIT_ASSERT_EQ(test, flavour_pci_parse_id(DEVICE, "pci", &id), 0);
	KUNIT_EXPECT_EQ(test, flavour_pci_format(alias, sizeof(alias), "pci", &id),
			(int)strlen(DEVICE));
	KUNIT_EXPECT_STREQ(test, alias, DEVICE);
}

static struct kunit_case rank_cases[] = {
	KUNIT_CASE(rank_parses_and_fits),
	KUNIT_CASE(rank_refuses_malformed),
	KUNIT_CASE(rank_goes_by_what_is_named),
	KUNIT_CASE(rank_orders),
	KUNIT_CASE(rank_formats),
	{}
};

static struct kunit_suite rank_suite = {
	.name = "flavour_rank",
	.test_cases = rank_cases,
};

kunit_test_suites(&rank_suite);
