#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Captures of 16 384 frames, repeated on two ports: see capture.py.
exec "$(dirname "$0")/capture.py"
