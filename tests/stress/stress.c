/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads on one emulated machine, by the entries that the backend and the preloaded library call:
 * shared contexts and own ones, the same objects, queues and accesses, duplicates, and files that
 * go away meanwhile. Built with
 * ThreadSanitizer, which ends the program at the first race. Every answer must be one that the
 * kernel could give, and in the end nothing is left. TAP; the number of rounds is fixed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "iommuctl/emu.h"
#include "iommuctl/uapi.h"

#define THREADS 4
#define ROUNDS	1500
#define SHARED	2	   /* contexts that all threads use */
#define MEMORY	(2u << 20) /* bytes of each thread */
#define PAGE	4096u
#define RW	(IOM_IOAS_MAP_READABLE | IOM_IOAS_MAP_WRITEABLE)

static struct iom_emu *emu;
static int shared[SHARED];
static unsigned int n_tests, n_bad;

struct worker {
	pthread_t thread;
	unsigned int seed, number;
	uint8_t *memory;
	unsigned long done, refused; /* calls */
	int wrong; /* the first answer that no kernel gives here */
	const char *where;
};

static unsigned int any(struct worker *w, unsigned int n)
{
	return (unsigned int)rand_r(&w->seed) % n;
}

/* Counts an answer; one that is in no list of the call at hand is wrong. */
static int answer(struct worker *w, const char *where, int rc)
{
	static const int fine[] = { EBADF, ENOENT, EBUSY, EINVAL, EEXIST, ENOSPC, EADDRINUSE, EFAULT,
				    EPERM, EOPNOTSUPP, EOVERFLOW, EMSGSIZE, ENODEV, ENOMEM, ENOTTY,
				    EBADE, EBADFD };

	w->done += rc >= 0;
	w->refused += rc < 0;
	for (size_t i = 0; rc < 0 && i < IOM_ARRAY_SIZE(fine); i++)
		if (rc == -fine[i])
			return rc;
	if (rc < 0 && !w->wrong) {
		w->wrong = rc;
		w->where = where;
	}
	return rc;
}

#define CALL(w, fd, nr, arg) answer(w, #nr, iom_emu_ioctl(emu, fd, nr, arg))

static int test_cmd(struct worker *w, int fd, struct iom_test_cmd *c, uint32_t op, uint32_t id)
{
	c->size = sizeof(*c);
	c->op = op;
	c->id = id;
	return CALL(w, fd, IOM_NR_TEST_CMD, c);
}

static void destroy(struct worker *w, int fd, uint32_t id)
{
	struct iom_destroy d = { .size = sizeof(d), .id = id };

	CALL(w, fd, IOM_NR_DESTROY, &d);
}

static uint32_t ioas(struct worker *w, int fd)
{
	struct iom_ioas_alloc a = { .size = sizeof(a) };

	return CALL(w, fd, IOM_NR_IOAS_ALLOC, &a) ? 0 : a.out_ioas_id;
}

static int map(struct worker *w, int fd, uint32_t id, uint64_t iova)
{
	struct iom_ioas_map m = {
		.size = sizeof(m), .flags = RW | (iova ? IOM_IOAS_MAP_FIXED_IOVA : 0), .ioas_id = id,
		.user_va = (uintptr_t)w->memory + any(w, 64) * PAGE, .length = (1 + any(w, 8)) * PAGE,
		.iova = iova,
	};

	return CALL(w, fd, IOM_NR_IOAS_MAP, &m);
}

static void unmap(struct worker *w, int fd, uint32_t id, uint64_t iova, uint64_t length)
{
	struct iom_ioas_unmap u = { .size = sizeof(u), .ioas_id = id, .iova = iova, .length = length };

	CALL(w, fd, IOM_NR_IOAS_UNMAP, &u);
}

static uint64_t place(struct worker *w)
{
	return IOM_MOCK_APERTURE_START + any(w, 64) * 8 * PAGE;
}

/* ---- what a thread does in a round ---- */

