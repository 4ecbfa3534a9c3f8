/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the emulator share: the machine, its objects and page tables. */
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include "iommuctl/abi.h"
#include "iommuctl/emu.h"
#include "iommuctl/itree.h"
#include "iommuctl/uapi.h"

#include "alloc.h"
#include "lock.h"
#include "memory.h"

/* The machine has 4 KiB pages and 2 MiB transparent ones, whatever the host has. */
#define EMU_PAGE_SHIFT 12
#define EMU_PAGE       ((uint64_t)1 << EMU_PAGE_SHIFT)
#define EMU_HUGE_PAGE  ((uint64_t)1 << 21)
#define EMU_UNIT_MOCK  (-1)
#define EMU_UNIT_NONE  (-2) /* of devices without an IOMMU */
#define EMU_MIB	       ((uint64_t)1 << 20)

enum { EMU_READ = 1, EMU_WRITE = 2 };

struct emu_ucmd;
struct emu_viommu;
struct emu_vdevice;
struct emu_hw_queue;
struct emu_kvm;
struct emu_tdi;
struct emu_mm;
struct emu_kept;
struct emu_vma;
struct emu_post;

/* ---- objects ---- */

/* An fd that the machine has for itself, and the process that opened it. */
struct emu_own_fd {
	struct emu_own_fd *next, **link; /* of the machine's; while there is an fd */
	int fd; /* -1: none */
	struct emu_mm *mm;
	dev_t dev;
	ino_t ino;
};

/* Head of every object; the object is one malloc. */
struct emu_obj {
	uint32_t id;
	uint32_t users; /* 1 is the table's own; an object with more cannot be destroyed */
	uint8_t type; /* enum iom_obj */
	bool live; /* its id is reserved from the start, but found only from here on */
};

struct emu_objtab {
	struct emu_obj **slot; /* by id */
	uint64_t *used; /* bitmap of reserved ids; bit 0 is always set */
	uint32_t words; /* of the bitmap; 64 slots each */
	uint32_t first_free; /* no free id is in a lower word */
	uint32_t count;
};

enum emu_account { EMU_ACCOUNT_UNKNOWN, EMU_ACCOUNT_NONE, EMU_ACCOUNT_USER, EMU_ACCOUNT_MM };

/* A lock in a line of the cache of its own. */
struct emu_stripe {
	struct emu_lock lock;
	char apart[64 - sizeof(struct emu_lock)];
};

#define EMU_SHARDS 8

/* One open of /dev/iommu. */
struct emu_ctx {
	struct emu_lock lock; /* of local calls, whatever fd they come through */
	struct iom_emu *emu;
	struct emu_ctx *next;
	struct emu_objtab objs;
	uint32_t refs; /* its fd, bound devices, accesses */
	bool account_mm;
	struct emu_ioas *vfio_ioas;
	struct emu_viommu *mmaps; /* with a range of the fd to be mapped, by its offset */
	bool split; /* the locks of shards are enough for some calls, see dispatch.c */
	uint32_t waits; /* that were for nothing, since it was split */
	struct emu_stripe shards[EMU_SHARDS]; /* of all its IOASes */
};

/* Two threads can change different shards at once. */
struct emu_shard {
	struct iom_itree areas;
	char apart[64]; /* no two in a line of the cache */
};

struct emu_ioas {
	struct emu_obj obj;
	struct emu_ctx *ctx;
	struct emu_shard shards[EMU_SHARDS];
	struct iom_itree wide; /* areas that no shard takes */
	struct iom_itree allowed, reserved;
	uint64_t alignment;
	bool no_large_pages;
	/* [packed_from, packed) has no hole: allocation starts looking behind it */
	uint64_t packed_from, packed;
	struct emu_hwpt *hwpts; /* in order of creation, each with its domain filled */
	uint32_t domains;
	struct emu_access *accesses;
};

/* A run of memory, shared by the areas that show slices of it. */
struct emu_pages {
	uint32_t refs;
	uint32_t pinned; /* pages, as its process is told of; only in a machine that is shared */
	uint8_t account; /* enum emu_account, decided when the first page is pinned */
	bool writable;
	bool account_mm;
	uint8_t huge; /* memory of huge pages: 0 not asked yet, 1 no, 2 yes */
	bool revoked; /* of a dma-buf that was taken back: nothing is mapped any more */
	uint64_t base; /* page aligned user address, or offset in the file */
	struct emu_backing *file; /* NULL: memory of a process */
	struct emu_mm *mm; /* whose memory, and whose charge; NULL: this one is the only process */
	struct emu_kept *kept; /* what was pinned when that ended */
	struct emu_area *areas;
	struct emu_pin *pins;
	uint64_t charged; /* pages counted against RLIMIT_MEMLOCK */
};

/* Pages held by accesses; indexes count pages from the base. */
struct emu_pin {
	struct emu_pin *next;
	uint64_t first, last;
	uint32_t users;
};

/* One mapping. A million of them must fit, so nothing goes in here lightly. */
struct emu_area {
	struct iom_inode node;
	struct emu_area *next, **link; /* other areas of the same pages */
	struct emu_ioas *ioas;
	struct emu_pages *pages;
	uint64_t start_byte; /* from the base of the pages */
	uint32_t num_accesses;
	uint8_t prot;
	bool small_pages; /* in every HWPT that had_small */
	bool wide; /* not in a shard */
};

struct emu_reserved {
	struct iom_inode node;
	const void *owner; /* device or HWPT that goes away with it; NULL: the mock's own */
	const char *kind;
	char name[32];
};

struct emu_allowed {
	struct iom_inode node;
};

