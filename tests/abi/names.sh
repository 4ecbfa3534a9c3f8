#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lists the macros, enumerators, structs and members of the kernel headers, one per line.
#
# usage: names.sh INCLUDE_DIR [SELFTEST_HEADER]
#   struct TAG
#   member TAG.MEMBER
#   enumerator TAG NAME	(TAG is - when the enum has none)
#   macro NAME

set -eu

dir=$1
selftest=${2:-}
cc=${CC:-cc}
arch=$($cc -print-multiarch)

preprocess() {
	printf '#include <linux/iommufd.h>\n#include <linux/vfio.h>\n' |
		$cc -E -P "$@" -isystem "$dir" ${arch:+-isystem "$dir/$arch"} \
			${selftest:+-include "$selftest"} -x c -
}

preprocess | awk '
	{ text = text " " $0 }

	# The tag of a struct or enum and its opening brace; "-" when it has no tag.
	function open_brace(i) {
		tag = "-"
		if (tok[i + 1] == "{")
			return i + 1
		if (tok[i + 2] != "{")
			return 0
		tag = tok[i + 1]
		return i + 2
	}

	function skip_parens(i,   deep) {
		do {
			deep += (tok[i] == "(") - (tok[i] == ")")
			i++
		} while (deep > 0)
		return i
	}

	function enumerators(i, name) {
		while (tok[i] != "}") {
			print "enumerator " name " " tok[i]
			while (tok[i] != "," && tok[i] != "}")
				i++
			if (tok[i] == ",")
				i++
		}
		return i + 1
	}

	# Prints the members from token i on, each after prefix; returns what follows the brace.
	function members(i, prefix,   at, end, last) {
		last = ""
		while (tok[i] != "}") {
			if (tok[i] == "__attribute__") {
				i = skip_parens(i + 1)
				continue
			}
			at = tok[i] == "struct" || tok[i] == "union" ? open_brace(i) : 0
			if (at) {
				end = closing(at)
				if (tok[end + 1] == ";")
					members(at + 1, prefix)
				else
					members(at + 1, prefix tok[end + 1] ".")
				i = end + 1
				while (tok[i] != ";")
					i++
				i++
				continue
			}
			if (tok[i] == ";") {
				print "member " prefix last
			} else if (tok[i] == "[") {
				while (tok[i] != "]")
					i++
			} else {
				last = tok[i]
			}
			i++
		}
		return i + 1
	}

	function closing(i,   deep) {
		do {
			deep += (tok[i] == "{") - (tok[i] == "}")
			i++
		} while (deep > 0)
		return i - 1
	}

	END {
		gsub(/[][{}();,=]/, " & ", text)
		n = split(text, tok, /[ \t]+/)
		for (i = 1; i <= n; i++) {
			if (tok[i] == "enum" && (at = open_brace(i))) {
				i = enumerators(at + 1, tag) - 1
			} else if (tok[i] == "struct" && (at = open_brace(i))) {
				print "struct " tag
				i = members(at + 1, tag ".") - 1
			}
		}
	}' | grep -E '^(struct|member) (iommu|vfio_)|^enumerator [^ ]+ (IOMMU|MOCK_|VFIO_)'

preprocess -dM |
	sed -n 's/^#define \(\(IOMMU\|IOMMUFD\|MOCK\|VFIO\)_[A-Za-z0-9_]*\) ..*/macro \1/p'
