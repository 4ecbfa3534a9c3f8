/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a node cannot be opened, and probing scripted kernels. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#ifndef FIXTURES
#define FIXTURES "tests/fixtures"
#endif

/* ---- opening ---- */

static struct iom_err opening(const char *backend, const char *path, int code, const char *root)
{
	struct iom_err e = { 0 };

	iom_explain_open(backend, path, code, root, &e);
	assert_true(e.hint[0] != '\0');
	assert_non_null(strstr(backend[0] == 'e' && code != -ENOENT ? "--backend emu" : e.hint,
			       "--backend emu"));
	return e;
}

static void is_opening(struct iom_err e, enum iom_exit exit, const char *fact, const char *hint)
{
	if (!strstr(e.fact, fact) || !strstr(e.hint, hint))
		print_error("wanted \"%s\" \"%s\", got \"%s\" (%s)\n", fact, hint, e.fact, e.hint);
	assert_int_equal(e.exit, exit);
	assert_non_null(strstr(e.fact, fact));
	assert_non_null(strstr(e.hint, hint));
}

static void test_opening(void **state)
{
	char path[] = "/tmp/iommuctl-diag-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0640), 0);
	is_opening(opening("kernel", "/dev/iommu", -ENOENT, FIXTURES "/sysfs-vtd"),
		   IOM_EXIT_UNSUPPORTED, "/proc/misc lists it", "--device /dev/iommu");
	is_opening(opening("kernel", "/dev/iommu", -ENOENT, FIXTURES "/sysfs-smmuv3"),
		   IOM_EXIT_UNSUPPORTED, "kernel 7.3.4-arm64 is built without CONFIG_IOMMUFD",
		   "CONFIG_IOMMUFD=m");
	is_opening(
		opening("kernel", "/dev/iommu", -ENOENT, FIXTURES "/sysfs-none"),
		IOM_EXIT_UNSUPPORTED,
		"the iommufd module of kernel 6.1.0-none is not loaded; the machine shows no IOMMU",
		"modprobe iommufd on the host of this container");
	is_opening(opening("kernel", "/dev/iommu", -ENOENT, FIXTURES "/sysfs-malformed"),
		   IOM_EXIT_UNSUPPORTED, "no iommufd module for kernel (unknown)",
		   "cannot be read here");
	is_opening(opening("kernel", "/dev/vfio/devices/vfio1", -ENOENT, FIXTURES "/sysfs-vtd"),
		   IOM_EXIT_UNSUPPORTED, "not in this mount namespace",
		   "--device /dev/vfio/devices/vfio1");
	is_opening(opening("kernel", "/dev/vfio/devices/vfio0", -ENOENT, FIXTURES "/sysfs-smmuv3"),
		   IOM_EXIT_UNSUPPORTED, "has no dev file", "CONFIG_VFIO_DEVICE_CDEV=y");
	is_opening(opening("kernel", "/dev/vfio/devices/vfio9", -ENOENT, FIXTURES "/sysfs-none"),
		   IOM_EXIT_NOT_FOUND, "no VFIO device vfio9; there is none", "vfio-pci");
	is_opening(opening("kernel", "/dev/iommu2", -ENOENT, ""), IOM_EXIT_UNSUPPORTED,
		   "does not exist", "/dev/iommu");
	is_opening(opening("kernel", path, -EACCES, FIXTURES "/sysfs-vtd"), IOM_EXIT_PERMISSION,
		   " 0640; you are uid ", "");
	is_opening(opening("kernel", path, -EPERM, FIXTURES "/sysfs-smmuv3"), IOM_EXIT_PERMISSION,
		   "in a container, says /run/.containerenv", "");
	is_opening(opening("kernel", "/dev/vfio/devices/noiommu-vfio0", -EPERM, ""),
		   IOM_EXIT_PERMISSION, "without an IOMMU", "CAP_SYS_RAWIO");
	is_opening(opening("kernel", "/dev/iommu", -EBUSY, ""), IOM_EXIT_BUSY, "",
		   "something else holds it");
	is_opening(opening("kernel", "/dev/iommu", -EMFILE, ""), IOM_EXIT_REFUSED, "",
		   "RLIMIT_NOFILE");
	is_opening(opening("emu", "/dev/vfio/devices/x", -ENOENT, ""), IOM_EXIT_NOT_FOUND,
		   "emulated machine has no", "device=NAME");
	is_opening(opening("emu", "/dev/iommu", -EMFILE, ""), IOM_EXIT_REFUSED, "", "descriptor");
	unlink(path);
	close(fd);
}

