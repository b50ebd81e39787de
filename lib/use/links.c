// SPDX-License-Identifier: LGPL-2.1-or-later
/* The network interfaces that were found, of all namespaces. */
#include "use/net.h"

struct link *net_add_link(struct net *net, size_t ns)
{
	struct link *grown = reallocarray(net->links, net->link_count + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	net->links = grown;
	grown += net->link_count++;
	*grown = (struct link){ .ns = ns, .lower_id = -1 };
	return grown;
}

struct link *net_find(const struct net *net, size_t ns, int index)
{
	size_t i;

	for (i = 0; i < net->link_count; i++)
		if (net->links[i].ns == ns && net->links[i].index == index)
			return &net->links[i];
	return NULL;
}

void net_clear(struct net *net)
{
	size_t i;

	for (i = 0; i < net->ns_count; i++) {
		free(net->ns[i].id);
		free(net->ns[i].name);
		free(net->ns[i].enter);
		free(net->ns[i].path);
	}
	for (i = 0; i < net->link_count; i++)
		free(net->links[i].real);
	free(net->ns);
	free(net->links);
}
