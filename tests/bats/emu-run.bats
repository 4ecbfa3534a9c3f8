#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# emu run: unmodified programs on the emulated machine.

load helper

# A program of tests/preload: on the emulator through emu run, on a kernel as it is. It says itself
# what is not as it should be.
program()
{
	local dir=${T_IOMMUCTL%/*}/preload

	if [ "$T_BACKEND" = emu ]; then
		iom emu run "$dir/$1"
	else
		capture "$dir/$1"
	fi
	assert_stderr ""
	assert_equal "$status" 0
}

@test "paths, copies of fds, refusals: as on a kernel" {
	program files
}

@test "event queues are ready, and pages mapped, as on a kernel" {
	program queues
}

@test "a context shared with children: as on a kernel" {
	program children
}

@test "threads on one context: as on a kernel" {
	program threads
}

@test "emu run: a program finds the nodes, and its children do" {
	needs_emulator
	iom emu run sh -c 'test -c /dev/iommu && test -r /dev/vfio/devices/vfio1 && ls /dev/iommu'
	assert_equal "$status" 0
	assert_output /dev/iommu
	iom emu run ls /dev/vfio/devices/vfio2
	assert_equal "$status" 2
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

# A program that talks to /dev/iommu itself: python(3) with the functions of the test.
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
	iom emu run "$@" /usr/bin/python3 "$T/talk.py"
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
