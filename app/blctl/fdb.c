/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl fdb: entries of forwarding tables. */

#include <string.h>

#include "command.h"

static const char help[] =
	"usage: blctl fdb add BRIDGE MAC PORT [vlan VLAN]\n"
	"       blctl fdb del BRIDGE MAC [vlan VLAN]\n"
	"       blctl fdb flush BRIDGE [port PORT] [vlan VLAN]\n"
	"\n"
	"Add a static entry, delete one, or forget what was learned: all, of one member, in one\n"
	"VLAN. A VLAN-aware bridge has its entries by VLAN. Static entries stay in a flush.\n"
	"\n"
	"  blctl fdb add br0 02:00:00:00:00:07 p4 vlan 10\n"
	"  blctl fdb del br0 02:00:00:00:00:07 vlan 10\n"
	"  blctl fdb flush br0 port p4\n";

/** Words in pairs behind the others: "port p4", "vlan 10". */
static int add_pairs(json_t *params, bool port, int argc, char **argv)
{
	for (int i = 0; i < argc; i += 2) {
		int vlan;

		if (i + 1 < argc && port && strcmp(argv[i], "port") == 0) {
			json_object_set_new(params, "port", json_string(argv[i + 1]));
			continue;
		}
		if (i + 1 >= argc || strcmp(argv[i], "vlan") != 0)
			return complain_words("fdb");
		vlan = vlan_parse(argv[i + 1]);
		if (vlan < 0)
			return complain(
				"fdb: found \"%s\", expected a VLAN from 1 to 4094", argv[i + 1]);
		json_object_set_new(params, "vlan", json_integer(vlan));
	}
	return EXIT_OK;
}

int fdb_command(struct client *client, const struct options *o, int argc, char **argv)
{
	const char *method;
	json_t *params;
	int words, code;

	if (o->help)
		return help_print(help);
	if (argc >= 5 && strcmp(argv[1], "add") == 0) {
		method = "fdb.add";
		words = 5;
		params = json_pack(
			"{s:s, s:s, s:s}", "bridge", argv[2], "mac", argv[3], "port", argv[4]);
	} else if (argc >= 4 && strcmp(argv[1], "del") == 0) {
		method = "fdb.del";
		words = 4;
		params = json_pack("{s:s, s:s}", "bridge", argv[2], "mac", argv[3]);
	} else if (argc >= 3 && strcmp(argv[1], "flush") == 0) {
		method = "fdb.flush";
		words = 3;
		params = json_pack("{s:s}", "bridge", argv[2]);
	} else {
		return complain_words("fdb");
	}
	code = add_pairs(params, words == 3, argc - words, argv + words);
	if (code != EXIT_OK) {
		json_decref(params);
		return code;
	}
	return change(client, o, method, params);
}
