/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulated TSM: binds devices to guests, answers the requests of a guest about its device. */
#include "tsm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- binding ---- */

static int has_link(const struct emu_dev *dev, int none)
{
	if (dev->unit == EMU_UNIT_MOCK)
		return -EINVAL; /* not a PCI device */
	if (dev->tsm == EMU_TSM_NONE)
		return none;
	return dev->tsm == EMU_TSM_LINK ? 0 : -ENXIO;
}

int emu_tdi_bind(struct emu_dev *dev, struct emu_kvm *kvm, uint64_t id)
{
	struct emu_tdi *tdi;
	int rc;

	if (dev->unit == EMU_UNIT_MOCK || !kvm)
		return -EINVAL;
	rc = has_link(dev, -EINVAL);
	if (rc)
		return rc;
	if (dev->tdi)
		return dev->tdi->kvm == kvm ? 0 : -EBUSY;
	tdi = emu_zalloc(sizeof(*tdi));
	if (!tdi)
		return -ENOMEM;
	tdi->kvm = emu_kvm_get(kvm);
	tdi->id = id;
	dev->tdi = tdi;
	return 0;
}

void emu_tdi_unbind(struct emu_dev *dev)
{
	if (!dev->tdi)
		return;
	emu_kvm_put(dev->tdi->kvm);
	emu_free(dev->tdi);
	dev->tdi = NULL;
}

int emu_tdi_check(const struct emu_dev *dev)
{
	int rc = has_link(dev, -ENXIO);

	return rc || dev->tdi ? rc : -ENXIO;
}

/* ---- requests that only guest and TSM understand ---- */

int64_t emu_tdi_echo(const struct emu_tsm_io *io)
{
	uint32_t n = io->req_len < io->resp_len ? io->req_len : io->resp_len;
	char buf[EMU_PAGE];

	for (uint32_t done = 0; done < io->req_len;) {
		uint32_t part = io->req_len - done;

		if (part > sizeof(buf))
			part = sizeof(buf);
		if (emu_copy_from(buf, io->req + done, part))
			return -EFAULT;
		if (done < n &&
		    emu_copy_to(io->resp + done, buf, part < n - done ? part : n - done))
			return -EFAULT;
		done += part;
	}
	return n;
}

/* ---- objects ---- */

static bool is_locked(const struct emu_tdi *tdi)
{
	return tdi->state != IOM_TSM_TDI_UNLOCKED;
}

/* Room for the longest object. */
struct text {
	char s[1024];
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	t->len += (size_t)vsnprintf(t->s + t->len, sizeof(t->s) - t->len, format, ap);
	va_end(ap);
}

static void add_nonce(struct text *t, const uint8_t *nonce)
{
	add(t, " nonce=");
	for (size_t i = 0; i < 32; i++)
		add(t, "%02x", nonce[i]);
	add(t, "\n");
}

/* The object as text, so that a person sees what came through. */
static void compose(const struct emu_dev *dev, uint32_t type, struct text *t)
{
	const struct emu_tdi *tdi = dev->tdi;

	t->len = 0;
	switch (type) {
	case IOM_TSM_OBJECT_VCA:
		add(t, "emu-vca %s\n", dev->bdf);
		break;
	case IOM_TSM_OBJECT_CERT:
		/* long enough to be read in pieces */
		for (unsigned int i = 0; i < 16; i++)
			add(t, "emu-cert %s %02u\n", dev->bdf, i);
		break;
	case IOM_TSM_OBJECT_MEAS:
		add(t, "emu-meas %s format=%u", dev->bdf, tdi->format);
		add_nonce(t, tdi->nonce[0]);
		break;
	default:
		add(t, "emu-ifreport %s tdi=0x%" PRIx64 " state=%s dma=%u", dev->bdf, tdi->id,
		    tdi->state == IOM_TSM_TDI_RUN ? "run" : "locked", tdi->dma);
		if (tdi->mmio.last)
			add(t, " mmio=0x%" PRIx64 "-0x%" PRIx64, tdi->mmio.start, tdi->mmio.last);
		add_nonce(t, tdi->nonce[1]);
		break;
	}
}

/* Is there such an object now? The interface report lives while the device is locked. */
static uint64_t object_code(const struct emu_tdi *tdi, uint32_t type)
{
	return type == IOM_TSM_OBJECT_IFREPORT && !is_locked(tdi) ? EMU_TSM_NO_OBJECT : 0;
}

/* Copies the payload of an operation in. */
static int payload(const struct emu_tsm_io *io, void *p, size_t len)
{
	if (io->req_len < len)
		return -EINVAL;
	return emu_copy_from(p, io->req, len);
}

/* An operation without a response takes none; the residue is what it did not read. */
static int payload_only(const struct emu_tsm_io *io, void *p, size_t len)
{
	if (io->resp_len)
		return -EINVAL;
	return payload(io, p, len);
}