/* HWPT_PAGING, which follows the areas of its IOAS, or HWPT_NESTED, which lies on a parent. */
struct emu_hwpt {
	struct emu_obj obj;
	struct emu_ioas *ioas; /* nested: its parent's */
	struct emu_hwpt *next; /* in the IOAS */
	int unit;
	uint8_t driver; /* enum emu_driver */
	uint64_t aperture_start, aperture_last, pgsizes;
	bool automatic;
	bool nest_parent;
	bool second_stage; /* VT-d and SMMUv3 */
	bool force_writeable; /* takes no read-only mapping */
	bool pasid_compat; /* made with the flag for it */
	bool no_pasid_op; /* its driver cannot attach it to a PASID */
	bool has_dirty, tracking;
	bool had_small; /* it was there when the IOAS allowed large pages again */
	uint32_t slot; /* among the domains of the IOAS; the one in slot 0 knows where pages are */
	struct iom_itree dirty; /* entries written to since the bitmap was read */
	struct emu_hwpt *parent; /* nested */
	struct emu_fault *fault; /* where page requests go; NULL: nowhere */
	struct emu_viommu *viommu; /* nested through one: holds it in the parent's place */
	union { /* nested, as its driver has it */
		uint32_t iotlb[IOM_MOCK_NESTED_DOMAIN_IOTLB_NUM];
		struct iom_hwpt_vtd_s1 vtd;
		uint8_t ste_config; /* enum iom_ste_config */
	};
};

/* ---- event queues ---- */

/* Head of FAULT and VEVENTQ: records that wait for a reader of its fd. */
struct emu_eventq {
	struct emu_obj obj;
	struct emu_ctx *ctx;
	struct emu_own_fd signal; /* our end of the pipe of its fd; none once that is closed */
	bool readable; /* as poll(2) sees the fd */
};

/* A page request, of a group of one: that is what the mock makes. */
struct emu_iopf {
	struct emu_iopf *next;
	const struct emu_group *group; /* the attachment that it came through: the group's ... */
	uint32_t pasid; /* ... for this PASID, 0 for none */
	struct iom_hwpt_pgfault msg;
};

struct emu_fault {
	struct emu_eventq q;
	struct emu_iopf *deliver, **tail; /* not read yet, the oldest first */
	struct emu_iopf **response; /* read and not answered, by cookie */
	uint32_t n_response, first_free; /* slots; no free cookie but 0 is lower */
	bool zero_free; /* cookie 0 is the next one */
};

struct emu_vevent;

struct emu_veventq {
	struct emu_eventq q;
	struct emu_viommu *viommu;
	struct emu_veventq *next; /* in the vIOMMU */
	uint32_t type, depth;
	struct emu_vevent *deliver, **tail; /* not read yet, the oldest first */
	uint32_t waiting, sequence; /* number of them; of the event to come */
	bool lost; /* behind them stands a mark of lost events, with that sequence */
	uint32_t lost_sequence;
};

/* ---- devices ---- */

struct emu_resv {
	uint64_t start, last;
	const char *kind; /* as in struct iom_region */
};

/* The devices themselves; any other number is a PASID of them. */
#define EMU_NO_PASID 0u

/* What a group is attached to under one PASID, as long as a device of it is. */
struct emu_attach {
	struct emu_attach *next; /* in the group, by PASID */
	uint32_t pasid;
	struct emu_hwpt *hwpt;
	struct emu_idev **devs; /* that asked for it, by id */
	uint32_t n_devs;
};

/* Drivers of IOMMUs. A plain one has no data, and of the flags only that for PASIDs. */
enum emu_driver {
	EMU_DRIVER_PLAIN,
	EMU_DRIVER_INTEL,
	EMU_DRIVER_SMMUV3,
	EMU_DRIVER_TEGRA241, /* an SMMUv3 with queues for guests */
	EMU_DRIVER_AMD,
	EMU_DRIVER_MOCK,
};

/* The IOMMU behind a device: its registers decide what the driver can do. */
struct emu_hw {
	uint8_t driver; /* enum emu_driver */
	uint64_t cap, ecap; /* VT-d */
	uint32_t idr[6], iidr, aidr; /* SMMUv3 */
	struct iom_hw_info_tegra241_cmdqv cmdqv;
	uint64_t efr, efr2; /* AMD */
};

union emu_hw_info {
	struct iom_test_hw_info mock;
	struct iom_hw_info_vtd vtd;
	struct iom_hw_info_arm_smmuv3 smmuv3;
	struct iom_hw_info_tegra241_cmdqv tegra;
	struct iom_hw_info_amd amd;
};

struct emu_group {
	struct emu_group *next;
	int64_t number; /* negative: nobody else can join */
	struct emu_ctx *owner;
	uint32_t owner_cnt;
	struct emu_attach *attaches;
};

/* What kind of TSM a device has, if any. */
enum { EMU_TSM_LINK, EMU_TSM_DEVSEC, EMU_TSM_NONE };

/* A device of the host: a VFIO one of the machine, or a mock made by the selftest driver. */
struct emu_dev {
	struct emu_dev *next;
	char name[32];
	char bdf[20];
	int unit; /* IOMMU that it sits behind, EMU_UNIT_MOCK for mocks */
	struct emu_hw hw;
	struct emu_group *group;
	uint64_t aperture_start, aperture_last, pgsizes;
	struct emu_resv *resv;
	uint32_t n_resv;
	uint32_t max_pasids; /* 0: a PCI device without PASIDs */
	bool next_fails; /* mock: the next change of the reserved PASID will */
	uint32_t mock_number, mock_flags;
	bool opened; /* VFIO: bound through one of its fds */
	uint32_t cache[IOM_MOCK_DEV_CACHE_NUM]; /* mock */
	/* mock: the vIOMMU of the nested table that it is attached to, and its number there */
	const struct emu_viommu *viommu;
	uint64_t vdev_id;
	bool noiommu; /* VFIO: behind no IOMMU */
	char pf_name[32]; /* VFIO: of a virtual function, as the machine's description has it */
	struct emu_dev *pf; /* NULL also when VFIO does not have it */
	bool is_pf, is_vf;
	uint8_t token[16]; /* PF: what its functions have to know */
	uint32_t token_users; /* PF: functions that are open */
	uint32_t number; /* VFIO: place in the machine */
	uint8_t tsm; /* EMU_TSM_* */
	struct emu_kvm *kvm; /* VFIO: who opens it tells this machine, or NULL */
	struct emu_tdi *tdi; /* bound to a TSM */
};

