# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# For tests of plug-ins, sourced after lib.sh: the installed headers, plug-ins built from them
# outside the tree, and a folder that they are loaded from.

PLUGINS=$WORK/plugins
INSTALLED=$WORK/installed
mkdir -m 755 "$PLUGINS"

DESTDIR=$INSTALLED meson install -C "${BUILD:-$ROOT/build}" --no-rebuild --quiet >"$WORK/install" 2>&1 ||
	fail "meson install: $(cat "$WORK/install")"
PKG_CONFIG_PATH=$(dirname "$(find "$INSTALLED" -name burstline-handler.pc)")
export PKG_CONFIG_PATH
read -ra HANDLER_CFLAGS <<<"$(pkg-config --cflags burstline-handler)"

# build_plugin NAME SOURCE [FLAG...]: $PLUGINS/NAME, in place at once, as a package manager does it.
build_plugin()
{
	local name=$1 source=$2
	shift 2
	cp "$source" "$WORK/plugin-source.c" # nothing of the tree is beside it
	(cd / && cc -O2 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function -shared -fPIC \
		"${HANDLER_CFLAGS[@]}" "$@" -o "$WORK/plugin-object" "$WORK/plugin-source.c") ||
		fail "the plug-in $name does not build"
	chmod 644 "$WORK/plugin-object"
	mv "$WORK/plugin-object" "$PLUGINS/$name"
}
