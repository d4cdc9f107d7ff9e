#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever stands in an argument, what the programs print about it are lines of their own: nothing breaks them or
# drives a terminal. Each option that takes a value, each operand, and what is in the files they name.
. "${srcdir:-.}/tests/lib.sh"

# A line that no program prints, an escape sequence, and bytes that are no UTF-8.
bad=$(printf 'x\nINJECTED\033[31m\r\377y')
escape=$(printf '\033')
return=$(printf '\r')
cd "$work"
mkdir src "$bad" "$bad/src"
echo content > src/file
echo content > "$bad/src/$bad"
"$MKFS" --quiet --ishare=sha256 image src || fail "cannot build"
"$MKFS" --quiet --ishare=sha256 "$bad/image" "$bad/src" || fail "cannot build with odd names"
head -c 1500 image > "$bad/cut"
echo nonsense > "$bad/text"
mkfifo "$bad/fifo"
runs=0

# clean PROGRAM ARGUMENT...: what it prints is clean, however it ends.
clean() {
	clean_status=0; "$@" > out 2> err < /dev/null || clean_status=$?
	[ $clean_status -lt 100 ] || fail "status $clean_status: $*"
	runs=$((runs + 1))
	! LC_ALL=C grep -anE "^INJECTED|$escape|$return" out err || fail "printed by: $*"
}
# told ARGUMENT...: the same, and it says which.
told() {
	clean "$@"
	grep -qaF 'x\x0aINJECTED\x1b[31m\x0d\xffy' out err || { cat out err; fail "no word of the name by: $*"; }
}
# Options of --help that take a value, as they are written before it.
options_of() {
	"$1" --help | sed -nE \
		-e 's/^ (-[A-Za-z]) [^ ,].*/\1/p' \
		-e 's/^ (-[A-Za-z], )?(--[a-z0-9-]+)\[?=.*/\2=/p' \
		-e 's/^ (-[A-Za-z]), --[a-z0-9-]+=.*/\1/p'
}

options=0
for command in "$MKFS" "$FSCK" "$DUMP" "$READ cat" "$READ replay" "$READ mount"; do
	for option in $(options_of "${command%% *}"); do
		options=$((options + 1))
		# shellcheck disable=SC2086 # a program, and a command of its own
		case $command in
		"$MKFS") clean $command "$option$bad" new src ;;
		*) clean $command "$option$bad" image ;;
		esac
	done
done
[ $options -gt 70 ] || fail "only $options options seen: this test has gone blind"

for program in "$MKFS" "$FSCK" "$DUMP" "$READ"; do
	told "$program" "--$bad" image src
	clean "$program" "-$bad" image src
	clean "$program" "--version=$bad" image src
done

# Operands that are missing, broken, or no files; then names and labels in what they name.
told "$MKFS" "$bad/none/image" src
told "$MKFS" new "$bad/none"
told "$MKFS" new "$bad/text"
told "$MKFS" new "$bad/cut" image
told "$MKFS" --tar=f new "$bad/text"
told "$MKFS" --exclude-regex="($bad" new src
told "$MKFS" -z"$bad" new src
! has_json || told "$MKFS" --oci-layout= new "$bad/none"
told "$MKFS" --incremental=data "$bad/text" src
clean "$MKFS" -d9 --all-root new "$bad/src"
printf '%s\n' "-1 $bad" > "$bad/hints"
clean "$MKFS" -zlz4 --compress-hints="$bad/hints" new src
clean "$MKFS" --file-contexts="$bad/text" new src
clean "$MKFS" --fs-config-file="$bad/text" new src
for image in none cut text fifo/image; do
	clean "$FSCK" "$bad/$image"
	told "$FSCK" --check-ishare "$bad/$image" image
	clean "$DUMP" "$bad/$image"
	told "$DUMP" --ishare-groups image "$bad/$image"
	told "$READ" cat "$bad/$image" /file
	told "$READ" replay "$bad/$image" image
done
told "$FSCK" --check-ishare "$bad/image"
told "$FSCK" --path="$bad" image
told "$FSCK" --extract="$bad/none/there" image
clean "$FSCK" --extract="$bad/text" --overwrite image
told "$DUMP" --path="$bad" image
told "$DUMP" --cat --path="$bad" image
told "$DUMP" --ishare-groups "$bad/image" image
told "$DUMP" --ishare-groups --html="$bad/none/html" image image
told "$READ" cat image "$bad"
told "$READ" replay --trace="$bad/none" image
printf '%s\n' "0 $bad" > trace
clean "$READ" replay --trace=trace image
clean "$READ" mount image "$bad/none"
clean "$READ" mount "$bad/text" src
(SOURCE_DATE_EPOCH=$bad; export SOURCE_DATE_EPOCH; told "$MKFS" new src)
echo "$options options, $runs runs"
