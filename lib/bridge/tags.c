/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which tags a frame has inside a VLAN-aware bridge, and which it leaves with: IEEE 802.1Q 6.9
 * (PVID, acceptable frame types, ingress filtering), 802.1ad (tunnelling), translation. Decides
 * and reads octets; writes none. Called by bridge.c and flood.c.
 */

#include <string.h>

#include "bridge/inside.h"

static uint16_t tci_at(const uint8_t *p, unsigned tag)
{
	return tag_load_be16(p + 14 + 4 * tag);
}

static uint16_t tpid_at(const uint8_t *p, unsigned tag)
{
	return tag_load_be16(p + 12 + 4 * tag);
}

// Is tag number `at` there, with these values?
static bool has_tag(const uint8_t *p, uint32_t len, unsigned at, const struct iface_tag *tag)
{
	return len >= 18 + 4 * at && tpid_at(p, at) == tag->tpid &&
	       (tci_at(p, at) & TAG_VID_MASK) == tag->vid;
}

// The translation whose wire tags the frame begins with, of two the longer one; or NULL.
static const struct bridge_translation *translation_in(
	const struct bridge_member *member, const uint8_t *p, uint32_t len)
{
	const struct bridge_translation *found = NULL;

	for (unsigned i = 0; i < member->n_translations; i++) {
		const struct bridge_translation *t = &member->translation[i];

		if (has_tag(p, len, 0, &t->wire[0]) &&
			(t->n_wire == 1 || has_tag(p, len, 1, &t->wire[1])) &&
			(found == NULL || t->n_wire > found->n_wire))
			found = t;
	}
	return found;
}

static uint16_t map_pcp(const struct bridge_member *member, uint16_t tci)
{
	if (!member->maps_pcp)
		return tci;
	return (uint16_t)((tci & (TAG_DEI | TAG_VID_MASK)) | member->pcp_map[tci >> TAG_PCP_SHIFT]
								     << TAG_PCP_SHIFT);
}

static uint16_t default_tci(const struct bridge_member *member)
{
	return (uint16_t)(member->pcp << TAG_PCP_SHIFT | member->pvid);
}

// Every frame of a tunnel member is the customer's own; its outer tag only lends its priority.
static unsigned inside_of_tunnel(
	const struct bridge_member *member, const uint8_t *p, uint32_t len, struct inside *in)
{
	in->tci = default_tci(member);
	if (len >= 18 && tag_is_tpid(tpid_at(p, 0)))
		in->tci =
			map_pcp(member, (uint16_t)((tci_at(p, 0) & ~TAG_VID_MASK) | member->pvid));
	return INSIDE_OK;
}

static void translate_in(const struct bridge_member *member, const struct bridge_translation *t,
	const uint8_t *p, struct inside *in)
{
	uint16_t bits = (uint16_t)(tci_at(p, 0) & ~TAG_VID_MASK);
	uint16_t last = (uint16_t)(tci_at(p, t->n_wire - 1u) & ~TAG_VID_MASK);

	in->pop = t->n_wire;
	in->tci = map_pcp(member, (uint16_t)(bits | t->inside[0].vid));
	if (t->n_inside == 2) {
		in->n_inner = 1;
		in->inner = (uint32_t)t->inside[1].tpid << 16 | last | t->inside[1].vid;
	}
}

