/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why: the cause table behind error messages, and what a kernel offers. */
#pragma once

#include "iommuctl/context.h"
#include "iommuctl/host.h"

/* What a predicate may look at. It must not change the context. */
struct iom_case {
	struct iom_ctx *ctx;
	const struct iom_call *call;
	const void *arg;     /* the struct as it was sent */
	int code;	     /* negative errno */
	const char *sysroot;
	struct iom_err *err; /* a predicate that holds fills fact, field and, if better, hint */
	int fd;		     /* the VFIO device it was sent to, -1: the context, or not known */
	bool unknown;	     /* set by a predicate that does not hold because it could not look */
};

/* One row: for this call and errno, `test` decides by looking whether this is the cause. */
struct iom_cause {
	const char *call;  /* "IOMMU_IOAS_MAP"; NULL: any call */
	int code;	   /* positive errno */
	const char *key;   /* "iova-reserved": stable word, in JSON as "cause" */
	bool (*test)(struct iom_case *c); /* NULL: cannot be looked at, always possible */
	const char *fact;  /* text for `explain` and the man page: what is the case */
	const char *hint;
	unsigned int families; /* rows for any call: bits of enum iom_family that meet it; 0: all */
};

/* Row i of the one table, NULL past its end. For a call and errno the first row that holds wins. */
const struct iom_cause *iom_cause_at(size_t i);

/*
 * Fills err (fact, hint, field, cause, exit) for a refused call. arg is the struct as it was
 * sent. May issue read-only calls (IOVA_RANGES) on the same context; never changes objects.
 */
void iom_explain(struct iom_ctx *ctx, const struct iom_call *call, const void *arg, int code,
		 const char *sysroot, struct iom_err *err);
/* The same for a call on a VFIO device: fd is the device's, which names it. */
void iom_explain_fd(struct iom_ctx *ctx, const struct iom_call *call, int fd, const void *arg,
		    int code, const char *sysroot, struct iom_err *err);
/* Why the node cannot be opened (code: negative errno of open): fact, hint, exit 3 or 4. */
void iom_explain_open(const char *backend, const char *path, int code, const char *sysroot,
		      struct iom_err *err);

/*
 * The node of a PCI device, "/dev/vfio/devices/vfioN", into path. Returns 0, or an exit code with
 * err filled: the device is not there, or VFIO does not have it, and what to do about it.
 */
int iom_find_node(struct iom_backend *be, const char *bdf, const char *sysroot, char *path, size_t len,
		  struct iom_err *err) iom_must_check;

enum iom_tri { IOM_NO, IOM_YES, IOM_UNKNOWN };

struct iom_probe_call {
	const struct iom_call *call; /* the mainline entry of that number */
	enum iom_tri present;
	uint32_t size;		     /* true struct size, bytes; 0: not known */
	const char *meaning;	     /* where a number has two: "IOMMU_IOAS_NOIOMMU_GET_PA" ... */
};

struct iom_probe {
	char backend[16];
	char kernel[64];     /* uname release; "emu" has "emulates 7.3" */
	int open_error;	     /* 0, or the negative errno of opening the node */
	struct iom_probe_call calls[48];
	unsigned int n_calls;
	enum iom_tri selftest, vfio_cdev, vfio_compat;
	enum iom_tri options[8]; /* by value of the option enum; see option_names */
	const char *option_names[8];
	unsigned int n_options;
	const char *nr_95;   /* "ioas-noiommu-get-pa", "vdevice-tsm-op", "absent", "unknown" */
};

/*
 * Asks a fresh context of the backend at path; leaves nothing behind. Never guesses: what could
 * not be asked is IOM_UNKNOWN. Returns 0 also when the node cannot be opened (open_error).
 */
int iom_probe_run(struct iom_backend *be, const char *path, const char *sysroot,
		  struct iom_probe *out, struct iom_err *err);

/* How a member of a group stands to handing the group to user space. */
enum iom_member {
	IOM_MEMBER_VFIO,   /* bound to a VFIO driver */
	IOM_MEMBER_FREE,   /* bound to none */
	IOM_MEMBER_BRIDGE, /* a bridge, which is in nobody's way */
	IOM_MEMBER_STUB,   /* pci-stub, in nobody's way either */
	IOM_MEMBER_HELD,   /* a driver of the host uses it: the whole group is refused */
};
extern const char *const iom_member_words[]; /* NULL-ended */
enum iom_member iom_member_of(const struct iom_host_dev *d);

enum iom_viable_state {
	IOM_VIABLE_READY,   /* can be opened now */
	IOM_VIABLE_FREE,    /* nothing in the way, but no device has a VFIO driver */
	IOM_VIABLE_HELD,    /* a member has a driver of the host */
	IOM_VIABLE_BLOCKED, /* firmware's direct mapping: cannot be, whatever is bound */
	IOM_VIABLE_NOTHING, /* no device, or bridges only */
};
extern const char *const iom_viable_words[]; /* NULL-ended */

