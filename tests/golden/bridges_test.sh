#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What telemetry tells of bridges, in its fixed shapes and in pages: see bridges.py.
exec "$(dirname "$0")/bridges.py"
