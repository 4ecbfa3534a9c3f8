#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# How a script finds out what it may use: `probe --shell` gives variables to source.
#
# Each variable is 1 (yes), 0 (no) or empty: could not be asked, which is not the same as no.
# IOMMUCTL_SIZE_* are the bytes of a struct that this kernel knows: a member beyond is too new.
#
# usage: probe-guard.sh
#
# The program is $IOMMUCTL, by default the one that was built here.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
iommuctl=${IOMMUCTL:-$here/../build/iommuctl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# plan NAME GLOBAL-OPTION...: prints how this script would work there.
plan() (
	name=$1
	shift
	"$iommuctl" "$@" probe --shell >"$work/probe" || exit
	# shellcheck disable=SC1091
	. "$work/probe"

	if [ "$IOMMUCTL_USABLE" != 1 ]; then
		echo "$name: cannot be used"
		exit
	fi
	# Memory that is given as a file survives the exec of a new VMM; else map addresses.
	if [ "$IOMMUCTL_HAS_IOAS_MAP_FILE" = 1 ]; then
		memory=map-file
	else
		memory=map
	fi
	# A window that cannot be moved has to stay out of the guest's RAM.
	case $IOMMUCTL_HAS_OPTION_SW_MSI_START$IOMMUCTL_HAS_OPTION_SW_MSI_SIZE in
	11) msi=moved ;;
	*0*) msi=fixed ;;
	*) msi=unknown ;;
	esac
	echo "$name: memory by $memory, MSI window $msi, IOAS_MAP of $IOMMUCTL_SIZE_IOAS_MAP bytes"
)

# expect LINE NAME GLOBAL-OPTION...
expect() {
	want=$1
	shift
	got=$(plan "$@")
	echo "$got"
	[ "$got" = "$want" ] || {
		echo "probe-guard.sh: expected: $want" >&2
		exit 1
	}
}

# The emulator as it is, the emulator as a released kernel, and a node that is not there.
expect "emulator: memory by map-file, MSI window moved, IOAS_MAP of 40 bytes" \
	emulator -b emu
expect "as Linux 7.3: memory by map-file, MSI window fixed, IOAS_MAP of 40 bytes" \
	"as Linux 7.3" -b emu --emu "abi=7.3"
expect "no node: cannot be used" \
	"no node" -b kernel --device "$work/absent"

# Not asked is not no: where nothing could be opened, nothing is denied.
"$iommuctl" -b kernel --device "$work/absent" probe --shell >"$work/probe"
if grep '^IOMMUCTL_HAS_.*=.*[01]' "$work/probe"; then
	echo "probe-guard.sh: something was guessed" >&2
	exit 1
fi
echo "no node: all $(grep -c '^IOMMUCTL_HAS_' "$work/probe") answers are unknown, none is a guess"