/* DEVICE object: a device bound to a context. */
struct emu_idev {
	struct emu_obj obj;
	struct emu_ctx *ctx;
	struct emu_dev *dev;
	bool orphan; /* mock: removed while PASIDs were attached, owns dev */
	uint64_t sw_msi_start, sw_msi_size; /* bytes; size 0: the driver's own window */
	struct emu_kvm *kvm; /* that the file was told of before the bind, or NULL */
	struct emu_vdevice *vdev; /* NULL: in no vIOMMU */
	bool going; /* its vdevice was taken away because it goes; it gets no other */
};

/* ---- virtual IOMMUs ---- */

/* What an IOMMU driver adds; members that say so may be NULL. */
struct emu_viommu_ops {
	/* Reads and answers the data of VIOMMU_ALLOC; there is none when its length is 0. */
	int (*init)(struct emu_ucmd *u, struct emu_viommu *v);
	void (*destroy)(struct emu_viommu *v); /* NULL: nothing to do */
	/* Fills a nested table from its data; NULL: -EOPNOTSUPP. */
	int (*alloc_nested)(struct emu_viommu *v, struct emu_hwpt *hwpt,
			    const struct iom_hwpt_alloc *cmd);
	/* *done counts the entries carried out; NULL: -EOPNOTSUPP. */
	int (*invalidate)(struct emu_viommu *v, const struct iom_hwpt_invalidate *cmd,
			  uint32_t *done);
	/* Takes a queue of the one type there is; NULL: -EOPNOTSUPP. */
	int (*hw_queue_init)(struct emu_hw_queue *q);
	void (*hw_queue_destroy)(struct emu_hw_queue *q); /* there is one when there is an init */
	uint32_t hw_queue_type;
};

struct emu_viommu {
	struct emu_obj obj;
	struct emu_ctx *ctx;
	const struct emu_viommu_ops *ops; /* NULL until the driver took it */
	uint32_t type;
	int unit;
	struct emu_hw hw; /* of the device that it was made for */
	struct emu_hwpt *hwpt; /* the nesting parent */
	struct emu_vdevice *vdevs;
	struct emu_hw_queue *first_queue; /* mock */
	bool second_taken; /* mock: for good */
	struct emu_veventq *veventqs;
	uint64_t mmap_offset, mmap_length; /* bytes of the context's fd; offset 0: none */
	struct emu_viommu *next_mmap;
	struct emu_own_fd mmap_pages; /* behind it; none until they are asked for */
	uint32_t mmap_word; /* what they begin with */
	struct emu_kvm *kvm; /* given by its fd, or NULL */
	struct emu_kvm *vfio_kvm; /* learnt from the device that it was made for, or NULL */
};

/* VDEVICE object: a device under the number that the guest knows it by. */
struct emu_vdevice {
	struct emu_obj obj;
	struct emu_viommu *viommu;
	struct emu_idev *idev;
	uint64_t virt_id;
	struct emu_vdevice *next; /* in the vIOMMU */
};

struct emu_hw_queue {
	struct emu_obj obj;
	struct emu_viommu *viommu;
	struct emu_access *access; /* keeps its memory mapped */
	uint32_t index;
	struct emu_hw_queue *prev; /* mock: held by the second */
	bool started; /* the driver took it */
};

struct emu_selftest {
	struct emu_obj obj;
	struct emu_idev *idev;
	struct emu_dev *dev; /* owned */
};

struct emu_access_item {
	struct emu_access_item *next;
	uint64_t iova, length;
	uint32_t id;
};

struct emu_access {
	struct emu_obj obj;
	struct emu_ctx *ctx;
	struct emu_ioas *ioas;
	struct emu_access *next; /* in the IOAS */
	bool internal; /* of the kernel itself: it locks [first, last] until it goes */
	uint64_t first, last;
	bool pins;
	uint64_t alignment;
	struct emu_access_item *items;
	uint32_t next_item;
};

#define EMU_MSIX_VECTORS 4 /* of a VFIO device */

/* ---- files and the machine ---- */

enum emu_file_kind {
	EMU_FILE_CTX,
	EMU_FILE_VFIO,
	EMU_FILE_ACCESS,
	EMU_FILE_FAULT,
	EMU_FILE_VEVENTQ,
	EMU_FILE_DMABUF,
	EMU_FILE_KVM,
};

struct emu_file {
	enum emu_file_kind kind;
	uint32_t users; /* fds and messages, of all processes, and what is mapped */
	dev_t dev_id; /* of the fd that stands for it, by which another process knows it */
	ino_t ino;
	struct emu_ctx *ctx; /* VFIO: NULL until bound */
	struct emu_dev *dev; /* VFIO */
	struct emu_idev *idev; /* VFIO: once bound */
	bool attached; /* VFIO: through calls without a PASID */
	uint32_t *pasids, n_pasids; /* VFIO: attached through calls with one */
	bool low_power; /* VFIO: asked to be put to sleep */
	struct emu_regs *regs; /* VFIO: what its regions hold, once bound; owned */
	struct emu_access *access; /* ACCESS */
	struct emu_backing *backing; /* DMABUF */
	struct emu_kvm *kvm; /* KVM */
	struct emu_eventq *queue; /* FAULT, VEVENTQ */
};

/* What makes a file a dma-buf. */
struct emu_dmabuf {
	bool mock; /* of the selftest driver */
	struct emu_dev *dev; /* exporter; NULL also when that was closed */
	uint64_t size, phys;
	uint32_t ranges;
	bool revoked;
};

