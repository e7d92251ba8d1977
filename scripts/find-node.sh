#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Node.js that is new enough (22.19): the machine's own, else the pinned one, which is linked as
# build/nodejs.
set -eu
cd "$(dirname "$0")/.."
new_enough() {
	[ -x "$1" ] && "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)'
}
own=$(command -v node || true)
if [ -n "$own" ] && new_enough "$own"; then
	readlink -f "$own"
	exit
fi
scripts/cached.sh build/nodejs nodejs scripts/fetch-node.sh -- scripts/fetch-node.sh '{}'
readlink -f build/nodejs/bin/node
