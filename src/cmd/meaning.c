/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call's number means to the kernel at hand: numbers of series were given out twice. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/internal.h"
#include "cmd/meaning.h"
#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#define SHARED_NR 0x95u /* of a released call and of calls of several series */

/* NULL when the number means the call, else what it means. */
static const char *other_meaning(const struct iom_probe *p, const struct iom_call *call)
{
	unsigned int nr = call->code & 0xff;

	if (nr == SHARED_NR) {
		const char *wanted = call->abi ? "vdevice-tsm-op" : "ioas-noiommu-get-pa";

		return strcmp(p->nr_95, wanted) ? p->nr_95 : NULL;
	}
	if (nr < SHARED_NR)
		return "another call";
	for (unsigned int i = 0; i < p->n_calls; i++)
		if ((p->calls[i].call->code & 0xff) == nr && p->calls[i].present == IOM_YES)
			return NULL;
	return "absent";
}

int iom_meaning_check(struct iom_app *app, const struct iom_call *call, struct iom_err *err)
{
	_iom_free_ struct iom_probe *p = calloc(1, sizeof(*p));
	unsigned int nr = call->code & 0xff;
	const char *is;

	if (!p || iom_probe_run(app->be, app->ctx.path, app->g.sysroot, p, err)) {
		iom_fail(err, IOM_EXIT_INTERNAL, "cannot ask the kernel what 0x%x means", nr);
		return IOM_EXIT_INTERNAL;
	}
	if (p->open_error) {
		iom_explain_open(app->be->name, app->ctx.path, p->open_error, app->g.sysroot, err);
		return iom_what(err, err->exit ? (int)err->exit : IOM_EXIT_UNSUPPORTED,
				"cannot ask the kernel what 0x%x means", nr);
	}
	is = other_meaning(p, call);
	if (!is)
		return 0;
	iom_fact(err, "number 0x%x is %s in this kernel", nr, is);
	if (call->abi)
		iom_hint(err, "the call is in no released kernel (series %s); nothing was sent",
			 call->abi);
	else
		iom_hint(err, "the call came with %s, and only where devices without an IOMMU are "
			 "supported; nothing was sent", call->since);
	iom_fail(err, IOM_EXIT_UNSUPPORTED, "%s is not sent to this kernel", call->name);
	return IOM_EXIT_UNSUPPORTED;
}
