#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The man pages are well formed.
. "${srcdir:-.}/tests/lib.sh"
need mandoc

for m in "$srcdir"/man/*.[1-9]; do
	mandoc -T lint -W warning "$m" > "$work/lint" || { cat "$work/lint"; fail "$m"; }
done
