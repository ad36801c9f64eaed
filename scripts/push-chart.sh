#!/usr/bin/env bash
# Packs the Helm chart and pushes it as an OCI artefact: `npm run chart -- oci://REGISTRY/charts [FLAGS OF helm push]`.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-}
case "$target" in
  oci://?*) shift ;;
  *)
    echo "modeltap: the registry is '$target'; allowed is oci://HOST/PATH, for example oci://ghcr.io/modeltap/charts" >&2
    exit 2
    ;;
esac
helm=$(command -v helm || true)
if [ -z "$helm" ]; then
  bash scripts/kubernetes-tools.sh
  helm=.cache/kubernetes/helm
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$helm" package deploy/helm/modeltap --destination "$work"
"$helm" push "$work"/*.tgz "$target" "$@"
