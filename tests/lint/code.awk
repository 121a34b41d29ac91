# SPDX-License-Identifier: BSD-3-Clause
# Prints every line without comments and the contents of strings.

{
	print code($0)
}