/* Where some contiguous memory lies: 2 MiB of a file, or of this process. */
struct emu_chunk {
	struct emu_chunk *next;
	bool file;
	dev_t dev;
	ino_t ino;
	uint64_t index;
	uint64_t phys;
};

/* A file behind mappings, one for each inode. */
struct emu_backing {
	struct emu_backing *next;
	uint32_t refs;
	struct emu_own_fd own;
	bool pinnable; /* shmem or hugetlbfs */
	bool huge; /* hugetlbfs */
	struct emu_dmabuf *buf; /* NULL: not a dma-buf */
	dev_t dev;
	ino_t ino;
};

struct emu_ucmd {
	struct iom_emu *emu;
	struct emu_ctx *ctx;
	uint64_t uptr; /* the caller's struct */
	uint32_t user_size; /* its size as the caller says */
	void *cmd; /* our copy, full size */
};

/* What a call on one IOAS is about; last is inclusive. */
struct emu_reach {
	uint32_t ioas_id;
	uint64_t start, last;
};

struct emu_op {
	uint32_t code; /* 0: no such call */
	uint16_t min, full;
	int (*run)(struct emu_ucmd *u);
	bool local; /* reads and changes nothing but its context, memory and what .common guards */
	/* local calls: where it maps or unmaps, or false when that is not within one shard; or NULL */
	bool (*reach)(const void *cmd, struct emu_reach *r);
};

#define EMU_MAX_FILES (1 << 20) /* fds: what a process can have, unless an admin says more */

#define EMU_FIRST_NR 0x80
#define EMU_N_OPS    0x21 /* up to the selftest command 0xa0 */

/* As many threads can be in calls that stay within their contexts; see emu_enter(). */
#define EMU_STRIPES 8
struct iom_emu {
	pthread_mutex_t lock;
	struct emu_stripe stripes[EMU_STRIPES];
	struct emu_lock common; /* local calls: charged pages, processes and files behind mappings */
	bool striped; /* who entered has the stripes, too */
	bool forked; /* other processes may use the machine: no call is local any more */
	struct emu_op ops[EMU_N_OPS];
	struct emu_file **files; /* by fd, room for all; copies of an fd show the same file */
	int n_files; /* the highest fd that there was, and 1 */
	struct emu_ctx *ctxs;
	struct emu_vma *vmas;
	struct emu_own_fd *owns;
	struct emu_post *posts;
	struct emu_mm *mms; /* the processes that share the machine; NULL: it is not shared */
	uint32_t next_mm;
	struct emu_dev *devs;
	struct emu_group *groups;
	struct emu_backing *backings;
	struct emu_chunk *chunks;
	uint64_t next_phys; /* physical memory that was not spoken of yet */
	uint64_t *mock_ids; /* bitmap of mock device numbers */
	uint32_t mock_words;
	uint64_t user_pages, mm_pages; /* charged */
	bool sw_msi;
	bool tsm_any; /* plays whatever series it is told to */
	const char *series; /* of the TSM calls, or NULL; static storage */
	const char *speaks; /* the one in play now */
	uint8_t lacks; /* EMU_LACKS_* */
	uint8_t has; /* EMU_HAS_* */
	bool no_devices; /* of VFIO, also not the default ones */
};

enum { EMU_LACKS_KVM = 1, EMU_LACKS_TSM = 2, EMU_LACKS_ARM64 = 4, EMU_LACKS_SELFTEST = 8 };
enum {
	EMU_HAS_HUGE_PAGES = 1,
	EMU_HAS_SYS_RESOURCE = 2,
	EMU_HAS_SYS_RAWIO = 4,
	EMU_HAS_IPC_LOCK = 8,
};

/* dispatch.c */
/*
 * Into the machine, and out again: it is the caller's alone. A local call takes only the stripe of
 * its thread, and the lock of the context or of a shard of that; who enters takes the lock of the
 * machine and then all stripes.
 */
void emu_enter(struct iom_emu *emu);
void emu_leave(struct iom_emu *emu);
void emu_locks_init(struct iom_emu *emu);
void emu_dispatch_init(struct iom_emu *emu);
/* Copies our struct back, as much of it as the caller has. 0 or -EFAULT. */
int emu_respond(struct emu_ucmd *u, size_t len) iom_must_check;
/*
 * A struct that may have grown: `len` bytes at dst from `size` bytes at uptr. -EFAULT, or
 * -E2BIG for non-zero bytes that we do not know.
 */
int emu_copy_struct(void *dst, size_t len, uint64_t uptr, size_t size) iom_must_check;

/* fdtable.c */
/* The table of files; false when out of memory. */
bool emu_files_init(struct iom_emu *emu) iom_must_check;
void emu_files_free(struct iom_emu *emu);
struct emu_file *emu_file_of(const struct iom_emu *emu, int fd);
/* Reserves an fd for a file to come; negative errno. */
int emu_fd_reserve(void) iom_must_check;
/* The file owns fd from here on. NULL when out of memory; fd is then still the caller's. */
struct emu_file *emu_file_add(struct iom_emu *emu, int fd, enum emu_file_kind kind);
/* fd is closed already, or never was anybody's; with its last copy the file goes. */
void emu_file_drop(struct iom_emu *emu, int fd);
/* In the table of this process; the file is held already. False: no memory. */
bool emu_file_set(struct iom_emu *emu, int fd, struct emu_file *f) iom_must_check;
void emu_file_put(struct iom_emu *emu, struct emu_file *f);
/* As emu_file_drop(), and closes fd. */
void emu_file_close(struct iom_emu *emu, int fd);
/* pass.c: files in messages that nobody received */
void emu_posts_free(struct iom_emu *emu);
void emu_ctx_put(struct emu_ctx *ctx);

