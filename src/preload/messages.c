/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Emulated files in messages between processes of the machine. */
#include "preload.h"

#include <string.h>
#include <sys/socket.h>

/* Calls each(), until it is not 0, for all fds of a message. */
static int each_fd(const struct msghdr *msg, int (*each)(int fd, int flags), int flags)
{
	struct cmsghdr *c;
	int rc = 0, fd;

	if (!msg || !msg->msg_control)
		return 0;
	for (c = CMSG_FIRSTHDR(msg); c && !rc; c = CMSG_NXTHDR((struct msghdr *)msg, c)) {
		size_t n = c->cmsg_len < CMSG_LEN(0) ? 0 : (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n && !rc; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			rc = each(fd, flags);
		}
	}
	return rc;
}

static int post(int fd, int flags)
{
	(void)flags;
	return iom_emu_has(pl_emu, fd) ? iom_emu_post(pl_emu, fd) : 0;
}

static int unpost(int fd, int flags)
{
	(void)flags;
	if (iom_emu_has(pl_emu, fd))
		iom_emu_unpost(pl_emu, fd);
	return 0;
}

static int adopt(int fd, int flags)
{
	iom_emu_adopt(pl_emu, fd, flags & MSG_PEEK);
	return 0;
}

PL_EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t n;
	int rc, saved;

	if (pl_inside || !pl_emu)
		return PL_NEXT(sendmsg)(fd, msg, flags);
	pl_enter();
	rc = each_fd(msg, post, flags);
	pl_leave();
	if (rc)
		return pl_result(rc);
	n = PL_NEXT(sendmsg)(fd, msg, flags);
	saved = errno;
	if (n < 0) {
		pl_enter();
		each_fd(msg, unpost, flags);
		pl_leave();
	}
	errno = saved;
	return n;
}

PL_EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t n = PL_NEXT(recvmsg)(fd, msg, flags);
	int saved = errno;

	if (n >= 0 && !pl_inside && pl_emu) {
		pl_enter();
		each_fd(msg, adopt, flags);
		pl_leave();
	}
	errno = saved;
	return n;
}
