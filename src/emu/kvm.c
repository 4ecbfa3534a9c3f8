/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtual machines: fds with private memslots, which devices and vIOMMUs can be told of. */
#include "tsm.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct emu_kvm *emu_kvm_get(struct emu_kvm *kvm)
{
	if (kvm)
		kvm->refs++;
	return kvm;
}

void emu_kvm_put(struct emu_kvm *kvm)
{
	if (!kvm || --kvm->refs)
		return;
	emu_free(kvm->slots);
	emu_free(kvm->mapped);
	emu_free(kvm);
}

struct emu_kvm *emu_kvm_of_fd(const struct iom_emu *emu, int fd)
{
	const struct emu_file *f = emu_file_of(emu, fd);

	return f && f->kind == EMU_FILE_KVM ? f->kvm : NULL;
}

bool emu_kvm_is_private(const struct emu_kvm *kvm, uint64_t start, uint64_t last)
{
	for (size_t i = 0; i < kvm->n_slots; i++)
		if (start >= kvm->slots[i].start && last <= kvm->slots[i].last)
			return true;
	return false;
}

int emu_kvm_map(struct emu_kvm *kvm, uint64_t start, uint64_t last)
{
	struct emu_range *more = emu_realloc(kvm->mapped, (kvm->n_mapped + 1) * sizeof(*more));
	size_t i, n = 0;

	if (!more)
		return -ENOMEM;
	kvm->mapped = more;
	/* what touches the new range becomes a part of it; it ends before the last page that there is */
	for (i = 0; i < kvm->n_mapped; i++) {
		struct emu_range r = more[i];

		if ((start && r.last < start - 1) || r.start > last + 1) {
			more[n++] = r;
			continue;
		}
		start = r.start < start ? r.start : start;
		last = r.last > last ? r.last : last;
	}
	for (i = n; i && more[i - 1].start > start; i--)
		more[i] = more[i - 1];
	more[i] = (struct emu_range){ start, last };
	kvm->n_mapped = n + 1;
	return 0;
}

static struct emu_dev *find_dev(const struct iom_emu *emu, const char *name)
{
	struct emu_dev *dev = emu->devs;

	while (dev && strcmp(dev->name, name))
		dev = dev->next;
	return dev;
}

static int check(const struct iom_emu *emu, const struct iom_kvm_vm *vm)
{
	for (size_t i = 0; i < vm->n_slots; i++) {
		const struct iom_kvm_slot *s = &vm->slots[i];

		if (s->last < s->start || ((s->start | (s->last + 1)) & (EMU_PAGE - 1)))
			return -EINVAL;
		for (size_t k = 0; k < i; k++)
			if (s->start <= vm->slots[k].last && s->last >= vm->slots[k].start)
				return -EEXIST;
	}
	for (size_t i = 0; i < vm->n_devices; i++)
		if (!find_dev(emu, vm->devices[i]))
			return -ENOENT;
	return 0;
}

static struct emu_kvm *new_kvm(const struct iom_kvm_vm *vm)
{
	struct emu_kvm *kvm = emu_zalloc(sizeof(*kvm));

	if (!kvm)
		return NULL;
	kvm->refs = 1;
	kvm->slots = emu_zalloc((vm->n_slots + 1) * sizeof(*kvm->slots));
	if (!kvm->slots) {
		emu_free(kvm);
		return NULL;
	}
	for (size_t i = 0; i < vm->n_slots; i++)
		kvm->slots[i] = (struct emu_range){ vm->slots[i].start, vm->slots[i].last };
	kvm->n_slots = vm->n_slots;
	return kvm;
}

static int create(struct iom_emu *emu, const struct iom_kvm_vm *vm)
{
	struct emu_file *f = NULL;
	struct emu_kvm *kvm;
	int fd, rc = check(emu, vm);

	if (rc)
		return rc;
	fd = emu_fd_reserve();
	if (fd < 0)
		return fd;
	kvm = new_kvm(vm);
	if (kvm)
		f = emu_file_add(emu, fd, EMU_FILE_KVM);
	if (!f) {
		emu_kvm_put(kvm);
		close(fd);
		return -ENOMEM;
	}
	f->kvm = kvm;
	for (size_t i = 0; i < vm->n_devices; i++) {
		struct emu_dev *dev = find_dev(emu, vm->devices[i]);

		emu_kvm_put(dev->kvm);
		dev->kvm = emu_kvm_get(kvm);
	}
	return fd;
}

int iom_emu_kvm_create(struct iom_emu *emu, const struct iom_kvm_vm *vm)
{
	int rc;

	emu_enter(emu);
	rc = create(emu, vm);
	emu_leave(emu);
	return rc;
}

static void walk(const struct emu_range *r, size_t n, bool mapped,
		 void (*cb)(uint64_t start, uint64_t last, bool mapped, void *arg), void *arg)
{
	for (size_t i = 0; i < n; i++)
		cb(r[i].start, r[i].last, mapped, arg);
}

int iom_emu_kvm_ranges(struct iom_emu *emu, int fd,
		       void (*cb)(uint64_t start, uint64_t last, bool mapped, void *arg), void *arg)
{
	const struct emu_kvm *kvm;

	emu_enter(emu);
	kvm = emu_kvm_of_fd(emu, fd);
	if (kvm) {
		walk(kvm->slots, kvm->n_slots, false, cb, arg);
		walk(kvm->mapped, kvm->n_mapped, true, cb, arg);
	}
	emu_leave(emu);
	return kvm ? 0 : -EBADF;
}
