#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs, by apt, whatever command of the list is missing. Says nothing when all is there.
#   install-tools.sh COMMAND=PACKAGE...
set -eu
missing=
for pair in "$@"; do
	command -v "${pair%%=*}" >/dev/null 2>&1 || [ -e "${pair%%=*}" ] || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "missing:$missing; install them and run make again (as root on Debian, make does it)" >&2
	exit 1
fi
echo "installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends $missing >/dev/null
