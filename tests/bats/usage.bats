#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# Wrong command lines: exit 2, one clear line with a hint, and nothing is done. And help.

load helper

# A wrong command must not reach the node: -v would show the call.
wrong()
{
	local -a words=()

	while [ "$1" != : ]; do
		words+=("$1")
		shift
	done
	shift
	iom -v "${words[@]}"
	usage_error "$@"
	[[ $stderr != *"> ["* ]] || fail "something was issued: $stderr"
}

@test "no word at all: the usage on stderr" {
	iom
	assert_equal "$status" 2
	assert_output ""
	assert_stderr_has "Usage: iommuctl [GLOBAL] OBJECT" "ioas map"
}

@test "unknown objects, with the nearest" {
	wrong ioaz alloc : "there is no command 'ioaz'" "did you mean 'ioas'?"
	wrong optoin get : "did you mean 'option'?"
	wrong devcie open : "did you mean 'device'?"
	wrong xyzzy : "there is no command 'xyzzy'" "'iommuctl --help' lists the commands"
	# no guessing from a beginning
	wrong io alloc : "there is no command 'io'" "did you mean 'ioas'?"
	wrong IOAS alloc : "there is no command 'IOAS'"
	wrong '' : "there is no command ''"
}

@test "unknown and missing verbs, with the nearest" {
	wrong ioas alocc : "'ioas' has no verb 'alocc'" "did you mean 'ioas alloc'?"
	wrong ioas map-fil : "did you mean 'ioas map-file'?"
	wrong ioas zzzzzzzz : "'ioas' has no verb 'zzzzzzzz'" "'ioas' knows: alloc, map, map-file"
	wrong ioas : "'ioas' needs a verb" "alloc, map"
	wrong mock access : "'mock' has no verb 'access'" "access create"
	wrong mock access zzz : "'mock' has no verb" "access create"
	wrong sw-msi gte 1 : "did you mean 'sw-msi get'?"
	wrong object al : "'object' has no verb 'al'"
}

@test "unknown options, with the nearest" {
	wrong ioas map 1 --lenght 4K : "'ioas map' has no option '--lenght'" "did you mean --length?"
	wrong ioas map 1 --len 4K : "has no option '--len'" "did you mean --length?"
	wrong ioas alloc --jsno : "did you mean --json?"
	wrong --backnd emu ioas alloc : "has no option '--backnd'" "did you mean --backend?"
	wrong --backnd=emu ioas alloc : "did you mean --backend?"
	wrong ioas alloc -x : "has no option '-x'"
	wrong ioas alloc -jq : "has no option '-jq'"
	wrong ioas alloc --zzzzzzzzzzzz : "has no option '--zzzzzzzzzzzz'" "--help lists the options"
}

@test "missing options and values" {
	wrong ioas map : "'ioas map': missing --ioas" "address space to map into"
	wrong ioas map 1 : "'ioas map': missing --length" "SIZE"
	wrong ioas copy --src-ioas-id 1 --dst-ioas-id 2 --length 4K : "missing --src-iova"
	wrong sw-msi set 1 --start 0 : "missing --size"
	wrong option set rlimit-mode : "missing --value"
	wrong option get : "missing --name"
	wrong object destroy : "missing --id"
	wrong raw : "missing --call"
	wrong mock access unpin 5 : "missing --pages"
	wrong ioas map 1 --length : "--length needs a value: SIZE"
	wrong ioas alloc --get : "--get needs a value: FIELD"
	wrong ioas unmap 1 : "either --iova with --length, or --all"
	wrong ioas unmap 1 --iova 0 : "either --iova with --length, or --all"
	wrong ioas unmap 1 --length 4K : "either --iova with --length, or --all"
	wrong ioas unmap 1 --all --iova 0 --length 4K : "either --iova with --length, or --all"
}

