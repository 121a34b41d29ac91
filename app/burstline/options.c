/* SPDX-License-Identifier: BSD-3-Clause */
/* See options.h. */

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_version.h>

#include "base/log.h"
#include "options.h"
#include "stall.h"

#ifdef BURSTLINE_ACCOUNT
static const bool ACCOUNTS = true;
#else
static const bool ACCOUNTS = false;
#endif

static const char usage[] =
	"usage: burstline [-c FILE] [--force] [--ledger FILE] [-v] [-- EAL arguments]\n"
	"       burstline --check FILE\n"
	"       burstline --plan FILE [--topology FILE]\n"
	"       burstline --doctor [-c FILE] [-j]\n"
	"\n"
	"  -c, --config FILE    run this configuration; without it a bridge of the taps bl0\n"
	"                       and bl1 that answers ping at 192.0.2.1\n"
	"      --check FILE     check a configuration, start nothing\n"
	"      --plan FILE      show lcores, queues, rings and pools, start nothing\n"
	"      --doctor         say what of this machine is in the way of the configuration, what\n"
	"                       mends it, and start nothing; exit code 0: nothing, 1: it would not\n"
	"                       start, 3: warnings only\n"
	"  -j, --json           ... as JSON\n"
	"      --topology FILE  plan for the machine described there\n"
	"      --force          take an interface or NIC that carries the default route, too\n"
	"      --ledger FILE    at exit, write the ledger as JSON\n"
	"  -v, --verbose        show what DPDK and its drivers log: --log-level dpdk:info\n"
	"      --log-level LIST [MODULE:]LEVEL,...: error, warning, info (default) or debug, of main,\n"
	"                       port, bridge, neighbour, handler, watchdog, control or dpdk\n"
	"      --stall-log US   log rounds of lcores that take longer (default 250; 0: none),\n"
	"                       on control and threads of handlers twice that\n"
	"  -h, --help           this text\n"
	"  -V, --version        version of Burstline and of DPDK\n"
	"\n"
	"Stop with SIGINT or SIGTERM; SIGHUP reads the file again and brings the\n"
	"program to its state; without a file it stops too.\n"
	"Example: burstline -c config/wire-two-taps.yaml\n";

int options_said(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	log_error("cannot write to standard output: %s", strerror(errno));
	return EXIT_FAILURE;
}

// It is written when all is over: whether it can be is asked before anything begins.
static bool can_write(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	if (stat(path, &st) == 0) {
		errno = EISDIR;
		return !S_ISDIR(st.st_mode) && access(path, W_OK) == 0;
	}
	if (errno != ENOENT)
		return false;
	snprintf(folder, sizeof(folder), "%s", path);
	return access(dirname(folder), W_OK | X_OK) == 0;
}

static int parse_us(const char *text, unsigned *us)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*us = (unsigned)n;
	return *text >= '0' && *text <= '9' && *end == '\0' && n <= 1000000 ? 0 : -1;
}

// One option and its argument, as getopt_long() found it.
static int take(struct options *o, int c)
{
	char error[256];

	switch (c) {
	case 'c':
		o->config = optarg;
		break;
	case 'k':
		o->mode = MODE_CHECK;
		o->config = optarg;
		break;
	case 'p':
		o->mode = MODE_PLAN;
		o->config = optarg;
		break;
	case 'd':
		o->mode = MODE_DOCTOR;
		break;
	case 'j':
		o->json = true;
		break;
	case 't':
		o->topology = optarg;
		break;
	case 'f':
		o->force = true;
		break;
	case 'l':
		o->ledger = optarg;
		break;
	case 'v':
		log_configure("dpdk:info", error, sizeof(error));
		break;
	case 's':
		if (parse_us(optarg, &o->stall_us) == 0)
			break;
		log_error("--stall-log %s: expected microseconds, 1 to 1000000, or 0 for "
			  "no such lines",
			optarg);
		return -1;
	case 'g':
		if (log_configure(optarg, error, sizeof(error)) == 0)
			break;
		log_error("%s", error);
		return -1;
	case 'h':
		fputs(usage, stdout);
		exit(options_said(EXIT_SUCCESS));
	case 'V':
		printf("burstline %s, %s%s\n", BURSTLINE_VERSION, rte_version(),
			ACCOUNTS ? ", frames are accounted for by owner" : "");
		exit(options_said(EXIT_SUCCESS));
	default:
		return -1;
	}
	return 0;
}

// What EAL would take, and only the configuration may say: as a secondary process it would wait for
// a primary one without end. EAL takes the beginnings of names, too.
static int check_eal(int n, char **list)
{
	static const struct {
		const char *name, *why;
	} ours[] = {{"file-prefix", "that is the configuration's `name`"},
		{"main-lcore", "that is the configuration's `lcores: control`"},
		{"proc-type", "Burstline is a primary process"}};

	for (int i = 0; i < n; i++) {
		size_t length = strcspn(list[i], "=");

		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++) {
			if (length < 3 || strncmp(list[i], "--", 2) != 0 ||
				strncmp(list[i] + 2, ours[k].name, length - 2) != 0)
				continue;
			log_error("EAL argument %s: %s: leave it out", list[i], ours[k].why);
			return -1;
		}
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
		{"check", required_argument, NULL, 'k'}, {"plan", required_argument, NULL, 'p'},
		{"topology", required_argument, NULL, 't'}, {"force", no_argument, NULL, 'f'},
		{"ledger", required_argument, NULL, 'l'}, {"doctor", no_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'}, {"stall-log", required_argument, NULL, 's'},
		{"verbose", no_argument, NULL, 'v'}, {"log-level", required_argument, NULL, 'g'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "+c:jvhV", longs, NULL)) != -1) {
		if (take(o, c) != 0)
			return -1;
	}
	// What follows `--` is EAL's; anything else that is left over is a mistake.
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		fprintf(stderr, "burstline: unexpected argument \"%s\": see burstline --help\n",
			argv[optind]);
		return -1;
	}
	if (o->json && o->mode != MODE_DOCTOR) {
		fprintf(stderr, "burstline: -j is for --doctor: see burstline --help\n");
		return -1;
	}
	if (o->topology != NULL && o->mode != MODE_PLAN && o->mode != MODE_CHECK) {
		log_error(
			"--topology is for --plan and --check: what runs here has this machine's");
		return -1;
	}
	if (o->ledger != NULL && o->mode == MODE_RUN && !can_write(o->ledger)) {
		log_error("--ledger %s: %s", o->ledger, strerror(errno));
		return -1;
	}
	o->n_eal = argc - optind;
	o->eal = argv + optind;
	return check_eal(o->n_eal, o->eal);
}
