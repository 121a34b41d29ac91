/* SPDX-License-Identifier: BSD-3-Clause */
/* See runtime.h. Called by eal.c, doctor.c and who makes sockets; makes nothing itself. */

#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void runtime_base(char *path, size_t size)
{
	const char *given = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");

	if (given == NULL)
		given = getuid() == 0 ? "/var/run" : user != NULL ? user : "/tmp";
	snprintf(path, size, "%s", given);
}

bool runtime_folder(char *path, size_t size)
{
	bool ours = getenv("RUNTIME_DIRECTORY") == NULL;
	char base[512];

	runtime_base(base, sizeof(base));
	snprintf(path, size, "%s%s", base, ours ? "/burstline" : "");
	return ours;
}
