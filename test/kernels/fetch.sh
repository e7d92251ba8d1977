#!/bin/sh
# Unpacks Debian's newest kernels into a folder, by apt and package name only: those of this release, and those of
# other releases by this machine's own apt sources with the release's name replaced.
#   fetch.sh FOLDER RELEASE:PACKAGE...        prints one line per kernel: NAME VMLINUZ
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(. /etc/os-release && echo "$VERSION_CODENAME")

for want in "$@"; do
	release=${want%%:*}
	package=${want#*:}
	target=$folder/$release-$package
	if [ ! -e "$target/done" ]; then
		rm -rf "$target"
		mkdir -p "$target/sources" "$target/lists/partial" "$target/cache/archives/partial" "$target/root"
		for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
			[ -e "$list" ] && sed "s/\b$here\b/$release/g" "$list" > "$target/sources/$(basename "$list")"
		done
		set -- -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$target/sources" -o "Dir::State::Lists=$target/lists" \
			-o "Dir::Cache=$target/cache" -o APT::Sandbox::User=root
		{
			apt-get "$@" -qq update || true # a release that is old lacks some suites
			kernel=$(apt-cache "$@" depends --no-recommends --no-suggests "$package" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
			cd "$target"
			[ -n "$kernel" ] && apt-get "$@" -qq download "$kernel" && dpkg -x ./*.deb root && rm -rf ./*.deb lists cache root/lib root/usr
		} >"$target/log" 2>&1 || { echo "no $package of $release: $(tail -n 1 "$target/log")" >&2; continue; }
		touch "$target/done"
	fi
	for vmlinuz in "$target"/root/boot/vmlinuz-*; do echo "${vmlinuz##*/vmlinuz-} $vmlinuz"; done
done
