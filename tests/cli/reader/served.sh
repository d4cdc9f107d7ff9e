# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of FUSE mounts: a server in the foreground on $work/mnt, and its end.

# serve PROGRAM ARGS... MOUNTPOINT: in the foreground of a process of its own, whose end is looked at: what
# a sanitizer finds is in its status.
serve() {
	"$@" -f > served 2>&1 & server=$!
	tries=0
	until grep -q " $work/mnt fuse" /proc/mounts; do
		kill -0 $server 2>/dev/null && [ $tries -lt 200 ] || { cat served >&2; fail "not mounted: $*"; }
		tries=$((tries + 1)); sleep 0.05
	done
	mounts=$work/mnt
}
# ends WHAT: unmounts; await_end WHAT: something else has.
ends() { unmount_fuse mnt; await_end "$1"; }
await_end() {
	mounts=
	got=0; wait $server || got=$?
	[ $got = 0 ] || { cat served >&2; fail "$1: the server ends with status $got"; }
}
