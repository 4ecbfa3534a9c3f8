/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: virtual machines, and devices that a guest may come to trust. */
#pragma once

#include "internal.h"

/* ---- kvm.c ---- */

struct emu_range {
	uint64_t start, last;
};

/* The fd of a virtual machine: as much of KVM as iommufd looks at. */
struct emu_kvm {
	uint32_t refs; /* its fd, devices it was told of, vIOMMUs, bound devices */
	struct emu_range *slots; /* private memslots */
	size_t n_slots;
	struct emu_range *mapped; /* private MMIO of the guest, sorted, apart from each other */
	size_t n_mapped;
};

struct emu_kvm *emu_kvm_get(struct emu_kvm *kvm); /* NULL stays NULL */
void emu_kvm_put(struct emu_kvm *kvm);		  /* NULL is nothing */
/* The machine behind an fd of this process, or NULL. */
struct emu_kvm *emu_kvm_of_fd(const struct iom_emu *emu, int fd);
/* Is [start, last] inside one private memslot? */
bool emu_kvm_is_private(const struct emu_kvm *kvm, uint64_t start, uint64_t last);
/* Maps whole pages into the guest; pages that are mapped stay so. 0 or -ENOMEM. */
int emu_kvm_map(struct emu_kvm *kvm, uint64_t start, uint64_t last) iom_must_check;

/* ---- tdi.c: what the TSM does, as far as iommufd can see it ---- */

/* Codes that the emulated TSM reports; 0 is success. */
enum {
	EMU_TSM_BAD_STATE = 1, /* not in this state of the device */
	EMU_TSM_NO_OBJECT = 2, /* there is no such object in this state */
	EMU_TSM_BAD_RANGE = 3, /* not private, or not of the device */
};

/* A device that is bound to a TSM for one guest. */
struct emu_tdi {
	struct emu_kvm *kvm; /* a reference */
	uint64_t id;	     /* what the guest calls it: its virtual PCI address */
	uint32_t state;	     /* IOM_TSM_TDI_* */
	bool dma;
	uint8_t nonce[2][32]; /* of the measurements, and of the interface report */
	uint8_t format;	      /* of the measurements */
	struct emu_range mmio; /* what was validated last; none when last is 0 */
};

/* -EINVAL, -ENXIO, -EBUSY; binding again to the same machine is nothing. */
int emu_tdi_bind(struct emu_dev *dev, struct emu_kvm *kvm, uint64_t id) iom_must_check;
void emu_tdi_unbind(struct emu_dev *dev);
/* Whether a request can reach the device at all: -EINVAL, -ENXIO. */
int emu_tdi_check(const struct emu_dev *dev) iom_must_check;

/* Buffers of the caller. */
struct emu_tsm_io {
	uint64_t req, resp; /* addresses */
	uint32_t req_len, resp_len;
};
/*
 * A request whose meaning only guest and TSM know: the emulated TSM sends it back. Returns the
 * bytes of the response, or -EFAULT.
 */
int64_t emu_tdi_echo(const struct emu_tsm_io *io);
/* An operation by its number in tsm-rework. Returns the residue, -EINVAL or -EFAULT. */
int64_t emu_tdi_request(struct emu_dev *dev, uint32_t op, const struct emu_tsm_io *io,
			uint64_t *tsm_code);

/* ---- tsm.c ---- */

/* The call of the series that the machine plays now. False: it has none of that number. */
bool emu_tsm_op(const struct iom_emu *emu, uint32_t code, struct emu_op *op);
/* -ENOTTY unless the series in play has it. */
int emu_tsm_vfio(struct emu_file *f, uint32_t code, uint64_t uptr);
/* The name in static storage, NULL when there is no such series. */
const char *emu_tsm_series(const char *word);
