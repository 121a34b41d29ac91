/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_VETH_H
#define PREFLIGHT_VETH_H

/**
 * @file
 * Part of preflight.c: what the other end of a veth does with checksums. Changes nothing.
 */

#include <stddef.h>

enum veth_peer {
	VETH_NOT,            // it is no veth
	VETH_PEER_ELSEWHERE, // in another network namespace
	VETH_PEER_TX_ON,
	VETH_PEER_TX_OFF
};

/** @param sys "/sys". @param peer set to the other end's name where it is here. */
enum veth_peer preflight_veth(const char *sys, const char *iface, char *peer, size_t peer_size);

#endif
