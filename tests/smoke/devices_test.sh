#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The device truth table in README is what this machine shows, and every loss in it is counted.
# Conformance L25.

here=$(dirname "$0")
exec "$here/../devices.sh" --check "$here/../../README.md"
