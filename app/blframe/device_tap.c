/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The far end of a TAP device: we are the cable's other side, the kernel has the interface. The
 * kernel writes all tags into the octets that it hands over. Made if it does not exist, and gone
 * with us unless it was made persistent.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "device.h"

static int64_t tap_read(struct device *d, uint8_t *frame, uint32_t room)
{
	return read(d->fd, frame, room);
}

static int tap_write(struct device *d, const uint8_t *frame, uint32_t len)
{
	return write(d->fd, frame, len) == (ssize_t)len ? 0 : -1;
}

static int complain_attach(const struct device *d)
{
	if (errno == EPERM || errno == EACCES)
		return complain("opening tap:%s needs the capability CAP_NET_ADMIN", d->name);
	if (errno == EBUSY)
		return complain("tap:%s is in use by another program", d->name);
	if (errno == EINVAL)
		return complain("%s is an interface, but not a TAP device", d->name);
	return complain("cannot open tap:%s: %s", d->name, strerror(errno));
}

/** Bring the kernel's end up, and speak from another address than it does. */
static int set_up(struct device *d, int sock)
{
	static const struct device_ops ops = {tap_read, tap_write};
	struct ifreq request = {0};
	unsigned flags;

	if (device_describe(d, sock, &flags) != EXIT_OK)
		return EXIT_BAD;
	strcpy(request.ifr_name, d->name);
	request.ifr_flags = (short)(flags | IFF_UP);
	if (!(flags & IFF_UP) && ioctl(sock, SIOCSIFFLAGS, &request) != 0)
		return complain(
			"%s is down and cannot be brought up: %s", d->name, strerror(errno));
	d->address[0] = (uint8_t)((d->address[0] | 0x02) & ~0x01); // locally administered
	d->address[5] ^= 0x01;
	d->ops = &ops;
	return EXIT_OK;
}

int device_tap_open(struct device *d)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int sock, code;

	d->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (d->fd < 0)
		return errno == EACCES || errno == EPERM
		               ? complain_attach(d)
		               : complain("/dev/net/tun: %s", strerror(errno));
	strcpy(request.ifr_name, d->name);
	if (ioctl(d->fd, TUNSETIFF, &request) != 0) {
		code = complain_attach(d);
		device_close(d);
		return code;
	}
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	code = sock < 0 ? complain("cannot open a socket: %s", strerror(errno)) : set_up(d, sock);
	if (sock >= 0)
		close(sock);
	if (code != EXIT_OK)
		device_close(d);
	return code;
}
