/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What would be lost if a device were taken away from its driver now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "iommuctl/diag.h"

static bool net_in_use(const struct iom_host *h, const char *name, char *why, size_t len)
{
	struct iom_host_net net;

	if (iom_host_net(h->root, name, &net, NULL) || !net.up)
		return false;
	if (net.master[0])
		snprintf(why, len, "network interface %s is up and part of %s", name, net.master);
	else if (net.addresses || net.routes)
		snprintf(why, len, "network interface %s is up (addresses: %u, routes: %u)", name,
			 net.addresses, net.routes);
	else if (*h->root)
		snprintf(why, len, "network interface %s is up", name);
	else
		return false;
	return true;
}

static bool disk_in_use(const struct iom_host *h, const char *name, char *why, size_t len)
{
	struct iom_host_pairs mounts;
	bool used = iom_host_disk_mounts(h->root, name, &mounts) == -ENOMEM || mounts.n;

	if (used && !mounts.n)
		snprintf(why, len, "there is no memory to see what is on disk %s", name);
	else if (used && !strcmp(mounts.v[0].value, "swap"))
		snprintf(why, len, "disk %s holds swap space in use", name);
	else if (used)
		snprintf(why, len, "disk %s carries what is mounted at %.160s", name,
			 mounts.v[0].value);
	iom_host_pairs_free(&mounts);
	return used;
}

/* The screen that the admin may be sitting at: no other display device has a console. */
static bool is_last_console(const struct iom_host *h, const struct iom_host_dev *d, char *why,
			    size_t len)
{
	const char *fb = iom_host_dev_use(d, "graphics");

	if (!fb)
		return false;
	for (size_t i = 0; i < h->n_devs; i++)
		if (&h->devs[i] != d && iom_host_dev_use(&h->devs[i], "graphics"))
			return false;
	snprintf(why, len, "it is the last graphics device with a console (%s)", fb);
	return true;
}

static bool has_active_vfs(const struct iom_host *h, const struct iom_host_dev *d, char *why,
			   size_t len)
{
	struct iom_host_dev_more m;
	bool active = !iom_host_dev_more(h->root, d, &m) && m.num_vfs > 0;

	if (active)
		snprintf(why, len, "it has %d active virtual functions", (int)m.num_vfs);
	iom_host_dev_more_free(&m);
	return active;
}

bool iom_guard(const struct iom_host *h, const struct iom_host_dev *d, char *why, size_t len)
{
	for (size_t i = 0; i < d->n_uses; i++) {
		const struct iom_host_use *u = &d->uses[i];

		if (!strcmp(u->kind, "net") && net_in_use(h, u->name, why, len))
			return true;
		if (!strcmp(u->kind, "block") && disk_in_use(h, u->name, why, len))
			return true;
	}
	return is_last_console(h, d, why, len) || has_active_vfs(h, d, why, len);
}
