// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SIGINT, SIGTERM and SIGHUP while devices are being changed: those that are
 * being changed are finished, the others are left as they are, and all of this is
 * reported; then the signal is delivered. SIGQUIT and SIGKILL take effect at
 * once.
 */
#include <signal.h>
#include <string.h>

#include "ctl.h"

static const int stops[] = { SIGHUP, SIGINT, SIGTERM };
static sigset_t held;
static bool holding;

/* The first one that waits to be delivered, or 0. */
static int pending(void)
{
	sigset_t set;
	size_t i;

	if (!holding || sigpending(&set))
		return 0;
	for (i = 0; i < ARRAY_LEN(stops); i++)
		if (sigismember(&held, stops[i]) && sigismember(&set, stops[i]))
			return stops[i];
	return 0;
}

static bool is_time(void *unused)
{
	return pending();
}

/* A signal that was ignored at the start (nohup), or is blocked, is left alone. */
void stop_hold(struct ctl *ctl)
{
	struct sigaction now;
	sigset_t before;
	size_t i;

	if (holding)
		return;
	sigemptyset(&held);
	sigprocmask(SIG_BLOCK, NULL, &before);
	for (i = 0; i < ARRAY_LEN(stops); i++)
		if (!sigaction(stops[i], NULL, &now) && now.sa_handler != SIG_IGN &&
		    !sigismember(&before, stops[i]))
			sigaddset(&held, stops[i]);
	holding = !sigprocmask(SIG_BLOCK, &held, NULL);
	flavour_ctx_set_stop(ctl->ctx, is_time, NULL);
}

void stop_release(void)
{
	int signal = pending();

	if (!holding)
		return;
	if (signal)
		complain("Stopped by SIG%s: devices that were being changed are finished, the "
			 "others are unchanged.", sigabbrev_np(signal));
	holding = false;
	sigprocmask(SIG_UNBLOCK, &held, NULL);
}
