#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows who made a device and walks the list of its PCI capabilities, with nothing but reads of its
# configuration space; then lets it do DMA, and checks that this is what changed.
#
# A device that is opened through VFIO is no bus master: it can be programmed, but none of its
# transfers reaches memory before bit 2 of its command register is set.
#
# usage: pci-capabilities.sh [DEVICE [OPTION]...]
#
# Without words: a device of the emulator. For a real one that is bound to vfio-pci, as root:
#   pci-capabilities.sh vfio0 --backend kernel
# The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
device=vfio0
if [ $# -gt 0 ]; then
	device=$1
	shift
else
	set -- -b emu
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everything is read before and after; a byte for each access, as fields have every width.
"$iommuctl" "$@" --jsonl batch - >"$work/rows" <<END
device open $device as dev
device region read \$dev config 0 --width 1 --count 256
device region read \$dev config 4 --width 2
device region write \$dev config 4 0x6 --width 2
device region read \$dev config 0 --width 1 --count 256
END

jq -rs '
def hex: ltrimstr("0x") | ascii_downcase | explode
	| reduce .[] as $c (0; . * 16 + (if $c > 96 then $c - 87 else $c - 48 end));
def bytes: [.result.words[].value | hex];
def digits($n): [range($n) as $i | (. / pow(16; $n - 1 - $i) | floor) % 16
	| "0123456789abcdef"[.:. + 1]] | join("");
def names: { "1": "power management", "5": "MSI", "9": "vendor specific", "16": "PCI Express",
	"17": "MSI-X", "18": "SATA", "19": "advanced features" };
# At most 48 of them fit; a list that turns in circles ends there as well.
def capabilities: . as $b | [limit(48; $b[52] | recurse(if . == 0 then empty else $b[. + 1] end)
	| select(. != 0))];
(.[1] | bytes) as $b | (.[4] | bytes) as $after
| "device \($b[0] + 256 * $b[1] | digits(4)):\($b[2] + 256 * $b[3] | digits(4))",
  "bus master: \(if $b[4] / 4 % 2 >= 1 then "yes" else "no" end) -> "
	+ (if $after[4] / 4 % 2 >= 1 then "yes" else "no" end),
  ($b | capabilities[] as $at | "capability at 0x\($at | digits(2)): "
	+ (names["\(.[$at])"] // "number \(.[$at])"))' "$work/rows" | tee "$work/said"

# What is claimed above has to be so: nothing but the command register has changed.
changed=$(jq -s '[.[1, 4].result.words | map(.value)] | transpose | map(.[0] != .[1]) | indices(true)
	| map(select(. != 4 and . != 5)) | length' "$work/rows")
said=$(cat "$work/said")
case $said in
*'-> yes'*'capability at 0x'*': '*) ;;
*)
	echo "pci-capabilities.sh: no bus master, or no capability" >&2
	exit 1 ;;
esac
if [ "$changed" != 0 ]; then
	echo "pci-capabilities.sh: $changed bytes beside the command register have changed" >&2
	exit 1
fi
echo "checked: nothing else has changed"
