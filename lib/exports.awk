# SPDX-License-Identifier: GPL-2.0-or-later
# The names that public headers declare, one per line: what the shared library exports. A declaration is
# a line at file scope that bears erofs_NAME( after its return type.
/^\/\*/ { comment = 1 }
comment { if (/\*\//) comment = 0; next }
/^[ \t#]/ || /^typedef / || /^static / { next }
match($0, /[ *]erofs_[a-z0-9_]+\(/) {
	print substr($0, RSTART + 1, RLENGTH - 2)
}
