/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing is sent to a kernel that gives its number another meaning. */
#include <string.h>

#include "cmd/internal.h"
#include "cmd/meaning.h"
#include "iommuctl/diag.h"

int iom_meaning_check(struct iom_app *app, const struct iom_call *call, struct iom_err *err)
{
	unsigned int nr = call->code & 0xff;
	struct iom_meaning m;

	/* A backend that takes up whatever series it is told needs no asking. */
	if (call->abi && app->be->speak && !app->be->speak(app->be, call->abi)) {
		(void)app->be->speak(app->be, NULL);
		return 0;
	}
	iom_meaning_of(app->be, app->ctx.path, call, &m);
	if (m.same)
		return 0;
	if (m.open_error) {
		iom_explain_open(app->be->name, app->ctx.path, m.open_error, app->g.sysroot, err);
		return iom_what(err, err->exit ? (int)err->exit : IOM_EXIT_UNSUPPORTED,
				"cannot ask the kernel what 0x%x means", nr);
	}
	if (call->abi && m.size)
		iom_fact(err, "number 0x%x is %s in this kernel, not %s of %s (%u bytes)", nr, m.is,
			 call->name, call->abi, call->full);
	else
		iom_fact(err, "number 0x%x is %s in this kernel", nr, m.is);
	if (call->abi)
		iom_hint(err, "the call is in no released kernel (series %s); nothing was sent",
			 call->abi);
	else if (strcmp(m.is, "absent"))
		iom_hint(err,
			 "a series took the number, so this kernel cannot answer the call%s; "
			 "nothing was sent",
			 app->be->speak ? " (leave the series out of --emu abi=...)" : "");
	else
		iom_hint(err, "the call came with %s, and only where devices without an IOMMU are "
			 "supported; nothing was sent", call->since);
	iom_fail(err, IOM_EXIT_UNSUPPORTED, "%s is not sent to this kernel", call->name);
	return IOM_EXIT_UNSUPPORTED;
}