/* ---- probe ---- */

enum meaning { NR_ABSENT, NR_GET_PA, NR_TSM };

/* A kernel that checks sizes as the real one does and remembers what it was sent. */
static struct kernel {
	struct iom_backend be;
	int open_rc;
	int opened, closed, answers, answers_closed;
	uint32_t size[0x18];
	enum meaning nr_95;
	bool sw_msi, exclusive_ranges, selftest, compat, rawio;
	unsigned int filled_95, executed;
	uint32_t third_op; /* 0x96: 0 looks the object up first; else the architecture of op 3 */
} k;

static int k_open(struct iom_backend *be, const char *path)
{
	(void)be;
	if (!strcmp(path, "/dev/vfio/devices/vfio0"))
		return -ENOENT;
	if (k.open_rc)
		return k.open_rc;
	k.opened++;
	return 2000 + k.opened;
}

static int k_close(struct iom_backend *be, int fd)
{
	(void)be;
	if (fd >= 3000)
		k.answers_closed++;
	else
		k.closed++;
	return 0;
}

/* Only size = 4, all zero, or one word far enough back may be sent to an ambiguous number. */
static void watch_95(const uint32_t *w)
{
	unsigned int set = 0;

	if (w[0] == 4)
		return;
	for (uint32_t i = 1; i < w[0] / 4; i++)
		set += w[i] != 0;
	if (set > 1 || (w[0] != 4096 && set) || w[1])
		k.filled_95++;
}

static int k_option(struct iom_option *o)
{
	switch (o->option_id) {
	case IOM_OPTION_RLIMIT_MODE:
		return o->object_id ? -EOPNOTSUPP : o->op == IOM_OPTION_OP_GET ? 0 : -EPERM;
	case IOM_OPTION_HUGE_PAGES:
		return o->object_id == 1 ? 0 : -ENOENT;
	case IOM_OPTION_SW_MSI_START:
		return k.sw_msi || k.exclusive_ranges ? -ENOENT : -EOPNOTSUPP;
	case IOM_OPTION_SW_MSI_SIZE:
		return k.sw_msi ? -ENOENT : -EOPNOTSUPP;
	default:
		return -EOPNOTSUPP;
	}
}

static int k_execute(uint32_t nr, void *arg)
{
	k.executed++;
	switch (nr) {
	case 0x81:
		((struct iom_ioas_alloc *)arg)->out_ioas_id = 1;
		return 0;
	case 0x87:
		return k_option(arg);
	case 0x8e:
		if (((struct iom_fault_alloc *)arg)->flags)
			return -EOPNOTSUPP;
		((struct iom_fault_alloc *)arg)->out_fault_fd = 3000 + (uint32_t)++k.answers;
		return 0;
	case 0x92:
		return 0;
	case 0x96:
		/* a request for an object that cannot be there */
		assert_int_equal(((uint32_t *)arg)[1], 0);
		if (!k.third_op)
			return -ENOENT;
		if (((struct iom_tsm_req *)arg)->op != 3)
			return -EINVAL;
		return ((struct iom_tsm_req *)arg)->tvm_arch == k.third_op ? -ENOENT : -EINVAL;
	case 0x95:
		if (k.nr_95 == NR_TSM)
			return -ENOENT;
		return k.rawio ? -EINVAL : -EPERM;
	default:
		return -ENOENT;
	}
}

static int k_ioctl(struct iom_backend *be, int fd, uint32_t code, void *arg)
{
	uint32_t nr = code & 0xff, *w = arg, full;

	(void)be;
	(void)fd;
	if (code == 0x3b64)
		return k.compat ? 0 : -ENOTTY;
	if (nr == 0xa0)
		return k.selftest ? w[0] < 72 ? -EINVAL : -EOPNOTSUPP : -ENOTTY;
	assert_in_range(nr, 0x80, 0x97);
	full = k.size[nr - 0x80];
	if (nr == 0x95)
		watch_95(w);
	if (!full)
		return -ENOTTY;
	if (w[0] < 8)
		return -EINVAL;
	for (uint32_t i = full / 4; i < w[0] / 4; i++)
		if (w[i])
			return -E2BIG;
	return k_execute(nr, arg);
}

