#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks the newest kernel of a Debian release into a folder, as FOLDER/vmlinuz, and the modules by which sockets are
# destroyed, as FOLDER/modules/VERSION/NAME.ko. By apt and package name only: this machine's own apt sources, with the
# release's name replaced. What cannot be had is said, and the folder stays empty.
#   fetch.sh RELEASE FOLDER
set -u
release=$1 folder=$2
here=$(. /etc/os-release && echo "$VERSION_CODENAME")
meta=linux-image-cloud-$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Stops at the first step that fails.
fetch() (
	set -e
	cd "$work"
	mkdir -p sources lists/partial cache/archives/partial root
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
		[ ! -e "$list" ] || sed "s/\b$here\b/$release/g" "$list" >"sources/$(basename "$list")"
	done
	set -- -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$PWD/sources" -o "Dir::State::Lists=$PWD/lists" \
		-o "Dir::Cache=$PWD/cache" -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3
	apt-get "$@" -qq update || true # not every release has all the suites that this one has
	image=$(apt-cache "$@" depends "$meta" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	[ -n "$image" ] || { echo "it has no $meta" && exit 1; }
	# Newer releases have the kernel itself and its modules in packages of their own.
	parts=$(apt-cache "$@" depends "$image" | sed -n 's/^ *Depends: \(linux-\(binary\|modules\)-.*\)/\1/p')
	apt-get "$@" -qq download ${parts:-"$image"}
	for package in ./*.deb; do
		dpkg --fsys-tarfile "$package" | tar -x -C root --wildcards '*/vmlinuz*' '*/inet_diag.ko*' '*/udp_diag.ko*' || true
	done
	modules=modules/$(find root -name 'udp_diag.ko*' | sed 's|.*/lib/modules/\([^/]*\)/.*|\1|')
	mkdir -p "$modules"
	find root -name '*.ko*' -exec mv {} "$modules" \;
	for module in "$modules"/*.xz; do [ ! -e "$module" ] || busybox unxz "$module"; done
	[ -s "$modules/inet_diag.ko" ] && [ -s "$modules/udp_diag.ko" ]
	find root -name 'vmlinuz*' -type f -exec mv {} vmlinuz \;
	[ -s vmlinuz ]
	mv vmlinuz modules "$folder"
)

if ! fetch >"$work/log" 2>&1; then
	echo "no kernel of Debian $release: $(tail -n 1 "$work/log")" >&2
	rm -rf "${folder:?}"/*
fi
