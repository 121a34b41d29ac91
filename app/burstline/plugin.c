/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Load handlers from shared objects. Called by main before EAL starts (--check and --plan too) and
 * by the management thread for a live change; must not run while a lane may use what it unloads.
 *
 * The object is mapped from a copy in memory. dlopen() would give back the loaded object for a path
 * or an inode that it knows, so a replaced file would never be seen, and a file that is overwritten
 * in place would change under a running handler. What was checked is also what is loaded.
 */

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin.h"

enum { SIZE_MAX_MIB = 64, PLACES = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN };

struct plugin {
	struct handler handler; // the object's, with the configuration's name and EtherType
	char name[CONF_NAME_MAX];
	uint16_t ethertype; // of the configuration, or 0
	int fd;             // the copy; open as long as it is loaded: its number names it
	size_t size;
	void *object;
	unsigned sets; // that have it
};

/** The file that is to be loaded, for sentences. */
struct source {
	const struct conf_handler *conf;
	char path[CONF_PATH_MAX + CONF_FILE_MAX];
	char *error;
	size_t error_size;
};

static int fail(const struct source *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(const struct source *s, const char *fmt, ...)
{
	int n = snprintf(
		s->error, s->error_size, "handler %s: plug-in %s ", s->conf->name, s->path);
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < s->error_size)
		vsnprintf(s->error + n, s->error_size - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

static int check_owner(const struct source *s, const struct stat *st, const char *what)
{
	if (st->st_uid != 0)
		return fail(s, "is refused: its %s belongs to user %u, not to root: chown root it",
			what, st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(s,
			"is refused: others than root may write its %s (mode %04o): chmod go-w it",
			what, st->st_mode & 07777);
	return 0;
}

static int open_file(const struct source *s, const char *folder, size_t *size)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	struct stat st;

	if (dir < 0)
		return fail(s, "cannot be had: %s: %s; `plugins:` names the folder", folder,
			strerror(errno));
	if (fstat(dir, &st) == 0 && check_owner(s, &st, "folder") == 0) {
		fd = openat(dir, s->conf->plugin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			fail(s, "cannot be read: %s", strerror(errno));
	}
	close(dir);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		fail(s, "is no file");
	else if (check_owner(s, &st, "file") != 0)
		;
	else if (st.st_size == 0 || st.st_size > (off_t)SIZE_MAX_MIB << 20)
		fail(s, "has %lld octets, not 1 to %d MiB", (long long)st.st_size, SIZE_MAX_MIB);
	else {
		*size = (size_t)st.st_size;
		return fd;
	}
	close(fd);
	return -1;
}

// The file's content in a descriptor of its own, sealed.
static int copy_file(const struct source *s, const char *folder, size_t *size)
{
	int from = open_file(s, folder, size), to;
	size_t left = from < 0 ? 0 : *size;

	if (from < 0)
		return -1;
	to = memfd_create(s->conf->plugin, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	while (to >= 0 && left != 0) {
		ssize_t n = sendfile(to, from, NULL, left);

		if (n <= 0)
			break;
		left -= (size_t)n;
	}
	close(from);
	if (to >= 0 && left == 0 &&
		fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
		return to;
	fail(s, "cannot be copied into memory: %s",
		errno != 0 ? strerror(errno) : "it became shorter");
	if (to >= 0)
		close(to);
	return -1;
}

static bool same_content(const struct plugin *p, int fd, size_t size)
{
	void *a, *b;
	bool same = false;

	if (p->size != size)
		return false;
	a = mmap(NULL, size, PROT_READ, MAP_PRIVATE, p->fd, 0);
	b = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (a != MAP_FAILED && b != MAP_FAILED)
		same = memcmp(a, b, size) == 0;
	if (a != MAP_FAILED)
		munmap(a, size);
	if (b != MAP_FAILED)
		munmap(b, size);
	return same;
}

static bool is_counter_name(const char *name)
{
	if (name == NULL || *name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static int check_counters(const struct source *s, const struct handler *h)
{
	if (h->n_counters > HANDLER_COUNTERS_MAX || (h->n_counters != 0 && h->counters == NULL))
		return fail(s, "is refused: n_counters %u is above %d, or counters is NULL",
			h->n_counters, HANDLER_COUNTERS_MAX);
	for (unsigned i = 0; i < h->n_counters; i++)
		if (!is_counter_name(h->counters[i].name))
			return fail(s,
				"is refused: the name of its counter %u is not of letters, digits "
				"and _",
				i);
	return 0;
}

// What the rest of the program takes for granted of a built-in handler.
static int check_handler(const struct source *s, const struct handler *h)
{
	if (h->burst == NULL)
		return fail(s, "is refused: it has no burst function");
	if (h->places == 0 || (h->places & ~(unsigned)PLACES) != 0 || (h->places & h->place) == 0 ||
		(h->place & (h->place - 1)) != 0)
		return fail(s,
			"is refused: `places` 0x%x is no set of places, or `place` 0x%x is not one "
			"of them",
			h->places, h->place);
	if (h->n_ethertypes > HANDLER_ETHERTYPES_MAX || h->n_saps > HANDLER_SAPS_MAX ||
		h->n_snaps > HANDLER_SNAPS_MAX)
		return fail(s, "is refused: it lists more EtherTypes, SAPs or PIDs than %d",
			HANDLER_ETHERTYPES_MAX);
	if (h->n_ethertypes + h->n_saps + h->n_snaps == 0)
		return fail(s,
			"is refused: it lists no EtherType, SAP or PID; `ethertype:` gives it one");
	for (unsigned i = 0; i < h->n_ethertypes; i++)
		if (h->ethertypes[i] < 0x0600)
			return fail(s, "is refused: EtherType 0x%04x is below 0x0600",
				h->ethertypes[i]);
	if (h->needs_address || h->keep_max == HANDLER_KEEP_SHARED)
		return fail(s, "is refused: needs_address and HANDLER_KEEP_SHARED are for built-in "
			       "handlers");
	return check_counters(s, h);
}

static int take_handler(const struct source *s, struct plugin *p)
{
	char path[64];
	const struct handler *h;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->fd);
	p->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (p->object == NULL) {
		const char *said = dlerror();
		size_t prefix = strlen(path);

		// dlerror() begins with the path of the copy.
		if (strncmp(said, path, prefix) == 0 && strncmp(said + prefix, ": ", 2) == 0)
			said += prefix + 2;
		return fail(s, "cannot be loaded: %s", said);
	}
	h = dlsym(p->object, "burstline_handler");
	if (h == NULL)
		return fail(s,
			"is refused: it has no symbol burstline_handler; see <burstline/handler.h>");
	if (h->abi != HANDLER_ABI)
		return fail(s,
			"is refused: it was built for handler ABI 0x%08x, this Burstline has "
			"0x%08x: build it again with this Burstline's headers",
			h->abi, HANDLER_ABI);
	p->handler = *h;
	p->handler.name = p->name;
	p->handler.row = NULL; // what fills a row is not exported
	if (p->ethertype != 0) {
		p->handler.ethertypes[0] = p->ethertype;
		p->handler.n_ethertypes = 1;
	}
	return check_handler(s, &p->handler);
}

static void give_back(struct plugin *p)
{
	if (p == NULL || --p->sets != 0)
		return;
	if (p->object != NULL)
		dlclose(p->object);
	close(p->fd);
	free(p);
}

static struct plugin *load(
	const struct source *s, const char *folder, const struct plugin_set *before)
{
	size_t size = 0;
	int fd = copy_file(s, folder, &size);
	struct plugin *p;

	if (fd < 0)
		return NULL;
	for (unsigned i = 0; before != NULL && i < before->n; i++) {
		p = before->plugins[i];
		if (strcmp(p->name, s->conf->name) == 0 && p->ethertype == s->conf->ethertype &&
			same_content(p, fd, size)) {
			close(fd);
			p->sets++;
			return p;
		}
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		fail(s, "cannot be loaded: out of memory");
		close(fd);
		return NULL;
	}
	p->fd = fd;
	p->size = size;
	p->sets = 1;
	p->ethertype = s->conf->ethertype;
	memcpy(p->name, s->conf->name, sizeof(p->name));
	if (take_handler(s, p) == 0)
		return p;
	give_back(p);
	return NULL;
}

static bool has(const struct plugin_set *set, const char *name)
{
	for (unsigned i = 0; i < set->n; i++)
		if (strcmp(set->table[i]->name, name) == 0)
			return true;
	return false;
}

int plugin_load(const struct conf *conf, const struct handler *const *builtin,
	const struct plugin_set *before, struct plugin_set **set, char *error, size_t error_size)
{
	struct plugin_set *made = calloc(1, sizeof(*made));
	unsigned n;

	*set = NULL;
	snprintf(error, error_size, "out of memory");
	if (made == NULL)
		return -1;
	for (unsigned i = 0; i < conf->n_handlers; i++) {
		struct source s = {
			.conf = &conf->handlers[i], .error = error, .error_size = error_size};
		struct plugin *p;

		if (s.conf->plugin[0] == '\0')
			continue;
		snprintf(s.path, sizeof(s.path), "%s/%s", conf->plugins, s.conf->plugin);
		p = load(&s, conf->plugins, before);
		if (p == NULL) {
			plugin_unload(made);
			return -1;
		}
		made->plugins[made->n] = p;
		made->table[made->n++] = &p->handler;
	}
	n = made->n;
	for (unsigned i = 0;
		builtin[i] != NULL && n + 1 < sizeof(made->table) / sizeof(made->table[0]); i++)
		if (!has(made, builtin[i]->name))
			made->table[n++] = builtin[i];
	*set = made;
	error[0] = '\0';
	return 0;
}

void plugin_unload(struct plugin_set *set)
{
	for (unsigned i = 0; set != NULL && i < set->n; i++)
		give_back(set->plugins[i]);
	free(set);
}

bool plugin_is(const struct plugin_set *set, const struct handler *handler)
{
	for (unsigned i = 0; set != NULL && i < set->n; i++)
		if (set->table[i] == handler)
			return true;
	return false;
}