static const struct iom_probe_call *answer(const struct iom_probe *p, const char *name)
{
	for (unsigned int i = 0; i < p->n_calls; i++)
		if (!strcmp(p->calls[i].call->name, name))
			return &p->calls[i];
	fail_msg("%s was not probed", name);
	return NULL;
}

static void new_kernel(void)
{
	static const uint8_t full[] = { 8,  12, 24, 40, 32, 40, 24, 24, 12, 48, 40,
					16, 48, 32, 16, 40, 40, 24, 8,	32, 40, 40 };

	memset(&k, 0, sizeof(k));
	k.be = (struct iom_backend){
		.name = "kernel", .open = k_open, .ioctl = k_ioctl, .close = k_close
	};
	for (size_t i = 0; i < sizeof(full); i++)
		k.size[i] = full[i];
	k.nr_95 = NR_GET_PA;
	k.selftest = k.compat = true;
}

static void run_probe(struct iom_probe *p, const char *root)
{
	struct iom_err e = { 0 };

	assert_int_equal(iom_probe_run(&k.be, "/dev/iommu", root, p, &e), 0);
	assert_int_equal(k.opened, k.closed);
	assert_int_equal(k.answers, k.answers_closed);
	assert_int_equal(k.filled_95, 0);
}

static void test_probe_mainline(void **state)
{
	struct iom_probe p;

	(void)state;
	new_kernel();
	run_probe(&p, FIXTURES "/sysfs-vtd");
	assert_string_equal(p.backend, "kernel");
	assert_string_equal(p.kernel, "7.3.4-vtd");
	assert_int_equal(p.open_error, 0);
	assert_int_equal(p.n_calls, 24);
	for (unsigned int i = 0; i < 22; i++) {
		assert_int_equal(p.calls[i].call->code, 0x3b80 + i);
		assert_null(p.calls[i].call->abi);
		assert_int_equal(p.calls[i].present, IOM_YES);
		assert_int_equal(p.calls[i].size, p.calls[i].call->full);
		assert_int_equal(p.calls[i].size, k.size[i]);
	}
	assert_int_equal(p.calls[22].present, IOM_NO);
	assert_int_equal(p.calls[23].present, IOM_NO);
	assert_true(k.answers > 0);
	assert_string_equal(p.nr_95, "ioas-noiommu-get-pa");
	assert_string_equal(answer(&p, "IOMMU_IOAS_NOIOMMU_GET_PA")->meaning,
			    "IOMMU_IOAS_NOIOMMU_GET_PA");
	assert_int_equal(p.selftest, IOM_YES);
	assert_int_equal(p.vfio_compat, IOM_YES);
	assert_int_equal(p.vfio_cdev, IOM_YES);
	assert_int_equal(p.n_options, 4);
	assert_int_equal(p.options[0], IOM_YES);
	assert_int_equal(p.options[1], IOM_YES);
	assert_int_equal(p.options[2], IOM_NO);
	assert_int_equal(p.options[3], IOM_NO);
	assert_string_equal(p.option_names[0], "rlimit-mode");
}

static void test_probe_old(void **state)
{
	struct iom_probe p;

	(void)state;
	new_kernel();
	/* 6.2: ten calls, an allocation of 24 bytes, no number 0x95, no selftest. */
	memset(&k.size[0xa], 0, sizeof(k.size) - 0xa * sizeof(k.size[0]));
	k.size[9] = 20;
	k.nr_95 = NR_ABSENT;
	k.selftest = k.compat = false;
	run_probe(&p, FIXTURES "/sysfs-smmuv3");
	assert_int_equal(answer(&p, "IOMMU_HWPT_ALLOC")->size, 20);
	assert_int_equal(answer(&p, "IOMMU_VEVENTQ_ALLOC")->present, IOM_NO);
	assert_int_equal(answer(&p, "IOMMU_VEVENTQ_ALLOC")->size, 0);
	assert_string_equal(p.nr_95, "absent");
	assert_int_equal(p.selftest, IOM_NO);
	assert_int_equal(p.vfio_compat, IOM_NO);
	assert_int_equal(p.vfio_cdev, IOM_NO);
}

