#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# monitor: how it ends, and what it refuses; tests/vm/bind and tests/vm/dma show it real events.

load helper

@test "monitor: ends after its time, with nothing printed" {
	iom -j monitor --timeout 0.1 --filter driver
	assert_success
	assert_output ""
	iom monitor --timeout 0
	assert_success
}

@test "monitor: without the kernel log it says so" {
	capture as_nobody "$T_IOMMUCTL" monitor --timeout 0 --filter fault
	assert_success
	# in some containers everybody may read it
	if as_nobody sh -c 'exec </dev/kmsg' 2>/dev/null; then
		assert_equal "$stderr" ""
	else
		assert_stderr_has "the kernel log may not be read"
	fi
}

@test "monitor: a signal ends it as an end should be" {
	"$T_IOMMUCTL" monitor --filter driver >"$T/out" 2>"$T/err" 3>&- 4>&- &
	# it listens to signals before it listens to the kernel
	until readlink /proc/$!/fd/* 2>/dev/null | grep -q socket; do
		kill -0 $!
	done
	kill -TERM $!
	wait $!
	assert_equal "$(cat "$T/err")" ""
}

@test "monitor: wrong words" {
	iom monitor --filter nonsense
	usage_error "--filter: 'nonsense' is not one of" device driver fault
	iom monitor --count 0
	usage_error "--count: at least 1 is needed"
	iom monitor --timeout x
	usage_error "--timeout"
	iom --sysroot "$FIXTURES/host-server" monitor
	usage_error "a saved machine has no events"
}
