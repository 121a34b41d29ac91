#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The lints find what they are for: each is green on a small good tree and red, for the right
# reason, when one bad file is added to it.

set -eu -o pipefail

lints=$(cd "$(dirname "$0")" && pwd)
LINT_ROOT=$(mktemp -d)
export LINT_ROOT
trap 'rm -rf "$LINT_ROOT"' EXIT
cd "$LINT_ROOT"

failures=0
miss()
{
	failures=$((failures + 1))
	echo "$*"
}

# bad LINT FILE TEXT: with standard input as FILE, LINT is red and says TEXT.
bad()
{
	local lint=$1 file=$2 text=$3 out saved=
	[ ! -e "$file" ] || saved=$(mktemp -p "$LINT_ROOT" .saved.XXXXXX)
	[ -z "$saved" ] || cp "$file" "$saved"
	mkdir -p "$(dirname "$file")"
	cat >"$file"
	if out=$("$lints/$lint.sh" 2>&1); then
		miss "$lint is green with a bad $file ($text)"
	elif ! grep -qF -- "$text" <<<"$out"; then
		miss "$lint is red on $file without saying \"$text\": $out"
	fi
	rm "$file"
	[ -z "$saved" ] || mv "$saved" "$file"
}

# A good tree.
mkdir -p app/burstline/handlers lib/base lib/wire lib/steer config tests
touch LICENSE README.md meson.build meson_options.txt config/a.yaml
cp "$lints/../../.clang-format" .
echo '#include <stdint.h>' | tee lib/base/drop.h lib/wire/arp.h lib/wire/arp.c \
	app/burstline/handler.h app/burstline/port.h app/burstline/handlers/arp_state.h >/dev/null
echo '#include "arp_state.h"' >app/burstline/handlers/arp_own.c
cat >lib/steer/out.h <<'END'
#include <rte_mbuf.h>
#include "base/drop.h"
END
cat >app/burstline/port.c <<'END'
#include <rte_ethdev.h>
#include "port.h"
END
cat >app/burstline/handlers/arp.c <<'END'
#include <stdlib.h>
#include "arp_state.h"
#include "handler.h"
#include "wire/arp.h"

/* no printf() in here */
static __rte_cold int arp_init(void **state)
{
	*state = malloc(1); // cold
	return 0;
}

static void arp_burst(void *state)
{
	const char *text = "printf(float)";

	arp->free(text);
}
END
cat >tests/run.sh <<'END'
#!/usr/bin/env bash
echo "good"
END

for lint in layering fastpath format toplevel shell size names; do
	out=$("$lints/$lint.sh" 2>&1) || miss "$lint is red on a good tree: $out"
done

# What makes each red.
bad layering lib/wire/a.c "wire may include nothing of ours" <<<'#include "base/drop.h"'
bad layering lib/base/a.c "base may include nothing of ours" <<<'#include "wire/arp.h"'
bad layering lib/steer/a.c "not a header of lib" <<<'#include "handler.h"'
bad layering lib/steer/b.c "knows no devices" <<<'#include <rte_ethdev.h>'
bad layering lib/wire/b.c "not for lib/wire" <<<'#include <rte_ring.h>'
bad layering lib/conf/a.c "not for lib/conf" <<<'#include <rte_mbuf.h>'
bad layering lib/extra/a.c "has no row" <<<'#include <stdint.h>'
bad layering app/burstline/handlers/a.c "headers of its own" <<<'#include "port.h"'
bad layering app/burstline/handlers/b.c "headers of its own" <<<'#include "conf/conf.h"'
bad layering app/burstline/handlers/d.c "headers of its own" <<<'#include "arp_state.h"'
bad layering app/burstline/handlers/c.c "knows no devices" <<<'#include <rte_ethdev.h>'
bad layering app/burstline/a.c "know devices" <<<'#include <rte_ethdev.h>'
bad layering app/burstline/b.c "starts EAL" <<<'int a = rte_eal_init(0, 0);'
bad layering app/burstline/c.c "makes rings and pools" <<<'	pool = rte_pktmbuf_pool_create(0);'

bad fastpath app/burstline/worker.c "stdio.h" <<<'#include <stdio.h>'
bad fastpath lib/steer/a.h "conf/conf.h" <<<'#include "conf/conf.h"'
for word in 'printf("x")' 'log_warn("x")' 'x = malloc(1)' 'free(x)' 'pthread_mutex_lock(x)' \
	'usleep(1)' 'rte_spinlock_lock(x)' 'float x' 'x = (double)y' 'write(1, x, 1)'; do
	name=$(sed -E 's/^(x = )?\(?([a-z_]+).*/\2/' <<<"$word")
	bad fastpath app/burstline/handlers/a.c ":3: $name on the fast path" \
		<<<"static void a_burst(void)"$'\n'"{"$'\n'"	$word;"$'\n'"}"
done

bad format lib/base/a.c "not formatted" <<<'int   a;'
bad toplevel src/a.c "src: not for the top level" <<<''
bad toplevel notes.txt "notes.txt: not for the top level" <<<''
mv README.md config/README.md
bad toplevel tests/a.txt "README.md: missing" <<<''
# shellcheck disable=SC2016 # meant to be read by shellcheck, not run
bad shell tests/a.sh "tests/a.sh: shellcheck" <<<'#!/bin/sh'$'\n''if [ $1 = a* ]; then exit; fi; unused=1'
bad size lib/base/a.c "601 lines, more than 600" < <(seq -f 'int a%.0f;' 601)
bad size lib/base/b.c "102 lines, more than 100" < <(
	echo 'void b(void)'
	echo '{'
	seq -f '	a(%.0f);' 100
	echo '}'
)
bad names lib/base/frame_util.c "says nothing" <<<''
bad names lib/base/helpers.h "says nothing" <<<''
bad names config/b.yaml "config/b.yaml:1: a path of one machine" <<<'device: /wor''k/main/a.pcap'

[ "$failures" -eq 0 ]
