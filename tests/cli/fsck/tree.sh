# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests of fsck.erofs: a tree with a bit of everything, and a way to compare trees.

# make_tree DIRECTORY: what the user may make; devices and foreign owners only as root.
make_tree() {
	mkdir -p "$1/dir/deep/er" "$1/empty" "$1/mode"
	: > "$1/nothing"
	seq 1 2000 > "$1/dir/numbers"
	head -c 4096 /dev/zero | tr '\0' b > "$1/dir/block"
	head -c 4097 /dev/zero | tr '\0' c > "$1/dir/block+1"
	printf 'first\n' > "$1/twice"
	ln "$1/twice" "$1/dir/deep/twice"
	ln -s ../dir "$1/dir/link"
	ln -s /nowhere/at/all "$1/dangling"
	truncate -s 1M "$1/hole"
	printf 'middle' | dd of="$1/hole" bs=1 seek=500000 conv=notrunc 2>/dev/null
	mkfifo "$1/fifo"
	printf 'x' > "$1/$(printf 'odd\001 \\ name\377')"
	for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s' $i > "$1/dir/deep/er/$i"; done
	printf 'suid' > "$1/mode/suid"; chmod 4755 "$1/mode/suid"
	printf 'none' > "$1/mode/none"; chmod 0400 "$1/mode/none"
	touch -d '1969-12-31 23:59:58.123456789Z' "$1/nothing"
	touch -d '2033-05-18 03:33:20.000000001Z' "$1/dir/numbers"
	touch -h -d '2001-09-09 01:46:40.5Z' "$1/dangling"
	if [ "$(id -u)" = 0 ]; then
		mknod "$1/null" c 1 3
		mknod "$1/disk" b 259 70000
		chown 1234:70001 "$1/dir/block"
		chown -h 7:8 "$1/dangling"
		chmod 0 "$1/mode/none" # others could not read it into an image
	fi
	chmod 1777 "$1/empty"; chmod 0555 "$1/dir/deep/er"; chmod 0750 "$1"
	touch -d '2011-11-11 11:11:11.111111111Z' "$1/dir/deep/er" "$1/dir" "$1"
}

# listing DIRECTORY: one line for everything in it, with all that an image keeps of it.
listing() {
	(cd "$1" && find . -print0 | sort -z | while IFS= read -r -d '' f; do
		printf '%s|%s|' "$(printf '%s' "$f" | od -An -tx1 | tr -d ' \n')" \
			"$(stat -c '%F %a %u %g %.9Y %t:%T' "$f")"
		[ -d "$f" ] || printf '%s|' "$(stat -c '%s %h' "$f")"
		[ -L "$f" ] && printf '%s|' "$(readlink "$f")"
		[ -f "$f" ] && [ ! -L "$f" ] && [ -r "$f" ] && sha256sum < "$f"
		echo
	done)
}

# same_trees A B
same_trees() {
	listing "$1" > "$work/list.a"
	listing "$2" > "$work/list.b"
	diff "$work/list.a" "$work/list.b" || fail "$1 (<) and $2 (>) differ"
}
