/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host as a whole: the parts that a command asks for, read in the order they need. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

int iom_host_load(struct iom_host *h, const char *root, unsigned int what, struct iom_err *err)
{
	int rc = 0;

	*h = (struct iom_host){ .root = root };
	if (what & IOM_HOST_USES)
		what |= IOM_HOST_DEVICES;
	if (what & IOM_HOST_DEVICES)
		what |= IOM_HOST_MEMBERS | IOM_HOST_IOMMUS;
	if (what & IOM_HOST_NODES)
		what |= IOM_HOST_MEMBERS | IOM_HOST_DEVICES;
	if (what & IOM_HOST_REGIONS)
		what |= IOM_HOST_GROUPS;
	if (what & (IOM_HOST_GROUPS | IOM_HOST_MEMBERS))
		rc = host_read_groups(h, what);
	if (!rc && what & (IOM_HOST_IOMMUS | IOM_HOST_REGISTERS))
		rc = host_read_iommus(h, what & IOM_HOST_REGISTERS);
	if (!rc && what & IOM_HOST_DEVICES)
		rc = host_read_devices(h);
	if (!rc && what & (IOM_HOST_USES | IOM_HOST_NODES))
		rc = host_read_uses(h, what);
	if (!rc)
		return 0;
	err->code = rc;
	return iom_fail(err, rc == -ENOMEM ? IOM_EXIT_INTERNAL : iom_exit_of_errno(rc),
			"cannot read the host's state in %s/sys", root);
}

void iom_host_free(struct iom_host *h)
{
	host_free_devices(h);
	host_free_iommus(h);
	iom_host_groups_free(h->groups, h->n_groups);
	h->groups = NULL;
	h->n_groups = 0;
}

static int compare_ids(const void *key, const void *elem)
{
	const struct iom_host_group *g = elem;
	int64_t id = *(const int64_t *)key;

	return (id > g->id) - (id < g->id);
}

struct iom_host_group *iom_host_group_find(const struct iom_host *h, int64_t id)
{
	return h->n_groups ? bsearch(&id, h->groups, h->n_groups, sizeof(*h->groups), compare_ids)
			   : NULL;
}
