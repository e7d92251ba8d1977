#!/bin/sh
# Unpacks the newest kernel of each of these Debian releases into a folder, as FOLDER/RELEASE/vmlinuz, and the modules by
# which sockets are ended, as FOLDER/RELEASE/modules/VERSION/NAME.ko. By apt and package name only: this machine's own apt
# sources, with the release's name replaced. What cannot be had is said and left out.
#   fetch.sh FOLDER RELEASE...
set -u
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(. /etc/os-release && echo "$VERSION_CODENAME")
meta=linux-image-cloud-$(dpkg --print-architecture)

# Runs in a folder of its own, and stops at the first step that fails.
fetch() (
	set -e
	release=$1
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
	rm -rf ./*.deb lists cache root sources
)

have() {
	target=$folder/$1
	[ ! -s "$target/vmlinuz" ] || [ ! -d "$target/modules" ] || return 0
	rm -rf "$target"
	mkdir -p "$target"
	(cd "$target" && fetch "$1") >"$target/log" 2>&1
	[ -s "$target/vmlinuz" ] || echo "no kernel of Debian $1: $(tail -n 1 "$target/log")" >&2
}

for release in "$@"; do have "$release" & done
wait
