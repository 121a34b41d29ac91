# SPDX-License-Identifier: BSD-3-Clause
# Prints FILE:LINE: WORD for every forbidden call, and for floating point, in a function that is not
# marked __rte_cold. Variable `words`: names of functions and macros, parted by spaces; one that
# ends in * stands for all that begin so.

BEGIN {
	n = split(words, list, " ")
	pattern = ""
	for (i = 1; i <= n; i++) {
		word = list[i]
		sub(/\*$/, "[A-Za-z0-9_]*", word)
		pattern = pattern (i > 1 ? "|" : "") word
	}
	pattern = "(^|[^A-Za-z0-9_.>])((" pattern ")[ ]*\\(|(float|double)($|[^A-Za-z0-9_]))"
}

{
	line = code($0)
	track(line)
	if (!in_function || head ~ /__rte_cold/ || line !~ pattern)
		next
	match(line, pattern)
	word = substr(line, RSTART, RLENGTH)
	gsub(/[^A-Za-z0-9_]/, "", word)
	print FILENAME ":" FNR ": " word
}
