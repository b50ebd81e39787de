// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * write-under [-i|-d] SIGNAL MS FILE DATA: write DATA and a newline to FILE, in
 * one write(), while a child sends this process SIGNAL every MS milliseconds;
 * print "ok" or the name of the errno.  SIGNAL is a number.  Its handler asks for
 * the system call to be restarted; with -i it does not, and with -d there is
 * none, which is also undone if it was ignored.  After SIGSTOP comes SIGCONT.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void on_signal(int sig)
{
}

static void set_handler(int sig, char mode)
{
	struct sigaction act = { .sa_handler = mode == 'd' ? SIG_DFL : on_signal };

	if (mode == 'r')
		act.sa_flags = SA_RESTART;
	if (sig != SIGSTOP && sig != SIGKILL)
		sigaction(sig, &act, NULL);
}

/* Until the writer has gone. */
static void send_signals(pid_t to, int sig, unsigned int ms)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == to) {
		usleep(ms * 1000);
		kill(to, sig);
		if (sig == SIGSTOP)
			kill(to, SIGCONT);
	}
	_exit(0);
}

static int write_once(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	err = fd < 0 || write(fd, data, len) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

static int write_under(int sig, unsigned int ms, const char *path, const char *text)
{
	char data[256];
	int len = snprintf(data, sizeof(data), "%s\n", text), err;
	pid_t self = getpid(), child = fork();

	if (!child)
		send_signals(self, sig, ms);
	err = child < 0 ? errno : write_once(path, data, len);
	if (child > 0)
		kill(child, SIGKILL);
	return err;
}

int main(int argc, char **argv)
{
	char mode = 'r';
	int err, sig;

	if (argc == 6 && argv[1][0] == '-') {
		mode = argv[1][1];
		argv++;
		argc--;
	}
	if (argc != 5) {
		fprintf(stderr, "usage: write-under [-i|-d] SIGNAL MS FILE DATA\n");
		return 2;
	}
	sig = atoi(argv[1]);
	set_handler(sig, mode);
	err = write_under(sig, atoi(argv[2]), argv[3], argv[4]);
	puts(err ? strerrorname_np(err) : "ok");
	return err != 0;
}
