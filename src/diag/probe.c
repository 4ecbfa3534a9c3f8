/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a kernel offers: asks fresh contexts, executes nothing that outlives them. */
#include "iommuctl/diag.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "iommuctl/host.h"
#include "iommuctl/uapi.h"
#include "system.h"

#define FIRST_NR	     0x3b80u
#define LAST_NR		     0x3b97u /* numbers of patch series end here */
#define VFIO_GET_API_VERSION 0x3b64u /* takes no argument, changes nothing */

/* The mainline entry of a number, else its first one; NULL for none. */
static const struct iom_call *entry_of(uint32_t code)
{
	const struct iom_call *any = NULL;

	for (const struct iom_call *c = iom_calls; c->name; c++) {
		if (c->code != code || c->family != IOM_FAM_IOMMUFD)
			continue;
		if (!c->abi)
			return c;
		if (!any)
			any = c;
	}
	return any;
}

static void probe_calls(struct asker *a, struct iom_probe *p)
{
	p->nr_95 = "unknown";
	for (uint32_t code = FIRST_NR; code <= LAST_NR; code++) {
		const struct iom_call *call = entry_of(code);
		struct iom_probe_call *out = &p->calls[p->n_calls];

		if (!call || p->n_calls == IOM_ARRAY_SIZE(p->calls))
			continue;
		p->n_calls++;
		out->call = call;
		out->present = p->open_error ? IOM_UNKNOWN : ask_present(a, code);
		if (code == IOM_NR_IOAS_NOIOMMU_GET_PA && !p->open_error) {
			p->nr_95 = ask_95(a, out->present);
			if (!strcmp(p->nr_95, "ioas-noiommu-get-pa"))
				out->meaning = "IOMMU_IOAS_NOIOMMU_GET_PA";
			else if (!strcmp(p->nr_95, "vdevice-tsm-op"))
				out->meaning = "IOMMU_VDEVICE_TSM_OP";
		}
		if (out->present == IOM_YES)
			out->size = ask_size(a, call);
	}
}

static int get_option(struct asker *a, uint32_t option, uint32_t object)
{
	struct iom_option arg = {
		.size = sizeof(arg),
		.option_id = option,
		.op = IOM_OPTION_OP_GET,
		.object_id = object,
	};
	int rc = ask_open(a);

	return rc < 0 ? rc : a->be->ioctl(a->be, a->fd, IOM_NR_OPTION, &arg);
}

/* huge-pages belongs to an ioas: one is made in a context of its own. */
static int get_huge_pages(struct asker *a)
{
	struct iom_ioas_alloc arg = { .size = sizeof(arg) };
	int rc;

	ask_close(a);
	rc = ask_open(a);
	if (rc >= 0)
		rc = a->be->ioctl(a->be, a->fd, IOM_NR_IOAS_ALLOC, &arg);
	if (rc >= 0)
		rc = get_option(a, IOM_OPTION_HUGE_PAGES, arg.out_ioas_id);
	ask_close(a);
	return rc;
}

static enum iom_tri option_answer(int rc, int known)
{
	if (rc == known)
		return IOM_YES;
	return rc == -EOPNOTSUPP || rc == -ENOTTY ? IOM_NO : IOM_UNKNOWN;
}

