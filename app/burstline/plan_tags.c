/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): devices that give outer tags back as 0x8100, whatever they were, and those
 * that send long frames with one such tag only. What needs another TPID there is refused; what
 * passes tags on as they are gets one warning a port.
 */

#include "driver.h"
#include "plan_draft.h"

enum { TPID_C = 0x8100 };

static bool loses_tags(const struct draft *d, unsigned port)
{
	char error[PLAN_NOTE_MAX];
	const struct driver *driver =
		driver_find(d->conf->ports[port].device, error, sizeof(error));

	return driver != NULL && driver->tag_loss;
}

static int refuse(struct draft *d, const char *what, const char *name, unsigned tpid, unsigned port)
{
	const struct conf_port *p = &d->conf->ports[port];
	char error[PLAN_NOTE_MAX];
	const struct driver *driver = driver_find(p->device, error, sizeof(error));

	return draft_fail(d,
		"%s %s needs tags of TPID 0x%04x on port %s, but %s gives every outer tag back as "
		"0x8100: use another device there, or 0x8100",
		what, name, tpid, p->name, driver->prefix);
}

/** The first TPID other than 0x8100 that the member tells VLANs by; 0: none. */
static unsigned needed_tpid(const struct conf_bridge *bridge, const struct conf_member *member)
{
	if (!bridge->vlan_aware || member->mode != CONF_MODE_TRUNK)
		return 0;
	if (bridge->tpid != TPID_C)
		return bridge->tpid;
	for (unsigned i = 0; i < member->n_translations; i++)
		if (member->translations[i].wire[0].tpid != TPID_C)
			return member->translations[i].wire[0].tpid;
	return 0;
}

static int check_bridge(struct draft *d, const struct conf_bridge *bridge)
{
	for (unsigned m = 0; m < bridge->n_members; m++) {
		const struct conf_member *member = &bridge->members[m];
		unsigned tpid = needed_tpid(bridge, member);

		if (tpid != 0 && loses_tags(d, member->port))
			return refuse(d, "bridge", bridge->name, tpid, member->port);
	}
	return 0;
}

/** The outermost tag of an interface's frames on the wire of a member; NULL: none, or the bridge's
 *  own, which check_bridge() knows. */
static const struct conf_tag *outer_tag(const struct conf_interface *iface,
	const struct conf_bridge *bridge, const struct conf_member *member)
{
	if (!bridge->vlan_aware)
		return iface->n_tags > 0 ? &iface->tags[0] : NULL;
	return iface->n_tags > 1 && member->vlan == iface->tags[0].vid ? &iface->tags[1] : NULL;
}

static int check_interface(struct draft *d, const struct conf_interface *iface)
{
	const struct conf_bridge *bridge;

	if (!iface->on_bridge) {
		if (iface->n_tags > 0 && iface->tags[0].tpid != TPID_C &&
			loses_tags(d, iface->port))
			return refuse(
				d, "interface", iface->name, iface->tags[0].tpid, iface->port);
		return 0;
	}
	bridge = &d->conf->bridges[iface->bridge];
	for (unsigned m = 0; m < bridge->n_members; m++) {
		const struct conf_tag *tag = outer_tag(iface, bridge, &bridge->members[m]);

		if (tag != NULL && tag->tpid != TPID_C && loses_tags(d, bridge->members[m].port))
			return refuse(
				d, "interface", iface->name, tag->tpid, bridge->members[m].port);
	}
	return 0;
}

/** Whether frames pass through this port with the tags they have. */
static bool passes_tags(const struct conf *conf, unsigned port)
{
	if (conf->ports[port].reflect || conf->ports[port].unknown_port >= 0)
		return true;
	for (unsigned i = 0; i < conf->n_wires; i++)
		if (conf->wires[i].port[0] == port || conf->wires[i].port[1] == port)
			return true;
	for (unsigned i = 0; i < conf->n_bridges; i++)
		for (unsigned m = 0; m < conf->bridges[i].n_members; m++)
			if (conf->bridges[i].members[m].port == port)
				return true;
	return false;
}

/** The interface on this plain port whose frames on the wire have the most tags; NULL: none has. */
static const struct conf_interface *most_tags(const struct conf *conf, unsigned port)
{
	const struct conf_interface *most = NULL;

	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		const struct conf_interface *iface = &conf->interfaces[i];

		if (!iface->on_bridge && iface->port == port &&
			iface->n_tags > (most ? most->n_tags : 0))
			most = iface;
	}
	return most;
}

/** One sentence for each port whose device changes or loses frames that the configuration lets in
 *  or sends: by their tags, by the length that tags add. */
static int warn_port(struct draft *d, unsigned port)
{
	const struct conf_port *c = &d->conf->ports[port];
	const struct conf_interface *most = most_tags(d->conf, port);
	bool passes = passes_tags(d->conf, port), loses = loses_tags(d, port);
	bool lacks_room = d->plan->ports[port].tag_room != 0 &&
	                  (passes || (most && (most->n_tags > 1 || most->tags[0].tpid != TPID_C)));
	const char *lost = "", *and = loses && lacks_room ? "; " : "";

	if (!loses && !lacks_room)
		return 0;
	if (!passes && most == NULL)
		return 0;
	if (loses && passes)
		lost = "its device gives every outer tag back as 0x8100: frames that come in with "
		       "another (0x88a8) go on changed";
	else if (loses)
		lost = "its device gives every outer tag back as 0x8100: frames that come in with "
		       "another (0x88a8) are taken for it";
	return draft_warn(d, PLAN_TAGS, "port %s: %s%s%s", c->name, lost, and,
		lacks_room ? "frames of full size pass with one 0x8100 tag at most: for other or "
			     "more tags raise `mtu` and the interface's own by 4 for each"
			   : "");
}

/** A check sequence is payload to a kernel that sends: it knows no longer frames for it. */
static int warn_fcs(struct draft *d, unsigned port)
{
	if (!d->conf->ports[port].fcs || d->plan->ports[port].tag_room == 0)
		return 0;
	return draft_warn(d, PLAN_MTU,
		"port %s: the kernel counts the check sequence of `fcs: true` as payload: frames "
		"of full size are not sent unless `mtu` and the interface's own are 4 larger than "
		"that of the others",
		d->conf->ports[port].name);
}

int draft_tags(struct draft *d)
{
	for (unsigned i = 0; i < d->conf->n_bridges; i++)
		if (check_bridge(d, &d->conf->bridges[i]) < 0)
			return -1;
	for (unsigned i = 0; i < d->conf->n_interfaces; i++)
		if (check_interface(d, &d->conf->interfaces[i]) < 0)
			return -1;
	for (unsigned i = 0; i < d->conf->n_ports; i++)
		if (warn_port(d, i) < 0 || warn_fcs(d, i) < 0)
			return -1;
	return 0;
}
