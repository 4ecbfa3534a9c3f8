/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the groups of the diagnosis tests share: the fixture, short forms, the tests themselves. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommuctl/diag.h"
#include "iommuctl/uapi.h"

#ifndef FIXTURES
#define FIXTURES "tests/fixtures"
#endif
#define NO_CAPS	 FIXTURES "/sysfs-vtd"
#define ALL_CAPS FIXTURES "/sysfs-smmuv3"
#define NO_ROOT	 FIXTURES "/sysfs-none"

#define NO_HARDWARE 0xffffu /* as hw_type: it can be asked and is of no type */
#define MAX_ROWS  1024
#define N_USABLE  2
#define MEM_LEN	  0x20000
#define CLOSED_FD 987 /* nothing has it open */

/* A context, the backend below it and the book it looks things up in. */
struct fake {
	struct iom_backend be;
	struct iom_ctx ctx;
	const char *root;
	unsigned int asked;
	uint32_t hw_type; /* what GET_HW_INFO answers; 0: refused */
	uint32_t hw_type6; /* the same for device 6; 0: as the others */
	uint64_t hw_caps;
	uint8_t hw_pasids; /* bits */
	unsigned char hw_data[40];
	uint64_t align;
	uint64_t sw_msi_start, sw_msi_mib;
	struct iom_object *objects[16], store[16];
	struct iom_area areas[8];
	struct iom_allow allowed[1];
	struct iom_handle access, vfio, twin;
	struct iom_pasid pasid;
	unsigned char *mem;
	long page;
};

extern struct fake f;

/* What explain() filled in last. */
extern struct iom_err last_err;

/* Rows of the table that held, and that were looked at and passed over, in this run. */
extern unsigned int held[MAX_ROWS], passed[MAX_ROWS];

/* What the fake backend answers to IOMMU_IOAS_IOVA_RANGES. */
extern const struct iom_iova_range usable[N_USABLE];

/* Before every test: the book as new, the counters of the rows as they were. */
int setup(void **state);
int teardown(void **state);

/* A region call for f.be, which has none of its own: aperture, MSI window, a reserved one. */
int fake_regions(struct iom_backend *be, int fd, uint32_t ioas,
		 int (*cb)(const struct iom_region *r, void *arg), void *arg);

/* Puts an object into the book; it stays the fixture's. */
struct iom_object *put(uint32_t id, enum iom_obj type);

/* Puts f.areas[i] into the book; va 0 makes it one of a file. */
void map(unsigned int i, uint32_t ioas, uint64_t start, uint64_t last, uint64_t va, uint8_t prot,
	 unsigned int line);

/* Counts the rows that were looked at until one, the cause, held; NULL: none held. */
void note_rows(const char *call, int code, const char *cause);

/* Has a refusal (code: positive errno) of a call explained; returns last_err. */
struct iom_err *explain(const char *call, const void *arg, size_t len, int code);

/* A row held: its key, the member under suspicion (NULL: any), a part of the fact. */
void is_cause(const struct iom_err *e, const char *cause, const char *field, const char *part);

/* Nothing holds: no fact, a hint all the same. */
void is_guess(const struct iom_err *e, const char *part);

#define WHY(call, errno_, cause, field, part, ...)                                                 \
	do {                                                                                       \
		__auto_type sent_ = __VA_ARGS__;                                                   \
		is_cause(explain(call, &sent_, sizeof(sent_), errno_), cause, field, part);        \
	} while (0)
#define GUESS(call, errno_, part, ...)                                                             \
	do {                                                                                       \
		__auto_type sent_ = __VA_ARGS__;                                                   \
		is_guess(explain(call, &sent_, sizeof(sent_), errno_), part);                      \
	} while (0)

/* The short forms below give a default that the caller overrides. */
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif

#define MAPARG(...)                                                                                \
	((struct iom_ioas_map){ .size = 40,                                                        \
				.flags = 7,                                                        \
				.ioas_id = 1,                                                      \
				.user_va = (uintptr_t)f.mem,                                       \
				.length = 0x1000,                                                  \
				.iova = 0x3000000,                                                 \
				__VA_ARGS__ })
#define FILEARG(...)                                                                               \
	((struct iom_ioas_map_file){ .size = 40,                                                   \
				     .flags = 7,                                                   \
				     .ioas_id = 1,                                                 \
				     .fd = 0,                                                      \
				     .start = 0,                                                   \
				     .length = 0x1000,                                             \
				     .iova = 0x3000000,                                            \
				     __VA_ARGS__ })
#define COPYARG(...)                                                                               \
	((struct iom_ioas_copy){ .size = 40,                                                       \
				 .flags = 7,                                                       \
				 .dst_ioas_id = 2,                                                 \
				 .src_ioas_id = 1,                                                 \
				 .length = 0x1000,                                                 \
				 .dst_iova = 0x3000000,                                            \
				 .src_iova = 0x2000000,                                            \
				 __VA_ARGS__ })

/* diag_call.c */
void test_dispatch(void **state);
void test_size(void **state);
void test_reserved_and_flags(void **state);
void test_ids(void **state);
void test_pointers(void **state);

/* diag_map.c */
void test_map_numbers(void **state);
void test_file_and_copy_numbers(void **state);
void test_holes(void **state);
void test_blind(void **state);
void test_mapped(void **state);
void test_no_room(void **state);
void test_copy_source(void **state);
void test_unmap(void **state);

/* diag_memory.c */
void test_user_memory(void **state);
void test_device_memory(void **state);
void test_vfio_mapping(void **state);
void test_files(void **state);
void test_memlock(void **state);
void test_allow(void **state);

/* diag_object.c */
void test_options(void **state);
void test_huge_pages(void **state);
void test_sw_msi(void **state);
void test_destroy(void **state);
void test_process_and_pa(void **state);

/* diag_device.c */
void test_mock_attach(void **state);
void test_mock_reserved(void **state);
void test_mock_check(void **state);
void test_mock_access(void **state);
void test_vfio_bind(void **state);
void test_vfio_attach(void **state);
void test_vfio_detach(void **state);
void test_vfio_region(void **state);

/* diag_pasid.c */
void test_mock_pasid(void **state);
void test_mock_pasid_check(void **state);
void test_mock_dirty(void **state);
void test_vfio_pasid(void **state);

/* diag_dmabuf.c */
void test_dmabuf_export(void **state);
void test_dmabuf_map(void **state);
void test_dmabuf_mock(void **state);
void test_noiommu(void **state);
void test_vf_token(void **state);

/* diag_hwpt.c */
void test_hwpt_alloc(void **state);
void test_hwpt_fill(void **state);
void test_hwpt_dirty(void **state);
void test_hwpt_invalidate(void **state);
void test_hw_info(void **state);
void test_mock_hwpt(void **state);

/* diag_queue.c */
void test_queue_alloc(void **state);
void test_queue_io(void **state);
void test_queue_trigger(void **state);

/* diag_viommu.c */
void test_viommu_alloc(void **state);
void test_tsm_bind(void **state);
void test_tsm_bind_vfio(void **state);
void test_tsm_viommu(void **state);
void test_tsm_request(void **state);
void test_tsm_req(void **state);
void test_vdevice_alloc(void **state);
void test_viommu_attach(void **state);
void test_viommu_page(void **state);
void test_hw_queue_alloc(void **state);
void test_viommu_invalidate(void **state);

/* diag_nesting.c */
void test_nested_flags(void **state);
void test_nested_data(void **state);
void test_nested_attach(void **state);
void test_nested_read_only(void **state);
void test_stream_entries(void **state);
void test_stream_commands(void **state);