static void test_probe_tsm(void **state)
{
	struct iom_probe p;

	(void)state;
	new_kernel();
	k.nr_95 = NR_TSM;
	k.size[0x15] = 16;
	k.size[0x16] = 48;
	k.rawio = k.sw_msi = true;
	run_probe(&p, FIXTURES "/sysfs-none");
	assert_string_equal(p.nr_95, "vdevice-tsm-op");
	assert_string_equal(answer(&p, "IOMMU_IOAS_NOIOMMU_GET_PA")->meaning,
			    "IOMMU_VDEVICE_TSM_OP");
	assert_int_equal(answer(&p, "IOMMU_IOAS_NOIOMMU_GET_PA")->size, 16);
	assert_int_equal(p.calls[22].present, IOM_YES);
	assert_int_equal(p.calls[22].size, 48);
	assert_non_null(p.calls[22].call->abi);
	assert_int_equal(p.options[2], IOM_YES);
	assert_int_equal(p.options[3], IOM_YES);
	assert_int_equal(p.vfio_cdev, IOM_UNKNOWN);
	/* Number 2 alone is another proposal's option. */
	k.sw_msi = false;
	k.exclusive_ranges = true;
	run_probe(&p, FIXTURES "/sysfs-none");
	assert_int_equal(p.options[2], IOM_UNKNOWN);
	assert_int_equal(p.options[3], IOM_NO);
	k.nr_95 = NR_GET_PA;
	k.size[0x15] = 40;
	run_probe(&p, FIXTURES "/sysfs-none");
	assert_string_equal(p.nr_95, "ioas-noiommu-get-pa");
}

static void test_probe_refused(void **state)
{
	struct iom_probe p;

	(void)state;
	new_kernel();
	k.open_rc = -EACCES;
	run_probe(&p, FIXTURES "/sysfs-vtd");
	assert_int_equal(p.open_error, -EACCES);
	assert_int_equal(k.executed, 0);
	for (unsigned int i = 0; i < p.n_calls; i++) {
		assert_int_equal(p.calls[i].present, IOM_UNKNOWN);
		assert_int_equal(p.calls[i].size, 0);
	}
	for (unsigned int i = 0; i < p.n_options; i++)
		assert_int_equal(p.options[i], IOM_UNKNOWN);
	assert_string_equal(p.nr_95, "unknown");
	assert_int_equal(p.selftest, IOM_UNKNOWN);
	assert_int_equal(p.vfio_cdev, IOM_UNKNOWN);
	assert_int_equal(p.vfio_compat, IOM_UNKNOWN);
}

static void test_probe_emu(void **state)
{
	struct iom_probe p;

	(void)state;
	new_kernel();
	k.be.name = "emu";
	run_probe(&p, "");
	assert_string_equal(p.backend, "emu");
	assert_string_equal(p.kernel, "emulates 7.3");
	assert_int_equal(p.vfio_cdev, IOM_NO);
}

/* ---- what a number means ---- */

static void means(const char *call, const char *abi, const char *is)
{
	const struct iom_call *c = iom_call_find(call, abi);
	struct iom_meaning m;

	assert_non_null(c);
	iom_meaning_of(&k.be, "/dev/iommu", c, &m);
	assert_int_equal(m.open_error, 0);
	assert_string_equal(m.is, is ? is : "");
	assert_int_equal(m.same, !is);
	assert_int_equal(k.opened, k.closed);
}

