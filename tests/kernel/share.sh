#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a stock kernel shares is what dump.erofs --ishare-groups predicts: boots Linux >= 7.0 under QEMU, mounts
# two of our images with and without sharing, plain and compressed, reads every file with read(2) (busybox's cat
# would use sendfile, which shares nothing) and holds the growth of "Cached" against the report, within 3 %.
# Contents are compared as well.
#
#   EROFS_GUEST_KERNEL=DIR   an unpacked kernel package: vmlinuz and modules somewhere beneath
#   EROFS_TEST_GUEST=1       without such a folder, fetch Debian sid's kernel with apt
#   EROFS_GUEST_CACHE=DIR    where to keep what was fetched (default: nowhere)
#   EROFS_TEST_PAIR="A B"    two folders to make the images of (default: made up, about 60 MB)
#   EROFS_GUEST_ACCEL=kvm    QEMU accelerator (default: tcg, which runs everywhere)
. "${srcdir:-.}/tests/lib.sh"
[ "${EROFS_GUEST_KERNEL-}" ] || [ "${EROFS_TEST_GUEST-}" = 1 ] ||
	skip "boots a kernel: EROFS_TEST_GUEST=1 fetches one, EROFS_GUEST_KERNEL=DIR names one"
need qemu-system-x86_64 busybox cpio timeout
[ "$(uname -m)" = x86_64 ] || skip "the guest kernel is one for x86_64"
busybox=$(command -v busybox)
ldd "$busybox" >/dev/null 2>&1 && skip "$busybox is not static"

# ---- a kernel ----

# apt with lists and cache of its own, so that this machine keeps its releases. The mirror is the machine's.
private_apt() {
	program=$1; shift
	"$program" -qq -o Dir::Etc::SourceList="$kernel/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State="$kernel/state" -o Dir::Cache="$kernel/cache" -o Debug::NoLocking=1 "$@"
}

