/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to a kernel that run no handler, or only one that refuses: is it known, how large. */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl/uapi.h"

#define BIG 4096u /* larger than any struct of the interface, bytes */

int ask_open(struct asker *a)
{
	if (a->fd < 0)
		a->fd = a->be->open(a->be, a->path);
	return a->fd;
}

void ask_close(struct asker *a)
{
	if (a->fd >= 0)
		a->be->close(a->be, a->fd);
	a->fd = -1;
}

/* An fd that an executed call handed out must not outlive the question. */
static void close_answers(struct asker *a, const struct iom_call *call, const void *arg)
{
	for (const struct iom_field *f = call ? call->fields : NULL; f && f->name; f++)
		if (f->kind == IOM_K_FD && f->dir == IOM_OUT) {
			int fd = (int)iom_field_get(f, arg, 0);

			/* Never a standard stream: the member may hold nothing at all. */
			if (fd > 2)
				a->be->close(a->be, fd);
		}
}

int ask(struct asker *a, const struct iom_call *call, uint32_t code, void *arg)
{
	int rc = ask_open(a);

	if (rc < 0)
		return rc;
	rc = a->be->ioctl(a->be, a->fd, code, arg);
	if (rc >= 0) {
		close_answers(a, call, arg);
		ask_close(a);
	}
	return rc;
}

/* size = 4 is below every struct: the size check answers, no handler runs. */
enum iom_tri ask_present(struct asker *a, uint32_t code)
{
	uint32_t arg[2] = { sizeof(uint32_t), 0 };

	switch (ask(a, NULL, code, arg)) {
	case -ENOTTY:
		return IOM_NO;
	case -EINVAL:
		return IOM_YES;
	default:
		return IOM_UNKNOWN;
	}
}

/* 4096 bytes that are zero but for the word at offset: -E2BIG when that is past the struct. */
static bool is_past(struct asker *a, const struct iom_call *call, uint32_t *arg, uint32_t offset)
{
	memset(arg, 0, BIG);
	arg[0] = BIG;
	/*
	 * Read as an id, a flag or a count the value is refused; where it is an output, the call is
	 * executed in this context, which is then closed. The members before offset 8, where some
	 * calls have a verb, always stay zero.
	 */
	arg[offset / 4] = 0x80000000u;
	return ask(a, call, call->code, arg) == -E2BIG;
}

uint32_t ask_size(struct asker *a, const struct iom_call *call)
{
	_iom_free_ uint32_t *arg = calloc(1, BIG);
	uint32_t low = 8, high = BIG - 4;

	if (!arg || !is_past(a, call, arg, high))
		return 0;
	while (low < high) {
		uint32_t mid = (low + high) / 8 * 4;

		if (is_past(a, call, arg, mid))
			high = mid;
		else
			low = mid + 4;
	}
	return low;
}

/*
 * 0x95 is a call of 7.3 and another one of a patch series. All zero it does nothing on either:
 * the first refuses the length (or the caller), the second looks up device 0.
 */
const char *ask_95(struct asker *a, enum iom_tri present)
{
	struct iom_ioas_noiommu_get_pa arg = { .size = sizeof(arg) };

	if (present == IOM_NO)
		return "absent";
	if (present == IOM_UNKNOWN)
		return "unknown";
	switch (ask(a, NULL, IOM_NR_IOAS_NOIOMMU_GET_PA, &arg)) {
	case -EPERM:
	case -EINVAL:
		return "ioas-noiommu-get-pa";
	case -ENOENT:
		return "vdevice-tsm-op";
	default:
		return "unknown";
	}
}
