/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of PCI devices from pci.ids, through libpci, which is loaded with the first of them. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pci/pci.h>

#include "host/host.h"

#define LIBRARY "libpci.so.3"
#define SLOTS	1024 /* names that are kept, a power of 2; machines have some dozen models */
#define WAYS	8    /* slots that one may be in */
#define FLAGS	(PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB)

/* What is used of it, by the types of its header. */
struct pci_calls {
	__typeof__(&pci_alloc) alloc;
	__typeof__(&pci_cleanup) cleanup;
	__typeof__(&pci_set_name_list_path) set_path;
	__typeof__(&pci_load_name_list) load;
	__typeof__(&pci_lookup_name) lookup;
};

struct slot {
	bool used;
	int flags;
	uint32_t id;	/* vendor and device, or a class */
	uint32_t subid; /* vendor and device of the board */
	char *name;	/* NULL: has none */
};

struct iom_pci_names {
	const char *root;
	bool tried;
	void *lib;
	struct pci_access *access; /* NULL: not tried yet, or there are no names */
	char path[HOST_PATH];	   /* the library reads an empty list again, so it has to last */
	struct pci_calls call;
	struct slot slot[SLOTS];
};

/* POSIX has dlsym() give functions as pointers to data. */
#define TAKE(lib, member, name) (*(void **)&(member) = dlsym(lib, name))

static bool take_calls(void *lib, struct pci_calls *c)
{
	return TAKE(lib, c->alloc, "pci_alloc") && TAKE(lib, c->cleanup, "pci_cleanup") &&
	       TAKE(lib, c->set_path, "pci_set_name_list_path") &&
	       TAKE(lib, c->load, "pci_load_name_list") &&
	       TAKE(lib, c->lookup, "pci_lookup_name");
}

/* The library calls this when a list is malformed or memory is short, and must not come back. */
static _Thread_local jmp_buf *on_error;

static __attribute__((noreturn)) void give_up(char *msg, ...)
{
	(void)msg;
	longjmp(*on_error, 1);
}

static void say_nothing(char *msg, ...)
{
	(void)msg;
}

/* Where distributions have it; the file must be one, for a FIFO would block the tool. */
static bool find_list(const char *root, char *path, size_t len)
{
	static const char *const places[] = {
		"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids", "/usr/share/pci.ids",
	};
	struct stat st;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(places); i++)
		if (!iom_path(root, path, len, "%s", places[i]) && !stat(path, &st) &&
		    S_ISREG(st.st_mode))
			return true;
	return false;
}

/* False: no names, and what there is of the library is left as it is. */
static bool load_list(struct iom_pci_names *n, char *path)
{
	jmp_buf env;

	on_error = &env;
	if (setjmp(env))
		return false;
	n->access = n->call.alloc();
	n->access->error = give_up;
	n->access->warning = say_nothing;
	n->access->debug = say_nothing;
	/* neither names from the network nor those kept of them */
	n->access->id_lookup_mode = 0;
	if (path)
		n->call.set_path(n->access, path, 0);
	return n->call.load(n->access);
}

static void close_list(struct iom_pci_names *n)
{
	if (n->access)
		n->call.cleanup(n->access);
	if (n->lib)
		dlclose(n->lib);
	n->access = NULL;
	n->lib = NULL;
}

/* The list of the root, else that of this machine, else where the library thinks that it is. */
static void open_list(struct iom_pci_names *n)
{
	bool found = find_list(n->root, n->path, sizeof(n->path)) ||
		     find_list("", n->path, sizeof(n->path));

	n->tried = true;
	n->lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!n->lib || !take_calls(n->lib, &n->call) || !load_list(n, found ? n->path : NULL))
		close_list(n);
}

struct iom_pci_names *iom_pci_names_new(const char *root)
{
	struct iom_pci_names *n = calloc(1, sizeof(*n));

	if (n)
		n->root = root;
	return n;
}

void iom_pci_names_free(struct iom_pci_names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(n->slot[i].name);
	close_list(n);
	free(n);
}

/* The library takes as many numbers as the flags need, and leaves the rest. */
static const char *ask(struct iom_pci_names *n, int flags, uint32_t id, uint32_t subid, char *buf,
		       int len)
{
	jmp_buf env;

	on_error = &env;
	if (setjmp(env))
		return NULL;
	if (flags == (PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_VENDOR))
		return n->call.lookup(n->access, buf, len, flags | FLAGS, (int)(subid >> 16));
	if (flags == PCI_LOOKUP_CLASS)
		return n->call.lookup(n->access, buf, len, flags | FLAGS, (int)id);
	return n->call.lookup(n->access, buf, len, flags | FLAGS, (int)(id >> 16),
			      (int)(id & 0xffff), (int)(subid >> 16), (int)(subid & 0xffff));
}

/* Its slot, or the one to use for it: free, or the first. */
static struct slot *find_slot(struct iom_pci_names *n, int flags, uint32_t id, uint32_t subid)
{
	uint32_t hash = (id ^ subid * 31 ^ (uint32_t)flags * 0x10001) * 0x9e3779b1;
	struct slot *first = &n->slot[hash >> 16 & (SLOTS - WAYS)], *s = first;

	for (; s < first + WAYS && s->used; s++)
		if (s->flags == flags && s->id == id && s->subid == subid)
			return s;
	return s < first + WAYS ? s : first;
}

static const char *look_up(struct iom_pci_names *n, int flags, uint32_t id, uint32_t subid)
{
	struct slot *s;
	char buf[256];
	const char *name;

	if (!n)
		return NULL;
	s = find_slot(n, flags, id, subid);
	if (s->used && s->flags == flags && s->id == id && s->subid == subid)
		return s->name;
	if (!n->tried)
		open_list(n);
	if (!n->access)
		return NULL;
	name = ask(n, flags, id, subid, buf, sizeof(buf));
	free(s->name);
	*s = (struct slot){ true, flags, id, subid, name && *name ? strdup(name) : NULL };
	return s->name;
}

static uint32_t ids_of(const struct iom_host_dev *d)
{
	return (uint32_t)d->vendor << 16 | d->device;
}

static uint32_t subids_of(const struct iom_host_dev *d)
{
	return (uint32_t)d->subvendor << 16 | d->subdevice;
}

const char *iom_pci_name(struct iom_pci_names *n, const struct iom_host_dev *d,
			 enum iom_pci_name_kind kind)
{
	if (!d->has_ids)
		return NULL;
	switch (kind) {
	case IOM_PCI_VENDOR:
		return look_up(n, PCI_LOOKUP_VENDOR, ids_of(d) & ~0xffffU, 0);
	case IOM_PCI_DEVICE:
		return look_up(n, PCI_LOOKUP_DEVICE, ids_of(d), 0);
	case IOM_PCI_CLASS:
		return look_up(n, PCI_LOOKUP_CLASS, d->class_code >> 8, 0);
	case IOM_PCI_SUBVENDOR:
		return look_up(n, PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_VENDOR, 0,
			       subids_of(d) & ~0xffffU);
	case IOM_PCI_SUBSYSTEM:
		return look_up(n, PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_DEVICE, ids_of(d),
			       subids_of(d));
	}
	return NULL;
}