@test "too many words, options twice, flags with values" {
	wrong ioas alloc 1 : "'ioas alloc': '1' is one word too many"
	wrong ioas map 1 2 --length 4K : "'2' is one word too many"
	wrong ioas map 1 --length 4K --length 8K : "--length is given twice"
	wrong ioas map 1 --ioas 1 --length 4K : "--ioas is given twice"
	wrong ioas map 1 --length 4K --read=1 : "--read takes no value"
	wrong ioas alloc --json=1 : "--json takes no value"
	wrong ioas map 1 --length 4K --read --read : "--read is given twice"
	wrong ioas map 1 --length 4K -- --read : "'--read' is one word too many"
}

@test "ids: garbage, negative, huge" {
	local v

	for v in x 1x 0x '' ' 1' 1.5 -1 +1 1e3 0xg 4294967296 0x100000000 99999999999999999999 1K; do
		wrong ioas iova-ranges "--ioas=$v" : "--ioas: '$v'" "an object id (0 to 4294967295)"
	done
	wrong ioas iova-ranges 4294967296 : "'4294967296' is too large"
	wrong ioas iova-ranges one : "'one' is not a number"
	iom ioas iova-ranges 4294967295
	assert_equal "$status" 5
	iom ioas iova-ranges 0xFFFFFFFF
	assert_equal "$status" 5
}

@test "addresses: garbage, negative, huge" {
	local v

	for v in x '' -1 0x10000000000000000 18446744073709551616 4K 0x1000- 1_000; do
		wrong ioas map 1 --length 4K "--iova=$v" : "--iova: '$v'" "a 64-bit address"
	done
	wrong ioas map 1 --length 4K --iova -1 : "--iova: '-1' is not a number"
	wrong option set rlimit-mode -1 : "'-1'"
	wrong option set rlimit-mode 1.0 : "--value: '1.0' is not a number"
	wrong option set rlimit-mode 0x1ffffffffffffffff : "--value: '0x1ffffffffffffffff' is too large"
}

@test "sizes: garbage, unknown units, huge" {
	local v

	for v in x '' -4K K 4KK 4B 4P 4Kb 4KB '4 K' 4.5K 0x 17179869184G 18446744073709551616; do
		wrong ioas map 1 "--length=$v" : "--length: '$v'" "bytes, decimal or 0x hex, with K, M, G or T"
	done
	wrong ioas map 1 --length 17179869184G : "is too large"
}

@test "ranges: garbage, empty, wrapping" {
	local v

	for v in x 1 1- -1 0x1000-x 1-2-3 0x1000+ 0x1000+0 0xffffffffffffffff+2 1..2 - +; do
		wrong ioas allow-iovas 1 "--range=$v" : "--range: '$v'" "START-LAST (inclusive) or START+SIZE"
	done
	# 256 of them fit, not more
	# shellcheck disable=SC2046
	iom -v ioas allow-iovas 1 $(printf '%s ' {1..257} | sed 's/\([0-9]*\) /\1-\1 /g')
	usage_error "--range: more than 256 values"
}

@test "words of a list: every allowed one is named" {
	wrong option get rlimit : "--name: 'rlimit' is not one of rlimit-mode, huge-pages, sw-msi-start, sw-msi-size"
	wrong option get '' : "is not one of"
	wrong --backend qemu ioas alloc : "--backend: 'qemu' is not one of kernel, emu"
	wrong --color blue ioas alloc : "--color: 'blue' is not one of auto, always, never"
	wrong ioas map 1 --length 4K --hugepages --hugepage-size 4M : "'4M' is not one of 2M, 1G"
}

@test "file descriptors and numbers" {
	wrong --fd x ioas alloc : "--fd: 'x' is not a number; a file descriptor number"
	wrong --fd -1 ioas alloc : "--fd: '-1' is not a number"
	wrong --fd 2147483648 ioas alloc : "--fd: '2147483648' is too large"
	wrong device attach 1 2 --pasid 4294967296 : "--pasid: '4294967296' is too large"
	wrong mock access close x : "--access: 'x' is not a number"
	wrong raw ioas-alloc --size x : "--size: 'x' is not a number"
	wrong raw ioas-alloc --size -1 : "--size: '-1'"
}

@test "paths and words may not be empty" {
	wrong --device '' ioas alloc : "--device: the value is empty"
	wrong --sysroot '' reserved : "--sysroot: the value is empty"
	wrong ioas map 1 --length 4K --file '' : "--file: the value is empty"
	wrong --get '' ioas alloc : "--get: the value is empty"
}

