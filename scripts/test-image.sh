#!/usr/bin/env bash
# Builds the image as the Dockerfile says, and runs it: unprivileged user, read-only root, no capabilities; sends
# traffic through it, scrapes it, ends it. Needs root, buildah and runc (Debian). Where no image registry is reachable,
# it makes stand-ins of the two base images from Debian and the Node that package-lock.json pins.
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/ensure-tools.sh buildah=buildah runc=runc debootstrap=debootstrap
export BUILDAH_ISOLATION=chroot
cache=$PWD/.cache/image
mkdir -p "$cache"
work=$(mktemp -d)
container=modeltap-test-$$
cleanup() {
  runc delete -f "$container" >/dev/null 2>&1 || true
  [ -z "${model_pid:-}" ] || kill "$model_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

node=node_modules/.bin/node
version=$("$node" -p 'require("./package.json").version')

# ---- base images ---------------------------------------------------------------------------------------------------
build_arguments=()
registry_reachable() { timeout 20 buildah pull --quiet gcr.io/distroless/nodejs26-debian13:nonroot >/dev/null 2>&1; }
if [ -n "${MODELTAP_IMAGE_STAND_IN:-}" ] || ! registry_reachable; then
  echo "no image registry here: making stand-ins of the base images" >&2
  if ! buildah inspect --type image localhost/modeltap-stand-in-build >/dev/null 2>&1; then
    bash scripts/stand-in-images.sh "$cache"
  fi
  build_arguments+=(
    --build-arg BUILD_IMAGE=localhost/modeltap-stand-in-build
    --build-arg RUNTIME_IMAGE=localhost/modeltap-stand-in-runtime
  )
  # The package registry's certificates and address, as this machine has them.
  for certificates in /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$certificates" ] || build_arguments+=(--volume "$certificates:$certificates:ro")
  done
fi

# Both builds from one copy of what .dockerignore lets through, whatever is edited meanwhile.
mkdir "$work/context"
tar -c Dockerfile .dockerignore package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json \
  tsconfig.example.json src examples/flight-delay LICENSE deploy/image | tar -x -C "$work/context"

# ---- build ---------------------------------------------------------------------------------------------------------
echo "building localhost/modeltap:test …" >&2
buildah build --format docker --layers --quiet \
  --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  "${build_arguments[@]}" --tag localhost/modeltap:test "$work/context" >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}

# The same for arm64: nothing of that architecture may have to run, so an empty base of it is enough to see that.
arm=$(buildah from scratch)
buildah config --arch arm64 "$arm"
buildah commit --quiet --rm "$arm" localhost/modeltap-stand-in-arm64 >/dev/null
buildah build --format docker --layers --quiet --platform linux/arm64 --build-arg "BUILDPLATFORM=linux/$(dpkg --print-architecture)" --build-arg TARGETPLATFORM=linux/arm64 "${build_arguments[@]}" \
  --build-arg RUNTIME_IMAGE=localhost/modeltap-stand-in-arm64 --tag localhost/modeltap:test-arm64 "$work/context" \
  >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}

builder=$(buildah from localhost/modeltap:test)
root=$(buildah mount "$builder")
mkdir -p "$work/bundle/rootfs"
cp -a "$root/." "$work/bundle/rootfs/"
buildah inspect --type image localhost/modeltap:test >"$work/inspect.json"
buildah umount "$builder" >/dev/null
buildah rm "$builder" >/dev/null

builder=$(buildah from --arch arm64 localhost/modeltap:test-arm64)
root=$(buildah mount "$builder")
buildah inspect --type image localhost/modeltap:test-arm64 >"$work/inspect-arm64.json"
# The list of components has a serial number of its own in each build.
diff -rq --exclude sbom.cdx.json "$root/app" "$work/bundle/rootfs/app"
echo "  ok  built for arm64 without running anything of it; /app is the same"
buildah umount "$builder" >/dev/null
buildah rm "$builder" >/dev/null

# ---- what is in it, and how it runs --------------------------------------------------------------------------------
"$node" scripts/test-image.ts "$work" "$container"

# ---- the target with tcpdump ---------------------------------------------------------------------------------------
echo "building localhost/modeltap:test-capture …" >&2
buildah build --format docker --layers --quiet --target capture "${build_arguments[@]}" \
  --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --tag localhost/modeltap:test-capture "$work/context" >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}
builder=$(buildah from localhost/modeltap:test-capture)
root=$(buildah mount "$builder")
rm -rf "$work/bundle"
mkdir -p "$work/bundle/rootfs"
cp -a "$root/." "$work/bundle/rootfs/"
buildah umount "$builder" >/dev/null
buildah rm "$builder" >/dev/null
"$node" scripts/test-capture-image.ts "$work/bundle" "$container"
