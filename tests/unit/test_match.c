// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one ranking: every wildcard pattern, every way to cut an alias short. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake.h"

static const struct match_id nic = {
	{ 0x15b3, 0x101e, 0x15b3, 0x0058, 0x02, 0x00, 0x00 },
};

#define PATTERNS (1u << MATCH_FIELDS)

/* The alias of a pattern in which the fields in @wild are wildcards. */
static void write_alias(unsigned int wild, const char *universe, char *alias, size_t size)
{
	static const char *const prefix[] = { "v", "d", "sv", "sd", "bc", "sc", "i" };
	size_t i, used = (size_t)snprintf(alias, size, "%s:", universe);

	for (i = 0; i < MATCH_FIELDS; i++) {
		int digits = i < MATCH_BASE_CLASS ? 8 : 2;

		if (wild & 1u << i)
			used += (size_t)snprintf(alias + used, size - used, "%s*", prefix[i]);
		else
			used += (size_t)snprintf(alias + used, size - used, "%s%0*X", prefix[i],
						 digits, nic.field[i]);
	}
}

static void every_pattern_is_read(void **state)
{
	struct match_pattern pattern;
	struct match_id other;
	char alias[128];
	unsigned int wild, i;

	for (wild = 0; wild < PATTERNS; wild++) {
		write_alias(wild, "vfio_pci", alias, sizeof(alias));
		assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), 0);
		assert_int_equal(flavour_pci_wildcards(&pattern), __builtin_popcount(wild));
		assert_true(flavour_pci_fits(&pattern, &nic));
		for (i = 0; i < MATCH_FIELDS; i++) {
			other = nic;
			other.field[i] ^= 1;
			assert_int_equal(flavour_pci_fits(&pattern, &other), !!(wild & 1u << i));
		}
	}
}

static void universes_are_kept_apart(void **state)
{
	struct match_pattern pattern;

	assert_int_equal(flavour_pci_parse(ID_NIC, "pci", &pattern), 0);
	assert_int_equal(flavour_pci_parse(ID_NIC, "vfio_pci", &pattern), -EINVAL);
	assert_int_equal(flavour_pci_parse("vfio_pci:v*d*sv*sd*bc*sc*i*", "pci", &pattern),
			 -EINVAL);
	assert_int_equal(flavour_pci_parse("pcix:v*d*sv*sd*bc*sc*i*", "pci", &pattern), -EINVAL);
}

static void every_cut_is_malformed(void **state)
{
	struct match_pattern pattern;
	char alias[128];
	unsigned int wild;
	size_t len;

	for (wild = 0; wild < PATTERNS; wild++) {
		write_alias(wild, "vfio_pci", alias, sizeof(alias));
		for (len = strlen(alias); len-- > 0;) {
			alias[len] = '\0';
			assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), -EINVAL);
		}
	}
}

static void a_wrong_character_is_malformed(void **state)
{
	struct match_pattern pattern;
	char alias[] = "vfio_pci:v000015B3d*sv000015B3sd*bc02sc*i*";
	size_t i;

	for (i = 0; i < sizeof(alias) - 1; i++) {
		char kept = alias[i];

		alias[i] = 'z';
		assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), -EINVAL);
		alias[i] = kept;
	}
	assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), 0);
}

static void malformed_aliases(void **state)
{
	static const char *const aliases[] = {
		"", ":", "vfio_pci", "vfio_pci:", "vfio_pci:*", "vfio_pci:v*",
		"vfio_pci:v000015b3d*sv*sd*bc*sc*i*",		/* lower case */
		"vfio_pci:v15B3d*sv*sd*bc*sc*i*",		/* too short */
		"vfio_pci:v0000015B3d*sv*sd*bc*sc*i*",		/* too long */
		"vfio_pci:v*d*sv*sd*bc*sc*i*x",			/* more behind it */
		"vfio_pci:v**d*sv*sd*bc*sc*i*",
		"vfio_pci:v0000*d*sv*sd*bc*sc*i*",
		" vfio_pci:v*d*sv*sd*bc*sc*i*",
		"vfio_pci:v-0000001d*sv*sd*bc*sc*i*",
		"vfio_pci:d*v*sv*sd*bc*sc*i*",
	};
	struct match_pattern pattern;
	size_t i;

	for (i = 0; i < ARRAY_LEN(aliases); i++)
		assert_int_equal(flavour_pci_parse(aliases[i], "vfio_pci", &pattern), -EINVAL);
	assert_int_equal(flavour_pci_parse("vfio_pci:v*d*sv*sd*bc*sc*i*\n", "vfio_pci", &pattern),
			 0);
}

