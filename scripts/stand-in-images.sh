#!/usr/bin/env bash
# Stand-ins of the two base images of the Dockerfile, from Debian packages and the Node of node_modules:
# localhost/modeltap-stand-in-build (a shell, node, npm) and localhost/modeltap-stand-in-runtime (node and the
# libraries it needs, no shell), which has what gcr.io/distroless/nodejs has, where it has it.
set -euo pipefail
cache=$1
cd "$(dirname "$0")/.."
export BUILDAH_ISOLATION=chroot

node=$(readlink -f node_modules/.bin/node)
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
npm=$(cd "$(dirname "$(readlink -f "$(command -v npm)")")/.." && pwd -P)
debian="$cache/debian-$suite"

if [ ! -e "$debian/.done" ]; then
  rm -rf "$debian"
  debootstrap --variant=minbase --include=libatomic1,libstdc++6,ca-certificates "$suite" "$debian" >"$cache/debootstrap.log" 2>&1 || {
    tail -n 20 "$cache/debootstrap.log" >&2
    exit 1
  }
  touch "$debian/.done"
fi

build=$(buildah from scratch)
root=$(buildah mount "$build")
cp -a "$debian/." "$root/"
install -D -m 755 "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -aL "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
buildah umount "$build" >/dev/null
# Certificates that this machine trusts are mounted over the file when the image is built.
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$build"
buildah commit --quiet --rm "$build" localhost/modeltap-stand-in-build >/dev/null

runtime=$(buildah from scratch)
root=$(buildah mount "$runtime")
install -D -m 755 "$node" "$root/nodejs/bin/node"
strip --strip-debug "$root/nodejs/bin/node" 2>/dev/null || true
# The loader and the libraries, with the links that lead to them.
ldd "$node" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  real=$(readlink -f "$debian$library")
  install -D -m 755 "$real" "$root$library"
done
mkdir -p "$root/tmp" "$root/etc/ssl/certs" "$root/proc" "$root/sys" "$root/dev" "$root/home/nonroot"
chmod 1777 "$root/tmp"
cp "$debian/etc/ssl/certs/ca-certificates.crt" "$root/etc/ssl/certs/"
printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
buildah umount "$runtime" >/dev/null
buildah config --user 65532 --entrypoint '["/nodejs/bin/node"]' "$runtime"
buildah commit --quiet --rm "$runtime" localhost/modeltap-stand-in-runtime >/dev/null