static void mappings(struct worker *w, int fd)
{
	uint32_t id = ioas(w, fd), other = 1 + any(w, 12);
	struct iom_ioas_copy c = { .size = sizeof(c), .flags = RW, .dst_ioas_id = id,
				   .src_ioas_id = other, .length = PAGE, .src_iova = place(w) };

	for (unsigned int i = 0; i < 8; i++) {
		map(w, fd, i & 1 ? other : id, any(w, 2) ? place(w) : 0);
		if (i & 2)
			unmap(w, fd, i & 4 ? other : id, place(w), 8 * PAGE);
	}
	CALL(w, fd, IOM_NR_IOAS_COPY, &c);
	unmap(w, fd, id, 0, UINT64_MAX);
	if (any(w, 3))
		destroy(w, fd, id);
}

/* Many of these calls, in a place that no other thread has: so a shared context is split. */
static void apart(struct worker *w, int fd)
{
	uint32_t id = ioas(w, fd);

	for (unsigned int i = 0; i < 200; i++) {
		uint64_t iova = ((w->number + 1ul) << 28) + any(w, 64) * 8 * PAGE;

		map(w, fd, id, iova);
		unmap(w, fd, id, iova, 8 * PAGE);
	}
	destroy(w, fd, id);
}

static void mock(struct worker *w, int fd)
{
	struct iom_test_cmd c = { 0 };
	uint32_t id = any(w, 2) ? ioas(w, fd) : 1 + any(w, 12), stdev;
	struct iom_hwpt_alloc h = { .size = sizeof(h), .pt_id = id };

	if (test_cmd(w, fd, &c, IOM_TEST_OP_MOCK_DOMAIN, id))
		return;
	stdev = c.mock_domain.out_stdev_id;
	h.dev_id = c.mock_domain.out_idev_id;
	map(w, fd, id, place(w));
	if (!CALL(w, fd, IOM_NR_HWPT_ALLOC, &h)) {
		c = (struct iom_test_cmd){ .mock_domain_replace.pt_id = h.out_hwpt_id };
		test_cmd(w, fd, &c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev);
	}
	unmap(w, fd, id, 0, UINT64_MAX);
	destroy(w, fd, stdev);
	if (h.out_hwpt_id)
		destroy(w, fd, h.out_hwpt_id);
}

static void access_pages(struct worker *w, int fd)
{
	struct iom_test_cmd c = {
		.create_access.flags = IOM_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES
	};
	uint32_t id = any(w, 2) ? ioas(w, fd) : 1 + any(w, 12);
	uint64_t iova = place(w);
	int afd;

	if (test_cmd(w, fd, &c, IOM_TEST_OP_CREATE_ACCESS, id))
		return;
	afd = (int)c.create_access.out_access_fd;
	map(w, fd, id, iova);
	c = (struct iom_test_cmd){ .access_pages = { .iova = iova, .length = PAGE,
						     .uptr = (uintptr_t)w->memory } };
	if (!test_cmd(w, fd, &c, IOM_TEST_OP_ACCESS_PAGES, (uint32_t)afd) && any(w, 2)) {
		uint32_t item = c.access_pages.out_access_pages_id;

		c = (struct iom_test_cmd){ .destroy_access_pages.access_pages_id = item };
		test_cmd(w, fd, &c, IOM_TEST_OP_DESTROY_ACCESS_PAGES, (uint32_t)afd);
	}
	c = (struct iom_test_cmd){ .access_rw = { .iova = iova, .length = 64, .flags = any(w, 2),
						  .uptr = (uintptr_t)w->memory + MEMORY / 2 } };
	test_cmd(w, fd, &c, IOM_TEST_OP_ACCESS_RW, (uint32_t)afd);
	unmap(w, fd, id, iova, 8 * PAGE);
	answer(w, "close of an access", iom_emu_close(emu, afd));
}

