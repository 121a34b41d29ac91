# SPDX-License-Identifier: BSD-3-Clause
# Prints FILE:LINE LENGTH for every function: the lines from its opening to its closing brace.

{
	track(code($0))
	if (ended)
		print FILENAME ":" started, FNR - started + 1
}
