// SPDX-License-Identifier: LGPL-2.1-or-later
#include <libflavour.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct flavour_ctx *ctx;
	struct flavour_device *dev;
	struct flavour_plan *plan;
	int failed = 1;

	if (argc < 2 || flavour_ctx_new(&ctx))
		return 1;
	if (flavour_device_new(ctx, argv[1], &dev)) {
		fprintf(stderr, "%s\n", flavour_ctx_message(ctx));
		flavour_ctx_free(ctx);
		return 1;
	}
	if (!flavour_plan_new(dev, FLAVOUR_VFIO, NULL, 0, NULL, &plan)) {
		failed = flavour_plan_result(plan) || flavour_plan_run(plan);
		if (failed)
			fprintf(stderr, "%s\n", flavour_plan_message(plan));
		else
			printf("%s\n", flavour_plan_driver(plan));
		flavour_plan_free(plan);
	}
	flavour_device_unref(dev);
	flavour_ctx_free(ctx);
	return failed;
}
