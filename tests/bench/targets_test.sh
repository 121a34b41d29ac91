#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the benches say of targets that hold and that do not: see targets_cases.py.
exec "$(dirname "$0")/targets_cases.py" "${BUILD:?}"
