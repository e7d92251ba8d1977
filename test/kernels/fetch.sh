#!/bin/sh
# Unpacks the newest kernel of each of these Debian releases into a folder, as FOLDER/RELEASE/vmlinuz, by apt and package
# name only: this machine's own apt sources, with the release's name replaced. What cannot be had is said and left out.
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
	# Newer releases have the kernel itself in a package of its own.
	binary=$(apt-cache "$@" depends "$image" | sed -n 's/^ *Depends: \(linux-binary-.*\)/\1/p' | head -n 1)
	apt-get "$@" -qq download "${binary:-$image}"
	dpkg -x ./*.deb root
	find root -name 'vmlinuz*' -type f -exec mv {} vmlinuz \;
	rm -rf ./*.deb lists cache root sources
)

for release in "$@"; do
	target=$folder/$release
	[ ! -s "$target/vmlinuz" ] || continue
	rm -rf "$target"
	mkdir -p "$target"
	(cd "$target" && fetch "$release") >"$target/log" 2>&1
	[ -s "$target/vmlinuz" ] || echo "no kernel of Debian $release: $(tail -n 1 "$target/log")" >&2
done
