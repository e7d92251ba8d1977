#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copies the build to PREFIX/lib/balancing, links PREFIX/bin/balancing to it, and puts its manual where man finds it.
#   install.sh PREFIX
set -eu
cd "$(dirname "$0")/.."
prefix=$1
lib=$prefix/lib/balancing
mkdir -p "$prefix/bin" "$prefix/share/man/man1" "$lib/bin"
# An older build's chunks have other names.
rm -rf "$lib/dist"
mkdir -p "$lib/dist"
cp bin/balancing "$lib/bin"
cp -R dist/*.js dist/bpf "$lib/dist"
cp -R LICENSE LICENSES dist/NOTICE manifests "$lib"
# The pinned Node.js stands alone. A distribution's needs the libraries of its package, so it is called where it is.
node=$(readlink -f dist/node)
case $node in
/usr/*) ln -sfn "$node" "$lib/dist/node" ;;
*)
	cp "$node" "$lib/dist/node"
	cp "$(dirname "$node")/../LICENSE" "$lib/LICENSES/nodejs.txt"
	;;
esac
ln -sfn ../lib/balancing/bin/balancing "$prefix/bin/balancing"
cp dist/man/*.1 "$prefix/share/man/man1"
echo "installed $prefix/bin/balancing"
