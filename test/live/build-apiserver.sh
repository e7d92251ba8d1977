#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Puts kube-apiserver and kube-proxy, built from their Go module, and Debian's etcd into a folder: for the tests of live render,
# and for those of nodes on which kube-proxy runs.
#   build-apiserver.sh FOLDER
# A machine without Go 1.26 gets Debian's under CI. Elsewhere the folder stays empty, and the tests are skipped by name.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
folder=$(mkdir -p "$1" && cd "$1" && pwd)
version=v1.36.3
unpack() { "$root/scripts/unpack-package.sh" "$@"; }

# Only the three programs stay.
trap 'rm -rf "$folder/modules" "$folder/cache" "$folder/go" "$folder/module" "$folder/debian"' EXIT

new_enough() {
	command -v "$1" >/dev/null && "$1" version | awk '{ split(substr($3, 3), v, "."); exit !(v[1] > 1 || v[2] >= 26) }'
}
go=
for candidate in go /usr/local/go/bin/go; do
	[ -n "$go" ] || ! new_enough "$candidate" || go=$candidate
done
if [ -z "$go" ] && [ -z "${CI:-}" ]; then
	echo "no Go 1.26 here: the tests against a real API server will be skipped" >&2
	exit
fi
if [ -z "$go" ]; then
	unpack "$folder/go" trixie-backports golang-1.26-go golang-1.26-src
	go=$folder/go/usr/lib/go-1.26/bin/go
fi

# The watch cache of kube-apiserver needs etcd 3.5.
unpack "$folder/debian" trixie etcd-server
mv "$folder/debian/usr/bin/etcd" "$folder/etcd"

# k8s.io/kubernetes requires the modules of its own repository at v0.0.0: each is replaced by its release.
echo "building kube-apiserver and kube-proxy $version: some minutes, once a machine" >&2
export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='-mod=mod -modcacherw' GOWORK=off GOMODCACHE="$folder/modules" GOCACHE="$folder/cache"
mkdir -p "$folder/module"
cd "$folder/module"
printf 'module build\n\ngo 1.26\n\nrequire k8s.io/kubernetes %s\n' "$version" > go.mod
requirements=$("$go" mod download -json "k8s.io/kubernetes@$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n "s/^\t\(k8s.io\/[a-z-]*\) v0\.0\.0\( .*\)*$/replace \1 => \1 v0${version#v1}/p" "$requirements" >> go.mod
mkdir -p ../new
"$go" build -trimpath -ldflags='-s -w' -o ../new/ \
	k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-proxy 2>../log || { cat ../log >&2; exit 1; }
mv ../new/* ..
rmdir ../new
rm ../log
