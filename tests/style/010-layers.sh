#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A file includes only its own module, layers below it and public headers; ARCHITECTURE.md has the layers.
. "${srcdir:-.}/tests/lib.sh"

cd "$srcdir"
cat > "$work/check.awk" <<'EOT'
BEGIN {
	layer["format"] = layer["base"] = 0
	layer["io"] = layer["codec"] = 1
	layer["image"] = layer["tar"] = 2
	layer["check"] = layer["oci"] = layer["tree"] = 3
	layer["source"] = layer["plan"] = layer["ishare"] = 4
	layer["write"] = 5
	layer["pack"] = 6
	layer["build"] = 7
}
function bad(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0; found = 1 }
function module_of(path) { sub(/\/.*/, "", path); return path }
FNR == 1 {
	split(FILENAME, part, "/")
	area = part[1]; own = area == "lib" ? part[2] : area
}
!/^[ \t]*#[ \t]*include[ \t]/ { next }
/</ {
	inner = $0; sub(/.*</, "", inner); sub(/>.*/, "", inner)
	if (area == "include" && inner !~ /^erofs\// && inner ~ /\//  && inner !~ /^sys\//)
		bad("public headers need only the C library")
	next
}
{
	inner = $0; sub(/^[^"]*"/, "", inner); sub(/".*/, "", inner)
	other = module_of(inner)
	if (area == "include")
		bad("a public header includes a private one")
	else if (area == "lib" && !(other in layer))
		bad("no layer of lib/")
	else if (area == "lib" && own in layer && other != own && layer[other] >= layer[own])
		bad("not a lower layer")
	else if (area != "lib" && inner ~ /\// && other != own && other != "cli")
		bad("front ends include <erofs/...>, cli/ and their own folder")
}
END { exit found }
EOT
awk -f "$work/check.awk" $(find include lib cli mkfs fsck dump reader -name '*.[ch]') ||
	fail "includes that cross layers"
cat > "$work/lib.c" <<'EOT'
#include "build/build.h"
EOT
mkdir -p "$work/lib/image" && mv "$work/lib.c" "$work/lib/image/x.c"
(cd "$work" && ! awk -f check.awk lib/image/x.c >/dev/null) || fail "this test finds nothing"
