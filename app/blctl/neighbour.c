/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl neighbour: static neighbours. */

#include <string.h>

#include "command.h"

int neighbour_command(struct client *client, const struct options *o, int argc, char **argv)
{
	if (o->help)
		return help_print(
			"usage: blctl neighbour add INTERFACE ADDRESS MAC\n"
			"       blctl neighbour del INTERFACE ADDRESS\n"
			"\n"
			"Add a static neighbour, or make one static; delete one, static or "
			"learnt.\n"
			"\n"
			"  blctl neighbour add lan 192.0.2.7 02:00:00:00:00:07\n"
			"  blctl neighbour del lan 192.0.2.7\n");
	if (argc == 5 && strcmp(argv[1], "add") == 0)
		return change(client, o, "neighbour.add",
			json_pack("{s:s, s:s, s:s}", "interface", argv[2], "address", argv[3],
				"mac", argv[4]));
	if (argc == 4 && strcmp(argv[1], "del") == 0)
		return change(client, o, "neighbour.del",
			json_pack("{s:s, s:s}", "interface", argv[2], "address", argv[3]));
	return complain_words("neighbour");
}
