/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of the cause table: queues of page requests and of events, their reads and writes. */
#include "causes.h"

static const struct iom_cause rows_queue[] = {
	{ "IOMMU_FAULT_QUEUE_ALLOC", EMFILE, "no-fd-left", cause_no_fd_left,
	  "the process has no file descriptor left", "close some, or raise RLIMIT_NOFILE" },
	{ "IOMMU_VEVENTQ_ALLOC", EOPNOTSUPP, "event-type-zero", cause_event_type_zero,
	  "the type is 0, which is that of no event", "name the type of the vIOMMU's events" },
	{ "IOMMU_VEVENTQ_ALLOC", EINVAL, "depth-wrong", cause_depth_wrong,
	  "the depth is 0 or more than 524288", "give one of 1 to 524288" },
	{ "IOMMU_VEVENTQ_ALLOC", EEXIST, "veventq-exists", cause_veventq_exists,
	  "the viommu has a queue of this type already", "read that one, or destroy it first" },
	{ "IOMMU_VEVENTQ_ALLOC", EMFILE, "no-fd-left", cause_no_fd_left,
	  "the process has no file descriptor left", "close some, or raise RLIMIT_NOFILE" },

	{ "fault_read", ESPIPE, "count-uneven", cause_count_uneven,
	  "the buffer is not a multiple of 40 bytes, the size of a page request",
	  "read whole page requests" },
	{ "fault_read", EINVAL, "group-too-long", cause_group_too_long,
	  "the buffer is too small for the next group of page requests",
	  "a group is read as a whole: raise or leave out --count" },
	{ "fault_write", ESPIPE, "count-uneven", cause_count_uneven,
	  "what is written is not a multiple of 8 bytes, the size of a response",
	  "write whole responses" },
	{ "fault_write", EINVAL, "response-code", cause_response_code,
	  "the code is neither success (0) nor invalid (1)", "use one of these" },
	{ "fault_write", EINVAL, "cookie-unknown", cause_cookie_unknown,
	  "no group of page requests waits for an answer under this cookie",
	  "a group is answered once, after it was read; a detach or replace of the device "
	  "answers all that is open" },
	{ "veventq_read", EINVAL, "buffer-too-small", NULL,
	  "the buffer is too small for the next event and its header", "read with a larger one" },
	{ "veventq_read", ESPIPE, "offset-not-zero", NULL, "the file offset is not 0",
	  "read without an offset" },

	{ "IOMMU_TEST_OP_TRIGGER_IOPF", EINVAL, "not-mock-device", cause_not_mock_device,
	  "the device is not one of the mock driver's", "`mock add-device` makes one" },
	{ "IOMMU_TEST_OP_TRIGGER_VEVENT", ENOENT, "no-virtual-device", cause_no_virtual_device,
	  "the device is not attached to a nested page table of a viommu, or its virtual id is 0",
	  "make a vdevice with an id above 0 and a page table on the viommu, then attach the device "
	  "to that" },
	{ "IOMMU_TEST_OP_TRIGGER_VEVENT", EOPNOTSUPP, "no-veventq", cause_no_veventq,
	  "the viommu has no event queue of type selftest",
	  "`veventq alloc --type selftest` makes one" },
};

CAUSE_PART(queue);