unsigned inside_of(
	const struct bridge *b, uint16_t port, const uint8_t *p, uint32_t len, struct inside *in)
{
	const struct bridge_member *member = &b->member[port];
	const struct bridge_translation *t = NULL;
	const struct bridge_vlan *vlan;
	uint16_t vid;

	*in = (struct inside){0};
	if (member->mode == BRIDGE_QINQ)
		return inside_of_tunnel(member, p, len, in);
	if (unlikely(member->n_translations != 0))
		t = translation_in(member, p, len);
	if (t != NULL) {
		if (member->accept == BRIDGE_ACCEPT_UNTAGGED)
			return DROP_BRIDGE_TYPE;
		translate_in(member, t, p, in);
		return INSIDE_OK;
	}
	if (tpid_at(p, 0) != b->tpid) {
		in->tci = default_tci(member);
		return member->accept == BRIDGE_ACCEPT_TAGGED || member->pvid == 0
		               ? DROP_BRIDGE_TYPE
		               : INSIDE_OK;
	}
	if (len < 18)
		return DROP_SHORT_VLAN;
	in->pop = 1;
	in->tci = map_pcp(member, tci_at(p, 0));
	vid = inside_vlan(in);
	if (vid == 0) { // a priority tag is no VLAN tag
		in->tci |= member->pvid;
		return member->accept == BRIDGE_ACCEPT_TAGGED || member->pvid == 0
		               ? DROP_BRIDGE_TYPE
		               : INSIDE_OK;
	}
	if (member->accept == BRIDGE_ACCEPT_UNTAGGED)
		return DROP_BRIDGE_TYPE;
	vlan = &b->vlan[vid];
	// 4095 has no members. A VLAN that leaves here by a translation does not come in without.
	if ((vlan->members >> port & 1) == 0)
		return member->filter || vlan->members == 0 ? DROP_BRIDGE_VLAN : INSIDE_OK;
	return (vlan->translated >> port & 1) != 0 ? DROP_BRIDGE_VLAN : INSIDE_OK;
}

// Replace the bridge's tag and perhaps the one behind it by the wire tags of a translation.
static bool translate_out(const struct bridge_member *member, const uint8_t *p, uint32_t len,
	const struct inside *in, struct outside *to)
{
	for (unsigned i = 0; i < member->n_translations; i++) {
		const struct bridge_translation *t = &member->translation[i];
		uint16_t bits = (uint16_t)(in->tci & ~TAG_VID_MASK);
		uint16_t last = bits;
		bool inner = in->n_inner != 0;

		if (t->inside[0].vid != inside_vlan(in))
			continue;
		if (t->n_inside == 2) {
			// The tag behind is `inner`, or the first of the octets that stay.
			uint32_t tag = in->inner;

			if (!inner && len < 18 + 4u * in->pop)
				continue;
			if (!inner)
				tag = (uint32_t)tpid_at(p, in->pop) << 16 | tci_at(p, in->pop);
			if (tag >> 16 != t->inside[1].tpid ||
				(tag & TAG_VID_MASK) != t->inside[1].vid)
				continue;
			last = (uint16_t)(tag & 0xffff & ~TAG_VID_MASK);
			to->pop = (uint8_t)(in->pop + !inner);
			inner = false;
		}
		to->tag[0] = (uint32_t)t->wire[0].tpid << 16 | bits | t->wire[0].vid;
		to->push = 1;
		if (t->n_wire == 2)
			to->tag[to->push++] =
				(uint32_t)t->wire[1].tpid << 16 | last | t->wire[1].vid;
		if (inner)
			to->tag[to->push++] = in->inner;
		return true;
	}
	return false;
}

bool outside_of(const struct bridge *b, uint16_t port, const uint8_t *p, uint32_t len,
	const struct inside *in, struct outside *to)
{
	const struct bridge_vlan *vlan;
	uint32_t octets;

	to->pop = to->push = 0;
	to->same = true;
	if (!b->vlan_aware)
		return true;
	to->pop = in->pop;
	vlan = &b->vlan[inside_vlan(in)];
	if (unlikely(vlan->translated >> port & 1)) {
		if (!translate_out(&b->member[port], p, len, in, to))
			return false;
	} else {
		if (vlan->tagged >> port & 1)
			to->tag[to->push++] = (uint32_t)b->tpid << 16 | in->tci;
		if (in->n_inner != 0)
			to->tag[to->push++] = in->inner;
	}
	to->same = to->pop == to->push;
	for (unsigned i = 0; to->same && i < to->push; i++) {
		memcpy(&octets, p + 12 + 4 * i, 4);
		to->same = octets == rte_cpu_to_be_32(to->tag[i]);
	}
	return true;
}
