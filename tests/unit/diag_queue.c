/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes of refused queues of page requests and of events, and of their reads and writes. */
#include "diag_fixture.h"

#include <sys/resource.h>

/* Beside the book of the fixture: nested table 9 and event queue 10 of viommu 8. */
static void put_queue(void)
{
	struct iom_object *o = put(9, IOM_OBJ_HWPT_NESTED);

	o->parents[0] = 4;
	o->parents[1] = 8;
	o = put(10, IOM_OBJ_VEVENTQ);
	o->parents[0] = 8;
	o->event_type = IOM_VEVENTQ_TYPE_SELFTEST;
}

#define QUEUE(...)                                                                                 \
	((struct iom_veventq_alloc){ .size = 32,                                                   \
				     .viommu_id = 8,                                               \
				     .type = IOM_VEVENTQ_TYPE_SELFTEST,                            \
				     .veventq_depth = 4,                                           \
				     __VA_ARGS__ })

static void without_fds(const char *call, const void *arg, size_t len)
{
	struct rlimit old, none = { 0 };

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	explain(call, arg, len, EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	is_cause(&last_err, "no-fd-left", NULL, "RLIMIT_NOFILE");
}

void test_queue_alloc(void **state)
{
	struct iom_fault_alloc fault = { .size = 16 };

	(void)state;
	put_queue();
	GUESS("fault-queue-alloc", EMFILE, "none", fault);
	without_fds("fault-queue-alloc", &fault, sizeof(fault));
	GUESS("veventq-alloc", EMFILE, "none", QUEUE(.type = 1));
	without_fds("veventq-alloc", &QUEUE(.type = 1), sizeof(struct iom_veventq_alloc));
	WHY("veventq-alloc", EOPNOTSUPP, "event-type-zero", "type", "0", QUEUE(.type = 0));
	WHY("veventq-alloc", EOPNOTSUPP, "flag-unknown", "flags", "", QUEUE(.flags = 1, .type = 0));
	GUESS("veventq-alloc", EOPNOTSUPP, "support", QUEUE(.type = 1));
	WHY("veventq-alloc", EINVAL, "depth-wrong", "veventq_depth", "at least 1",
	    QUEUE(.veventq_depth = 0));
	WHY("veventq-alloc", EINVAL, "depth-wrong", NULL, "at most 524288",
	    QUEUE(.veventq_depth = 524289));
	GUESS("veventq-alloc", EINVAL, "accept", QUEUE(.veventq_depth = 524288));
	WHY("veventq-alloc", EEXIST, "veventq-exists", "type", "veventq 10", QUEUE(.type = 0xbeefbeef));
	GUESS("veventq-alloc", EEXIST, "queue of this type", QUEUE(.type = 1));
}

#define IO(...) ((struct iom_queue_io){ .id = 7, __VA_ARGS__ })

void test_queue_io(void **state)
{
	(void)state;
	WHY("fault-read", ESPIPE, "count-uneven", "count", "41 bytes", IO(.count = 41));
	GUESS("fault-read", ESPIPE, "none", IO(.count = 80));
	WHY("fault-read", EINVAL, "group-too-long", "count", "more than 1 page request",
	    IO(.count = 40));
	WHY("fault-read", EINVAL, "group-too-long", NULL, "2 page requests", IO(.count = 80));
	GUESS("fault-read", EINVAL, "none", IO(.count = 41));
	WHY("fault-write", ESPIPE, "count-uneven", "count", "of 8", IO(.count = 9));
	GUESS("fault-write", ESPIPE, "none", IO(.count = 16));
	WHY("fault-write", EINVAL, "response-code", "code", "code is 2", IO(.count = 8, .code = 2));
	WHY("fault-write", EINVAL, "cookie-unknown", "cookie", "cookie 5",
	    IO(.count = 8, .code = 1, .cookie = 5));
	GUESS("fault-write", EINVAL, "none", IO(.count = 0));
	GUESS("veventq-read", EINVAL, "too small", IO(.count = 8));
	GUESS("veventq-read", ESPIPE, "offset", IO(.count = 8));
	/* What any ioctl can meet is not said of them. */
	GUESS("fault-read", ENOMEM, "none", IO(.count = 40));
}

void test_queue_trigger(void **state)
{
	struct iom_test_cmd iopf = { .size = sizeof(iopf), .op = IOM_TEST_OP_TRIGGER_IOPF };
	struct iom_test_cmd event = { .size = sizeof(event), .op = IOM_TEST_OP_TRIGGER_VEVENT };

	(void)state;
	put_queue();
	iopf.trigger_iopf.dev_id = 6;
	WHY("test-trigger-iopf", EINVAL, "not-mock-device", "dev_id", "device 6", iopf);
	iopf.trigger_iopf.dev_id = 4;
	GUESS("test-trigger-iopf", EINVAL, "accept", iopf);
	event.trigger_vevent.dev_id = 4;
	WHY("test-trigger-vevent", ENOENT, "no-virtual-device", "dev_id", "not attached", event);
	GUESS("test-trigger-vevent", EOPNOTSUPP, "no event queue", event);
	f.store[4].hwpt = 9;
	WHY("test-trigger-vevent", ENOENT, "no-virtual-device", "dev_id", "virtual id", event);
	GUESS("test-trigger-vevent", EOPNOTSUPP, "support", event);
	f.store[10].event_type = 1;
	WHY("test-trigger-vevent", EOPNOTSUPP, "no-veventq", "dev_id", "viommu 8", event);
	event.trigger_vevent.dev_id = 1;
	WHY("test-trigger-vevent", ENOENT, "no-object", "dev_id", "ioas", event);
}