static int64_t read_object(struct emu_dev *dev, const struct emu_tsm_io *io, uint64_t *code)
{
	struct iom_tsm_read_object r;
	struct text t;
	uint64_t n;
	int rc = payload(io, &r, sizeof(r));

	if (rc)
		return rc;
	if (r.reserved || r.type > IOM_TSM_OBJECT_IFREPORT)
		return -EINVAL;
	*code = object_code(dev->tdi, r.type);
	if (*code)
		return io->resp_len;
	compose(dev, r.type, &t);
	if (r.offset > t.len)
		return -EINVAL;
	n = t.len - r.offset;
	if (n > io->resp_len)
		n = io->resp_len;
	rc = emu_copy_to(io->resp, t.s + r.offset, n);
	return rc ? rc : (int64_t)(io->resp_len - n);
}

static int64_t object_info(struct emu_dev *dev, const struct emu_tsm_io *io, uint64_t *code)
{
	struct iom_tsm_object_info i;
	struct text t;
	uint32_t size;
	int rc;

	if (io->resp_len != sizeof(size))
		return -EINVAL;
	rc = payload(io, &i, sizeof(i));
	if (rc)
		return rc;
	if (i.type > IOM_TSM_OBJECT_IFREPORT)
		return -EINVAL;
	*code = object_code(dev->tdi, i.type);
	if (*code)
		return io->resp_len;
	compose(dev, i.type, &t);
	size = (uint32_t)t.len;
	return emu_copy_to(io->resp, &size, sizeof(size));
}

static int64_t regen_object(struct emu_dev *dev, const struct emu_tsm_io *io, uint64_t *code)
{
	struct iom_tsm_regen_object r;
	struct emu_tdi *tdi = dev->tdi;
	uint8_t nonce[32];
	int rc = payload_only(io, &r, sizeof(r));

	if (rc)
		return rc;
	if (r.reserved || r.flags > 1 ||
	    (r.type != IOM_TSM_OBJECT_MEAS && r.type != IOM_TSM_OBJECT_IFREPORT))
		return -EINVAL;
	rc = emu_copy_from(nonce, r.nonce, sizeof(nonce));
	if (rc)
		return rc;
	*code = object_code(tdi, r.type);
	if (!*code) {
		memcpy(tdi->nonce[r.type == IOM_TSM_OBJECT_IFREPORT], nonce, sizeof(nonce));
		if (r.type == IOM_TSM_OBJECT_MEAS)
			tdi->format = (uint8_t)r.flags;
	}
	return io->req_len - sizeof(r);
}

/* ---- states ---- */

/* A device is locked, then run; it can be unlocked from anywhere. */
static int64_t set_state(struct emu_dev *dev, const struct emu_tsm_io *io, uint64_t *code)
{
	struct iom_tsm_set_tdi_state s;
	struct emu_tdi *tdi = dev->tdi;
	int rc = payload_only(io, &s, sizeof(s));

	if (rc)
		return rc;
	if (s.state > IOM_TSM_TDI_RUN)
		return -EINVAL;
	if (s.state != IOM_TSM_TDI_UNLOCKED && s.state != tdi->state + 1) {
		*code = EMU_TSM_BAD_STATE;
	} else {
		tdi->state = s.state;
		if (s.state == IOM_TSM_TDI_UNLOCKED) {
			tdi->dma = false;
			tdi->mmio.last = 0;
			memset(tdi->nonce, 0, sizeof(tdi->nonce));
		}
	}
	return io->req_len - sizeof(s);
}

static int64_t validate_mmio(struct emu_dev *dev, const struct emu_tsm_io *io, uint64_t *code)
{
	struct iom_tsm_validate_mmio v;
	struct emu_tdi *tdi = dev->tdi;
	int rc = payload_only(io, &v, sizeof(v));

	if (rc)
		return rc;
	if (v.gpa_base >= v.gpa_top || ((v.gpa_base | v.gpa_top | v.pa_base) & (EMU_PAGE - 1)))
		return -EINVAL;
	if (!is_locked(tdi)) {
		*code = EMU_TSM_BAD_STATE;
	} else if (!emu_kvm_is_private(tdi->kvm, v.gpa_base, v.gpa_top - 1)) {
		*code = EMU_TSM_BAD_RANGE;
	} else {
		tdi->mmio = (struct emu_range){ v.gpa_base, v.gpa_top - 1 };
	}
	return io->req_len - sizeof(v);
}

static int64_t set_dma(struct emu_dev *dev, const struct emu_tsm_io *io, bool on, uint64_t *code)
{
	if (io->resp_len)
		return -EINVAL;
	if (dev->tdi->state != IOM_TSM_TDI_RUN)
		*code = EMU_TSM_BAD_STATE;
	else
		dev->tdi->dma = on;
	return io->req_len;
}

int64_t emu_tdi_request(struct emu_dev *dev, uint32_t op, const struct emu_tsm_io *io,
			uint64_t *tsm_code)
{
	switch (op) {
	case IOM_TSM_REWORK_READ_OBJECT:
		return read_object(dev, io, tsm_code);
	case IOM_TSM_REWORK_REGEN_OBJECT:
		return regen_object(dev, io, tsm_code);
	case IOM_TSM_REWORK_OBJECT_INFO:
		return object_info(dev, io, tsm_code);
	case IOM_TSM_REWORK_VALIDATE_MMIO:
		return validate_mmio(dev, io, tsm_code);
	case IOM_TSM_REWORK_SET_TDI_STATE:
		return set_state(dev, io, tsm_code);
	default:
		return set_dma(dev, io, op == IOM_TSM_REWORK_SEV_ENABLE_DMA, tsm_code);
	}
}
