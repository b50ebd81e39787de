// SPDX-License-Identifier: LGPL-2.1-or-later
/* In place of libFuzzer, for every compiler: runs a target over a corpus once. */
#include <stdio.h>

#include "fuzz.h"

static int replay(const char *dir, const char *name)
{
	AUTOFREE char *path = format("%s/%s", dir, name);
	AUTOFREE char *text = NULL;
	size_t size;

	text = read_text(path, &size);
	if (!text) {
		perror(path);
		return 1;
	}
	return LLVMFuzzerTestOneInput((const uint8_t *)text, size);
}

int main(int argc, char **argv)
{
	struct strv names = { 0 };
	int failed = 0;
	size_t i;

	if (argc != 2 || list_dir(argv[1], &names) || !names.count) {
		fprintf(stderr, "usage: %s CORPUS (a directory with files)\n", argv[0]);
		return 2;
	}
	for (i = 0; i < names.count; i++)
		failed |= replay(argv[1], names.v[i]);
	printf("%zu inputs\n", names.count);
	strv_clear(&names);
	return failed;
}
