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

/* list: NULL, or where they are added, link-local ones as well */
static int take_addresses(struct nl_sock *sk, int index, struct iom_host_net *net,
			  struct iom_names *list)
{
	struct nl_cache *cache;
	int rc = rtnl_addr_alloc_cache(sk, &cache);

	if (rc < 0)
		return rc;
	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *addr = (struct rtnl_addr *)o;
		char text[64];

		if (rtnl_addr_get_ifindex(addr) != index)
			continue;
		net->addresses += is_chosen(addr);
		/* the library leaves out a prefix as long as the address */
		if (list && iom_names_add(list, nl_addr2str(rtnl_addr_get_local(addr), text,
							    sizeof(text))))
			rc = -NLE_NOMEM;
	}
	nl_cache_free(cache);
	return rc;
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

static int ask(struct nl_sock *sk, const char *name, struct iom_host_net *net,
	       struct iom_names *list)
{
	struct rtnl_link *link = NULL, *master = NULL;
	int rc = rtnl_link_get_kernel(sk, 0, name, &link), index;

	if (rc < 0)
		return rc;
	net->up = rtnl_link_get_flags(link) & IFF_UP;
	net->carrier = rtnl_link_get_carrier(link) != 0;
	rtnl_link_operstate2str(rtnl_link_get_operstate(link), net->state, sizeof(net->state));
	if (rtnl_link_get_master(link) &&
	    !rtnl_link_get_kernel(sk, rtnl_link_get_master(link), NULL, &master)) {
		snprintf(net->master, sizeof(net->master), "%s", rtnl_link_get_name(master));
		rtnl_link_put(master);
	}
	index = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	rc = take_addresses(sk, index, net, list);
	return rc < 0 ? rc : count_routes(sk, index, net);
}

/* A file that only an interface that is up has a value in. */
static int read_carrier(const char *root, const char *name)
{
	char path[HOST_PATH], text[8];

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", name);
	if (iom_read_file(root, path, text, sizeof(text)) != 1 || (*text != '0' && *text != '1'))
		return -1;
	return *text == '1';
}

void iom_host_net_saved(const char *root, const char *name, struct iom_host_net *net)
{
	char path[HOST_PATH];

	*net = (struct iom_host_net){ .carrier = read_carrier(root, name) };
	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	net->known = iom_read_file(root, path, net->state, sizeof(net->state)) >= 0;
	net->up = !strcmp(net->state, "up");
}

int iom_host_net(const char *root, const char *name, struct iom_host_net *net,
		 struct iom_names *list)
{
	struct nl_sock *sk;
	int rc;

	iom_host_net_saved(root, name, net);
	/* The interfaces of another machine are not ours to ask about. */
	if (*root)
		return net->known ? 0 : -ENOENT;
	sk = nl_socket_alloc();
	if (!sk)
		return -ENOMEM;
	rc = nl_connect(sk, NETLINK_ROUTE);
	if (rc >= 0)
		rc = ask(sk, name, net, list);
	nl_socket_free(sk);
	net->known |= rc >= 0;
	return net->known ? 0 : -ENOENT;
}
