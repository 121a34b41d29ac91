/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of a device that both backends share: finding it, waiting for frames, and saying what
 * went wrong. Called by send, listen and echo.
 */

#include "device.h"

#include <errno.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "wire/ether.h"

int device_open(struct device *d, const char *name)
{
	bool is_tap = strncmp(name, "tap:", 4) == 0;

	*d = (struct device){.fd = -1};
	if (is_tap)
		name += 4;
	if (name[0] == 0 || strlen(name) >= sizeof(d->name))
		return complain("'%s' is not the name of an interface", name);
	strcpy(d->name, name);
	return is_tap ? device_tap_open(d) : device_packet_open(d);
}

int device_describe(struct device *d, int sock, unsigned *flags)
{
	struct ifreq request = {0};

	strcpy(request.ifr_name, d->name);
	if (ioctl(sock, SIOCGIFHWADDR, &request) != 0)
		return complain(
			errno == ENODEV ? "there is no interface '%s'" : "%s: no address", d->name);
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
		request.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
		return complain("%s is not an Ethernet interface", d->name);
	memcpy(d->address, request.ifr_hwaddr.sa_data, sizeof(d->address));
	if (ioctl(sock, SIOCGIFMTU, &request) != 0)
		return complain("%s: cannot read its MTU: %s", d->name, strerror(errno));
	d->mtu = (uint32_t)request.ifr_mtu;
	if (ioctl(sock, SIOCGIFFLAGS, &request) != 0)
		return complain("%s: cannot read its flags: %s", d->name, strerror(errno));
	*flags = (unsigned short)request.ifr_flags;
	return EXIT_OK;
}

int64_t device_read(struct device *d, uint8_t *frame, uint32_t room, int timeout_ms)
{
	struct pollfd ready = {.fd = d->fd, .events = POLLIN};
	int n = poll(&ready, 1, timeout_ms);
	int64_t len;

	if (n == 0 || (n < 0 && errno == EINTR))
		return 0;
	len = n < 0 ? -1 : d->ops->read(d, frame, room);
	if (len >= 0 || errno == EINTR || errno == EAGAIN)
		return len >= 0 ? len : 0;
	complain("%s: cannot read: %s", d->name, strerror(errno));
	return -1;
}

int device_write(struct device *d, const uint8_t *frame, uint32_t len)
{
	struct ether e;
	uint32_t n_tags = ether_parse(frame, len, 0, &e) == ETHER_OK ? e.n_tags : 0;

	if (!ether_fits(len, n_tags, d->mtu))
		return complain("the frame of %u octets is too long for %s, whose MTU is %u", len,
			d->name, d->mtu);
	if (d->ops->write(d, frame, len) == 0)
		return EXIT_OK;
	if (errno == EMSGSIZE)
		return complain("the frame of %u octets is too long for %s: the kernel allows one "
				"0x8100 tag above the MTU of %u",
			len, d->name, d->mtu);
	complain("%s: cannot write: %s", d->name, strerror(errno));
	return EXIT_FAILED;
}

void device_close(struct device *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
