# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: a tree with what makes compressors branch, and images of it in the forms that the packaged
# mkfs.erofs knows.

# text COUNT SEED: reproducible, compressible; noise COUNT: neither.
text() {
	awk -v n="$1" -v s="$2" 'BEGIN {
		while (done < n) {
			s = (s * 1103 + 12345) % 1048573
			line = sprintf("%d shared pages need equal bytes %x\n", s % 977, s)
			if (done + length(line) > n) line = substr(line, 1, n - done)
			printf "%s", line
			done += length(line)
		}
	}'
}
noise() { head -c "$1" /dev/urandom; }

# make_tree DIRECTORY
make_tree() {
	mkdir -p "$1/deep/er"
	for n in 1 100 4095 4096 4097 8191 8193 65536 65537 300000; do text $n $n >"$1/text-$n"; done
	for n in 1 4096 5000 70000; do noise $n >"$1/noise-$n"; done
	{ text 50000 1; noise 9000; text 50000 2; noise 100; } >"$1/mixed"
	head -c 3000000 /dev/zero >"$1/zeros"
	cat "$1/mixed" "$1/text-65537" >"$1/deep/shared-front"
	cat "$1/text-65537" "$1/mixed" >"$1/deep/er/shared-back"
	: >"$1/empty"
	printf '%s\n' "$(seq 1 200000)" >"$1/deep/numbers"
}

# for_each_form FUNCTION TREE: makes $work/image in each form and calls FUNCTION NAME.
for_each_form() {
	/usr/bin/mkfs.erofs --help 2>&1 | grep -q 'lz4' || skip "the packaged mkfs.erofs cannot compress"
	while read -r options; do
		rm -f "$work/image"
		/usr/bin/mkfs.erofs $options "$work/image" "$2" >"$work/log" 2>&1 || {
			echo "left out, the packaged mkfs.erofs refuses: $options"
			continue
		}
		"$1" "$options"
		forms=$((${forms:-0} + 1))
	done <<-EOT
		-zlz4
		-zlz4hc -C16384
		-zlz4hc -C1048576
		-zlz4 -Elegacy-compress
		-zlz4hc -C65536 -Elegacy-compress
		-zlz4 -Eztailpacking
		-zlz4hc -C32768 -Eztailpacking
		-zlz4 -Elegacy-compress,ztailpacking
		-zlz4 -Efragments
		-zlz4hc -C65536 -Efragments
		-zlz4 -Eall-fragments
		-zlz4 -Ededupe
		-zlz4hc -C16384 -Ededupe,fragments
		-zlz4 -Elegacy-compress,fragments
		-zlz4 --max-extent-bytes=65536
		-zlzma -C65536
		-zdeflate -C16384
		-zzstd -C65536 -Efragments
	EOT
	[ "${forms:-0}" -ge 8 ] || fail "only ${forms:-0} forms of images could be made"
}

# for_each_own_form FUNCTION TREE: the same by our mkfs.erofs, also where no other one is installed.
for_each_own_form() {
	while read -r options; do
		rm -f "$work/image"
		can_build $options || continue
		"$MKFS" --quiet $options "$work/image" "$2" || fail "mkfs.erofs $options"
		"$1" "own $options"
		own_forms=$((${own_forms:-0} + 1))
	done <<-EOT
		--ishare -b512
		--chunksize=4096 -b4096
		-b65536
		-zlz4 -b4096
		-zlz4hc -C65536 -b4096 --ishare
		-zlz4hc -C32768 -b512 -Eztailpacking
		-zlz4 -Elegacy-compress -b1024
		-zlzma -C65536 -b4096
		-zdeflate -C16384 -b4096
		-zlibdeflate -C65536 -b16384
		-zzstd -C131072 -b4096 -Eztailpacking
		-zzstd -b4096 -Elegacy-compress,ztailpacking
		-zlz4hc -C32768 -b4096 -Efragments --zD=1
		-zlz4hc -C16384 -b4096 -Ededupe
		-zlzma -C16384 -b2048 -Eall-fragments
		-zzstd -C65536 -b4096 -E48bit,fragments
		-zzstd -b4096 -E48bit,dot-omitted --max-extent-bytes=20000
		-zdeflate -C8192 -b4096 -m4096:zstd --ishare
		-m4096 -b4096
	EOT
	[ "${own_forms:-0}" -ge 3 ] || fail "only ${own_forms:-0} forms of our own images could be made"
}
