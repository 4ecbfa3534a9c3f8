#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# probe: what the backend offers, never guessed.

load helper

@test "JSON: calls by number with present, size and the table's size" {
	iom_json probe
	assert_success
	[[ $output == "{\"schema\":\"iommuctl.probe/1\",\"backend\":\"$T_BACKEND\",\"kernel\":\""* ]]
	[[ $output == *'"node":"/dev/iommu","usable":true,"selftest":true,'* ]]
	[[ $output == *'{"nr":"0x80","name":"IOMMU_DESTROY","present":true,"size":8,"table_size":8},{"nr":"0x81","name":"IOMMU_IOAS_ALLOC","present":true,"size":12,"table_size":12},'* ]]
	[[ $output == *'"nr":"0x85","name":"IOMMU_IOAS_MAP","present":true,"size":40,"table_size":40}'* ]]
	[[ $output == *'{"name":"rlimit-mode","present":true},{"name":"huge-pages","present":true}'* ]]
	[[ $output == *'"nr":"0x97"'* ]]
	[[ $output != *'"variables"'* ]]
}

@test "text: one line a call" {
	iom probe
	assert_success
	assert_stderr ""
	assert_line --index 0 --regexp "^backend +$T_BACKEND\$"
	assert_line --regexp '^0x85 IOMMU_IOAS_MAP +yes +40 +40( -)?$'
	assert_line --regexp '^selftest +yes$'
	assert_line --regexp '^huge-pages +yes$'
}

@test "--shell can be sourced by sh and says the same" {
	iom probe --shell
	assert_success
	# shellcheck disable=SC2016
	run sh -euc '. "$1"; echo "$IOMMUCTL_HAS_IOAS_ALLOC $IOMMUCTL_SIZE_IOAS_ALLOC $IOMMUCTL_HAS_OPTION_HUGE_PAGES $IOMMUCTL_USABLE $IOMMUCTL_HAS_SELFTEST"' - "$T/stdout"
	assert_success
	assert_output "1 12 1 1 1"
	run grep -vE "^IOMMUCTL_[A-Z0-9_]+=('[^']*'|[a-z0-9-]*)\$" stdout
	assert_failure 1
	assert_output ""
}

