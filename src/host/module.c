/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading a kernel module through libkmod, which is loaded only then: it brings libcrypto. */
#include <dlfcn.h>
#include <errno.h>

#include <libkmod.h>

#include "host/host.h"

#define LIBRARY "libkmod.so.2"

/* What is used of it, by the types of its header. */
struct kmod_calls {
	__typeof__(&kmod_new) new;
	__typeof__(&kmod_unref) unref;
	__typeof__(&kmod_module_new_from_lookup) lookup;
	__typeof__(&kmod_list_next) next;
	__typeof__(&kmod_module_get_module) get;
	__typeof__(&kmod_module_probe_insert_module) insert;
	__typeof__(&kmod_module_unref) module_unref;
	__typeof__(&kmod_module_unref_list) unref_list;
};

/* POSIX has dlsym() give functions as pointers to data. */
#define TAKE(lib, member, name) (*(void **)&(member) = dlsym(lib, name))

static bool take_calls(void *lib, struct kmod_calls *k)
{
	return TAKE(lib, k->new, "kmod_new") && TAKE(lib, k->unref, "kmod_unref") &&
	       TAKE(lib, k->lookup, "kmod_module_new_from_lookup") &&
	       TAKE(lib, k->next, "kmod_list_next") &&
	       TAKE(lib, k->get, "kmod_module_get_module") &&
	       TAKE(lib, k->insert, "kmod_module_probe_insert_module") &&
	       TAKE(lib, k->module_unref, "kmod_module_unref") &&
	       TAKE(lib, k->unref_list, "kmod_module_unref_list");
}

static int load(const struct kmod_calls *k, const char *name)
{
	struct kmod_ctx *ctx = k->new(NULL, NULL);
	struct kmod_list *list = NULL;
	int rc;

	if (!ctx)
		return -ENOMEM;
	rc = k->lookup(ctx, name, &list);
	if (!rc && !list)
		rc = -ENOENT;
	for (struct kmod_list *it = list; it; it = k->next(list, it)) {
		struct kmod_module *mod = k->get(it);

		if (rc >= 0)
			rc = k->insert(mod, KMOD_PROBE_APPLY_BLACKLIST, NULL, NULL, NULL, NULL);
		k->module_unref(mod);
	}
	k->unref_list(list);
	k->unref(ctx);
	/* a positive number is what the blacklist kept out */
	return rc > 0 ? -EPERM : rc;
}

int iom_host_load_module(const char *name)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	struct kmod_calls k;
	int rc;

	if (!lib)
		return -ELIBACC;
	rc = take_calls(lib, &k) ? load(&k, name) : -ELIBBAD;
	dlclose(lib);
	return rc;
}
