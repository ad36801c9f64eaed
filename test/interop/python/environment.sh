#!/usr/bin/env bash
# environment.sh NAME: installs requirements-NAME.txt, servers and clients of the interop tests, from PyPI into a virtual
# environment below .cache and prints its folder. Needs Python 3.10 or newer with venv; takes some minutes once, and
# again when the requirements change.
set -euo pipefail
cd "$(dirname "$0")/../../.."

requirements="test/interop/python/requirements-$1.txt"
environment="$PWD/.cache/interop-python/$1-$(sha256sum "$requirements" | cut -c1-12)"
if [ ! -e "$environment/complete" ]; then
  command -v python3 >/dev/null || { echo "modeltap: the interop tests need Python 3.10 or newer" >&2; exit 1; }
  echo "installing Python servers and clients for the interop tests …" >&2
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$requirements" >&2
  touch "$environment/complete"
fi
echo "$environment"
