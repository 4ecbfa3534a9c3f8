/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ABI as data: every ioctl, field, enum and data type of iommufd. No I/O here. */
#pragma once

#include "iommuctl/base.h"

/* How a field is read and shown. */
enum iom_kind {
	IOM_K_SIZE,	/* the leading size (iommufd) or argsz (VFIO) */
	IOM_K_RESERVED, /* must be zero; shown only when it is not */
	IOM_K_UINT,	/* plain count or number, decimal */
	IOM_K_HEX,	/* register or mask */
	IOM_K_IOVA,	/* an IOVA or guest address, hex */
	IOM_K_LEN,	/* bytes */
	IOM_K_ID,	/* an object id; obj says of which type */
	IOM_K_FLAGS,	/* bits of values */
	IOM_K_ENUM,	/* one of values */
	IOM_K_PTR,	/* user address; elem says of what, when known */
	IOM_K_FD,	/* file descriptor, signed */
};

enum iom_dir { IOM_IN = 1, IOM_OUT = 2, IOM_INOUT = 3 };

/* Object types of an iommufd context; the names are the kernel's. */
enum iom_obj {
	IOM_OBJ_NONE,
	IOM_OBJ_DEVICE,
	IOM_OBJ_HWPT_PAGING,
	IOM_OBJ_HWPT_NESTED,
	IOM_OBJ_IOAS,
	IOM_OBJ_ACCESS,
	IOM_OBJ_FAULT,
	IOM_OBJ_VIOMMU,
	IOM_OBJ_VDEVICE,
	IOM_OBJ_VEVENTQ,
	IOM_OBJ_HW_QUEUE,
	IOM_OBJ_SELFTEST,
	IOM_OBJ_PT,  /* in a field: an IOAS, HWPT or vIOMMU id */
	IOM_OBJ_ANY, /* in a field: any type */
};

struct iom_value {
	const char *name;   /* kernel name: "IOMMU_IOAS_MAP_FIXED_IOVA" */
	const char *word;   /* what a person types and reads: "fixed-iova" */
	uint64_t value;
	const char *since;  /* "6.2", or the series "sw-msi-v2"; NULL: as its enum */
	bool unmerged;	    /* in no released kernel */
};

struct iom_enum {
	const char *name;   /* kernel's enum tag, or a name of ours when it has none */
	bool flags;	    /* values are bits */
	const struct iom_value *values; /* ends with .name == NULL */
};

struct iom_struct;

struct iom_field {
	const char *name;   /* kernel member name; unique within its call */
	const char *member; /* C designator in the kernel's struct ("check_map.iova"); NULL: name */
	uint16_t offset;    /* bytes */
	uint16_t width;	    /* bytes of one element */
	uint16_t count;	    /* elements; 1 for a scalar */
	uint8_t dir;	    /* enum iom_dir */
	uint8_t kind;	    /* enum iom_kind */
	uint8_t obj;	    /* enum iom_obj for IOM_K_ID */
	const struct iom_enum *values;	  /* for FLAGS and ENUM */
	const struct iom_struct *elem;	  /* for PTR to an array or data type, when fixed */
	const char *count_field;	  /* for PTR: member that counts elements or bytes */
};

/* A data type that a call points to (hw_info, hwpt data, invalidate entry, record). */
struct iom_struct {
	const char *name;   /* kernel struct tag: "iommu_hwpt_vtd_s1" */
	const char *word;   /* "vtd-s1" */
	const char *group;  /* "hw-info", "hwpt-data", "invalidate", "viommu", "veventq", "fault" ... */
	uint64_t type_id;   /* value of the type enum that selects it; see types */
	const struct iom_enum *types; /* enum that type_id belongs to, or NULL */
	uint16_t size;
	const struct iom_field *fields; /* ends with .name == NULL */
	const char *since;
	bool unmerged;
};

enum iom_family {
	IOM_FAM_IOMMUFD,  /* on a /dev/iommu context */
	IOM_FAM_SELFTEST, /* IOMMU_TEST_CMD operations on the same context */
	IOM_FAM_VFIO,	  /* on a VFIO device fd */
	IOM_FAM_QUEUE,	  /* reads and writes of an event queue's fd */
};

struct iom_call {
	const char *name;   /* "IOMMU_IOAS_MAP"; selftest: "IOMMU_TEST_OP_ADD_RESERVED" */
	const char *tag;    /* kernel struct tag, "iommu_ioas_map" */
	const char *word;   /* "ioas-map", accepted by `raw` beside the name */
	uint32_t code;	    /* whole ioctl number, 0x3b85 */
	uint16_t min, full; /* smallest accepted and full size of the struct, bytes */
	uint8_t family;	    /* enum iom_family */
	int32_t op;	    /* selftest operation or VFIO feature; -1 when the code says all */
	const struct iom_field *fields; /* ends with .name == NULL */
	uint8_t creates;    /* enum iom_obj that a success creates, or IOM_OBJ_NONE */
	const char *object; /* command object ("ioas"), or NULL when only raw reaches it */
	const char *verb;   /* command verb ("map") */
	const char *since;  /* kernel release ("6.2"), or series ("tsm-rfc1") */
	const char *abi;    /* NULL in mainline; else the --abi word of its revision */
	const char *brief;
};

