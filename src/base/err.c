/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error record: filling it, errno names, exit codes. */
#include "iommuctl/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int iom_fail(struct iom_err *e, enum iom_exit exit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, ap);
	va_end(ap);
	e->exit = exit;
	return e->code ? e->code : -EINVAL;
}

void iom_fact(struct iom_err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->fact, sizeof(e->fact), fmt, ap);
	va_end(ap);
}

void iom_hint(struct iom_err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
}

enum iom_exit iom_exit_of_errno(int code)
{
	switch (code < 0 ? -code : code) {
	case 0:
		return IOM_EXIT_OK;
	case ENOTTY:
	case EOPNOTSUPP:
	case ENOSYS:
		return IOM_EXIT_UNSUPPORTED;
	case EPERM:
	case EACCES:
		return IOM_EXIT_PERMISSION;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return IOM_EXIT_NOT_FOUND;
	case EBUSY:
		return IOM_EXIT_BUSY;
	default:
		return IOM_EXIT_REFUSED;
	}
}

const char *iom_errno_name(int code)
{
	const char *name = strerrorname_np(code < 0 ? -code : code);

	return name ? name : "E?";
}
