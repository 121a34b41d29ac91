/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two libraries are loaded with the driver, or not at all, so the program is not linked with
 * them: their functions are looked up in what is loaded. Called by port_probe.
 */

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>

#include <rte_log.h>

#include "xdp_log.h"

enum { LEVEL_WARN = 0 }; // LIBBPF_WARN and LIBXDP_WARN; INFO and DEBUG are above

typedef int (*print_fn)(int level, const char *fmt, va_list ap);

static int __attribute__((format(printf, 2, 0))) print(int level, const char *fmt, va_list ap)
{
	return level == LEVEL_WARN ? rte_vlog(RTE_LOG_WARNING, RTE_LOGTYPE_EAL, fmt, ap) : 0;
}

static void redirect(const char *library, const char *setter)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	print_fn (*set)(print_fn);

	if (handle == NULL)
		return;
	*(void **)&set = dlsym(handle, setter);
	if (set != NULL)
		set(print);
	dlclose(handle);
}

void xdp_log_take(void)
{
	redirect("libbpf.so.1", "libbpf_set_print");
	redirect("libxdp.so.1", "libxdp_set_print");
}
