#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Frames in, frames out: see cases.py. One start of the program for each case.
# limit: 60 s
exec "$(dirname "$0")/cases.py"
