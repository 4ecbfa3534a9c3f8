#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests a virtual machine monitor in CI, where no machine has an IOMMU: a small program of its own
# (here in Python) opens /dev/iommu and a VFIO device, and gives the device the guest's memory. It
# runs unchanged on a machine that a file describes.
#
# usage: vmm-in-ci.sh
#
# It needs python3 and jq. The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A network card behind an SMMUv3, whose window for MSIs lies where guests like to have devices.
cat >"$work/machine.conf" <<'END'
device=nic0
	bdf=0000:01:00.0, iommu=0, driver=arm-smmuv3
	resv=0x8000000-0x80fffff:sw-msi
lacks=selftest   # a kernel without the driver for tests
END

# What is under test knows nothing of iommuctl. RAM begins at the address that it is given.
cat >"$work/vmm.py" <<'END'
import ctypes, fcntl, mmap, os, struct, sys
BASE, SIZE = int(sys.argv[1], 0), 2 << 20
iommufd = os.open("/dev/iommu", os.O_RDWR | os.O_CLOEXEC)
device = os.open("/dev/vfio/devices/nic0", os.O_RDWR | os.O_CLOEXEC)
def call(fd, nr, layout, *words):
    buf = bytearray(struct.pack("=" + layout, struct.calcsize("=" + layout), *words))
    fcntl.ioctl(fd, 0x3b00 | nr, buf)
    return struct.unpack("=" + layout, buf)
call(device, 0x76, "IIiI", 0, iommufd, 0)           # VFIO_DEVICE_BIND_IOMMUFD
space = call(iommufd, 0x81, "III", 0, 0)[2]         # IOMMU_IOAS_ALLOC
call(device, 0x77, "III", 0, space)                 # VFIO_DEVICE_ATTACH_IOMMUFD_PT
ram = mmap.mmap(-1, SIZE)
at = ctypes.addressof(ctypes.c_char.from_buffer(ram))
try:
    call(iommufd, 0x85, "IIIIQQQ", 7, space, 0, at, SIZE, BASE)   # IOMMU_IOAS_MAP, fixed
except OSError as e:
    sys.exit("guest RAM at %#x: %s" % (BASE, os.strerror(e.errno)))
print("guest RAM at %#x" % BASE)
END

"$iommuctl" -j emu show --config "$work/machine.conf" |
	jq -r '.devices[] | "\(.name) behind \(.driver), reserved: \(.reserved | join(" "))"'

run() {
	"$iommuctl" emu run --config "$work/machine.conf" --trace "$work/trace" -- \
		python3 "$work/vmm.py" "$1"
}

run 0x40000000 >"$work/said"
cat "$work/said"
[ "$(cat "$work/said")" = "guest RAM at 0x40000000" ]

# The bug that CI is to find: the exit code is the program's, and the trace shows the call.
if run 0x8000000 >"$work/said" 2>&1; then
	echo "RAM over the MSI window was accepted" >&2
	exit 1
fi
cat "$work/said"
grep 'IOMMU_IOAS_MAP = -1' "$work/trace"
[ "$(grep -c 'IOMMU_IOAS_MAP = -1 EINVAL' "$work/trace")" = 1 ]
