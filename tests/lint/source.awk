# SPDX-License-Identifier: BSD-3-Clause
# Reads C that .clang-format has laid out, for other awk programs (awk -f source.awk -f NAME.awk):
# code(line) is the line without comments and the contents of strings; after track(line) for each
# line in turn, in_function says whether the line belongs to a function's body, head is the text of
# its signature and started the line number of its opening brace.

function code(line,    out, at)
{
	gsub(/\\\\/, "", line)
	gsub(/\\"/, "", line)
	gsub(/'"'/, "''", line)
	out = ""
	while (line != "") {
		if (in_comment) {
			at = index(line, "*/")
			if (at == 0)
				return out
			line = substr(line, at + 2)
			in_comment = 0
		} else if (match(line, /"[^"]*"|\/\/|\/\*/)) {
			out = out substr(line, 1, RSTART - 1)
			at = substr(line, RSTART, 2)
			line = substr(line, RSTART + RLENGTH)
			if (at == "//")
				return out
			if (at == "/*")
				in_comment = 1
			else
				out = out "\"\""
		} else {
			return out line
		}
	}
	return out
}

function track(line)
{
	if (FNR == 1) {
		in_function = 0
		in_comment = 0
		head = ""
	}
	ended = 0
	if (line ~ /^{/) {
		in_function = 1
		started = FNR
	} else if (line ~ /^}/) {
		ended = in_function
		in_function = 0
	} else if (!in_function) {
		if (line ~ /^#/ || line ~ /^[ \t]*$/ || line ~ /;[ \t]*$/)
			head = ""
		else
			head = head " " line
	}
}
