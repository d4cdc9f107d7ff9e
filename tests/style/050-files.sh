#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every source file opens with its licence and its purpose, and nothing unfinished or private is in it.
. "${srcdir:-.}/tests/lib.sh"

cd "$srcdir"
bad=0
complain() { echo "$*"; bad=1; }

both='SPDX-License-Identifier: GPL-2.0-or-later OR MIT \*/$'
gpl='SPDX-License-Identifier: GPL-2.0-or-later \*/$'
for f in $(find include lib -name '*.[ch]'); do
	sed -n 1p "$f" | grep -q "$both" || complain "$f: line 1 is not the library's licence"
	sed -n 2p "$f" | grep -q '^/\* ' || complain "$f: line 2 does not say what the file is for"
done
for f in $(find cli mkfs fsck dump reader tests -name '*.[ch]'); do
	sed -n 1p "$f" | grep -q "$gpl" || complain "$f: line 1 is not the programs' licence"
	sed -n 2p "$f" | grep -q '^/\* ' || complain "$f: line 2 does not say what the file is for"
done
for f in bootstrap $(find tests -name '*.sh'); do
	sed -n 1p "$f" | grep -q '^#!/\|^# SPDX' || complain "$f: neither a script nor sourced by one"
	sed -n 1,2p "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || complain "$f: no licence"
done

# Spelt so that this file does not find itself.
unfinished='TO''DO|FIX''ME|XX''X|not implemented'
private='/wo''rk/|/var/t''mp|\.\./sha''red'
grep -nE "$unfinished" $(find include lib cli mkfs fsck dump reader -name '*.[ch]') && complain "unfinished"
grep -rnE "$private" include lib cli mkfs fsck dump reader man README.md ARCHITECTURE.md HACKING.md bootstrap &&
	complain "paths of somebody's machine"
grep -nE '[ 	]+$' $(find include lib cli mkfs fsck dump reader -name '*.[ch]') && complain "blanks at line ends"
[ $bad = 0 ] || fail "see above"
