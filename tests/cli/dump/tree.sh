# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the tests of dump.erofs: a small tree with every kind of inode that this user may make.

# make_tree DIRECTORY
make_tree() {
	mkdir -p "$1/dir/sub/empty" "$1/many"
	: > "$1/empty"
	printf 'x' > "$1/one"
	printf 'hello\n' > "$1/dir/hello.txt"
	seq 1 3000 > "$1/dir/seq.txt"
	seq 1 1000 > "$1/lib.so"
	head -c 4095 /dev/zero | tr '\0' a > "$1/a4095"
	head -c 4096 /dev/zero | tr '\0' b > "$1/b4096"
	head -c 4097 /dev/zero | tr '\0' c > "$1/c4097"
	truncate -s 100000 "$1/sparse"
	printf 'middle' | dd of="$1/sparse" bs=1 seek=50000 conv=notrunc status=none
	truncate -s 70000 "$1/hole"
	ln "$1/dir/seq.txt" "$1/hard"
	ln -s dir/hello.txt "$1/link"
	ln -s "$(head -c 300 /dev/zero | tr '\0' l)" "$1/longlink"
	mkfifo "$1/fifo"
	i=0
	while [ $i -lt 300 ]; do : > "$1/many/name-$i"; i=$((i + 1)); done
	if [ "$(id -u)" = 0 ]; then
		mknod "$1/char" c 1 3
		mknod "$1/block" b 7 300
		chown 1234:70000 "$1/one"
	fi
	chmod 4750 "$1/lib.so"
	find "$1" -exec touch -h -d '2021-03-04 05:06:07.123456789 UTC' {} +
}
