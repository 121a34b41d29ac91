#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What `meson install` gives: programs that run, beside them all that README and the unit speak of.
# asan: no, the same is installed

. "$(dirname "$0")/lib.sh"

BUILD=${BUILD:-$ROOT/build}
prefix=$(meson introspect "$BUILD" --buildoptions | jq -r '.[] | select(.name == "prefix").value')
installed=$WORK/installed
DESTDIR=$installed meson install -C "$BUILD" --no-rebuild --quiet >"$WORK/install" 2>&1 ||
	fail "meson install: $(cat "$WORK/install")"
PATH=$installed$prefix/bin:$PATH
share=$installed$prefix/share
doc=$share/doc/burstline

for program in burstline blctl blframe; do
	[ "$(type -P $program)" = "$installed$prefix/bin/$program" ] || fail "no $program"
	$program --help >"$WORK/help" || fail "$program --help: status $?"
	grep -q "^usage: $program" "$WORK/help" || fail "$program --help: $(head -n 1 "$WORK/help")"
done
burstline --check "$doc/config/wire-two-taps.yaml" >"$WORK/check" 2>&1 || fail "$(cat "$WORK/check")"
bash -c '. "$1"; complete -p blctl' bash "$share/bash-completion/completions/blctl" >/dev/null ||
	fail "no completion of blctl"
for file in README.md LICENSE config/README.md config/hello.c config/burstline@.service; do
	cmp -s "$ROOT/$file" "$doc/$file" || fail "$doc has no $file"
done
[ "$(ls "$share/burstline/schema")" = "$(ls "$ROOT/app/burstline/schema")" ] || fail "no schemas"
# Of the default prefix.
for path in $(grep -Eo '/usr/local/[^ ]*' "$ROOT/config/burstline@.service" | sort -u); do
	[ -e "$installed$prefix/${path#/usr/local/}" ] || fail "the unit says $path: not installed"
done
