/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_SOCKET_H
#define PREFLIGHT_SOCKET_H

/**
 * @file
 * Part of preflight.c: the sockets of vhost-user. Changes nothing on the machine.
 */

#include "conf/conf.h"
#include "driver.h"
#include "finding.h"

/** 0, or -1 with a finding. Nothing to say about drivers without a socket. */
int preflight_socket(const struct conf_port *port, const struct driver *driver, struct findings *f);

#endif