static void faults(struct worker *w, int fd)
{
	struct iom_fault_alloc q = { .size = sizeof(q) };
	struct iom_hwpt_alloc h = { .size = sizeof(h), .flags = IOM_HWPT_FAULT_ID_VALID };
	struct iom_hwpt_page_response answer_to = { .code = 0 };
	struct iom_hwpt_pgfault fault;
	struct iom_test_cmd c = { .mock_domain_flags.dev_flags = 0 };
	uint32_t id = ioas(w, fd), stdev;
	struct pollfd p = { .events = POLLIN };

	if (CALL(w, fd, IOM_NR_FAULT_QUEUE_ALLOC, &q))
		return;
	p.fd = (int)q.out_fault_fd;
	if (!test_cmd(w, fd, &c, IOM_TEST_OP_MOCK_DOMAIN, id)) {
		stdev = c.mock_domain.out_stdev_id;
		h.dev_id = c.mock_domain.out_idev_id;
		h.pt_id = id;
		h.fault_id = q.out_fault_id;
		if (!CALL(w, fd, IOM_NR_HWPT_ALLOC, &h)) {
			c = (struct iom_test_cmd){ .mock_domain_replace.pt_id = h.out_hwpt_id };
			test_cmd(w, fd, &c, IOM_TEST_OP_MOCK_DOMAIN_REPLACE, stdev);
		}
		for (unsigned int i = 0; i < 3; i++) {
			c = (struct iom_test_cmd){ .trigger_iopf = { .dev_id = h.dev_id, .perm = 1,
								     .addr = i * PAGE } };
			test_cmd(w, fd, &c, IOM_TEST_OP_TRIGGER_IOPF, 0);
		}
		while (poll(&p, 1, 0) == 1 && p.revents & POLLIN &&
		       answer(w, "read", (int)iom_emu_read(emu, p.fd, &fault, sizeof(fault))) ==
			       (int)sizeof(fault)) {
			answer_to.cookie = fault.cookie;
			answer(w, "write",
			       (int)iom_emu_write(emu, p.fd, &answer_to, sizeof(answer_to)));
		}
		destroy(w, fd, stdev);
	}
	if (h.out_hwpt_id)
		destroy(w, fd, h.out_hwpt_id);
	answer(w, "close of a queue", iom_emu_close(emu, p.fd));
	destroy(w, fd, q.out_fault_id);
}

static void viommus(struct worker *w, int fd)
{
	struct iom_hwpt_alloc h = { .size = sizeof(h), .flags = IOM_HWPT_ALLOC_NEST_PARENT };
	struct iom_viommu_alloc v = { .size = sizeof(v), .type = IOM_VIOMMU_TYPE_SELFTEST };
	struct iom_vdevice_alloc d = { .size = sizeof(d), .virt_id = 1 + any(w, 4) };
	struct iom_test_cmd c = { 0 };
	uint32_t id = ioas(w, fd), stdev;

	if (test_cmd(w, fd, &c, IOM_TEST_OP_MOCK_DOMAIN, id))
		return;
	stdev = c.mock_domain.out_stdev_id;
	h.dev_id = v.dev_id = d.dev_id = c.mock_domain.out_idev_id;
	h.pt_id = id;
	if (!CALL(w, fd, IOM_NR_HWPT_ALLOC, &h)) {
		v.hwpt_id = h.out_hwpt_id;
		if (!CALL(w, fd, IOM_NR_VIOMMU_ALLOC, &v)) {
			d.viommu_id = v.out_viommu_id;
			if (!CALL(w, fd, IOM_NR_VDEVICE_ALLOC, &d) && any(w, 2))
				destroy(w, fd, d.out_vdevice_id);
			destroy(w, fd, v.out_viommu_id);
		}
	}
	destroy(w, fd, stdev);
	destroy(w, fd, v.out_viommu_id);
	destroy(w, fd, h.out_hwpt_id);
}

