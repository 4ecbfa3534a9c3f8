/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a network interface is used for, by rtnetlink; in a saved tree by its operstate. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include "host/host.h"

/* Link-local addresses come by themselves and are no use of an interface. */
static bool is_chosen(struct rtnl_addr *addr)
{
	return rtnl_addr_get_scope(addr) != RT_SCOPE_LINK;
}

static int count_addresses(struct nl_sock *sk, int index, struct iom_host_net *net)
{
	struct nl_cache *cache;
	int rc = rtnl_addr_alloc_cache(sk, &cache);

	if (rc < 0)
		return rc;
	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)o;

		if (rtnl_addr_get_ifindex(addr) == index && is_chosen(addr))
			net->addresses++;
	}
	nl_cache_free(cache);
	return 0;
}

/* Routes of the main table; the kernel's own for each address are in another. */
static int count_routes(struct nl_sock *sk, int index, struct iom_host_net *net)
{
	struct nl_cache *cache;
	int rc = rtnl_route_alloc_cache(sk, AF_UNSPEC, 0, &cache);

	if (rc < 0)
		return rc;
	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_route *route = (struct rtnl_route *)o;

		if (rtnl_route_get_table(route) != RT_TABLE_MAIN)
			continue;
		for (int i = 0; i < rtnl_route_get_nnexthops(route); i++)
			if (rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(route, i)) == index)
				net->routes++;
	}
	nl_cache_free(cache);
	return 0;
}

static int ask(struct nl_sock *sk, const char *name, struct iom_host_net *net)
{
	struct rtnl_link *link = NULL, *master = NULL;
	int rc = rtnl_link_get_kernel(sk, 0, name, &link), index;

	if (rc < 0)
		return rc;
	net->up = rtnl_link_get_flags(link) & IFF_UP;
	if (rtnl_link_get_master(link) &&
	    !rtnl_link_get_kernel(sk, rtnl_link_get_master(link), NULL, &master)) {
		snprintf(net->master, sizeof(net->master), "%s", rtnl_link_get_name(master));
		rtnl_link_put(master);
	}
	index = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	rc = count_addresses(sk, index, net);
	return rc < 0 ? rc : count_routes(sk, index, net);
}

int iom_host_net(const char *root, const char *name, struct iom_host_net *net)
{
	char path[HOST_PATH], state[32];
	struct nl_sock *sk;
	int rc;

	*net = (struct iom_host_net){ 0 };
	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	if (iom_read_file(root, path, state, sizeof(state)) >= 0) {
		net->known = true;
		net->up = !strcmp(state, "up");
	}
	/* The interfaces of another machine are not ours to ask about. */
	if (*root)
		return net->known ? 0 : -ENOENT;
	sk = nl_socket_alloc();
	if (!sk)
		return -ENOMEM;
	rc = nl_connect(sk, NETLINK_ROUTE);
	if (rc >= 0)
		rc = ask(sk, name, net);
	nl_socket_free(sk);
	net->known |= rc >= 0;
	return net->known ? 0 : -ENOENT;
}
