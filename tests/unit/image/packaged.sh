#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that the packaged mkfs.erofs makes of a directory with all kinds of files read back as that
# directory, whatever the layout.
. "${srcdir:-.}/tests/lib.sh"
need_packaged mkfs.erofs
compare=$builddir/tests/unit/image/compare-tree
tree=$work/tree

# bytes COUNT SEED: reproducible text without a period.
bytes() {
	awk -v n="$1" -v s="$2" 'BEGIN {
		for (i = 0; i < n; i++) { s = (s * 1103 + 12345) % 1048573; printf "%c", 48 + s % 75 }
	}'
}
# The last time that it takes: one built for 32 bits may stop at 2038.
late_time() {
	mkdir "$work/late"
	touch -d '2200-01-01 00:00:00.000000001' "$work/late/file"
	if mkfs.erofs "$work/image" "$work/late" >/dev/null 2>&1; then
		echo '2200-01-01 00:00:00.000000001'
	else
		echo '2037-12-31 00:00:00.000000001'
	fi
}
make_tree() {
	mkdir -p "$tree/empty" "$tree/many" "$tree/deep/a/b/c/d/e/f/g"
	for n in 0 1 511 512 513 4063 4064 4065 4095 4096 4097 8192 12289 65536 70001; do
		bytes $n $n >"$tree/size-$n"
	done
	i=0
	while [ $i -lt 700 ]; do : >"$tree/many/entry-number-$i"; i=$((i + 1)); done
	truncate -s 300000 "$tree/hole"
	bytes 5000 1 >"$tree/sparse"
	truncate -s 1000000 "$tree/sparse"
	bytes 5000 2 >>"$tree/sparse"
	ln "$tree/size-4097" "$tree/deep/hard link"
	ln -s "size-1" "$tree/link"
	ln -s "$(bytes 3000 3)" "$tree/long-link"
	mkfifo "$tree/pipe"
	chmod 4711 "$tree/size-1"
	touch -d '1969-12-30 01:02:03.5' "$tree/size-513"
	touch -d "$(late_time)" "$tree/size-512"
	touch "$tree/$(printf '\001low')" "$tree/$(printf 'not-utf8-\377')" \
		"$tree/$(printf 'n%.0s' $(seq 250))"
	if [ "$(id -u)" = 0 ]; then
		mknod "$tree/chr" c 259 70000
		mknod "$tree/blk" b 8 1
		chown 70000:65536 "$tree/size-4095"
		chown 65535:1 "$tree/size-4096"
	fi
	if command -v setfattr >/dev/null; then
		for n in 1 511 513 4065; do
			setfattr -n user.common -v shared "$tree/size-$n" || skip "no user xattrs in $work"
		done
		setfattr -n user.own -v "$(bytes 900 5)" "$tree/size-1"
		setfattr -n user.none -v "" "$tree/deep"
	fi
}
make_tree

# check NAME [--no-times] [OPTION...]: build and compare. A builder that crashes (1.5 does on 32 bits, of a
# sparse file in chunks) leaves nothing to compare.
check() {
	name=$1 times='' device=''
	shift
	[ "${1:-}" = --no-times ] && { times=$1; shift; }
	built=0
	mkfs.erofs "$@" "$work/image" "$tree" >"$work/log" 2>&1 || built=$?
	if [ $built -ge 128 ]; then
		echo "not compared: $name: mkfs.erofs $* crashes"
		rm -f "$work/image" "$work/blob"
		return
	fi
	[ $built = 0 ] ||
		fail "$name: mkfs.erofs $*: $(tr '\r' '\n' <"$work/log" | tail -n 1)"
	[ -e "$work/blob" ] && device=$work/blob
	"$compare" $times "$work/image" "$tree" $device || fail "$name: mkfs.erofs $*"
	rm -f "$work/image" "$work/blob"
	echo "ok: $name"
}
check defaults
check extended -E force-inode-extended
check "compact where it can be" --no-times --ignore-mtime
check "no inline data" -E noinline_data
check "all xattrs shared" -x 0
check chunks --chunksize=4096
check "larger chunks" --chunksize=65536
check "chunk indexes" --chunksize=4096 -E force-chunk-indexes
: > "$work/blob" # which 1.8 does not make
check "blob device" --chunksize=4096 --blobdev="$work/blob"
if mkfs.erofs --help 2>&1 | grep -q 'compressors are:.*lz4' && can_decode lz4; then
	for options in '-zlz4' '-zlz4 -C65536' '-zlz4 -Elegacy-compress' '-zlz4 -Eztailpacking' \
		'-zlz4 -C16384 -Efragments' '-zlz4 -Eall-fragments' '-zlz4hc -Ededupe'; do
		check "$options" $options
	done
fi

# The comparison itself must be able to fail.
mkfs.erofs "$work/image" "$tree" >/dev/null 2>&1
printf x | dd of="$tree/size-70001" bs=1 seek=69999 conv=notrunc 2>/dev/null
"$compare" --no-times "$work/image" "$tree" >/dev/null && fail "a changed byte is not seen"
rm "$tree/size-70001"
"$compare" "$work/image" "$tree" >/dev/null && fail "a missing file is not seen"
exit 0
