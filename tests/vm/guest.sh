# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts that run inside a guest share: a device for vfio-pci, a session, TAP.
# shellcheck shell=bash disable=SC2034

edu=0x1234:0x11e8 nic=0x8086:0x10d3

# bind_vfio VENDOR:DEVICE: gives the first such device that is alone in its group to vfio-pci;
# $dev is its folder, $node its node's name.
bind_vfio()
{
	local d

	dev=
	for d in /sys/bus/pci/devices/*; do
		[ "$(cat "$d/vendor"):$(cat "$d/device")" = "$1" ] || continue
		[ "$(find "$d/iommu_group/devices/" -type l | wc -l)" = 1 ] || continue
		dev=$d
		break
	done
	[ -n "$dev" ] || { echo "no device $1 alone in its group" >&2; return 1; }
	echo vfio-pci >"$dev/driver_override"
	[ ! -e "$dev/driver" ] || basename "$dev" >"$dev/driver/unbind"
	basename "$dev" >/sys/bus/pci/drivers_probe
	node=$(ls "$dev/vfio-dev")
}

# Where interrupts are not remapped, and a device could forge them, iommufd takes no device unless it
# is told to. QEMU's virtio IOMMU has no such thing, and the kernel takes that of its AMD one for broken.
allow_unsafe()
{
	grep -qE 'IR-|ITS-' /proc/interrupts || echo 1 >/sys/module/iommufd/parameters/allow_unsafe_interrupts
}

# session_start PROGRAM...: a batch that is fed line by line.
session_start()
{
	local dir

	dir=$(mktemp -d)
	mkfifo "$dir/in" "$dir/out"
	"$@" -j batch --keep-going - <"$dir/in" >"$dir/out" &
	session=$!
	exec {say_fd}>"$dir/in" {row_fd}<"$dir/out"
	rm -r "$dir"
}

# session_end CODE: whether the batch ends with this exit code.
session_end()
{
	local rc=0

	exec {say_fd}>&-
	wait "$session" || rc=$?
	exec {row_fd}<&-
	[ "$rc" = "$1" ]
}

# try LINE: its row is in REPLY, whether it succeeded or not.
try()
{
	printf '%s\n' "$1" >&"$say_fd"
	read -r -t 60 -u "$row_fd" REPLY || bail "no answer to: $1"
}

# say LINE: the same, and it has to succeed.
say()
{
	try "$1"
	[[ $REPLY == *'"status":0,'* ]] || bail "$1: $REPLY"
}

# value KEY: of REPLY, without quotes, in REPLY.
value()
{
	REPLY=${REPLY#*"\"$1\":"}
	REPLY=${REPLY%%[],\}]*}
	REPLY=${REPLY//\"/}
}

tap=0 tap_bad=0

# ok NAME COMMAND...: one result.
ok()
{
	local name=$1

	shift
	tap=$((tap + 1))
	if "$@"; then
		echo "ok $tap - $name"
	else
		tap_bad=$((tap_bad + 1))
		echo "not ok $tap - $name"
		[ -z "${REPLY:-}" ] || echo "# the last answer: $REPLY"
	fi
}

note()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

bail()
{
	echo "not ok $((tap + 1)) - $*"
	echo "1..$((tap + 1))"
	exit 1
}

finish()
{
	echo "1..$tap"
	[ "$tap_bad" = 0 ]
}

# has TEXT: whether the last answer has it.
has()
{
	[[ $REPLY == *"$1"* ]]
}
