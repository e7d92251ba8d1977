#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs one story, or rewrites its outputs with UPDATE=1. A story of a node runs on the kernel.
#   story.sh NAME
set -eu
name=${1:?give the name of a story: make story NAME=rollout}
found=
for folder in test/cases test/cli/stories test/cli/node; do
	[ ! -e "$folder/$name.txt" ] || found=$folder
done
case $found in
test/cases) set -- test/stories.test.ts ;;
test/cli/stories) set -- test/cli/stories.test.ts ;;
test/cli/node) set -- test/kernel/node-stories.test.ts ;;
*)
	echo "no story $name; there are:" >&2
	find test/cases test/cli/stories test/cli/node -name '*.txt' -exec basename -s .txt {} + | sort >&2
	exit 2
	;;
esac
exec scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run "$1" -t "$found/$name.txt"
