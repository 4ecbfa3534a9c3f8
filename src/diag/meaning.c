/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a number means to a kernel: numbers of series were given out twice, structs changed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "iommuctl/uapi.h"

static bool is_series(const struct iom_call *c, const char *abi)
{
	return c->abi && !strcmp(c->abi, abi);
}

/*
 * 48 bytes at 0x96 are three things. There is no vdevice 0, so nothing is done: who looks it up
 * first is the oldest; the others look at architecture and operation before, and number the
 * operations differently: 3 is for every architecture, or for SEV alone.
 */
static const char *ask_req_48(struct asker *a)
{
	struct iom_tsm_req zero = { .size = sizeof(zero) };
	struct iom_tsm_req three = {
		.size = sizeof(three),
		.op = IOM_TSM_REWORK_OBJECT_INFO,
		.tvm_arch = IOM_TSM_ARCH_CCA,
	};
	int rc = ask(a, NULL, IOM_NR_TSM_REQ, &zero);

	if (rc == -ENOENT)
		return "IOMMU_VDEVICE_TSM_GUEST_REQUEST";
	if (rc != -EINVAL)
		return NULL;
	switch (ask(a, NULL, IOM_NR_TSM_REQ, &three)) {
	case -ENOENT:
		return "tsm-rework";
	case -EINVAL:
		return "tsm-integration";
	default:
		return NULL;
	}
}

static bool is_req_48(struct asker *a, const struct iom_call *call, struct iom_meaning *out)
{
	const char *is = ask_req_48(a);

	if (!is) {
		snprintf(out->is, sizeof(out->is), "a request of unknown operations");
		return false;
	}
	if (is_series(call, is) || !strcmp(call->name, is))
		return true;
	snprintf(out->is, sizeof(out->is), "%s%s", strchr(is, '-') ? "the request of " : "", is);
	return false;
}

/* Names what has this number and size. */
static void name_by_size(const struct iom_call *call, struct iom_meaning *out)
{
	const char *name = "another call";

	for (const struct iom_call *c = iom_calls; c->name; c++)
		if (c->code == call->code && c->family == call->family && c->full == out->size) {
			name = c->name;
			break;
		}
	snprintf(out->is, sizeof(out->is), "%s of %u bytes", name, out->size);
}

static bool is_same(struct asker *a, const struct iom_call *call, struct iom_meaning *out)
{
	enum iom_tri present = ask_present(a, call->code);
	const char *want = call->abi ? "vdevice-tsm-op" : "ioas-noiommu-get-pa", *is = want;

	if (present != IOM_YES) {
		snprintf(out->is, sizeof(out->is), "%s", present == IOM_NO ? "absent" : "unknown");
		return false;
	}
	if (call->code == IOM_NR_IOAS_NOIOMMU_GET_PA)
		is = ask_95(a, present);
	if (strcmp(is, want)) {
		snprintf(out->is, sizeof(out->is), "%s", is);
		return false;
	}
	/* A released call may have grown at its end; a series is taken at its word. */
	if (!call->abi)
		return true;
	out->size = ask_size(a, call);
	if (out->size != call->full) {
		name_by_size(call, out);
		return false;
	}
	if (call->code == IOM_NR_TSM_REQ && out->size == sizeof(struct iom_tsm_req))
		return is_req_48(a, call, out);
	return true;
}

void iom_meaning_of(struct iom_backend *be, const char *path, const struct iom_call *call,
		    struct iom_meaning *out)
{
	struct asker a = { .be = be, .path = path, .fd = -1 };
	int rc;

	memset(out, 0, sizeof(*out));
	if (call->family != IOM_FAM_IOMMUFD) {
		/* VFIO does not check sizes first, and two series took this number. */
		snprintf(out->is, sizeof(out->is), "of several series that cannot be told apart");
		return;
	}
	rc = ask_open(&a);
	if (rc < 0) {
		out->open_error = rc;
		return;
	}
	out->same = is_same(&a, call, out);
	ask_close(&a);
}