fetch_kernel() {
	need apt-get apt-cache dpkg-deb
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1 | tr -d ' ')
	[ "$mirror" ] || skip "no Debian mirror in this machine's package sources"
	mkdir -p "$kernel/state/lists/partial" "$kernel/cache/archives/partial" "$kernel/packages"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" \
		> "$kernel/sources.list"
	private_apt apt-get update >/dev/null 2>&1 || skip "the package lists of $mirror cannot be fetched"
	image=$(private_apt apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ "$image" ] || skip "$mirror has no linux-image-cloud-amd64"
	# Kernel and modules are in the image package or in packages it depends on.
	packages="$image $(private_apt apt-cache depends "$image" |
		sed -n 's/^ *Depends: \(linux-[a-z]*-[0-9].*\)/\1/p' | sort -u)"
	for p in $packages; do
		(cd "$kernel/packages" && private_apt apt-get download "$p" >/dev/null 2>&1) || continue
	done
	for p in "$kernel"/packages/*.deb; do
		[ -e "$p" ] || skip "$image cannot be downloaded"
		dpkg-deb -x "$p" "$kernel/root"
	done
}

# First file of that name beneath the kernel folder.
find_kernel_file() { find "$kernel_root/" -name "$1" -type f | sort | head -n 1; }

if [ "${EROFS_GUEST_KERNEL-}" ]; then
	kernel_root=$EROFS_GUEST_KERNEL
	[ -d "$kernel_root" ] || fail "EROFS_GUEST_KERNEL=$kernel_root is no folder"
else
	kernel=${EROFS_GUEST_CACHE:-$work/kernel}
	kernel_root=$kernel/root
	[ -d "$kernel_root" ] || fetch_kernel
fi
vmlinuz=$(find_kernel_file 'vmlinuz*')
[ "$vmlinuz" ] || skip "no vmlinuz beneath $kernel_root"
config=$(find_kernel_file 'config*')
[ -z "$config" ] || grep -q '^CONFIG_EROFS_FS_PAGE_CACHE_SHARE=y' "$config" ||
	skip "the kernel in $kernel_root was built without EROFS page cache sharing"

# ---- two images ----

# Bytes in many sizes that compress by half: most files are in both trees, some in one, one name has two
# contents.
bytes() { head -c "$1" /dev/urandom | od -An -v -tx1 | head -c "$1"; }
make_tree() {
	mkdir -p "$1/small" "$1/large" "$1/own"
	(cd "$work/common" && cp -R . "$1/")
	for i in 1 2 3 4 5 6; do bytes $((i * 700001)) > "$1/own/$i"; done
	bytes 5000 > "$1/changed"
	cp "$1/large/3" "$1/own/copy"
	ln "$1/large/4" "$1/own/link"
	: > "$1/empty"
}

make_common() {
	mkdir -p "$work/common/small" "$work/common/large"
	i=0
	while [ $i -lt 400 ]; do
		i=$((i + 1))
		bytes $((i * 37)) > "$work/common/small/$i"
	done
	for i in 1 2 3 4 5 6 7 8; do
		bytes $((i * 600000 + i)) > "$work/common/large/$i"
	done
}

# One digest over all files of a tree: their paths and contents.
tree_digest() {
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 md5sum | md5sum | cut -d' ' -f1)
}

if [ "${EROFS_TEST_PAIR-}" ]; then
	first=${EROFS_TEST_PAIR%% *} second=${EROFS_TEST_PAIR##* }
else
	make_common
	make_tree "$work/first"; first=$work/first
	make_tree "$work/second"; second=$work/second
fi
# make_pair FORM OPTION...: two images and what is to be expected of them, and drives for the guest.
forms="" drives="" pairs="a_b c_d e_f"
make_pair() {
	form=$1; shift
	for t in first second; do
		eval "tree=\$$t"
		"$MKFS" --quiet --ishare=sha256 "$@" "$work/$form-$t.erofs" "$tree" || fail "mkfs.erofs $* $tree"
		drives="$drives -drive file=$work/$form-$t.erofs,format=raw,if=virtio,readonly=on"
	done
	"$DUMP" --ishare-groups --json "$work/$form-first.erofs" "$work/$form-second.erofs" \
		> "$work/$form.report" 2>"$work/err" ||
		{ grep -q json-c "$work/err" && skip "built without json-c"; cat "$work/err" >&2; fail "dump.erofs"; }
	forms="$forms $form:${pairs%% *}"
	pairs=${pairs#* }
}
total() { sed -n "s/^\"$2\":\([0-9]*\),*\$/\1/p" "$work/$1.report" | head -n 1; }
make_pair plain
compressors=$("$MKFS" -V | sed -n 's/^available compressors: //p' | tr -d ,)
case " $compressors " in *" lz4hc "*) make_pair lz4hc -zlz4hc -C16384 ;; esac
case " $compressors " in *" zstd "*) make_pair zstd -zzstd -C65536 ;; esac
unshared=$(total plain unshared_bytes)
[ "$unshared" ] && [ "$(total plain shared_bytes)" ] || fail "no totals in the report"

# ---- the guest ----

root=$work/root
mkdir -p "$root/bin" "$root/modules" "$root/proc" "$root/sys" "$root/dev" "$root/a" "$root/b"
cp "$busybox" "$root/bin/busybox"
# Built in or modules, in the order in which they need each other.
for m in virtio_blk erofs; do
	file=$(find_kernel_file "$m.ko*")
	case $file in
	*.xz) need xz; xz -dc "$file" > "$root/modules/$m.ko" ;;
	*.zst) need zstd; zstd -qdc "$file" > "$root/modules/$m.ko" ;;
	*.gz) gzip -dc "$file" > "$root/modules/$m.ko" ;;
	*.ko) cp "$file" "$root/modules/$m.ko" ;;
	esac
done
cat > "$root/init" <<'EOT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in virtio_blk erofs; do [ ! -e /modules/$m.ko ] || insmod /modules/$m.ko; done
say() { echo "GUEST $*"; }
cached() { awk '$1 == "Cached:" { print $2 }' /proc/meminfo; }
digest() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 md5sum | md5sum | cut -d' ' -f1); }
# measure NAME OPTIONS DEVICE DEVICE: the growth of the page cache, in KB, once names and inodes are in it. What the
# kernel keeps of compressed data would count, too.
measure() {
	mount -t erofs -o "ro,cache_strategy=disabled$2" "/dev/vd$3" /a &&
		mount -t erofs -o "ro,cache_strategy=disabled$2" "/dev/vd$4" /b || { say failed "$1"; return; }
	find /a /b -type f -exec stat -t {} + > /dev/null
	before=$(cached)
	say "${1}_first" "$(digest /a)"
	say "${1}_second" "$(digest /b)"
	say "${1}_growth" $(($(cached) - before))
	umount /a; umount /b
	echo 3 > /proc/sys/vm/drop_caches
}
say release "$(uname -r)"
mount -t erofs -o ro,inode_share /dev/vda /a 2>/dev/null && say without_id mounted || say without_id refused
umount /a 2>/dev/null
for form in $(sed 's/.*erofs_forms=\([^ ]*\).*/\1/; s/,/ /g' /proc/cmdline); do
	name=${form%%:*} pair=${form#*:}
	measure "${name}_shared" ,inode_share,domain_id=tests "${pair%_*}" "${pair#*_}"
	measure "${name}_unshared" '' "${pair%_*}" "${pair#*_}"
done
say done
poweroff -f
EOT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$work/initrd"
megabytes=$((unshared / 1048576 * 3 / 2 + 512))
timeout "${EROFS_GUEST_TIMEOUT:-500}" qemu-system-x86_64 -accel "${EROFS_GUEST_ACCEL:-tcg}" -cpu max \
	-m $megabytes -smp 2 -display none -serial "file:$work/console" -monitor none -no-reboot \
	-kernel "$vmlinuz" -initrd "$work/initrd" \
	-append "console=ttyS0 quiet panic=-1 erofs_forms=$(echo $forms | tr ' ' ,)" \
	$drives </dev/null >"$work/qemu" 2>&1 || :
tr -d '\r' < "$work/console" > "$work/log"
result() { sed -n "s/^GUEST $1 //p" "$work/log" | head -n 1; }
grep -q '^GUEST done' "$work/log" || { cat "$work/qemu" "$work/log" >&2; fail "the guest did not finish"; }
release=$(result release)
case $release in
[0-6].*) skip "Linux $release does not share; 7.0 is needed" ;;
esac
grep '^GUEST failed' "$work/log" && { cat "$work/log" >&2; fail "Linux $release does not mount"; }

# ---- the verdict ----

[ "$(result without_id)" = refused ] || fail "inode_share was accepted without domain_id"
wrong=
compare() { # NAME PREDICTED-BYTES
	growth=$(result "${1}_growth")
	awk -v name="$1" -v predicted="$2" -v kb="$growth" -v release="$release" 'BEGIN {
		measured = kb * 1024; off = 100 * (measured - predicted) / predicted
		printf "Linux %s, %s: predicted %d, Cached grew by %d, %+.2f %%\n",
			release, name, predicted, measured, off
		exit !(off <= 3 && off >= -3) }' || wrong="$wrong $1"
}
first_digest=$(tree_digest "$first"); second_digest=$(tree_digest "$second")
for pair in $forms; do
	form=${pair%%:*}
	for how in shared unshared; do
		compare "${form}_$how" "$(total "$form" ${how}_bytes)"
		[ "$(result "${form}_${how}_first")" = "$first_digest" ] || wrong="$wrong ${form}_${how}_first"
		[ "$(result "${form}_${how}_second")" = "$second_digest" ] || wrong="$wrong ${form}_${how}_second"
	done
done
[ -z "$wrong" ] || { cat "$work/log" >&2; fail "not as predicted:$wrong"; }