/* object.c */
/* Zeroed, its id reserved; NULL when out of memory. */
void *emu_obj_alloc(struct emu_ctx *ctx, size_t size, enum iom_obj type);
static inline void emu_obj_publish(struct emu_obj *o)
{
	o->live = true;
}
/* Undoes emu_obj_alloc(). */
void emu_obj_abort(struct emu_ctx *ctx, struct emu_obj *o);
/* NULL when there is none of this type; IOM_OBJ_ANY takes every type. */
struct emu_obj *emu_obj_get(const struct emu_ctx *ctx, uint32_t id, enum iom_obj type);
static inline struct emu_ioas *emu_ioas_get(const struct emu_ctx *ctx, uint32_t id)
{
	return (struct emu_ioas *)emu_obj_get(ctx, id, IOM_OBJ_IOAS);
}
/* Gives a use back and destroys the object when only the table was left. */
void emu_obj_put_and_destroy(struct emu_ctx *ctx, struct emu_obj *o);
/* Destroys everything, users before what they use. */
void emu_obj_destroy_all(struct emu_ctx *ctx);
/* Destroys an object whose only use is the table's, and lets nobody have its id again. */
void emu_obj_tombstone(struct emu_ctx *ctx, struct emu_obj *o);
/* Calls fn for the objects of a type in order of id until it returns non-zero. */
int emu_obj_each(const struct emu_ctx *ctx, enum iom_obj type,
		 int (*fn)(struct emu_obj *o, void *arg), void *arg);
int emu_destroy(struct emu_ucmd *u);

/* ioas.c */
int emu_ioas_alloc(struct emu_ucmd *u);
int emu_ioas_allow_iovas(struct emu_ucmd *u);
int emu_ioas_copy(struct emu_ucmd *u);
int emu_ioas_iova_ranges(struct emu_ucmd *u);
int emu_ioas_map(struct emu_ucmd *u);
bool emu_ioas_map_reach(const void *cmd, struct emu_reach *r);
bool emu_ioas_unmap_reach(const void *cmd, struct emu_reach *r);
int emu_ioas_map_file(struct emu_ucmd *u);
int emu_ioas_unmap(struct emu_ucmd *u);
int emu_ioas_change_process(struct emu_ucmd *u);
int emu_vfio_ioas(struct emu_ucmd *u);
void emu_ioas_destroy(struct emu_obj *o);
/* The selftest's short form of an address: low half the n-th area, high half an offset. */
uint64_t emu_ioas_nth_iova(const struct emu_ioas *ioas, uint64_t nth);

/* Maps memory of the caller as IOAS_MAP does with these flags. */
int emu_ioas_map_user(struct emu_ioas *ioas, uint64_t va, uint64_t length, uint64_t *iova,
		      uint32_t flags) iom_must_check;

/* compat.c; arg is an address or a number, as the code has it */
int emu_compat_ioctl(struct emu_ctx *ctx, uint32_t code, uint64_t arg);

/* option.c */
int emu_ioas_disable_large_pages(struct emu_ioas *ioas) iom_must_check;
int emu_option(struct emu_ucmd *u);

/* areas.c */
#define EMU_RUN_SHIFT 26 /* 64 MiB: more than most mappings have */
/* Sums up the octal digits of the run, so that threads a power of 2 apart seldom meet. */
static inline uint32_t emu_shard_of(uint64_t iova)
{
	return (uint32_t)((iova >> EMU_RUN_SHIFT) * 0x2492492492492492 >> 61);
}
/* Whether an area of these IOVAs lies in a shard. */
static inline bool emu_is_one_run(uint64_t start, uint64_t last)
{
	return !((start ^ last) >> EMU_RUN_SHIFT);
}
/*
 * Whether IOAS_MAP or IOAS_UNMAP there reads and changes nothing but the shard, what only its areas
 * have, and what no other such call changes. The caller has the lock of the shard.
 */
bool emu_area_is_apart(const struct emu_ctx *ctx, const struct emu_reach *r);
void emu_areas_init(struct emu_ioas *ioas);
/* The first one in order of IOVAs that overlaps [start, last], or NULL. */
struct emu_area *emu_area_first(const struct emu_ioas *ioas, uint64_t start, uint64_t last);
/* The same behind a, which overlaps it, too. */
struct emu_area *emu_area_next(const struct emu_area *a, uint64_t start, uint64_t last);
/* As emu_area_first(); when NULL, *place is where an area of these IOVAs belongs. */
struct emu_area *emu_area_look(const struct emu_ioas *ioas, uint64_t start, uint64_t last,
			       struct iom_iplace *place);
/* place: from emu_area_look(), with no change since, or { NULL }. -ENOMEM. */
int emu_area_insert(struct emu_area *a, const struct iom_iplace *place) iom_must_check;
void emu_area_remove(struct emu_area *a);

/* pagetable.c; IOVAs in bytes, every last inclusive */
/* One piece of a mapping to be made; pages is a reference that moves into the area. */
struct emu_slice {
	struct emu_pages *pages;
	uint64_t start_byte, length;
	struct emu_area *area;
};
/* The area that covers the IOVA right behind a, which is not the last of all, or NULL. */
static inline struct emu_area *emu_area_contig(const struct emu_area *a)
{
	return emu_area_first(a->ioas, a->node.last + 1, a->node.last + 1);
}
static inline uint64_t emu_area_byte(const struct emu_area *a, uint64_t iova)
{
	return iova - a->node.start + a->start_byte;
}
/* Takes the slices' references on success only. */
int emu_pt_map(struct emu_ioas *ioas, struct emu_slice *s, size_t n, uint64_t length,
	       uint64_t *iova, unsigned int prot, bool alloc) iom_must_check;
int emu_pt_unmap(struct emu_ioas *ioas, uint64_t start, uint64_t last, uint64_t *unmapped);
/* Makes two areas of the one at iova, the first ending there. Nothing to do: 0. */
int emu_pt_split(struct emu_ioas *ioas, uint64_t iova) iom_must_check;
/* Calls fn for each range that is not reserved until it returns non-zero. */
int emu_pt_each_range(const struct emu_ioas *ioas,
		      int (*fn)(uint64_t start, uint64_t last, void *arg), void *arg);