@test "what is long is cut, not overrun" {
	local long

	long=$(printf '%05000d' 0)
	wrong ioas map "x$long" --length 4K : "--ioas: 'x000"
	wrong "x$long" : "there is no command"
	wrong ioas "$long" : "'ioas' has no verb"
	wrong ioas map 1 "--$long" : "has no option"
}

@test "the environment: each global has a variable, wrong ones are named" {
	IOMMUCTL_BACKEND=qemu iom ioas alloc
	usage_error "--backend: 'qemu' is not one of kernel, emu" "set by the variable IOMMUCTL_BACKEND"
	IOMMUCTL_JSON=yes iom ioas alloc
	usage_error "variable IOMMUCTL_JSON: 'yes' is neither 0 nor 1"
	IOMMUCTL_FD=x iom ioas alloc
	usage_error "--fd: 'x' is not a number" "IOMMUCTL_FD"
	IOMMUCTL_COLOR=blue iom ioas alloc
	usage_error "IOMMUCTL_COLOR"
	IOMMUCTL_PRETTY=2 iom ioas alloc
	usage_error "IOMMUCTL_PRETTY"
	# the command line wins
	IOMMUCTL_BACKEND=kernel iom -b emu ioas alloc
	assert_success
	IOMMUCTL_BACKEND=emu IOMMUCTL_EMU='device=only' iom device open only --get device_id
	assert_success
	assert_output 1
	IOMMUCTL_DEVICE=/nonexistent iom -b kernel ioas alloc
	assert_equal "$status" 3
	IOMMUCTL_VERBOSE=1 iom ioas alloc
	assert_success
	assert_stderr_has "> [" IOMMU_IOAS_ALLOC
	# other names are not ours
	IOMMUCTL_NONSENSE=1 iom ioas alloc
	assert_success
	assert_stderr ""
}

@test "JSON mode: usage errors are documents, too" {
	iom_json ioas map
	assert_equal "$status" 2
	assert_output ""
	[[ $stderr == '{"schema":"iommuctl.error/1","error":{"message":"'*'missing --ioas'*'"exit":2}}' ]]
	IOMMUCTL_JSON=1 iom frobnicate
	assert_equal "$status" 2
	[[ $stderr == '{"schema":"iommuctl.error/1",'* ]]
}

@test "--help: for everything, an object, a command; exit 0" {
	local object line name

	iom --help
	assert_success
	assert_stderr ""
	assert_line --index 0 "Usage: iommuctl [GLOBAL] OBJECT [VERB] ..."
	cp stdout all
	iom -h
	cmp all stdout
	# each command that it lists has help of its own
	while IFS= read -r line; do
		line=${line#  } name=${line%%  *}
		# shellcheck disable=SC2086
		iom $name --help
		assert_equal "$name: $status" "$name: 0"
		[[ ${lines[0]} == "Usage: iommuctl [GLOBAL] $name"* ]] || fail "${lines[0]}"
		assert_stderr ""
	done < <(sed -n '/^Commands:/,/^$/{/^  /p}' all)
	for object in ioas device option sw-msi object mock; do
		iom "$object" --help
		assert_success
		assert_line --index 0 "Usage: iommuctl [GLOBAL] $object VERB ..."
	done
}

@test "--help wins over what is missing, not over what is wrong" {
	iom ioas map --help
	assert_success
	iom ioas map --length 4K -h
	assert_success
	iom ioas map --lenght 4K -h
	assert_equal "$status" 2
	iom nothing --help
	assert_equal "$status" 2
	iom ioas nothing --help
	[[ $status == 0 || $status == 2 ]]
	# nothing is issued
	iom -v ioas alloc --help
	assert_success
	assert_stderr ""
}

@test "--version" {
	iom --version
	assert_success
	[[ $output =~ ^iommuctl\ [0-9]+\.[0-9]+\.[0-9]+ ]]
	cp stdout v
	iom -V
	cmp v stdout
	iom ioas alloc --version
	assert_success
	cmp v stdout
}
