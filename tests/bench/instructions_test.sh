#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What each stage of the data path takes of instructions a frame, against tests/bench/instructions.txt:
# more than 5 % worse fails. See instructions.py.
exec "$(dirname "$0")/instructions.py" "${BUILD:?}"
