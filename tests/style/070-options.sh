#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The options in a program's --help are those that head a paragraph of its man page.
. "${srcdir:-.}/tests/lib.sh"

options_in() { grep -oE -- '(^|[ ,/|[])--?[A-Za-z0-9][A-Za-z0-9-]*' | sed 's/^[ ,/|[]//' | sort -u; }

# Lines of --help that begin with an option; the text behind it is not looked at.
help_options() {
	"$builddir/$1" --help | grep -E '^ +-' | sed -E 's/^ +//; s/(  |	).*//' | options_in
}

# The lines after .TP, .TQ or in .It: what a paragraph is about, without font changes and escapes.
man_options() {
	awk '/^\.T[PQ]/ { tag = 1; next } /^\.It / { print; next } tag { print; tag = 0 }' "$srcdir/man/$1.1" |
		sed -E 's/\\f(.|\(..|\[[^]]*\])//g; s/\\-/-/g; s/^\.(B|I|BR|BI|RB|IR|IB|RI) //; s/"//g; s/\\&//g' |
		sed -E 's/\.It Fl ([A-Za-z0-9])/-\1/' | options_in
}

for p in mkfs.erofs fsck.erofs dump.erofs read.erofs; do
	[ -x "$builddir/$p" ] || fail "no $builddir/$p"
	help_options "$p" > "$work/help"
	man_options "$p" > "$work/man"
	[ "$(wc -l < "$work/help")" -ge 2 ] || fail "$p --help shows no options"
	diff "$work/help" "$work/man" > "$work/diff" ||
		{ sed -n 's/^</only in --help: /p; s/^>/only in the man page: /p' "$work/diff"; fail "$p"; }
	"$builddir/$p" --help | awk 'length > 80 { print; wide = 1 } END { exit wide }' ||
		fail "$p --help is wider than 80 columns"
done

# Extended options: those of the table, of --help and of the man page.
sed -n 's/^	{ "\([a-z0-9_-]*\)", X_.*/\1/p' "$srcdir/mkfs/extended.c" | sort > "$work/table"
[ "$(wc -l < "$work/table")" -ge 19 ] || fail "hardly any extended options: this test has gone blind"
"$builddir/mkfs.erofs" --help | sed -n '/^Extended options/,/^The extended/s/^ \([a-z0-9][a-z0-9_-]*\).*/\1/p' | sort > "$work/help"
diff "$work/table" "$work/help" || fail "extended options in --help"
sed 's/\\-/-/g' "$srcdir/man/mkfs.erofs.1" > "$work/man"
while read -r name; do
	grep -qE "^\.(IP|BR?|RB) (\"?\\^?)?$name([^a-z0-9_-]|\$)" "$work/man" || fail "$name is not in the man page"
done < "$work/table"