@test "sizes that this backend has equal those of the table" {
	local nr=0

	iom probe --shell
	while IFS== read -r name value; do
		case $name in
		IOMMUCTL_SIZE_*)
			value=${value//\'/}
			[ -n "$value" ] || continue
			nr=$((nr + 1))
			iom_json probe
			break ;;
		esac
	done <stdout
	[ "$nr" = 1 ]
	# no size without the same table_size behind it
	while [[ $output =~ \"size\":([0-9]+),\"table_size\":([0-9]+) ]]; do
		assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		output=${output#*"${BASH_REMATCH[0]}"}
		nr=$((nr + 1))
	done
	if [ "$T_BACKEND" = kernel ]; then
		assert_equal "$nr" 23
	else
		[ "$nr" -ge 12 ]
	fi
}

@test "a number of two meanings is named" {
	iom probe --get nr_0x95
	assert_success
	if has IOAS_NOIOMMU_GET_PA; then
		assert_output ioas-noiommu-get-pa
	else
		assert_output absent
	fi
	if [ "$T_BACKEND" = emu ]; then
		iom --emu 'abi=7.3' probe --get options.2.present
		assert_success
		assert_output false
	fi
}

@test "a node that is not there: nothing is known, exit 0" {
	iom_json -b kernel --device /nonexistent probe
	assert_success
	row_has "$output" usable=false
	row_has "$output" selftest=null
	row_has "$output" nr_0x95=unknown
	[[ $output == *'"reason":"ENOENT'* ]]
	[[ $output == *'"nr":"0x80","name":"IOMMU_DESTROY","present":null,"table_size":8'* ]]
	[[ $output == *'{"name":"rlimit-mode","present":null}'* ]]
	[[ $output != *'"present":true'* && $output != *'"present":false'* ]]
}

@test "unprivileged: unknown, never a guess" {
	local prog=$T_IOMMUCTL

	: >node
	chmod 0600 node
	[ "$(id -u)" = 0 ] || chmod 0 node
	chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	as_nobody test -x "$prog" || { cp "$prog" prog; prog=$T/prog; }
	capture as_nobody "$prog" -b kernel --device "$T/node" probe
	assert_success
	assert_line --regexp '^usable +no$'
	assert_line --regexp '^reason +EACCES: '
	assert_line --regexp '^selftest +unknown$'
	assert_line --regexp '^0x85 IOMMU_IOAS_MAP +unknown +- +40( -)?$'
	refute_line --regexp '^0x.* (yes|no) '
	capture as_nobody "$prog" -b kernel --device "$T/node" probe --shell
	assert_success
	assert_line --regexp "^IOMMUCTL_HAS_IOAS_MAP=('')?\$"
	assert_line --regexp "^IOMMUCTL_USABLE='?0'?\$"
}

@test "nothing is left behind" {
	[ "$T_BACKEND" = kernel ] || {
		iom probe
		return 0
	}
	# objects of probe would be in the context of the fd, if it used that one
	exec 9<>/dev/iommu
	iom --fd 9 probe
	assert_success
	iom --fd 9 ioas alloc --get ioas_id
	assert_output 1
	exec 9>&-
}

@test "probe inside a batch does not disturb its context" {
	check <<'END'
ioas alloc as a
probe as p
ioas alloc	#= ioas_id=2
object destroy $a
END
	printf '%s\n' 'probe as p' 'option get $p.options.1.name --object 1' >s
	iom_rows batch --keep-going s
	assert_equal "$status" 7
	[[ ${ROWS[1]} == *'"argv":["option","get","huge-pages","--object","1"]'* ]]
}

# What the kernel of a saved machine says, whatever this one can do.
host_probe()
{
	iom "$1" -b kernel --device /nonexistent --sysroot "$2" probe "${@:3}"
}

@test "host: configuration, modules, parameters, command line and ACPI tables" {
	host_probe -j "$FIXTURES/host-server"
	assert_success
	row_has "$output" usable=false
	row_has "$output" kernel=6.18.4-server
	row_has "$output" config_file=/boot/config-6.18.4-server
	[[ $output == *'{"symbol":"CONFIG_IOMMUFD","value":"m"},{"symbol":"CONFIG_IOMMUFD_TEST","value":"n"}'* ]]
	[[ $output == *'"modules":[{"module":"iommufd","state":"loaded"},'* ]]
	[[ $output == *'{"parameter":"iommufd.allow_unsafe_interrupts","setting":"N"}'* ]]
	[[ $output == *'{"parameter":"vfio_pci.ids","setting":""}'* ]]
	[[ $output == *'"command_line":["intel_iommu=on","iommu=pt","vfio-pci.ids=8086:1533","modprobe.blacklist=nouveau,vfio_mdev"],"acpi_tables":["DMAR"]'* ]]
	host_probe --color=never "$FIXTURES/host-server"
	assert_success
	assert_line --regexp '^config_file +/boot/config-6.18.4-server$'
	assert_line --regexp '^vfio_pci +loaded$'
	assert_line --regexp '^CONFIG_VFIO_PCI +m$'
}

@test "host: variables for sh" {
	host_probe --color=never "$FIXTURES/host-server" --shell
	assert_success
	# shellcheck disable=SC2016
	run sh -euc '. "$1"; echo "$IOMMUCTL_CONFIG_IOMMUFD $IOMMUCTL_MODULE_VFIO_PCI $IOMMUCTL_PARAMETER_VFIO_IOMMU_TYPE1_DMA_ENTRY_LIMIT $IOMMUCTL_ACPI_DMAR$IOMMUCTL_ACPI_IVRS $IOMMUCTL_USABLE $IOMMUCTL_PARAMETER_IOMMUFD_ALLOW_UNSAFE_INTERRUPTS"' - "$T/stdout"
	assert_success
	assert_output "m loaded 65535 10 0 0"
	cp -r "$FIXTURES/host-server" tree
	echo Y >tree/sys/module/iommufd/parameters/allow_unsafe_interrupts
	host_probe --color=never tree --shell
	assert_line IOMMUCTL_PARAMETER_IOMMUFD_ALLOW_UNSAFE_INTERRUPTS=1
}

@test "host: a machine that tells nothing, a packed configuration, a damaged one" {
	host_probe -j "$FIXTURES/sysfs-none"
	assert_success
	[[ $output == *'"modules":[{"module":"iommufd","state":null},'*'"parameters":[]}' ]]
	[[ $output != *'"config'* && $output != *'"command_line"'* && $output != *'"acpi_tables"'* ]]
	# built in: no file says how it was loaded, or there is no folder at all
	mkdir -p tree/proc tree/sys/module/vfio_pci/parameters
	printf '%s\n' CONFIG_IOMMUFD=y 'CONFIG_VFIO_PCI="y' CONFIG_VFIO=m | gzip >tree/proc/config.gz
	host_probe -j tree
	assert_success
	row_has "$output" config_file=/proc/config.gz
	[[ $output == *'"modules":[{"module":"iommufd","state":"built-in"},{"module":"vfio","state":"not-loaded"},{"module":"vfio_pci","state":"built-in"},{"module":"vfio_iommu_type1","state":"not-loaded"}]'* ]]
	# half of a packed file is none
	head -c 500000 /dev/urandom | base64 | sed 's/^/CONFIG_X=/' | gzip >whole
	head -c 300000 whole >tree/proc/config.gz
	host_probe -j tree
	assert_success
	[[ $output != *'"config'* ]]
	rm tree/proc/config.gz
	mkfifo tree/proc/config.gz
	host_probe -j tree
	assert_success
	[[ $output != *'"config'* ]]
}

@test "host: a snapshot has all of it, and no secrets" {
	iom --sysroot "$FIXTURES/host-server" snapshot case.tar
	assert_success
	host_probe -j "$FIXTURES/host-server"
	printf '%s\n' "$output" >before
	host_probe -j case.tar
	assert_success
	printf '%s\n' "$output" | cmp - before
	mkdir out
	tar -xf case.tar -C out
	run cat out/proc/cmdline
	assert_output 'intel_iommu=on iommu=pt vfio-pci.ids=8086:1533 modprobe.blacklist=nouveau,vfio_mdev'
	run grep -r secret out
	assert_failure 1
}

@test "host: an emulated machine has none" {
	iom_json -b emu probe
	assert_success
	[[ $output != *'"modules"'* && $output != *'"command_line"'* ]]
	iom_json -b emu --sysroot "$FIXTURES/host-server" probe
	assert_success
	row_has "$output" usable=true
	[[ $output == *'"acpi_tables":["DMAR"]'* ]]
}