/*
 * One access to a region of a VFIO device, described like a call so that traces, dry runs and
 * explanations have it: pread(2) and pwrite(2) have no struct in the kernel.
 */
struct iom_region_io {
	uint32_t index;  /* region */
	uint32_t count;  /* bytes: 1, 2, 4 or 8 */
	uint64_t offset; /* within the region */
	uint64_t value;
};
extern const struct iom_call iom_region_read, iom_region_write;
/*
 * A word of the pages that a virtual IOMMU shows behind the context's fd, for which mmap(2) is
 * called each time.
 */
struct iom_page_io {
	uint64_t mmap_offset, mmap_length; /* what is mapped of the fd, bytes */
	uint64_t offset; /* within that */
	uint64_t value;
	uint32_t count; /* bytes: 1, 2, 4 or 8 */
	bool write;
};
extern const struct iom_call iom_page_access;
/* One of these three by name, case-insensitive; NULL when it is none. */
const struct iom_call *iom_region_call_find(const char *name);

#define IOM_MAX_ARG 256 /* no call's struct is larger, bytes */

/*
 * All calls, ended by .name == NULL: iommufd by number, patch series, selftest (the bare command
 * with op -1, then by op), VFIO by number (features by op behind the bare VFIO_DEVICE_FEATURE).
 */
extern const struct iom_call iom_calls[];
/* All data types, ended by .name == NULL. */
extern const struct iom_struct iom_structs[];
/* All enums, ended by NULL. */
extern const struct iom_enum *const iom_enums[];

/*
 * By kernel name or word, case-insensitive, "IOMMU_" optional; abi NULL means mainline first,
 * then the first unmerged of that name. With an abi: the call of that series, else the mainline
 * one, never one of another series. NULL when unknown.
 */
const struct iom_call *iom_call_find(const char *name, const char *abi);
/*
 * By code; for the selftest command also by the op in arg, for VFIO_DEVICE_FEATURE by the feature
 * in its flags (arg may be NULL, else at least 8 bytes). An op that is not known gives the row
 * whose op is -1. Mainline before series. NULL when unknown.
 */
const struct iom_call *iom_call_of(uint32_t code, const void *arg);
/* The same within a series: its call, else the mainline one. abi NULL is iom_call_of(). */
const struct iom_call *iom_call_of_abi(uint32_t code, const void *arg, const char *abi);
const struct iom_field *iom_field_find(const struct iom_field *fields, const char *name);
/* By kernel tag or word; group NULL searches all groups. NULL when unknown. */
const struct iom_struct *iom_struct_find(const char *group, const char *name);
/* The data type that a type number selects, e.g. for the values of a data_type field, or NULL. */
const struct iom_struct *iom_struct_of(const struct iom_enum *types, uint64_t type_id);
/* "ioas", "hwpt-paging" ...; never NULL. */
const char *iom_obj_name(enum iom_obj obj);

/* NULL when the value has no name. */
const struct iom_value *iom_value_of(const struct iom_enum *e, uint64_t value);
/* By word or kernel name, case-insensitive; NULL when unknown. */
const struct iom_value *iom_value_find(const struct iom_enum *e, const char *word);

/*
 * What is read and written on the fds of event queues, described as if it were calls: for -v, for
 * errors and for `explain`. They have no number and are never issued as one.
 */
struct iom_queue_io {
	uint32_t id;	/* of the queue's object, 0 when not known */
	uint32_t count; /* bytes */
	uint32_t cookie, code; /* write: of the first response */
};
enum { IOM_FAULT_READ, IOM_FAULT_WRITE, IOM_VEVENTQ_READ };
/* By these numbers, ended by .name == NULL. */
extern const struct iom_call iom_queue_ops[];
/* By name or word; NULL when unknown. */
const struct iom_call *iom_queue_op_find(const char *name);

/* Element i of a field in arg, zero-extended (FD kinds sign-extended). */
uint64_t iom_field_get(const struct iom_field *f, const void *arg, unsigned int i);
/* Returns 0, or -ERANGE when v does not fit the width. */
int iom_field_set(const struct iom_field *f, void *arg, unsigned int i, uint64_t v) iom_must_check;
/* Appends the value as text: hex for addresses, "read|write" or "0x10" for flags, names for enums. */
void iom_field_format(const struct iom_field *f, const void *arg, unsigned int i, struct iom_buf *b);
/* The same for a value at hand. */
void iom_value_format(const struct iom_field *f, uint64_t v, struct iom_buf *b);
/* Appends "name=value, ..." for every field of the direction; reserved ones only when not zero. */
void iom_call_format(const struct iom_call *c, const void *arg, enum iom_dir dir, struct iom_buf *b);
/* The same for the fields of a data type. */
void iom_fields_format(const struct iom_field *fields, const void *arg, enum iom_dir dir,
		       struct iom_buf *b);
/* Value of text for this field: number, or name(s) joined with '|' or ','. 0, -EINVAL, -ERANGE. */
int iom_field_parse(const struct iom_field *f, const char *text, uint64_t *out) iom_must_check;