/* A device of the machine that the others want as well. */
static void vfio(struct worker *w, int fd)
{
	int dev = answer(w, "open", iom_emu_open(emu, any(w, 2) ? "/dev/vfio/devices/vfio0"
							      : "/dev/vfio/devices/vfio1"));
	struct iom_vfio_bind b = { .argsz = sizeof(b), .iommufd = fd };
	struct iom_vfio_attach a = { .argsz = sizeof(a), .pt_id = ioas(w, fd) };
	uint32_t bytes = 0;

	if (dev < 0)
		return;
	CALL(w, dev, IOM_NR_VFIO_DEVICE_BIND_IOMMUFD, &b);
	CALL(w, dev, IOM_NR_VFIO_DEVICE_ATTACH_IOMMUFD_PT, &a);
	map(w, fd, a.pt_id, 0);
	answer(w, "pread", (int)iom_emu_pread(emu, dev, &bytes, sizeof(bytes), UINT64_C(7) << 40));
	answer(w, "close of a device", iom_emu_close(emu, dev));
}

/* The shared context goes, and another comes in its place; the others may find either. */
static void renew(struct worker *w, unsigned int which)
{
	int fd = __atomic_load_n(&shared[which], __ATOMIC_RELAXED);
	int fresh = answer(w, "open", iom_emu_open(emu, "/dev/iommu"));

	if (fresh < 0)
		return;
	if (__atomic_compare_exchange_n(&shared[which], &fd, fresh, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		answer(w, "close", iom_emu_close(emu, fd));
	else
		answer(w, "close", iom_emu_close(emu, fresh));
}

/* As dup(2) and two close(2) of a program: the file lives as long as one of them. */
static void duplicate(struct worker *w, int fd)
{
	/* The number may go meanwhile, which is meant: the sanitizer would object to dup(2) here. */
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return;
	if (answer(w, "dup", iom_emu_dup(emu, fd, copy))) {
		close(copy);
		return;
	}
	mappings(w, copy);
	if (any(w, 2)) {
		answer(w, "close of a copy", iom_emu_close(emu, copy));
	} else {
		/* Behind its back, and told later. */
		close(copy);
		iom_emu_closed(emu, (unsigned int)copy, (unsigned int)copy);
	}
}

static void *work(void *arg)
{
	static void (*const doing[])(struct worker *w, int fd) = { mappings, apart,   mock,
								    access_pages, faults, viommus,
								    vfio,	  duplicate };
	struct worker *w = arg;
	int own = answer(w, "open", iom_emu_open(emu, "/dev/iommu"));

	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int which = any(w, SHARED);
		int fd = any(w, 3) ? __atomic_load_n(&shared[which], __ATOMIC_RELAXED) : own;

		doing[any(w, IOM_ARRAY_SIZE(doing))](w, fd);
		if (!any(w, 40))
			renew(w, which);
	}
	answer(w, "close", iom_emu_close(emu, own));
	return NULL;
}

static void check(bool ok, const char *what)
{
	printf("%s %u - %s\n", ok ? "ok" : "not ok", ++n_tests, what);
	n_bad += !ok;
}

int main(void)
{
	struct worker w[THREADS] = { 0 };
	struct iom_err err = { 0 };
	unsigned long done = 0;
	char what[200];

	emu = iom_emu_new(NULL, &err);
	for (unsigned int i = 0; emu && i < SHARED; i++)
		shared[i] = iom_emu_open(emu, "/dev/iommu");
	for (unsigned int i = 0; emu && i < THREADS; i++) {
		w[i] = (struct worker){ .number = i, .seed = 7 + i };
		w[i].memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0);
		if (w[i].memory == MAP_FAILED || pthread_create(&w[i].thread, NULL, work, &w[i])) {
			fputs("Bail out! no thread\n", stdout);
			return 1;
		}
	}
	for (unsigned int i = 0; emu && i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].done;
		snprintf(what, sizeof(what), "thread %u: %lu calls done, %lu refused%s%s %s", i,
			 w[i].done, w[i].refused, w[i].wrong ? ", wrongly " : "",
			 w[i].wrong ? iom_errno_name(w[i].wrong) : "", w[i].wrong ? w[i].where : "");
		check(!w[i].wrong && w[i].done > ROUNDS, what);
	}
	check(done > 0, "the machine works");
	iom_emu_free(emu);
	printf("1..%u\n", n_tests);
	return n_bad != 0;
}
