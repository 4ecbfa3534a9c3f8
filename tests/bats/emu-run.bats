#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# emu run: unmodified programs on the emulated machine.

load helper

@test "paths, copies of fds, refusals: as on a kernel" {
	program files
}

@test "calls by their numbers: as on a kernel" {
	program numbers
}

@test "a program that closes all fds but its own: as on a kernel" {
	program sweep
}

@test "event queues are ready, and pages mapped, as on a kernel" {
	program queues
}

@test "a context shared with children: as on a kernel" {
	program children
}

@test "fds that are passed over a socket: as on a kernel" {
	program passed
}

@test "children that are killed in the middle of a call: as on a kernel" {
	program killed
}

@test "threads on one context: as on a kernel" {
	program threads
}

@test "a VFIO device of the machine" {
	needs_device
	program devices
}

@test "a VFIO device is found through sysfs" {
	needs_device
	program discover
}

@test "emu run: shell tools find the device in sysfs, and the nodes in their folder" {
	needs_emulator
	cat >"$T/look" <<'END'
ls /sys/bus/pci/devices /dev/vfio/devices
cat /sys/bus/pci/devices/0000:00:03.0/iommu_group/reserved_regions
readlink -f /sys/class/vfio-dev/vfio1
stat -c '%F %t:%T' /dev/vfio/devices/vfio1
echo /sys/kernel/iommu_groups/*/devices/*
find /dev/vfio -type c | sort
cd /sys/bus/pci/devices/0000:00:02.0 && pwd -P && cat ../0000:00:03.0/vendor
(echo 1 >enable) 2>/dev/null || echo refused
END
	iom emu run sh "$T/look"
	assert_stderr ""
	assert_output "$(cat <<'END'
/dev/vfio/devices:
vfio0
vfio1

/sys/bus/pci/devices:
0000:00:02.0
0000:00:03.0
0x00000000fee00000 0x00000000feefffff msi
/sys/devices/pci0000:00/0000:00:03.0/vfio-dev/vfio1
character special file 1ff:1
/sys/kernel/iommu_groups/0/devices/0000:00:02.0 /sys/kernel/iommu_groups/1/devices/0000:00:03.0
/dev/vfio/devices/vfio0
/dev/vfio/devices/vfio1
/sys/devices/pci0000:00/0000:00:02.0
0x1234
refused
END
)"
	cat >"$T/look.py" <<'END'
import glob, os
print(glob.glob("/sys/bus/pci/devices/*:02.0/vfio-dev/*"), os.path.realpath("/sys/class/iommu/dmar1"))
print(sorted((e.name, e.is_file(), e.is_dir()) for e in os.scandir("/dev/vfio/devices")))
bus = os.open("/sys/bus", os.O_RDONLY)
print(sorted(os.listdir(os.open("pci/devices", os.O_RDONLY, dir_fd=bus))))
for top in os.walk("/sys/kernel/iommu_groups/1"):
	print(top[0], sorted(top[1]), sorted(top[2]))
END
	iom emu run python3 "$T/look.py"
	assert_stderr ""
	assert_output "$(cat <<'END'
['/sys/bus/pci/devices/0000:00:02.0/vfio-dev/vfio0'] /sys/devices/virtual/iommu/dmar1
[('vfio0', False, False), ('vfio1', False, False)]
['0000:00:02.0', '0000:00:03.0']
/sys/kernel/iommu_groups/1 ['devices'] ['reserved_regions', 'type']
/sys/kernel/iommu_groups/1/devices ['0000:00:03.0'] []
END
)"
}

@test "emu run: the folder of sysfs goes with the program, whatever ends it" {
	needs_emulator
	local dir
	mkdir "$T/tmp"
	TMPDIR=$T/tmp iom emu run sh -c 'echo "$IOMMUCTL_EMU_ROOT"; kill -KILL $$'
	assert_equal "$status" 137
	dir=$output
	[[ $dir == "$T/tmp/iommuctl."* ]]
	until [ ! -e "$dir" ]; do :; done
	# what is left of a program that has ended does not find it any more, and lives
	TMPDIR=$T/tmp iom emu run sh -c 'true'
	until [ -z "$(ls "$T/tmp")" ]; do :; done
	# it goes elsewhere, or the program runs without it
	TMPDIR=$T/none iom emu run sh -c 'echo "$IOMMUCTL_EMU_ROOT"'
	assert_stderr ""
	[[ $output == /tmp/iommuctl.* ]]
}

@test "emu export: the machine for commands on the host" {
	needs_emulator
	cat >"$T/m" <<'END'
device=pf, bdf=0000:05:00.0, iommu=3, driver=amd, pasid=8, group=1, resv=0x1000-0x1fff:direct
device=vf, bdf=0000:05:00.1, iommu=3, driver=amd, pf=pf, group=1
	resv=0x2000-0x2fff:direct, resv=0x100-0x1ff:reserved
device=plain, bdf=0001:00:01.0, iommu=0
device=other, bdf=0001:00:02.0, iommu=0, resv=0x8000000-0x80fffff:sw-msi
device=noiommu-x, iommu=none, bdf=0000:06:00.0
device=bare
END
	iom_json emu export --config "$T/m" "$T/tree"
	assert_equal "$status" 0
	[[ $output == '{"schema":"iommuctl.emu.export/1","dir":"'$T'/tree","entries":'* ]]
	iom --sysroot "$T/tree" -j device list
	[[ $output == *'{"device":"0000:05:00.0","bus":"pci","group":1,"iommu":"ivhd3","driver":"vfio-pci","vfio":"pf",'* ]]
	iom --sysroot "$T/tree" --get pasid_bits device show 0000:05:00.0
	assert_output 8
	iom --sysroot "$T/tree" --get physical_function device show 0000:05:00.1
	assert_output 0000:05:00.0
	assert_equal "$(cat "$T/tree/sys/kernel/iommu_groups/1/reserved_regions")" "$(printf '%s\n' \
		'0x0000000000000100 0x00000000000001ff reserved' \
		'0x0000000000001000 0x0000000000002fff direct')"
	# numbers of groups that the description leaves open: the lowest that are free
	assert_equal "$(ls "$T/tree/sys/kernel/iommu_groups")" "$(printf '0\n1\n2')"
	assert_equal "$(ls "$T/tree/sys/kernel/iommu_groups/2/devices")" 0001:00:02.0
	test ! -e "$T/tree/sys/bus/pci/devices/0000:06:00.0/iommu_group"
	test -e "$T/tree/sys/class/vfio-dev/bare/dev"
	iom emu export "$T/tree"
	assert_equal "$status" 1
	assert_stderr_has "cannot write into $T/tree" ENOTEMPTY
	iom emu export "$T/none/tree"
	assert_equal "$status" 5
	iom --dry-run --get entries emu export "$T/other"
	assert_equal "$status" 0
	test ! -e "$T/other"
	iom emu export
	usage_error "missing --dir"
}

@test "emu run: a program finds the nodes, and its children do" {
	needs_emulator
	iom emu run sh -c 'test -c /dev/iommu && test -r /dev/vfio/devices/vfio1 && ls /dev/iommu'
	assert_equal "$status" 0
	assert_output /dev/iommu
	iom emu run ls /dev/vfio/devices/vfio2
	assert_equal "$status" 2
	# a library that is preloaded by hand knows the nodes, but no folder
	LD_PRELOAD=${T_IOMMUCTL%/*}/libiommuctl-emu.so capture sh -c 'test -c /dev/vfio/devices/vfio0'
	assert_equal "$status" 0
}

@test "emu run: the exit code is the program's" {
	needs_emulator
	iom emu run sh -c 'exit 42'
	assert_equal "$status" 42
	iom emu run -- sh -c 'kill -TERM $$'
	assert_equal "$status" 143
}

@test "emu run: what cannot be run" {
	needs_emulator
	iom emu run no-such-program
	assert_equal "$status" 127
	iom emu run ./no-such-program
	assert_equal "$status" 127
	iom emu run /
	assert_equal "$status" 126
	echo 'exit 0' >"$T/script"
	iom emu run "$T/script"
	assert_equal "$status" 126
	assert_stderr_has EACCES
	chmod +x "$T/script"
	iom emu run "$T/script"
	assert_equal "$status" 126
	assert_stderr_has "neither a program nor a script"
	iom emu run
	usage_error "missing --command"
}

@test "emu run: programs that no library can be loaded into" {
	needs_emulator
	echo 'int main(void) { return 0; }' >"$T/main.c"
	"${CC:-gcc}" -static -o "$T/static" "$T/main.c"
	iom emu run "$T/static"
	assert_equal "$status" 126
	assert_stderr_has "it is linked statically"
	printf '#!%s\n' "$T/static" >"$T/script"
	chmod +x "$T/script"
	iom_json emu run "$T/script"
	assert_equal "$status" 126
	assert_stderr_has "it is linked statically" '"exit":126'
	# the machine in the head of an ELF file, which is that of no processor
	"${CC:-gcc}" -o "$T/other" "$T/main.c"
	iom emu run "$T/other"
	assert_equal "$status" 0
	printf '\376\376' | dd of="$T/other" bs=1 seek=18 conv=notrunc status=none
	iom emu run "$T/other"
	assert_equal "$status" 126
	assert_stderr_has "built for another architecture"
}

@test "emu run: setuid programs are refused, unless they are the caller's own" {
	needs_emulator
	cp /usr/bin/true "$T/setuid"
	chmod u+s "$T/setuid"
	iom emu run "$T/setuid"
	assert_equal "$status" 0
	[ "$(id -u)" = 0 ] || return 0
	chown 1 "$T/setuid"
	chmod u+s "$T/setuid"
	iom emu run "$T/setuid"
	assert_equal "$status" 126
	assert_stderr_has "it is setuid or setgid"
}

@test "emu run: standard input and output are the program's" {
	needs_emulator
	status=0
	output=$(printf 'a\nb\n' | "$T_IOMMUCTL" emu run wc -l | cat) || status=$?
	assert_equal "$status" 0
	assert_output 2
}

@test "emu run: -v and --trace show each call, decoded" {
	needs_emulator
	talk -v <<'END'
ioas_alloc()
destroy(9)
END
	assert_equal "$status" 0
	assert_output ""
	assert_stderr "$(printf '%s\n' '> [3] IOMMU_IOAS_ALLOC(size=12, flags=0)' \
		'< [3] IOMMU_IOAS_ALLOC = 0 (out_ioas_id=1)' '> [3] IOMMU_DESTROY(size=8, id=9)' \
		'< [3] IOMMU_DESTROY = -1 ENOENT (No such file or directory)')"
	talk --trace "$T/trace" <<'END'
os.chdir("/")
call(0x85, "IIIQQQ", 7, 1, 0, 0x1000, 0x1000, 0x1000000)
try:
	fcntl.ioctl(ctx, 0x3bff, b"")
except OSError as e:
	print(e.errno == errno.ENOTTY)
END
	assert_output True
	assert_stderr ""
	assert_equal "$(grep -c '^> ' "$T/trace")" 2
	grep -q '^> \[3\] IOMMU_IOAS_MAP(size=40, flags=fixed-iova|writeable|readable, ioas_id=1, ' "$T/trace"
	grep -q '^< \[3\] ioctl 0x3bff = -1 ENOTTY' "$T/trace"
	iom emu run --trace "$T/none/trace" true
	assert_equal "$status" 5
}

@test "emu run: a context does not pass execve, and the program is told so" {
	needs_emulator
	talk <<'END'
os.dup2(ctx, 9)
os.execv(sys.executable, [sys.executable, "-c",
	"import fcntl\ntry: fcntl.ioctl(9, 0x3b81, bytes(12))\nexcept OSError as e: print(e.errno)"])
END
	assert_output 77
	assert_stderr "libiommuctl-emu: fd 9 belongs to the machine of another program; it does not pass execve(2)"
}

@test "emu show: the default machine, one of a file, one without devices" {
	needs_emulator
	iom_json emu show
	assert_equal "$status" 0
	assert_output '{"schema":"iommuctl.emu.show/1","machine":"","abi":["7.3","sw-msi-v2","tsm-any"],"lacks":[],"has":[],"devices":[{"name":"vfio0","path":"/dev/vfio/devices/vfio0","bdf":"0000:00:02.0","iommu":0,"driver":"arm-smmuv3","aperture":"0x0-0xffffffffffff","page_sizes":"0x40201000","pasid_bits":16,"tsm":"link","reserved":["0x8000000-0x80fffff:sw-msi"]},{"name":"vfio1","path":"/dev/vfio/devices/vfio1","bdf":"0000:00:03.0","iommu":1,"driver":"intel","aperture":"0x0-0xffffffffffff","page_sizes":"0x40201000","pasid_bits":20,"tsm":"link","reserved":["0xfee00000-0xfeefffff:msi"]}]}'
	cat >"$T/m" <<'END'
device=noiommu-x, iommu=none, tsm=none
device=f
	group=4, pf=host, aperture=0x1000-0xffff, pgsizes=4096, pasid=3
lacks=selftest
END
	iom_json --emu 'abi=tsm-v5;has=huge-pages' emu show --config "$T/m"
	assert_output '{"schema":"iommuctl.emu.show/1","machine":"device=noiommu-x,iommu=none,tsm=none;device=f,group=4,pf=host,aperture=0x1000-0xffff,pgsizes=4096,pasid=3;lacks=selftest;abi=tsm-v5;has=huge-pages","abi":["7.3","tsm-v5"],"lacks":["selftest"],"has":["huge-pages"],"devices":[{"name":"noiommu-x","path":"/dev/vfio/devices/noiommu-x","aperture":"0x0-0xffffffffffffffff","page_sizes":"0xfffffffffffff000","pasid_bits":0,"tsm":"none","reserved":[]},{"name":"f","path":"/dev/vfio/devices/f","iommu":0,"group":4,"aperture":"0x1000-0xffff","page_sizes":"0x1000","pasid_bits":3,"pf":"host","tsm":"link","reserved":[]}]}'
	iom --emu device=none emu show
	assert_line "(none)"
	iom --emu device=none emu run ls /dev/vfio/devices/vfio0
	assert_equal "$status" 2
	iom --emu lacks=selftest mock add-device 1
	assert_stderr_has ENOTTY
	iom --emu lacks=nothing emu show
	usage_error "emulated machine: it cannot lack 'nothing'"
}

@test "machines that have a name: each device opens, attaches, and has its place in sysfs" {
	needs_emulator
	local name names device
	iom_json emu show --named
	names=$(jq -r '.named[].name' <<<"$output")
	assert_equal "$names" "$(printf '%s\n' default vtd amd smmuv3 grace small)"
	for name in $names; do
		iom_json --emu "machine=$name" emu show
		assert_equal "$status" 0
		for device in $(jq -r '.devices[].name' <<<"$output"); do
			printf '%s\n' "device open $device as d" 'ioas alloc as a' \
				'device attach $d $a' 'ioas iova-ranges $a' >"$T/batch"
			iom --emu "machine=$name" batch "$T/batch"
			assert_equal "$status" 0
			assert_stderr ""
		done
		iom --emu "machine=$name" emu export "$T/$name"
		assert_equal "$status" 0
		iom -j --sysroot "$T/$name" group list
		assert_equal "$(jq -r '.groups[].state' <<<"$output" | sort -u)" ready
	done
	iom -j --emu 'machine=vtd;lacks=kvm;device=more,bdf=0000:ff:00.0' emu show
	assert_equal "$(jq -r '[.devices[].name] | join(" ")' <<<"$output")" "vfio0 vfio1 vfio2 vfio3 more"
	iom -j --sysroot "$T/vtd" group show 9
	assert_equal "$(jq -r '[.devices[].device] | join(" ")' <<<"$output")" "0000:3b:00.0 0000:3b:00.1"
	iom --emu machine=toaster emu show
	usage_error "emulated machine: no machine has the name 'toaster'" 'emu show --named'
	iom --emu 'device=none;machine=small' emu show
	usage_error "emulated machine: beside device=none there is 'vfio0'"
}

@test "emu run: a machine from a file" {
	needs_emulator
	printf '# one device\ndevice=nic0\n\tbdf=0000:01:00.0 , iommu=0\nlacks=kvm # none\n' >"$T/m"
	iom --dry-run --get machine emu run --config "$T/m" true
	assert_output "device=nic0,bdf=0000:01:00.0,iommu=0;lacks=kvm"
	iom emu run --config "$T/m" ls /dev/vfio/devices/nic0
	assert_output /dev/vfio/devices/nic0
	printf 'device=a\nlacks=kvm\n\ndevice=b\n bdf=zz\n' >"$T/m"
	iom emu run --config "$T/m" true
	usage_error "$T/m:4: emulated machine: bad PCI address 'zz'"
	printf ' bdf=0000:01:00.0\n' >"$T/m"
	iom emu run --config "$T/m" true
	usage_error "$T/m:1: indented"
	iom emu run --config "$T/none" true
	assert_equal "$status" 5
}

# A program that talks to /dev/iommu itself: python(3) with the functions of the test. Unbuffered, as a
# child would write once more what its parent had not yet written.
talk()
{
	cat >"$T/talk.py" <<'END'
import ctypes, errno, fcntl, mmap, os, resource, struct, sys
ctx = os.open("/dev/iommu", os.O_RDWR)
def call(nr, fmt, *words):
	size = struct.calcsize("=I" + fmt)
	buf = bytearray(struct.pack("=I" + fmt, size, *words))
	try:
		fcntl.ioctl(ctx, 0x3b00 | nr, buf)
	except OSError as e:
		return errno.errorcode[e.errno]
	return struct.unpack("=I" + fmt, buf)[1:]
def ioas_alloc():
	return call(0x81, "II", 0, 0)
def destroy(id):
	return call(0x80, "I", id)
def status(key, pid="self"):
	with open("/proc/%s/status" % pid) as f:
		return [line.split()[1] for line in f if line.startswith(key + ":")][0]
END
	cat >>"$T/talk.py"
	iom emu run "$@" /usr/bin/python3 -u "$T/talk.py"
}

@test "emu run: a child shares what it inherits, and its memory is its own" {
	needs_emulator
	talk <<'END'
print(ioas_alloc()[1])
if os.fork() == 0:
	print(ioas_alloc()[1])
	os.close(ctx)
	sys.exit()
os.wait()
print(ioas_alloc()[1], destroy(2))
END
	assert_equal "$status" 0
	assert_output "$(printf '1\n2\n3 (2,)')"
}

@test "emu run: fail-nth is the thread's own, and counts down to the failure" {
	needs_emulator
	talk <<'END'
f = os.open("/proc/self/task/%d/fail-nth" % os.getpid(), os.O_RDWR)
print(os.pread(f, 9, 0))
for nth in range(1, 100):
	os.pwrite(f, b"%d" % nth, 0)
	got = ioas_alloc()
	left = os.pread(f, 9, 0)
	os.pwrite(f, b"0", 0)
	if left != b"0\n":
		break
	assert got == "ENOMEM", (nth, got)
# the last number was beyond the steps that there are: nothing failed, and nothing of them is left
print(nth > 1, got[1], ioas_alloc()[1])
try:
	os.pwrite(f, b"-1", 0)
except OSError as e:
	print(errno.errorcode[e.errno])
print(open("/sys/kernel/debug/failslab/ignore-gfp-wait").read().strip())
END
	assert_equal "$status" 0
	assert_output "$(printf "b'0\\\\n'\nTrue 1 2\nEINVAL\nN")"
}

@test "emu run: what a machine has though the host has not" {
	needs_emulator
	talk --emu 'has=huge-pages,cap-sys-resource' <<'END'
huge = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)
huge[0] = 1
print(ctypes.addressof(ctypes.c_char.from_buffer(huge)) % (2 << 20))
print(call(0x87, "IHHIQ", 0, 1, 0, 0, 1)[4], call(0x87, "IHHIQ", 0, 0, 0, 0, 1)[4])
END
	assert_equal "$status" 0
	assert_output "$(printf '0\n0 1')"
	iom --emu has=legs emu run true
	usage_error "emulated machine: it cannot have 'legs'"
}

@test "emu run: status tells what the machine has pinned" {
	needs_emulator
	talk <<'END'
before = int(status("VmPin"))
ioas_alloc()
memory = mmap.mmap(-1, 8192)
at = ctypes.addressof(ctypes.c_char.from_buffer(memory))
call(0x85, "IIIQQQ", 7, 1, 0, at, 8192, 0x1000000)
print(int(status("VmPin")) - before)
assert call(0xa0, "III7Q", 2, 1, *[0] * 8)[0] == 2
print(int(status("VmPin")) - before, status("Name"))
destroy(2)
print(int(status("VmPin")) - before)
END
	assert_equal "$status" 0
	assert_output "$(printf '0\n8 python3\n0')"
}