static void probe_options(struct asker *a, struct iom_probe *p)
{
	const struct iom_call *call = iom_call_find("IOMMU_OPTION", NULL);
	const struct iom_field *f = call ? iom_field_find(call->fields, "option_id") : NULL;
	enum iom_tri *o = p->options;

	for (unsigned int i = 0; f && f->values && i < IOM_ARRAY_SIZE(p->options); i++) {
		const struct iom_value *v = iom_value_of(f->values, i);

		if (!v)
			break;
		o[i] = IOM_UNKNOWN;
		p->option_names[i] = v->word;
		p->n_options = i + 1;
	}
	if (p->open_error || p->n_options <= IOM_OPTION_SW_MSI_SIZE)
		return;
	o[IOM_OPTION_RLIMIT_MODE] = option_answer(get_option(a, IOM_OPTION_RLIMIT_MODE, 0), 0);
	o[IOM_OPTION_HUGE_PAGES] = option_answer(get_huge_pages(a), 0);
	/* These two look the device up before anything else: there is no device 0. */
	o[IOM_OPTION_SW_MSI_SIZE] =
		option_answer(get_option(a, IOM_OPTION_SW_MSI_SIZE, 0), -ENOENT);
	o[IOM_OPTION_SW_MSI_START] =
		option_answer(get_option(a, IOM_OPTION_SW_MSI_START, 0), -ENOENT);
	/* Another series gives number 2 to an option that answers alike, and has no number 3. */
	if (o[IOM_OPTION_SW_MSI_START] == IOM_YES && o[IOM_OPTION_SW_MSI_SIZE] != IOM_YES)
		o[IOM_OPTION_SW_MSI_START] = IOM_UNKNOWN;
}

static enum iom_tri cdev_of_host(const char *root, const char *release)
{
	enum iom_tri found = IOM_UNKNOWN;
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;

	if (iom_system_exists(root, "/dev/vfio/devices"))
		return IOM_YES;
	if (iom_path(root, path, sizeof(path), "/sys/class/vfio-dev"))
		return IOM_UNKNOWN;
	dir = opendir(path);
	/* A device without a dev file: the kernel has VFIO, but no device nodes. */
	while (dir && (de = readdir(dir)) && found != IOM_YES)
		if (de->d_name[0] != '.')
			found = iom_system_exists(root, "/sys/class/vfio-dev/%s/dev", de->d_name)
					? IOM_YES
					: IOM_NO;
	if (dir)
		closedir(dir);
	if (found != IOM_UNKNOWN)
		return found;
	switch (iom_host_config(root, release, "CONFIG_VFIO_DEVICE_CDEV")) {
	case 'y':
		return IOM_YES;
	case 'n':
		return IOM_NO;
	default:
		return IOM_UNKNOWN;
	}
}

static enum iom_tri probe_cdev(struct iom_backend *be, const char *root, const char *release)
{
	int fd;

	if (!strcmp(be->name, "kernel"))
		return cdev_of_host(root, release);
	fd = be->open(be, "/dev/vfio/devices/vfio0");
	if (fd >= 0) {
		be->close(be, fd);
		return IOM_YES;
	}
	return fd == -ENOENT ? IOM_NO : IOM_UNKNOWN;
}

int iom_probe_run(struct iom_backend *be, const char *path, const char *sysroot,
		  struct iom_probe *out, struct iom_err *err)
{
	struct asker a = { .be = be, .path = path, .fd = -1 };
	const char *root = sysroot ? sysroot : "";
	uint64_t nothing = 0;
	int rc;

	(void)err;
	memset(out, 0, sizeof(*out));
	snprintf(out->backend, sizeof(out->backend), "%s", be->name);
	if (!strcmp(be->name, "kernel"))
		iom_system_release(root, out->kernel, sizeof(out->kernel));
	else
		snprintf(out->kernel, sizeof(out->kernel), "emulates 7.3");
	rc = ask_open(&a);
	out->open_error = rc < 0 ? rc : 0;
	out->selftest = out->vfio_cdev = out->vfio_compat = IOM_UNKNOWN;
	probe_calls(&a, out);
	probe_options(&a, out);
	if (!out->open_error) {
		out->selftest = ask_present(&a, IOM_NR_TEST_CMD);
		rc = ask(&a, NULL, VFIO_GET_API_VERSION, &nothing);
		out->vfio_compat = rc >= 0 ? IOM_YES : rc == -ENOTTY ? IOM_NO : IOM_UNKNOWN;
		out->vfio_cdev = probe_cdev(be, root, out->kernel);
	}
	ask_close(&a);
	return 0;
}
