#!/usr/bin/env bash
# environment.sh NAME: installs requirements-NAME.txt, servers and clients of the interop tests, from PyPI into a virtual
# environment below .cache and prints its folder. Takes a minute once, and again when the requirements change.
set -euo pipefail
cd "$(dirname "$0")/../../.."

requirements="test/interop/python/requirements-$1.txt"
environment="$PWD/.cache/interop-python/$1-$(sha256sum "$requirements" | cut -c1-12)"
if [ ! -e "$environment/complete" ]; then
  python=$(bash scripts/python-for-interop.sh)
  echo "installing Python servers and clients for the interop tests …" >&2
  rm -rf "$environment"
  "$python" -m venv "$environment"
  # What is imported is compiled then; compiling all of it takes as long as installing it.
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-compile --only-binary :all: \
    -r "$requirements" >&2
  touch "$environment/complete"
fi
echo "$environment"