int emu_pt_reserve(struct emu_ioas *ioas, uint64_t start, uint64_t last, const void *owner,
		   const char *kind, const char *name) iom_must_check;
void emu_pt_unreserve(struct emu_ioas *ioas, const void *owner);
int emu_pt_add_domain(struct emu_ioas *ioas, struct emu_hwpt *hwpt) iom_must_check;
void emu_pt_remove_domain(struct emu_ioas *ioas, struct emu_hwpt *hwpt);
/* -EADDRINUSE when an area does not conform; the old alignment stays. */
int emu_pt_update_alignment(struct emu_ioas *ioas) iom_must_check;
void emu_pt_init(struct emu_ioas *ioas);
void emu_pt_free(struct emu_ioas *ioas);

/* pages.c */
/* Returns NULL when out of memory; the caller holds the reference. */
struct emu_pages *emu_pages_new(struct emu_ctx *ctx, uint64_t base, struct emu_backing *file,
				bool writable);
void emu_pages_put(struct iom_emu *emu, struct emu_pages *p);
/* Makes the pages [first, last] present as a DMA mapping needs them: -EFAULT, -EINVAL. */
/*
 * Bytes of the blocks that lie contiguously in physical memory, a power of 2: one page, a huge page,
 * or a dma-buf as a whole. A block begins at a multiple of its size, as base counts.
 */
uint64_t emu_pages_block(struct emu_pages *p);
int emu_pages_pin(const struct emu_pages *p, uint64_t first, uint64_t last) iom_must_check;
/* Brings the charge in line with what is pinned: -ENOMEM only when it grows. */
int emu_pages_account(struct iom_emu *emu, struct emu_pages *p) iom_must_check;
/* As above where the number can only have shrunk. */
void emu_pages_unaccount(struct iom_emu *emu, struct emu_pages *p);
/*
 * Whether this process can take over as many pages of each kind, -ENOMEM; and how one run of pages
 * is moved to it then: -EINVAL when a process paid that has ended, but moved it is.
 */
int emu_pages_charge_self(struct iom_emu *emu, uint64_t user, uint64_t mm) iom_must_check;
int emu_pages_move_charge(struct iom_emu *emu, struct emu_pages *p) iom_must_check;
/* The run of pinned pages that ends at `from` or behind, cut to it; false: there is none. */
bool emu_pages_next_pinned(const struct emu_pages *p, uint64_t from, uint64_t *first, uint64_t *last);
/* Is it memory of huge pages, from hugetlbfs? It is looked up once. */
bool emu_pages_are_huge(struct emu_pages *p);
bool emu_pages_is_pinned(const struct emu_pages *p, uint64_t index);
/* Between buf and the pages; -EFAULT, -EINVAL. slow: as a device would see them. */
int emu_pages_rw(struct emu_pages *p, uint64_t start_byte, void *buf, uint64_t length, bool write,
		 bool slow) iom_must_check;
/* A copy of the fd, out of the way of the numbers that programs count on; -1 with errno. */
int emu_dup_high(int fd) iom_must_check;
/* Closes such a copy. */
void emu_close_high(int fd);
/* Finds or makes the one for an open file. NULL with *rc set. The caller holds a reference. */
struct emu_backing *emu_backing_get(struct iom_emu *emu, int fd, int *rc);
void emu_backing_put(struct iom_emu *emu, struct emu_backing *b);

/* attach.c */
/* NULL when nothing is attached there. */
struct emu_attach *emu_attach_of(const struct emu_group *g, uint32_t pasid);
/* What the device's group is attached to for this PASID, 0 for none; NULL: nothing. */
struct emu_hwpt *emu_device_hwpt(const struct emu_idev *idev, uint32_t pasid);
/* Has this very device asked for it? */
bool emu_idev_is_attached(const struct emu_idev *idev, uint32_t pasid);
/* One way of getting a device to a page table; *old is then the one to be put, or NULL. */
typedef int (*emu_connect_fn)(struct emu_idev *idev, uint32_t pasid, struct emu_hwpt *hwpt,
			      struct emu_hwpt **old);
int emu_attach(struct emu_idev *idev, uint32_t pasid, struct emu_hwpt *hwpt,
	       struct emu_hwpt **old) iom_must_check;
int emu_replace(struct emu_idev *idev, uint32_t pasid, struct emu_hwpt *hwpt,
		struct emu_hwpt **old) iom_must_check;
/* Returns the page table, whose use is then the caller's to put; NULL: was not attached. */
struct emu_hwpt *emu_detach(struct emu_idev *idev, uint32_t pasid);
/* dmabuf.c */
static inline bool emu_pages_is_dmabuf(const struct emu_pages *p)
{
	return p->file && p->file->buf;
}
/* May [start, start + length) of the dma-buf be mapped by iommufd? 0 or a negative errno. */
int emu_dmabuf_check(const struct emu_dmabuf *buf, uint64_t start, uint64_t length) iom_must_check;
int emu_dmabuf_get(struct emu_ucmd *u);
int emu_dmabuf_revoke(struct emu_ucmd *u);
/* The feature of a VFIO device: data behind the header, room of it. Returns the fd. */
int emu_dmabuf_export(struct iom_emu *emu, const struct emu_file *f, uint32_t flags,
		      uint64_t data, size_t room);
/* The memory of the device goes away (revoked) or is there again: so are its dma-bufs. */
void emu_dmabuf_move(struct iom_emu *emu, const struct emu_dev *dev, bool revoked);
/* The device is closed: its dma-bufs stay revoked for good. */
void emu_dmabuf_cleanup(struct iom_emu *emu, const struct emu_dev *dev);

/* noiommu.c */
int emu_noiommu_get_pa(struct emu_ucmd *u);
/* Where the next contiguous piece of memory lies that was not spoken of yet. */
uint64_t emu_phys_new(struct iom_emu *emu);

