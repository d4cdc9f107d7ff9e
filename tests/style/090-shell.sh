#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Shell scripts are free of what shellcheck warns of, except: variables of tests/lib.sh come and go by
# sourcing (1090 1091 2034 2148 2154), and names of our own files have no blanks (2044 2046).
. "${srcdir:-.}/tests/lib.sh"
need shellcheck

cd "$srcdir"
shellcheck -S warning -e SC1090,SC1091,SC2034,SC2148,SC2154,SC2044,SC2046 bootstrap .ci/run contrib/mount-shared $(find tests -name '*.sh') ||
	fail "see above"
