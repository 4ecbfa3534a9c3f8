/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fds that go from one process to another over a socket, as a manager hands them to its monitors. */
#include <poll.h>
#include <sys/socket.h>

#include "calls.h"

union room {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(2 * sizeof(int))];
};

static int send_fds(int to, const int *fds, size_t n)
{
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	union room room = { .head = { .cmsg_len = CMSG_LEN(n * sizeof(int)),
				      .cmsg_level = SOL_SOCKET,
				      .cmsg_type = SCM_RIGHTS } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &room,
			      .msg_controllen = CMSG_SPACE(n * sizeof(int)) };

	memcpy(CMSG_DATA(&room.head), fds, n * sizeof(int));
	return sendmsg(to, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static void receive(int from, int *fds, size_t n, int flags)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union room room;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &room,
			      .msg_controllen = sizeof(room) };

	CHECK(recvmsg(from, &msg, flags) == 1 && byte == 'x');
	CHECK(CMSG_FIRSTHDR(&msg) && CMSG_FIRSTHDR(&msg)->cmsg_len == CMSG_LEN(n * sizeof(int)));
	memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(&msg)), n * sizeof(int));
}

/* The parent opens after the fork, sends, and closes before the child has it. */
static void to_child(int first)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };
	int ends[2], back[2], fds[2];
	char byte;
	pid_t child;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && !pipe(back));
	child = fork();
	if (!child) {
		CHECK(read(back[0], &byte, 1) == 1);
		receive(ends[0], fds, 2, 0);
		CHECK(ioas_alloc(fds[0]) == 3 && ioas_alloc(first) >= 1);
		/* the queue holds nothing, and is one */
		CHECK(poll(&(struct pollfd){ .fd = fds[1], .events = POLLIN }, 1, 0) == 0);
		REFUSED(ESPIPE, write(fds[1], &byte, 1));
		CHECK(!close(fds[0]));
		REFUSED(EBADF, ioctl(fds[0], IOM_NR_IOAS_ALLOC, NULL));
		_exit(0);
	}
	fds[0] = open_iommu();
	CHECK(ioas_alloc(fds[0]) == 1 && !ioctl(fds[0], IOM_NR_FAULT_QUEUE_ALLOC, &q));
	fds[1] = (int)q.out_fault_fd;
	CHECK(!send_fds(ends[1], fds, 2) && !close(fds[0]) && !close(fds[1]));
	CHECK(write(back[1], "", 1) == 1);
	wait_for(child);
	CHECK(!close(ends[0]) && !close(ends[1]) && !close(back[0]) && !close(back[1]));
}

/* To oneself: it is the same context, which lives as long as any fd or message has it. */
static void to_self(void)
{
	int ends[2], fd = open_iommu(), got, peeked;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && ioas_alloc(fd) == 1);
	CHECK(!send_fds(ends[1], &fd, 1) && !close(fd));
	receive(ends[0], &peeked, 1, MSG_PEEK);
	CHECK(ioas_alloc(peeked) == 2 && !close(peeked));
	receive(ends[0], &got, 1, 0);
	CHECK(ioas_alloc(got) == 3);
	/* what could not be sent holds nothing */
	CHECK(!close(ends[0]));
	REFUSED(EPIPE, send_fds(ends[1], &got, 1));
	CHECK(!close(got) && !close(ends[1]));
}

/* Other files are as ever. */
static void others(void)
{
	int ends[2], fd = open("/dev/null", O_RDWR), got;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends) && !send_fds(ends[1], &fd, 1));
	receive(ends[0], &got, 1, 0);
	CHECK(write(got, "x", 1) == 1 && !close(got) && !close(fd) && !close(ends[0]) && !close(ends[1]));
}

int main(void)
{
	int first = open_iommu();

	to_child(first);
	to_self();
	others();
	return 0;
}