/* device.c */
struct emu_idev *emu_device_bind(struct emu_ctx *ctx, struct emu_dev *dev, int *rc);
void emu_device_unbind(struct emu_idev *idev);
/* *pt_id: IOAS or HWPT in, HWPT out. */
int emu_device_attach(struct emu_idev *idev, uint32_t pasid, uint32_t *pt_id) iom_must_check;
int emu_device_replace(struct emu_idev *idev, uint32_t pasid, uint32_t *pt_id) iom_must_check;
/* Nothing happens when it is not attached. */
void emu_device_detach(struct emu_idev *idev, uint32_t pasid);
/* At the end of a context: detaches what a removed mock device left attached. */
bool emu_device_abandon(struct emu_idev *idev);
void emu_idev_destroy(struct emu_obj *o);
bool emu_kind_is(const struct emu_resv *r, const char *kind);

/* hwpt.c */
/* Can the device's IOMMU track what is written to (IOM_HW_CAP_DIRTY_TRACKING)? */
bool emu_dev_has_dirty(const struct emu_dev *dev);
/*
 * As the device's IOMMU makes it for the flags of HWPT_ALLOC, not yet following the IOAS. NULL:
 * -EOPNOTSUPP or -ENOMEM in *rc.
 */
struct emu_hwpt *emu_hwpt_new(struct emu_idev *idev, struct emu_ioas *ioas, uint32_t flags,
			      int *rc);
/* Undoes emu_hwpt_new(). */
void emu_hwpt_abort(struct emu_hwpt *hwpt);
void emu_hwpt_destroy(struct emu_obj *o);
void emu_hwpt_nested_destroy(struct emu_obj *o);
int emu_hwpt_alloc(struct emu_ucmd *u);
int emu_hwpt_invalidate(struct emu_ucmd *u);
int emu_check_iotlb(struct emu_ucmd *u);
/* The mock driver's part of a nested table: what its IOTLB holds. */
int emu_mock_nested_init(struct emu_hwpt *hwpt, const struct iom_hwpt_alloc *cmd) iom_must_check;

/* viommu.c */
int emu_viommu_alloc(struct emu_ucmd *u);
/*
 * The same but for its flags, with a virtual machine or NULL; rc other than 0 is what looking for
 * it gave, which counts last.
 */
int emu_viommu_alloc_with(struct emu_ucmd *u, struct emu_kvm *kvm, int rc);
void emu_viommu_destroy(struct emu_obj *o);
int emu_vdevice_alloc(struct emu_ucmd *u);
void emu_vdevice_destroy(struct emu_obj *o);
/* NULL when the vIOMMU has no such number, or does not have the device. */
struct emu_vdevice *emu_viommu_vdevice(const struct emu_viommu *v, uint64_t virt_id);
/*
 * Copies the entries of `size` bytes that an invalidation of this data type has, all of them before
 * the first is carried out. *done counts those that were, or all when there is no memory.
 */
int emu_viommu_each_entry(const struct emu_viommu *v, const struct iom_hwpt_invalidate *cmd,
			  uint32_t type, size_t size,
			  int (*carry_out)(const struct emu_viommu *v, const void *entry),
			  uint32_t *done) iom_must_check;
struct emu_vdevice *emu_viommu_vdevice_of(const struct emu_viommu *v, const struct emu_dev *dev);
/* Takes a range of the fd, whole pages, and gives it back. */
void emu_viommu_add_mmap(struct emu_viommu *v, uint64_t length);
void emu_viommu_remove_mmap(struct emu_viommu *v);

/* mmap.c */
/* Nothing is mapped any more. */
void emu_mmap_free(struct iom_emu *emu);

/* viommu-smmu.c */
/* NULL: the driver has no vIOMMU of the type. */
const struct emu_viommu_ops *emu_driver_viommu_ops(const struct emu_hw *hw, uint32_t type);

/* hw-queue.c */
int emu_hw_queue_alloc(struct emu_ucmd *u);
void emu_hw_queue_destroy(struct emu_obj *o);

/* viommu-mock.c */
extern const struct emu_viommu_ops emu_mock_viommu_ops;
int emu_check_dev_cache(struct emu_ucmd *u);

/* registers.c */
/* Fills hw with what a driver's IOMMU holds by default; -EINVAL for an unknown name. */
int emu_hw_driver(struct emu_hw *hw, const char *name) iom_must_check;
/* "intel"; NULL for a plain one. */
const char *emu_hw_driver_name(const struct emu_hw *hw);
/* -ENOENT when the driver has no such register, -EINVAL when the value is too wide. */
int emu_hw_register(struct emu_hw *hw, const char *name, uint64_t value) iom_must_check;

/* driver.c */
bool emu_driver_has_dirty(const struct emu_hw *hw);
/* iommufd takes no device whose DMA passes the caches by. */
bool emu_driver_coherent(const struct emu_hw *hw);
/* PASID bits of the IOMMU; a device can have more, and does not get them. */
unsigned int emu_driver_pasid_bits(const struct emu_hw *hw);
/* Is there a stage that a page table can be of? No driver binds to hardware without one. */
bool emu_driver_translates(const struct emu_hw *hw);
/* Makes hwpt what the driver makes of the flags of HWPT_ALLOC: -EOPNOTSUPP. */
int emu_driver_paging(struct emu_hwpt *hwpt, const struct emu_hw *hw,
		      uint32_t flags) iom_must_check;
/* A nested page table on a HWPT, for a driver that has them. */
bool emu_driver_nests(const struct emu_hw *hw);
int emu_driver_nested(struct emu_hwpt *hwpt, const struct emu_hw *hw,
		      const struct iom_hwpt_alloc *cmd) iom_must_check;