static void test_meaning_released(void **state)
{
	struct iom_meaning m;

	(void)state;
	new_kernel();
	means("ioas-noiommu-get-pa", NULL, NULL);
	/* nothing but the size and zeros goes to this number */
	means("vdevice-tsm-op", "tsm-rfc1", "ioas-noiommu-get-pa");
	means("vdevice-tsm-op", "tsm-v5", "ioas-noiommu-get-pa");
	means("vdevice-tsm-unbind", "tsm-early", "ioas-noiommu-get-pa");
	assert_int_equal(k.filled_95, 0);
	means("vdevice-tsm-guest-request", "tsm-rfc1", "absent");
	means("vdevice-tsm-req", "tsm-rework", "absent");
	means("vdevice-tsm-map", "tsm-rfc1", "absent");
	means("tsm-bind", "tsm-amd", "IOMMU_VEVENTQ_ALLOC of 32 bytes");
	means("tsm-guest-request", "tsm-amd", "IOMMU_HW_QUEUE_ALLOC of 40 bytes");
	means("vdevice-tsm-bind", "tsm-early", "IOMMU_HW_QUEUE_ALLOC of 40 bytes");
	means("vdevice-tsm-guest-request", "tsm-xu", "IOMMU_HW_QUEUE_ALLOC of 40 bytes");
	means("viommu-alloc", "tsm-v2", "IOMMU_VIOMMU_ALLOC of 40 bytes");
	means("vfio-tsm-bind", "tsm-xu", "of several series that cannot be told apart");
	k.open_rc = -EACCES;
	iom_meaning_of(&k.be, "/dev/iommu", iom_call_find("vdevice-tsm-op", NULL), &m);
	assert_int_equal(m.open_error, -EACCES);
	assert_false(m.same);
}

static void tsm_kernel(uint8_t op, uint8_t req, uint32_t third_op)
{
	new_kernel();
	k.nr_95 = op ? NR_TSM : NR_ABSENT;
	k.size[0x15] = op;
	k.size[0x16] = req;
	k.third_op = third_op;
}

static void test_meaning_series(void **state)
{
	(void)state;
	tsm_kernel(16, 48, 0); /* the first revisions */
	k.size[0x10] = 48;
	k.size[0x17] = 32;
	means("ioas-noiommu-get-pa", NULL, "vdevice-tsm-op");
	means("vdevice-tsm-op", "tsm-rfc1", NULL);
	means("vdevice-tsm-unbind", "tsm-early", "IOMMU_VDEVICE_TSM_OP of 16 bytes");
	means("vdevice-tsm-guest-request", "tsm-rfc1", NULL);
	means("vdevice-tsm-guest-request", "tsm-v4", NULL);
	means("vdevice-tsm-req", "tsm-v5", "IOMMU_VDEVICE_TSM_GUEST_REQUEST of 48 bytes");
	means("vdevice-tsm-req", "tsm-rework", "IOMMU_VDEVICE_TSM_GUEST_REQUEST");
	means("vdevice-tsm-map", "tsm-rfc1", NULL);
	means("viommu-alloc", "tsm-rfc1", NULL);
	tsm_kernel(16, 40, 0); /* v5 */
	means("vdevice-tsm-req", "tsm-v5", NULL);
	means("vdevice-tsm-req", "tsm-rework", "IOMMU_VDEVICE_TSM_REQ of 40 bytes");
	means("vdevice-tsm-guest-request", "tsm-v2", "IOMMU_VDEVICE_TSM_REQ of 40 bytes");
	tsm_kernel(16, 48, IOM_TSM_ARCH_CCA); /* operation 3 is for all: the rework */
	means("vdevice-tsm-req", "tsm-rework", NULL);
	means("vdevice-tsm-req", "tsm-integration", "the request of tsm-rework");
	means("vdevice-tsm-guest-request", "tsm-rfc1", "the request of tsm-rework");
	tsm_kernel(16, 48, IOM_TSM_ARCH_SEV); /* it is for SEV: the integration tree */
	means("vdevice-tsm-req", "tsm-integration", NULL);
	means("vdevice-tsm-req", "tsm-rework", "the request of tsm-integration");
	tsm_kernel(8, 0, 0); /* the first of all */
	k.size[0x14] = 8;
	means("vdevice-tsm-bind", "tsm-early", NULL);
	means("vdevice-tsm-unbind", "tsm-early", NULL);
	means("vdevice-tsm-op", "tsm-rfc1", "IOMMU_VDEVICE_TSM_UNBIND of 8 bytes");
	k.size[0x13] = 24;
	k.size[0x14] = 44;
	means("tsm-bind", "tsm-amd", NULL);
	means("tsm-guest-request", "tsm-amd", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),	      cmocka_unit_test(test_probe_mainline),
		cmocka_unit_test(test_probe_old),     cmocka_unit_test(test_probe_tsm),
		cmocka_unit_test(test_probe_refused), cmocka_unit_test(test_probe_emu),
		cmocka_unit_test(test_meaning_released), cmocka_unit_test(test_meaning_series),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
