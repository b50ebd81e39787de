/* SPDX-License-Identifier: GPL-2.0-only */
/* A variant's probe that fails as told. DEFAULT_ERR: if nothing was told. */
#ifndef TEST_FAILING_H
#define TEST_FAILING_H

#include "counter.h"
#include "variant.h"

#ifndef DEFAULT_ERR
#define DEFAULT_ERR 0
#endif

static int err = DEFAULT_ERR;
module_param(err, int, 0644);
MODULE_PARM_DESC(err, "errno that probe fails with, as a positive number; 0 to succeed");

static atomic_t probes;
module_param_cb(probes, &counter_ops, &probes, 0444);
MODULE_PARM_DESC(probes, "calls of probe, failed ones too");

static int failing_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int fail = READ_ONCE(err);

	atomic_inc(&probes);
	/* A positive answer would count as bound, with nothing to remove. */
	return fail ? -abs(fail) : variant_probe(pdev, id);
}

#endif
