# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts of tests/vm share: messages, the cache, and an apt that leaves the system alone.
# shellcheck shell=bash disable=SC2034

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vm_name=${0##*/}
vm_cache=${IOMMUCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iommuctl}

say()
{
	printf 'tests/vm/%s: %s\n' "$vm_name" "$*" >&2
}

# Exit 97 says "could not even start"; run's own 98, 99 and 124 speak about a guest.
die()
{
	say "$*"
	exit 97
}

# A script that stops half way must say so, and must not leave with a code that a test could own.
set -E
trap 'die "internal error, line $LINENO: $BASH_COMMAND"' ERR

# step LOG TEXT COMMAND...: one line on stderr per step, the rest in the log; its tail on failure.
step()
{
	local log=$1 text=$2 start=$SECONDS rc=0

	shift 2
	printf '== %s: %s\n' "$text" "$*" >>"$log"
	"$@" >>"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne 0 ]; then
		say "$text: failed with exit $rc; the log is $log and ends so:"
		tail -n 40 "$log" >&2
		exit 97
	fi
	say "$text ($((SECONDS - start)) s)"
}

# lock NAME: waits until no other run builds the same thing; held until this process ends.
lock()
{
	mkdir -p "$vm_cache"
	exec {vm_lock}>"$vm_cache/$1.lock"
	if ! flock -n "$vm_lock"; then
		say "another process builds $1, waiting"
		flock "$vm_lock"
	fi
}

# A build lives in a directory of its own and is renamed when complete, so that nobody ever sees
# half of it. Removed on every exit, also an interrupted one.
workdir()
{
	mkdir -p "$vm_cache/tmp"
	vm_work=$(mktemp -d "$vm_cache/tmp/$1.XXXXXX")
	trap 'rm -rf "$vm_work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# The Debian mirror this machine itself uses. apt answers, so every format of its configuration
# counts and no registry is named here.
debian_mirror()
{
	local uri origin release component codename=""

	if [ -n "${IOMMUCTL_MIRROR:-}" ]; then
		printf '%s\n' "$IOMMUCTL_MIRROR"
		return
	fi
	[ ! -r /etc/os-release ] || codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# Without downloaded lists the origin is empty; then the name of the release has to do.
	while IFS='|' read -r uri origin release component; do
		[ "$component" = main ] || continue
		case $release in *-*) continue ;; esac
		case $origin in
		Debian) ;;
		'') [ "$release" = "$codename" ] || continue ;;
		*) continue ;;
		esac
		printf '%s\n' "$uri"
		return
	done < <(apt-get indextargets 'Created-By: Packages' \
		--format "\$(REPO_URI)|\$(ORIGIN)|\$(RELEASE)|\$(COMPONENT)")
	die "apt's configuration names no Debian mirror; set IOMMUCTL_MIRROR"
}

# apt_private DIR ARCH SUITE...: from here on `apt-get` and `apt-cache` see only these suites of
# the machine's mirror, keep lists and packages below DIR, and install nothing. An ARCH that is not
# the machine's starts from an empty dpkg status.
apt_private()
{
	local dir=$1 arch=$2 uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg suite
	local status=/var/lib/dpkg/status

	shift 2
	uri=$(debian_mirror)
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	: >"$dir/sources.sources"
	for suite; do
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nArchitectures: %s\n' \
			"$uri" "$suite" "$arch"
		[ ! -r "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
		echo
	done >"$dir/sources.sources"
	if [ "$arch" != "$(dpkg --print-architecture)" ]; then
		status=$dir/status
		: >"$status"
	fi
	# The machine's own configuration (proxies, authentication) without its hooks, which would
	# clean or refresh system directories.
	{
		apt-config dump | grep -vE '^(APT::Update|DPkg)::(Pre|Post)-|^APT::Architectures'
		cat <<-END
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		Dir::Etc::sourcelist "$dir/sources.sources";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$status";
		Dir::Cache "$dir";
		Dir::Cache::archives "$dir/archives";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "$(id -un)";
		APT::Install-Recommends "false";
		END
	} >"$dir/apt.conf"
	export APT_CONFIG=$dir/apt.conf
}

# newest PACKAGE-REGEX: "package version" of the highest version the private apt offers.
newest()
{
	local package version best="" bestv=""

	while read -r package version; do
		if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$bestv"; then
			best=$package
			bestv=$version
		fi
	done < <(apt-cache search --names-only "^$1\$" | awk '{ print $1 }' |
		xargs -r apt-cache madison | awk -F ' *[|] *' '{ print $1, $2 }')
	[ -z "$best" ] || printf '%s %s\n' "$best" "$bestv"
}
