#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# SIGINT and SIGTERM under load; a second instance of the same name; kill -9 under load and the
# start after it; a storm of signals. Conformance L14, L15, L16, L22.
# With hugepages: hugepages_test.sh.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/stop.sh"

start_under_load never
stop_burstline INT
check_taps_gone

start_under_load never
refuse_second
stop_burstline TERM
check_taps_gone

start_under_load never
kill_and_forget
start_under_load never
stop_burstline TERM
check_taps_gone

start_under_load never
storm
check_taps_gone
