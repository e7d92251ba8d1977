#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks packages of a Debian release into a folder, installing and starting nothing: by apt and package name only, with
# this machine's own sources in which the release's name is replaced.
#   unpack-package.sh FOLDER RELEASE PACKAGE...
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
release=$2
shift 2
here=$(. /etc/os-release && echo "$VERSION_CODENAME")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
	[ ! -e "$list" ] || sed "s/\b$here\b/$release/g" "$list" > "$work/sources/$(basename "$list")"
done
apt() {
	apt-get -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" -o "Dir::State::Lists=$work/lists" \
		-o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -qq "$@"
}
apt update >"$work/log" 2>&1 || true # a release may lack some of the suites
cd "$work/cache"
apt download "$@" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
for package in ./*.deb; do dpkg -x "$package" "$folder"; done
