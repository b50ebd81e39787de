// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uevent-listen: print the kernel's uevents, each on one line, as it was sent:
 * "ACTION@DEVPATH KEY=VALUE KEY=VALUE…".  "listening" comes first, once nothing
 * can be missed any more.  It ends when it is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KERNEL_GROUP 1
#define ROOM (8 << 20)

static int open_uevents(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int room = ROOM;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

/* Its strings end with a NUL each; a line has spaces between them. */
static void print_event(char *event, ssize_t len)
{
	for (ssize_t i = 0; i < len - 1; i++)
		if (!event[i])
			event[i] = ' ';
	event[len - 1] = '\n';
	fwrite(event, 1, len, stdout);
	fflush(stdout);
}

int main(void)
{
	static char event[16384];
	ssize_t len;
	int fd = open_uevents();

	if (fd < 0) {
		perror("uevent-listen");
		return 1;
	}

	puts("listening");
	fflush(stdout);
	while ((len = recv(fd, event, sizeof(event), 0)) > 0)
		print_event(event, len);

	/* An event was lost, most likely: who reads this must not believe it. */
	printf("lost: %s\n", strerrorname_np(errno));
	return 1;
}
