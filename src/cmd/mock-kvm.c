/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mock kvm: virtual machines of the emulator, for calls that want the fd of one. */
#include <errno.h>
#include <inttypes.h>

#include "cmd/internal.h"

#define MAX_SLOTS 32

static int needs_emulator(struct iom_err *err)
{
	iom_hint(err, "there, pass the fd of a real one: /dev/kvm makes it");
	iom_fail(err, IOM_EXIT_UNSUPPORTED, "virtual machines are made up on the emulator only");
	return IOM_EXIT_UNSUPPORTED;
}

/* ---- create ---- */

enum { CREATE_PRIVATE, CREATE_DEVICE };
static const struct iom_opt create_opts[] = {
	[CREATE_PRIVATE] = { "private", IOM_ARG_RANGE, IOM_MULTI,
			     "guest addresses of a private memslot, as START-LAST or START+SIZE" },
	[CREATE_DEVICE] = { "device", IOM_ARG_STR, IOM_MULTI,
			    "VFIO device that is told of it when it is opened",
			    .metavar = "VFION" },
	{ 0 },
};

enum { CREATED_FD, CREATED_SLOTS };
static const struct iom_col create_cols[] = {
	[CREATED_FD] = { "kvm_fd", IOM_T_UINT, IOM_COL_ID, "fd of the virtual machine" },
	[CREATED_SLOTS] = { "slots", IOM_T_UINT, 0, "private memslots" },
	{ 0 },
};

static int create_failed(int rc, struct iom_err *err)
{
	err->code = rc;
	switch (rc) {
	case -EINVAL:
		iom_fail(err, IOM_EXIT_USAGE, "--private: a memslot is of whole pages of 4 KiB");
		break;
	case -EEXIST:
		iom_fail(err, IOM_EXIT_USAGE, "--private: two memslots overlap");
		break;
	case -ENOENT:
		iom_hint(err, "the machine is described by --emu 'device=NAME'");
		iom_fail(err, IOM_EXIT_NOT_FOUND,
			 "--device: the emulated machine has no such device");
		break;
	default:
		iom_fail(err, iom_exit_of_errno(rc), "cannot make a virtual machine");
	}
	return (int)err->exit;
}

static int create_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		      struct iom_err *err)
{
	struct iom_kvm_slot slots[MAX_SLOTS];
	const char *devices[MAX_SLOTS];
	struct iom_kvm_vm vm = { .slots = slots, .devices = devices };
	int fd;

	for (unsigned int i = 0; i < a->n_multi; i++) {
		const struct iom_argval *v = &a->multi[i].v;
		bool is_slot = a->multi[i].opt == CREATE_PRIVATE;

		if ((is_slot ? vm.n_slots : vm.n_devices) == MAX_SLOTS) {
			iom_fail(err, IOM_EXIT_USAGE, "more than %d of one kind", MAX_SLOTS);
			return IOM_EXIT_USAGE;
		}
		if (is_slot)
			slots[vm.n_slots++] = (struct iom_kvm_slot){ v->num, v->num2 };
		else
			devices[vm.n_devices++] = v->str;
	}
	if (!app->be->kvm_create)
		return needs_emulator(err);
	if (app->g.dry_run)
		return IOM_EXIT_DRY;
	fd = app->be->kvm_create(app->be, &vm);
	if (fd < 0)
		return create_failed(fd, err);
	if (iom_ctx_add_handle(&app->ctx, fd, 0, "mock kvm create", "")) {
		(void)app->be->close(app->be, fd);
		iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
		return IOM_EXIT_INTERNAL;
	}
	iom_set_uint(res->top, CREATED_FD, (uint64_t)fd);
	iom_set_uint(res->top, CREATED_SLOTS, vm.n_slots);
	return 0;
}

const struct iom_cmd cmd_mock_kvm_create = {
	.object = "mock",
	.verb = "kvm create",
	.brief = "make a virtual machine on the emulator",
	.opts = create_opts,
	.cols = create_cols,
	.flags = IOM_CMD_CTX | IOM_CMD_MUTATES,
	.schema = 1,
	.run = create_run,
};

/* ---- show ---- */

enum { RANGE_KIND, RANGE_START, RANGE_LAST };
static const struct iom_col range_cols[] = {
	[RANGE_KIND] = { "kind", IOM_T_STR, 0, "private: a memslot; mapped: private MMIO in it" },
	[RANGE_START] = { "start", IOM_T_HEX, 0, "first guest address" },
	[RANGE_LAST] = { "last", IOM_T_HEX, 0, "last guest address, inclusive" },
	{ 0 },
};

enum { SHOWN_FD, SHOWN_RANGES };
static const struct iom_col show_cols[] = {
	[SHOWN_FD] = { "kvm_fd", IOM_T_UINT, IOM_COL_ID, "fd of the virtual machine" },
	[SHOWN_RANGES] = { "ranges", IOM_T_LIST, 0, "its guest addresses", range_cols },
	{ 0 },
};

static const struct iom_opt show_opts[] = {
	{ "kvm", IOM_ARG_FD, IOM_REQ | IOM_POS, "fd of the virtual machine" },
	{ 0 },
};

static void add_range(uint64_t start, uint64_t last, bool mapped, void *arg)
{
	struct iom_rec *r = iom_add_rec(arg, SHOWN_RANGES);

	iom_set_str(r, RANGE_KIND, mapped ? "mapped" : "private");
	iom_set_uint(r, RANGE_START, start);
	iom_set_uint(r, RANGE_LAST, last);
}

static int show_run(struct iom_app *app, const struct iom_args *a, struct iom_res *res,
		    struct iom_err *err)
{
	int fd = (int)a->v[0].num;

	if (!app->be->kvm_ranges)
		return needs_emulator(err);
	if (app->g.dry_run)
		return IOM_EXIT_DRY;
	iom_set_uint(res->top, SHOWN_FD, (uint64_t)fd);
	iom_open_list(res->top, SHOWN_RANGES);
	if (!app->be->kvm_ranges(app->be, fd, add_range, res->top))
		return 0;
	iom_hint(err, "'mock kvm create' gives the number");
	iom_fail(err, IOM_EXIT_NOT_FOUND, "fd %d is no virtual machine", fd);
	return IOM_EXIT_NOT_FOUND;
}

const struct iom_cmd cmd_mock_kvm_show = {
	.object = "mock",
	.verb = "kvm show",
	.brief = "show the memory of a virtual machine",
	.opts = show_opts,
	.cols = show_cols,
	.flags = IOM_CMD_CTX,
	.schema = 1,
	.run = show_run,
};
