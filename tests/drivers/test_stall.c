// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stalls whoever returns from a function first: what can happen there to a
 * task that is scheduled away, every time.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "The function");

static unsigned int ms = 1000;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "How long");

static unsigned int stalls;
module_param(stalls, uint, 0444);
MODULE_PARM_DESC(stalls, "1 once it has begun");

static int stall(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	if (!xchg(&stalls, 1))
		mdelay(ms);
	return 0;
}

static struct kretprobe probe = { .handler = stall };

static int __init stall_init(void)
{
	probe.kp.symbol_name = symbol;
	return register_kretprobe(&probe);
}

static void __exit stall_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(stall_init);
module_exit(stall_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Stalls a task at the end of a function");