/* Lets the driver take the device to the page table; nothing is remembered. */
int emu_driver_attach(const struct emu_hwpt *hwpt, const struct emu_dev *dev) iom_must_check;
/* *done counts the entries that were carried out, whatever comes of the next one. */
int emu_driver_invalidate(const struct iom_hwpt_invalidate *cmd,
			  uint32_t *done) iom_must_check;
/* *type: asked for in, given out. *len is what there is of info. */
int emu_driver_info(const struct emu_hw *hw, uint32_t *type, union emu_hw_info *info,
		    uint32_t *len) iom_must_check;

/* dirty.c */
/* The entries of [start, last] are gone, and what was written to with them. */
void emu_dirty_forget(struct emu_hwpt *hwpt, uint64_t start, uint64_t last);
int emu_set_dirty_tracking(struct emu_ucmd *u);
int emu_get_dirty_bitmap(struct emu_ucmd *u);
int emu_mock_dirty(struct emu_ucmd *u);

/* eventq.c */
/*
 * Gives a new object its fd, which holds it, and returns it. Negative errno; the object stays the
 * caller's either way. The end of the file calls emu_eventq_release().
 */
int emu_eventq_open(struct emu_eventq *q, struct emu_ctx *ctx, enum emu_file_kind kind) iom_must_check;
void emu_eventq_release(struct emu_eventq *q);
/* Lets poll(2) find the fd readable, or not. */
void emu_eventq_signal(struct emu_eventq *q, bool readable);

/* fault.c */
int emu_fault_alloc(struct emu_ucmd *u);
void emu_fault_destroy(struct emu_obj *o);
ssize_t emu_fault_read(struct emu_fault *fault, uint64_t uptr, size_t count);
ssize_t emu_fault_write(struct emu_fault *fault, uint64_t uptr, size_t count);
/* What came through the group's attachment to hwpt is answered: nobody can any more. */
void emu_fault_forget(struct emu_hwpt *hwpt, const struct emu_group *group, uint32_t pasid);
int emu_trigger_iopf(struct emu_ucmd *u);

/* veventq.c */
int emu_veventq_alloc(struct emu_ucmd *u);
void emu_veventq_destroy(struct emu_obj *o);
ssize_t emu_veventq_read(struct emu_veventq *q, uint64_t uptr, size_t count);
int emu_trigger_vevent(struct emu_ucmd *u);

/* hwinfo.c */
int emu_get_hw_info(struct emu_ucmd *u);

/* mock.c */
int emu_test_cmd(struct emu_ucmd *u);
void emu_selftest_destroy(struct emu_obj *o);
void emu_mock_free(struct emu_dev *dev);
/* Is [iova, iova + length) of the area the memory at uptr? -EINVAL when not. */
int emu_same_memory(const struct emu_area *a, uint64_t iova, uint64_t length, uint64_t uptr);

/* access.c */
int emu_access_create(struct emu_ucmd *u);
int emu_access_replace_ioas(struct emu_ucmd *u);
int emu_access_pages(struct emu_ucmd *u);
int emu_access_unpin(struct emu_ucmd *u);
int emu_access_rw(struct emu_ucmd *u);
/* Every access of the IOAS lets go of what overlaps [iova, last]. */
void emu_access_notify_unmap(struct emu_ioas *ioas, uint64_t iova, uint64_t last);
void emu_access_release(struct emu_access *a);
/*
 * An access of the kernel itself that pins whole pages for reading and lets nobody unmap them.
 * NULL with *rc set: -EINVAL, -ENOENT, -EPERM, -EADDRINUSE, -EFAULT, -ENOMEM.
 */
struct emu_access *emu_access_lock(struct emu_ctx *ctx, struct emu_ioas *ioas, uint64_t first,
				   uint64_t last, int *rc);
void emu_access_unlock(struct emu_access *acc);
bool emu_area_is_locked(const struct emu_area *a);
void emu_access_destroy(struct emu_obj *o);

/* vfio.c */
int emu_vfio_ioctl(struct iom_emu *emu, struct emu_file *f, uint32_t code, uint64_t uptr);
void emu_vfio_release(struct emu_file *f);
/* vfio-region.c */
/* What the regions hold when a device is opened; NULL when out of memory. Freed with emu_free(). */
struct emu_regs *emu_regs_new(void);
/* A reset of the device: VFIO keeps the configuration space. */
void emu_regs_reset(struct emu_regs *r);
int emu_vfio_region_info(uint64_t uptr);
/* Bytes of a BAR; 0: the device has none of this index. */
uint64_t emu_vfio_bar_size(uint32_t index);
/* The bytes of a BAR that an offset of the device's file leads to: whole pages. 0 or -EINVAL. */
int emu_vfio_bar_at(const struct emu_file *f, uint64_t offset, uint64_t length,
		    void **at) iom_must_check;
/* The first len bytes of the configuration space, as they are after an open. */
void emu_vfio_config(uint8_t *config, size_t len);
/* Whether a bound device answers at its BARs. */
bool emu_vfio_has_memory(const struct emu_file *f);
/* vfio-info.c */
int emu_vfio_irq_info(uint64_t uptr);
int emu_vfio_feature(struct iom_emu *emu, struct emu_file *f, uint64_t uptr);
/* 1 to go on and do it, else the answer: a feature that can be had (GET) or set (SET) only. */
int emu_vfio_check_feature(uint32_t flags, uint32_t op, size_t room, size_t min);

/* describe.c */
/* Sets the bit of a word of "lacks=" or "has="; false when there is no such word. */
bool emu_word_set(struct iom_emu *emu, enum iom_emu_word kind, const char *word);

/* machine.c */
void emu_dev_free(struct emu_dev *dev);

/* memory.c, beside memory.h */
/* Of the memory that an area shows at iova. */
void emu_area_ident(const struct emu_area *a, uint64_t iova, struct emu_ident *id);
/* Has the caller CAP_SYS_RESOURCE, _SYS_RAWIO or _IPC_LOCK, by itself or on this machine? */
bool emu_capable(const struct iom_emu *emu, unsigned int cap);