struct iom_viable {
	enum iom_viable_state state;
	char reason[256]; /* names who or what; "" when there is nothing to say */
};
/* The group's regions, its members and what lives on them must have been read. */
void iom_viable_of(const struct iom_host *h, const struct iom_host_group *g, struct iom_viable *v);

/* What the number of a call is to a kernel. */
struct iom_meaning {
	int open_error;	 /* 0, or the negative errno of opening the node */
	bool same;	 /* it is the call that was asked about, with the same struct */
	uint32_t size;	 /* bytes of the struct there; 0: not asked, or not known */
	char is[96];	 /* when it is not the same: "absent", "IOMMU_HW_QUEUE_ALLOC of 40 bytes" ... */
};

/*
 * Asks a fresh context of the backend at path what the number of the call means there. Numbers
 * of patch series were given out twice, and structs behind a number changed: presence, the true
 * size and, where two revisions have the same size, requests for object 0 tell them apart. The
 * call itself is never sent.
 */
void iom_meaning_of(struct iom_backend *be, const char *path, const struct iom_call *call,
		    struct iom_meaning *out);
/*
 * Would taking the device from its driver cut something off that is in use? why then says what:
 * a network interface that is up, a mounted disk, the last console, virtual functions.
 */
bool iom_guard(const struct iom_host *h, const struct iom_host_dev *d, char *why, size_t len);

/* ---- doctor ---- */

enum iom_verdict {
	IOM_VERDICT_OK,
	IOM_VERDICT_WARNING, /* works, or may, at a price that the evidence tells */
	IOM_VERDICT_PROBLEM,
	IOM_VERDICT_UNKNOWN, /* what would tell cannot be read here */
};
extern const char *const iom_verdict_words[]; /* NULL-ended */

/* How much a problem of this kind prevents. */
enum iom_severity {
	IOM_SEVERITY_FATAL,  /* no device at all can be used */
	IOM_SEVERITY_DEVICE, /* the device or group cannot be used */
	IOM_SEVERITY_MEMORY, /* it can, and memory cannot be mapped */
	IOM_SEVERITY_RISK,   /* it works, and something else may suffer */
};
extern const char *const iom_severity_words[]; /* NULL-ended */

struct iom_doctor;
struct iom_check {
	const char *id;	    /* "group-viable": stable word */
	const char *title;  /* what is asked */
	enum iom_severity severity;
	void (*run)(struct iom_doctor *d);
	const char *remedy; /* where the check names no better one */
};
/* Row i of the one table of checks, NULL past its end. */
const struct iom_check *iom_check_at(size_t i);

struct iom_finding {
	const struct iom_check *check;
	enum iom_verdict verdict;
	char subject[64];   /* device, or "group 3"; "" the machine */
	char evidence[1024]; /* what was read, and where */
	char remedy[512];   /* "" when there is nothing to do */
};

struct iom_trial;
struct iom_log_line;
struct iom_doctor {
	/* To be filled; the host with all its parts, borrowed. */
	const struct iom_host *h;
	const struct iom_host_proc *procs;
	size_t n_procs, hidden;
	const struct iom_host_dev *only; /* NULL: all that have a VFIO driver */
	uint64_t plan_size;		 /* bytes of memory of the guest, 0: no plan */
	uint64_t plan_devices;		 /* address spaces that it is mapped into */
	int pid;			 /* the process that maps; 0: this one */
	const char *const *wanted;	 /* words of the checks to run, NULL-ended; NULL: all */
	const struct iom_trial *trial;	 /* the device was opened; NULL: it was not */
	/* The answer, freed by iom_doctor_free(). */
	struct iom_finding *findings;	 /* by check, in the order of the table */
	size_t n, cap;
	const struct iom_check *running;
	char release[65];		 /* of the kernel, "" not known */
	struct iom_log_line *log;	 /* what the kernel logged and a check knows */
	size_t n_log, cap_log;
	const char *log_file;
	int log_error;			 /* negative errno: it could not be read */
	bool failed;			 /* out of memory */
};
/* Runs the checks; each has at least one finding afterwards. 0 or -ENOMEM. */
int iom_doctor_run(struct iom_doctor *d) iom_must_check;
void iom_doctor_free(struct iom_doctor *d);
/*
 * Opens the device at node, binds it to a context of its own on the node iommufd, attaches it to an
 * empty IOAS, asks what it can do, and closes all of it. NULL: out of memory. A real device is reset
 * by that.
 */
struct iom_trial *iom_trial_new(struct iom_backend *be, const char *iommufd, const char *node,
				const char *sysroot);
void iom_trial_free(struct iom_trial *t);
