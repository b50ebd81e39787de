// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever can't be looked at counts as in use: of each use that only the kernel can
 * tell of. It is asked for interfaces and loop devices, by calls that are replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "faults.h"

#define THE_OTHER 7		/* the number by which each namespace knows the other */

int __wrap_setns(int fd, int type);
int __wrap_socket(int domain, int type, int protocol);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
int __wrap_ioctl(int fd, unsigned long request, void *data);
int __wrap_statfs(const char *path, struct statfs *fs);
int __wrap_statfs64(const char *path, struct statfs64 *fs);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *data);

/* A socket is an open file: the namespace's that it was opened in, or /dev/null for ours. */
static __thread int entered = -1;
static unsigned int asked;

int __wrap_setns(int fd, int type)
{
	if (faults_now())
		return -1;
	entered = fd;
	return 0;
}

int __wrap_socket(int domain, int type, int protocol)
{
	if (faults_now())
		return -1;
	return entered >= 0 ? dup(entered) : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
	if (faults_now())
		return -1;
	asked = ((const struct nlmsghdr *)data)->nlmsg_type;
	return (ssize_t)size;
}

struct answer {
	_Alignas(struct nlmsghdr) char bytes[1024];
	size_t size;
};

static struct nlmsghdr *begin(struct answer *answer, unsigned short type, const void *body,
			      size_t size)
{
	struct nlmsghdr *message = (void *)(answer->bytes + answer->size);

	*message = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type };
	memcpy(NLMSG_DATA(message), body, size);
	return message;
}

static void add(struct nlmsghdr *message, unsigned short type, const void *data, size_t size)
{
	struct rtattr *attr = (void *)((char *)message + NLMSG_ALIGN(message->nlmsg_len));

	*attr = (struct rtattr){ .rta_len = RTA_LENGTH(size), .rta_type = type };
	memcpy(RTA_DATA(attr), data, size);
	message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + RTA_ALIGN(attr->rta_len);
}

static void end(struct answer *answer, const struct nlmsghdr *message)
{
	answer->size += NLMSG_ALIGN(message->nlmsg_len);
}

static void add_nic(struct answer *answer)
{
	const struct ifinfomsg info = { .ifi_index = 2 };
	struct nlmsghdr *message = begin(answer, RTM_NEWLINK, &info, sizeof(info));

	add(message, IFLA_IFNAME, "eth2", sizeof("eth2"));
	add(message, IFLA_PARENT_DEV_NAME, NIC_AT, sizeof(NIC_AT));
	add(message, IFLA_PARENT_DEV_BUS_NAME, "pci", sizeof("pci"));
	end(answer, message);
}

static void add_macvlan(struct answer *answer)
{
	const struct ifinfomsg info = { .ifi_index = 9 };
	struct nlmsghdr *message = begin(answer, RTM_NEWLINK, &info, sizeof(info));

	add(message, IFLA_IFNAME, "mac0", sizeof("mac0"));
	add(message, IFLA_LINK, &(int){ 2 }, sizeof(int));
	add(message, IFLA_LINK_NETNSID, &(int){ THE_OTHER }, sizeof(int));
	end(answer, message);
}

static void add_number(struct answer *answer)
{
	const struct rtgenmsg body = { 0 };
	struct nlmsghdr *message = begin(answer, RTM_NEWNSID, &body, sizeof(body));

	add(message, NETNSA_NSID, &(int){ THE_OTHER }, sizeof(int));
	end(answer, message);
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
	bool ours = lseek(fd, 0, SEEK_END) <= 0;
	struct answer answer = { .size = 0 };

	if (faults_now())
		return -1;
	if (asked == RTM_GETNSID)
		add_number(&answer);
	else if (asked == RTM_GETLINK && ours)
		add_nic(&answer);
	else if (asked == RTM_GETLINK)
		add_macvlan(&answer);
	if (asked != RTM_GETNSID)
		end(&answer, begin(&answer, NLMSG_DONE, &(int){ 0 }, sizeof(int)));
	memcpy(to, answer.bytes, answer.size < size ? answer.size : size);
	return (ssize_t)answer.size;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *data)
{
	return faults_now() ? errno : __real_pthread_create(thread, attr, run, data);
}

int __wrap_statfs64(const char *path, struct statfs64 *fs)
{
	if (faults_now())
		return -1;
	*fs = (struct statfs64){ .f_type = NSFS_MAGIC };
	return 0;
}

int __wrap_statfs(const char *path, struct statfs *fs)
{
	if (faults_now())
		return -1;
	*fs = (struct statfs){ .f_type = NSFS_MAGIC };
	return 0;
}

/* What a loop device is over. */
int __wrap_ioctl(int fd, unsigned long request, void *data)
{
	if (faults_now())
		return -1;
	assert_int_equal(request, LOOP_GET_STATUS64);
	*(struct loop_info64 *)data = (struct loop_info64){ .lo_rdevice = makedev(259, 1) };
	return 0;
}

static void put_nic(struct fake *fake)
{
	fake_dir(fake, REAL(NIC_AT) "/net/eth2");
	fake_link(fake, "proc/self/ns/net", "net:[1]");
	fake_file(fake, "net:[1]", "");
	fake_file(fake, "net:[2]", "the other");
}

static const char *a_macvlan_elsewhere(struct fake *fake)
{
	put_nic(fake);
	fake_link(fake, "proc/8/ns/net", "net:[2]");
	fake_file(fake, "proc/8/comm", "pod\n");
	return NIC_AT;
}

/* Nobody is in it; ip netns keeps it by a mount. */
static const char *a_macvlan_nowhere(struct fake *fake)
{
	AUTOFREE char *mounts = format("22 1 0:4 net:[2] %s/net:[2] rw - nsfs nsfs rw\n",
				       fake->dir);

	put_nic(fake);
	fake_file(fake, "proc/self/mountinfo", mounts);
	return NIC_AT;
}

/* Its backing file has a name that means nothing here. */
static const char *a_loop(struct fake *fake)
{
	faults_put_disk(fake);
	faults_put_block(fake, "sys/devices/virtual/block/loop3", "7:3");
	fake_file(fake, "sys/devices/virtual/block/loop3/loop/backing_file", "/pod/node\n");
	fake_file(fake, "dev/loop3", "");
	fake_file(fake, "dev/nvme0n1", "");
	return NVME_AT;
}

static void never_yes(void **state)
{
	static const struct use uses[] = {
		{ "a macvlan in a process's namespace", a_macvlan_elsewhere, FLAVOUR_VFIO,
		  "The interface mac0 is in the network namespace of process 8 (pod)" },
		{ "a macvlan in a mounted namespace", a_macvlan_nowhere, FLAVOUR_VFIO,
		  "The interface mac0 is in the network namespace /" },
		{ "a loop device", a_loop, FLAVOUR_VFIO, "nvme0n1p1 is part of loop3" },
	};

	faults_ask_kernel = true;
	faults_never_yes(uses, ARRAY_LEN(uses));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
