#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A release contains every file of the repository.
. "${srcdir:-.}/tests/lib.sh"
[ -e "$srcdir/.git" ] || skip "not a git checkout"
need git
unset MAKEFLAGS MFLAGS MAKELEVEL || :

git -C "$srcdir" -c safe.directory='*' ls-files | grep -Ev '^\.gitignore$|module\.am$' | sort > "$work/tracked"
make -C "$builddir" -s distdir distdir="$work/dist" >"$work/make.out" 2>&1 ||
	{ cat "$work/make.out" >&2; fail "make distdir"; }
(cd "$work/dist" && find . -type f | sed 's,^\./,,' | sort) > "$work/released"
comm -23 "$work/tracked" "$work/released" > "$work/missing"
[ ! -s "$work/missing" ] || { cat "$work/missing"; fail "files that make dist forgets"; }
