// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stalls whoever returns from a function first, or comes to it, until `go` is
 * written: what can happen there to a task that is scheduled away, every time.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/timekeeping.h>

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "The function");

static bool entry;
module_param(entry, bool, 0444);
MODULE_PARM_DESC(entry, "Where it begins, and not where it returns");

static int skip;
module_param(skip, int, 0444);
MODULE_PARM_DESC(skip, "How many calls to let pass before");

static unsigned int ms = 60000;
module_param(ms, uint, 0444);
MODULE_PARM_DESC(ms, "How long at most");

static bool go;
module_param(go, bool, 0644);
MODULE_PARM_DESC(go, "It may go on");

static unsigned int stalls;
module_param(stalls, uint, 0444);
MODULE_PARM_DESC(stalls, "1 once it has begun");

static atomic_t calls;

static int stall(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	u64 end = ktime_get_mono_fast_ns() + ms * (u64)NSEC_PER_MSEC;

	if (atomic_inc_return(&calls) != skip + 1)
		return 0;
	WRITE_ONCE(stalls, 1);
	/*
	 * By the clock, for mdelay() counts loops, and the emulated CPU has none to
	 * count by; and by that of NMIs, for a probe may be hit in any context.
	 */
	while (!READ_ONCE(go) && ktime_get_mono_fast_ns() < end) {
		cpu_relax();
		touch_nmi_watchdog();
	}
	return 0;
}

static struct kretprobe probe;

static int __init stall_init(void)
{
	probe.kp.symbol_name = symbol;
	if (entry)
		probe.entry_handler = stall;
	else
		probe.handler = stall;
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
