/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open iommufd context, the book of what was made in it, and the memory it maps. */
#pragma once

#include "iommuctl/abi.h"
#include "iommuctl/backend.h"
#include "iommuctl/itree.h"

/* Memory that this process mapped for an IOAS; freed with its last mapping. */
struct iom_mem {
	void *addr;
	size_t len;	   /* bytes, multiple of the page size */
	uint32_t refs;	   /* mappings that use it, plus the creator until iom_mem_put() */
	uint32_t slot;	   /* size class of the small-block cache, 0: its own mmap */
	struct iom_mem *next;
};

/* One area of an IOAS, as the kernel keeps them: never merged, never split by us. */
struct iom_area {
	union {
		struct iom_inode node; /* [iova, iova + length - 1] */
		struct iom_area *next_free; /* of the records that wait for their next use */
	};
	uint64_t user_va;      /* 0 for a file mapping */
	struct iom_mem *mem;   /* holds a reference; NULL when the memory is not ours */
	unsigned int line;     /* batch line that made it; 0 outside a batch */
	uint8_t prot;	       /* 1 readable, 2 writeable */
	bool file;	       /* made by IOAS_MAP_FILE, or copied from such an area */
	bool dmabuf;	       /* of a dma-buf that this context made */
};

/* One object that a call of this context created. Ids are the kernel's. */
struct iom_object {
	uint32_t id;
	enum iom_obj type;
	uint32_t parents[3];   /* ids given to the call that made it; 0 ends */
	uint32_t hwpt;	       /* DEVICE, SELFTEST: the HWPT it is attached to, 0 none */
	uint32_t ioas;	       /* HWPT, ACCESS: its IOAS or parent; VIOMMU and on it: the next one down */
	uint32_t peer;	       /* SELFTEST: its DEVICE, and the other way round; 0 none */
	bool by_pasid_0;       /* VFIO DEVICE: attached as its PASID 0, and detached only so */
	bool automatic;	       /* HWPT that the kernel made by itself on attach */
	uint64_t msi_start;    /* DEVICE: sw-msi-start as it was set; all ones: never */
	uint64_t msi_mib;      /* DEVICE: sw-msi-size as it was set */
	uint32_t hwpt_flags;   /* HWPT: flags of the HWPT_ALLOC that made it */
	uint64_t vtd_flags;    /* HWPT_NESTED of VT-d: of its data */
	uint32_t vtd_width;    /* the same: its addr_width */
	bool has_vtd;	       /* it is one */
	bool kvm;	       /* VIOMMU: made with the fd of a virtual machine (unmerged) */
	bool tsm_bound;	       /* VDEVICE: bound to a TSM (unmerged) */
	uint64_t key;	       /* VDEVICE: its virt_id; HW_QUEUE: its index */
	uint64_t first, last;  /* HW_QUEUE: IOVAs that it lies at */
	uint32_t event_type;   /* VEVENTQ: type of its events */
	uint32_t sequence;     /* VEVENTQ: of the event that is to come next */
	unsigned int line;     /* batch line; 0 outside a batch */
	const char *by;	       /* call that made it, static storage */
	struct iom_itree areas; /* IOAS: struct iom_area */
	struct iom_allow {
		uint64_t start, last;
	} *allowed;	       /* IOAS: its ALLOW_IOVAS list */
	unsigned int n_allowed;
};

/* An fd that a call handed out, or a VFIO device that was opened. */
struct iom_handle {
	int fd;
	uint32_t id;	       /* object that it belongs to, 0 none */
	const char *by;	       /* call or path kind that made it, static storage */
	char name[256];	       /* path for devices, else "" */
	uint32_t ranges;       /* dma-buf: of addresses that it is made of; else 0 */
	struct iom_handle *next;
};

/* A reserved range of the mock driver's ADD_RESERVED, kept to explain refusals. */
struct iom_mock_resv {
	uint32_t ioas;
	uint64_t start, last;
	struct iom_mock_resv *next;
};

/* A PASID of a device and what it is attached to. Never 0: that is the device itself. */
struct iom_pasid {
	uint32_t device; /* DEVICE object */
	uint32_t pasid;
	uint32_t hwpt;
	unsigned int line; /* batch line; 0 outside a batch */
	struct iom_pasid *next; /* by device and PASID */
};

enum iom_phase { IOM_BEFORE, IOM_AFTER, IOM_DRY };

struct iom_ctx {
	struct iom_backend *be; /* borrowed */
	const char *path;	/* node to open, "/dev/iommu" */
	int fd;			/* -1 until the first call needs it */
	bool inherited;		/* --fd: not closed by us, may hold objects we never saw */
	bool dry_run;
	unsigned int line;	/* current batch line, 0 outside a batch */
	/* Called around every call (also from --dry-run); NULL for silence. */
	void (*trace)(struct iom_ctx *ctx, enum iom_phase phase, const struct iom_call *call,
		      int fd, const void *arg, int rc);
	void *trace_arg;

