/* SPDX-License-Identifier: BSD-3-Clause */
/* See runtime.h. Called by main.c, eal.c, doctor.c and who makes sockets; makes nothing itself. */

#include "runtime.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void runtime_settle(void)
{
	const char *given = getenv("RUNTIME_DIRECTORY");
	char first[PATH_MAX];

	if (given == NULL)
		return;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(given, ":"), given);
	if (first[0] == '\0')
		unsetenv("RUNTIME_DIRECTORY");
	else
		setenv("RUNTIME_DIRECTORY", first, 1);
}

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
