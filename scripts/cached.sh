#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keeps what takes long to make outside of the clone, in $BALANCING_CACHE, so that the next clone on this machine has it.
#   cached.sh OUT NAME INPUT... -- COMMAND [ARGUMENT...]
# OUT becomes a link to the folder of the cache that COMMAND filled. COMMAND gets that folder where an argument is {}. The
# folder's key is NAME, the machine's architecture and the hash of the INPUT files. A COMMAND that leaves the folder empty
# made nothing, and then there is no OUT.
# Clones share the folder: one makes it while the others wait, it appears by a rename when it is whole, and each use verifies
# the checksums of its files and makes it anew when they differ.
set -eu
out=$1 name=$2
shift 2
inputs=
while [ "$1" != -- ]; do inputs="$inputs $1" && shift; done
shift

hash=$(cat $inputs | sha256sum | cut -c 1-16)
entry=$BALANCING_CACHE/$name-$(uname -m)-$hash
mkdir -p "$BALANCING_CACHE" "$(dirname "$out")"
exec 9>"$entry.lock"
flock 9

verified() { [ -f "$entry/.sha256" ] && (cd "$entry" && sha256sum --check --quiet .sha256) >&2; }
if ! verified; then
	rm -rf "$entry"
	staging=$entry.staging
	trap 'rm -rf "$staging"' EXIT
	trap 'exit 1' HUP INT TERM
	rm -rf "$staging"
	mkdir "$staging"
	for argument; do
		[ "$argument" != '{}' ] || argument=$staging
		set -- "$@" "$argument"
		shift
	done
	# A process that outlives this one must not hold the lock.
	"$@" 9>&-
	if [ -n "$(ls -A "$staging")" ]; then
		(cd "$staging" && find . -type f ! -path ./.sha256 -exec sha256sum {} +) >"$staging/.sha256"
		mv -T "$staging" "$entry"
	fi
fi
[ -L "$out" ] || rm -rf "$out"
[ ! -d "$entry" ] || { ln -sfn "$entry" "$out" && exit; }
rm -f "$out"