	struct iom_object **objects; /* by id */
	uint32_t n_objects;	     /* slots */
	struct iom_handle *handles;
	struct iom_mock_resv *resv;
	struct iom_pasid *pasids;
	struct iom_mem *pending_mem; /* memory of the map call being issued, borrowed */
	bool touched;		     /* something may have written to mapped memory */
	struct iom_mem *free_mem[17];
	struct iom_area *free_area;
	void *chunks;		     /* arena of small blocks */
};

void iom_ctx_init(struct iom_ctx *ctx, struct iom_backend *be);
/*
 * Destroys nothing by hand: closing the fd frees the objects. Only PASIDs of mock devices are
 * detached before, because the mock driver does not. Reports a close that failed.
 */
int iom_ctx_fini(struct iom_ctx *ctx, struct iom_err *err);
/* Opens the node unless it is open. Errors: exit 3, 4 with the cause and a hint. */
int iom_ctx_need(struct iom_ctx *ctx, struct iom_err *err) iom_must_check;

/*
 * The one function that issues a call. fd -1 means the context (opened when needed). Returns
 * >= 0 from the kernel, IOM_DRY when --dry-run kept it back, or a negative errno with err->code,
 * op and exit set. Success is entered in the book. sent gets the struct as it was sent (call->full
 * bytes of IOM_MAX_ARG), for explanations; NULL when nobody wants it.
 */
#define IOM_DRY 0x10000000
int iom_issue(struct iom_ctx *ctx, const struct iom_call *call, int fd, void *arg, void *sent,
	      struct iom_err *err) iom_must_check;

/*
 * The same for an access to a region of a VFIO device (iom_region_read, iom_region_write): count
 * bytes at start + offset of its fd, little endian. Returns 0, IOM_DRY, or a negative errno.
 */
int iom_issue_region(struct iom_ctx *ctx, const struct iom_call *call, int fd, uint64_t start,
		     struct iom_region_io *io, struct iom_err *err) iom_must_check;

/* The same for a word behind the context's fd, which is opened when needed. */
int iom_issue_page(struct iom_ctx *ctx, struct iom_page_io *io, struct iom_err *err) iom_must_check;

/*
 * read(2) and write(2) on the fd of an event queue; op is one of iom_queue_ops, io what is known
 * of it. Returns bytes, IOM_DRY, or a negative errno with err->code, op and exit set.
 */
ssize_t iom_queue_read(struct iom_ctx *ctx, const struct iom_call *op, int fd,
		       const struct iom_queue_io *io, void *buf, struct iom_err *err) iom_must_check;
ssize_t iom_queue_write(struct iom_ctx *ctx, const struct iom_call *op, int fd,
			const struct iom_queue_io *io, const void *buf,
			struct iom_err *err) iom_must_check;

/* NULL when this context did not create the object. */
struct iom_object *iom_ctx_object(const struct iom_ctx *ctx, uint32_t id);
/* The IOAS behind an id (itself, or of its HWPT, device or access); NULL when not known. */
struct iom_object *iom_ctx_ioas_of(const struct iom_ctx *ctx, uint32_t id);
/* What the PASID of a DEVICE is attached to; NULL when the book has nothing. */
struct iom_pasid *iom_ctx_pasid(const struct iom_ctx *ctx, uint32_t device, uint32_t pasid);
/* First area of the IOAS that overlaps [iova, last]; NULL when the book has none. */
struct iom_area *iom_ctx_area(const struct iom_ctx *ctx, uint32_t ioas, uint64_t iova,
			      uint64_t last);
struct iom_area *iom_ctx_area_next(struct iom_area *a, uint64_t iova, uint64_t last);
/* Registers an fd so that it is closed with the context. */
int iom_ctx_add_handle(struct iom_ctx *ctx, int fd, uint32_t id, const char *by,
		       const char *name) iom_must_check;
struct iom_handle *iom_ctx_handle(const struct iom_ctx *ctx, int fd);
/* Closes an fd that this context handed out; -EBADF for any other. */
int iom_ctx_close_handle(struct iom_ctx *ctx, int fd) iom_must_check;
/* The open handle that belongs to object id (a VFIO device's fd by its device id), or NULL. */
struct iom_handle *iom_ctx_handle_of(const struct iom_ctx *ctx, uint32_t id);

/*
 * Zeroed anonymous memory of at least len bytes; huge_size 0 or the huge page size in bytes.
 * Returns NULL with errno set. The caller holds a reference.
 */
struct iom_mem *iom_mem_anon(struct iom_ctx *ctx, size_t len, size_t huge_size);
/* Shared mapping of a file; the caller keeps fd. Returns NULL with errno set. */
struct iom_mem *iom_mem_file(struct iom_ctx *ctx, int fd, uint64_t offset, size_t len, bool writable);
void iom_mem_put(struct iom_ctx *ctx, struct iom_mem *m);

/* Private to the room: enters a successful call into the book. */
int iom_book_note(struct iom_ctx *ctx, const struct iom_call *call, int fd, const void *before,
		  const void *arg) iom_must_check;
/* Private to the room: a refused call may have done a part of its work. */
void iom_book_note_refused(struct iom_ctx *ctx, const struct iom_call *call, const void *before,
			   int code);
void iom_book_free(struct iom_ctx *ctx);
