/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of other processes that share the machine, alive or not. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int transfer(const struct emu_mm *mm, uint64_t addr, void *buf, size_t len, bool write)
{
	while (len) {
		size_t n = len < (1u << 30) ? len : 1u << 30;
		struct iovec ours = { buf, n }, theirs = { (void *)(uintptr_t)addr, n };
		ssize_t done = write ? process_vm_writev(mm->pid, &ours, 1, &theirs, 1, 0)
				     : process_vm_readv(mm->pid, &ours, 1, &theirs, 1, 0);

		if (done != (ssize_t)n)
			return -EFAULT;
		buf = (char *)buf + n;
		addr += n;
		len -= n;
	}
	return 0;
}

/* A byte of each page is read, which brings the page in; the map knows what may be written. */
int emu_mm_populate(const struct emu_mm *mm, uint64_t addr, uint64_t len, bool write)
{
	uint64_t page, end;
	char byte;
	int rc = 0;

	if (emu_mm_is_self(mm))
		return emu_mem_populate(addr, len, write);
	if (mm->gone)
		return -EFAULT;
	end = addr + len; /* what is mapped does not wrap */
	for (page = addr & ~(EMU_PAGE - 1); page < end && !rc; page += EMU_PAGE)
		rc = transfer(mm, page, &byte, 1, false);
	if (!rc && write)
		rc = emu_mem_check_map(mm->pid, addr, end, true);
	return rc;
}

int emu_mm_pin_check(const struct emu_mm *mm, uint64_t addr, uint64_t len)
{
	if (emu_mm_is_self(mm))
		return emu_mem_pin_check(0, addr, len);
	return emu_mem_pin_check(mm->pid, addr, len); /* it was there a moment ago */
}

static const struct emu_kept *kept_at(const struct emu_pages *p, uint64_t addr)
{
	const struct emu_kept *k = p->kept;

	while (k && addr - k->at >= k->id.len)
		k = k->next;
	return k;
}

/* Shared memory may still be mapped here; then it is more than a copy. */
static int kept_rw(const struct emu_pages *p, uint64_t addr, char *buf, size_t len, bool write)
{
	while (len) {
		struct emu_kept *k = (struct emu_kept *)kept_at(p, addr);
		uint64_t skip, here;
		size_t n;
		int rc = -EFAULT;

		if (!k)
			return -EFAULT;
		skip = addr - k->at;
		n = k->id.len - skip < len ? (size_t)(k->id.len - skip) : len;
		here = k->id.file ? emu_mem_find(&k->id, skip, &n) : 0;
		if (here)
			rc = write ? emu_copy_to(here, buf, n) : emu_copy_from(buf, here, n);
		if (rc && write)
			memcpy(k->bytes + skip, buf, n);
		else if (rc)
			memcpy(buf, k->bytes + skip, n);
		buf += n;
		addr += n;
		len -= n;
	}
	return 0;
}

int emu_mm_rw(struct emu_pages *p, uint64_t addr, void *buf, size_t len, bool write)
{
	if (!emu_mm_is_self(p->mm))
		return p->mm->gone ? kept_rw(p, addr, buf, len, write)
				   : transfer(p->mm, addr, buf, len, write);
	return write ? emu_copy_to(addr, buf, len) : emu_copy_from(buf, addr, len);
}

void emu_mm_ident(const struct emu_pages *p, uint64_t addr, struct emu_ident *id)
{
	const struct emu_kept *k;

	if (emu_mm_is_self(p->mm)) {
		emu_mem_ident(addr, id);
		return;
	}
	k = p->mm->gone ? kept_at(p, addr) : NULL;
	if (k) {
		*id = k->id;
		id->pos += addr - k->at;
		id->len -= addr - k->at;
	} else {
		emu_mem_ident_of(p->mm->pid, addr, id);
	}
	if (!id->file)
		id->ino = p->mm->number;
}
