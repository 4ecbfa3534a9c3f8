/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* emu run -v: each call of the program, decoded by the tables of the ABI. */
#include "preload.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "iommuctl/abi.h"

static const char *where; /* "-" for stderr, or a file; NULL: nobody wants to know */

bool pl_is_traced(void)
{
	return where;
}

__attribute__((constructor)) static void ask(void)
{
	const char *to = getenv("IOMMUCTL_EMU_TRACE");

	where = to && *to ? to : NULL;
}

/* As much of the caller's struct as is there; what it does not have is zero. */
static void copy_arg(uint64_t *copy, const void *arg)
{
	struct iovec ours = { copy, IOM_MAX_ARG }, theirs = { (void *)(uintptr_t)arg, IOM_MAX_ARG };
	ssize_t n = process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0);
	uint32_t size = 0;

	memset((char *)copy + (n > 0 ? n : 0), 0, IOM_MAX_ARG - (size_t)(n > 0 ? n : 0));
	memcpy(&size, copy, sizeof(size)); /* every struct begins with it */
	if (size < IOM_MAX_ARG)
		memset((char *)copy + size, 0, IOM_MAX_ARG - size);
	memcpy(copy, &size, sizeof(size));
}

static void describe(struct iom_buf *b, int fd, uint32_t code, const uint64_t *in,
		     const uint64_t *out, int rc)
{
	const struct iom_call *call = iom_call_of(code, in);
	char number[32];

	snprintf(number, sizeof(number), "ioctl 0x%x", code);
	iom_buf_printf(b, "> [%d] %s(", fd, call ? call->name : number);
	if (call)
		iom_call_format(call, in, IOM_IN, b);
	iom_buf_printf(b, ")\n< [%d] %s = ", fd, call ? call->name : number);
	if (rc < 0) {
		iom_buf_printf(b, "-1 %s (%s)\n", iom_errno_name(rc), strerror(-rc));
		return;
	}
	iom_buf_printf(b, "%d (", rc);
	if (call)
		iom_call_format(call, out, IOM_OUT, b);
	iom_buf_puts(b, ")\n");
}

/* In one piece, so that threads and processes do not mix; the file is nobody's in between. */
static void print(const struct iom_buf *b)
{
	int fd = STDERR_FILENO;
	ssize_t n = 0;

	if (strcmp(where, "-"))
		fd = open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd >= 0 && !b->failed)
		n = write(fd, b->data, b->len);
	if (fd >= 0 && fd != STDERR_FILENO)
		close(fd);
	if (fd < 0 || n < 0)
		where = NULL; /* nobody reads it any more */
}

int pl_traced_ioctl(int fd, uint32_t code, void *arg)
{
	uint64_t in[IOM_MAX_ARG / sizeof(uint64_t)], out[IOM_MAX_ARG / sizeof(uint64_t)];
	struct iom_buf b = { 0 };
	int rc, saved = errno;

	pl_enter();
	copy_arg(in, arg);
	rc = iom_emu_ioctl(pl_emu, fd, code, arg);
	copy_arg(out, arg);
	describe(&b, fd, code, in, out, rc);
	print(&b);
	iom_buf_free(&b);
	pl_leave();
	errno = saved;
	return rc;
}