/* depmod's aliases end with a "*" of their own when the interface is exact. */
static void an_exact_interface_may_have_a_wildcard_behind_it(void **state)
{
	static const char *const malformed[] = {
		"vfio_pci:v*d*sv*sd*bc02sc00i**", "vfio_pci:v*d*sv*sd*bc02sc00i00**",
		"vfio_pci:v*d*sv*sd*bc02sc00i0*", "vfio_pci:v*d*sv*sd*bc02sc00i00*x",
		"vfio_pci:v*d*sv*sd*bc02sc00*i00*",
	};
	struct match_pattern plain, starred;
	struct match_id other = nic;
	size_t i;

	assert_int_equal(flavour_pci_parse("vfio_pci:v*d*sv*sd*bc02sc00i00", "vfio_pci", &plain),
			 0);
	assert_int_equal(flavour_pci_parse("vfio_pci:v*d*sv*sd*bc02sc00i00*", "vfio_pci",
					   &starred), 0);
	assert_memory_equal(&plain, &starred, sizeof(plain));
	assert_int_equal(flavour_pci_parse("vfio_pci:v*d*sv*sd*bc02sc00i00*\n", "vfio_pci",
					   &starred), 0);
	assert_int_equal(flavour_pci_wildcards(&starred), 4);
	assert_true(flavour_pci_fits(&starred, &nic));
	other.field[MATCH_INTERFACE] = 1;
	assert_false(flavour_pci_fits(&starred, &other));
	assert_int_equal(flavour_pci_parse_id(ID_NIC "*", "pci", &other), -EINVAL);
	for (i = 0; i < ARRAY_LEN(malformed); i++)
		assert_int_equal(flavour_pci_parse(malformed[i], "vfio_pci", &starred), -EINVAL);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static unsigned int rank_of(const char *alias)
{
	struct match_pattern pattern;

	assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), 0);
	return flavour_pci_rank(&pattern);
}

/* What a pattern leaves open, in the order in which it counts: as words, to compare. */
static void write_key(unsigned int wild, char *key, size_t size)
{
	unsigned int ids = wild & (1u << MATCH_VENDOR | 1u << MATCH_DEVICE);
	unsigned int class = wild >> MATCH_BASE_CLASS;

	snprintf(key, size, "%d%d%d%d", __builtin_popcount(ids), !!(wild & 1u << MATCH_SUBVENDOR),
		 !!(wild & 1u << MATCH_SUBDEVICE), __builtin_popcount(class));
}

static void every_pattern_has_its_rank(void **state)
{
	unsigned int a, b, rank[PATTERNS];
	char key_a[32], key_b[32], alias[128];

	for (a = 0; a < PATTERNS; a++) {
		write_alias(a, "vfio_pci", alias, sizeof(alias));
		rank[a] = rank_of(alias);
		assert_in_range(rank[a], 0, RANK_GENERIC);
	}
	assert_int_equal(rank[0], 0);
	assert_int_equal(rank[PATTERNS - 1], RANK_GENERIC);
	for (a = 0; a < PATTERNS; a++)
		for (b = 0; b < PATTERNS; b++) {
			write_key(a, key_a, sizeof(key_a));
			write_key(b, key_b, sizeof(key_b));
			assert_int_equal((rank[a] > rank[b]) - (rank[a] < rank[b]),
					 sign(strcmp(key_a, key_b)));
		}
}

