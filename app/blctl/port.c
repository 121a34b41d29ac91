/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl port: ports up and down. */

#include <string.h>

#include "command.h"

int port_command(struct client *client, const struct options *o, int argc, char **argv)
{
	if (o->help)
		return help_print(
			"usage: blctl port up|down PORT\n"
			"\n"
			"Stop a port, or start it again. Bridges forget who was behind one that "
			"stops.\nIt stays down through changes of the configuration, until `up` or "
			"the next start.\n"
			"\n"
			"  blctl port down p0\n"
			"  blctl port up p0\n");
	if (argc != 3 || (strcmp(argv[1], "up") != 0 && strcmp(argv[1], "down") != 0))
		return complain_words("port");
	return change(client, o, strcmp(argv[1], "up") == 0 ? "port.up" : "port.down",
		json_pack("{s:s}", "port", argv[2]));
}