/* Each is better than the one below it, however many fields that has. */
static void an_exact_id_goes_before_a_class(void **state)
{
	static const char *const order[] = {
		"vfio_pci:v000015B3d0000101Esv000015B3sd00000058bc02sc00i00*",
		"vfio_pci:v000015B3d0000101Esv000015B3sd00000058bc*sc*i*",
		"vfio_pci:v000015B3d0000101Esv000015B3sd*bc02sc00i00*",
		"vfio_pci:v000015B3d0000101Esv*sd00000058bc02sc00i00*",
		"vfio_pci:v000015B3d0000101Esv*sd*bc02sc00i00*",
		"vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i*",
		"vfio_pci:v000015B3d*sv000015B3sd00000058bc02sc00i00*",
		"vfio_pci:v000015B3d*sv*sd*bc*sc*i*",
		"vfio_pci:v*d*sv000015B3sd*bc*sc*i*",
		"vfio_pci:v*d*sv*sd*bc02sc00i00*",
		"vfio_pci:v*d*sv*sd*bc02sc00i*",
		"vfio_pci:v*d*sv*sd*bc02sc*i*",
		"vfio_pci:v*d*sv*sd*bc*sc*i*",
	};
	size_t i;

	for (i = 1; i < ARRAY_LEN(order); i++)
		assert_true(rank_of(order[i - 1]) < rank_of(order[i]));
}

/* The rank first, then the name: and that is a total order. */
static void ranking_is_total(void **state)
{
	static const char *const names[] = { "a", "b", "mlx5_vfio_pci", "vfio-pci", "vfio_pci" };
	struct rank rank[(RANK_GENERIC + 2) * ARRAY_LEN(names)];
	size_t i, j, n = 0;
	unsigned int value;

	for (value = 0; value <= RANK_GENERIC + 1; value++)
		for (i = 0; i < ARRAY_LEN(names); i++)
			rank[n++] = (struct rank){
				value > RANK_GENERIC ? RANK_NONE : value, names[i]
			};
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			assert_int_equal(sign(flavour_rank_cmp(&rank[i], &rank[j])),
					 (i > j) - (i < j));
}

static void no_match_ranks_last(void **state)
{
	struct rank none = { RANK_NONE, "a" }, generic = { RANK_GENERIC, "z" };

	assert_true(flavour_rank_cmp(&generic, &none) < 0);
}

static void a_partial_mask_is_a_wildcard(void **state)
{
	struct match_pattern pattern;
	char alias[128];

	write_alias(0, "vfio_pci", alias, sizeof(alias));
	assert_int_equal(flavour_pci_parse(alias, "vfio_pci", &pattern), 0);
	pattern.mask[MATCH_INTERFACE] = 0xf0;
	assert_int_equal(flavour_pci_wildcards(&pattern), 1);
	assert_int_equal(flavour_pci_rank(&pattern), MATCH_RANK_CLASS);
	pattern.mask[MATCH_VENDOR] = 0xffff;
	assert_int_equal(flavour_pci_wildcards(&pattern), 2);
	assert_int_equal(flavour_pci_rank(&pattern), MATCH_RANK_IDS + MATCH_RANK_CLASS);
}

static void ids_are_read_and_written(void **state)
{
	char alias[MATCH_ALIAS_SIZE], longest[] =
		"vfio_pci:vFFFFFFFFdFFFFFFFFsvFFFFFFFFsdFFFFFFFFbcFFscFFiFF";
	struct match_id id;

	assert_int_equal(flavour_pci_parse_id(ID_NIC "\n", "pci", &id), 0);
	assert_memory_equal(&id, &nic, sizeof(id));
	assert_int_equal(flavour_pci_format(alias, sizeof(alias), "pci", &id), strlen(ID_NIC));
	assert_string_equal(alias, ID_NIC);
	assert_int_equal(flavour_pci_parse_id("pci:v*d*sv*sd*bc*sc*i*", "pci", &id), -EINVAL);
	assert_int_equal(flavour_pci_parse_id(longest, "vfio_pci", &id), 0);
	flavour_pci_format(alias, sizeof(alias), "vfio_pci", &id);
	assert_string_equal(alias, longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pattern_is_read),
		cmocka_unit_test(universes_are_kept_apart),
		cmocka_unit_test(every_cut_is_malformed),
		cmocka_unit_test(a_wrong_character_is_malformed),
		cmocka_unit_test(malformed_aliases),
		cmocka_unit_test(an_exact_interface_may_have_a_wildcard_behind_it),
		cmocka_unit_test(every_pattern_has_its_rank),
		cmocka_unit_test(an_exact_id_goes_before_a_class),
		cmocka_unit_test(ranking_is_total),
		cmocka_unit_test(no_match_ranks_last),
		cmocka_unit_test(a_partial_mask_is_a_wildcard),
		cmocka_unit_test(ids_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
