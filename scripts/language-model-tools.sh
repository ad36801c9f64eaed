#!/usr/bin/env bash
# Installs the openai Python client and llama.cpp's server (prebuilt, for the CPU) into a virtual environment below
# .cache and prints its Python, for the interop tests of language models. No model is fetched: the test writes a tiny
# one of random weights. Takes some seconds once.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(openai==3.52.0 xllamacpp==2026.10.11549 gguf==0.19.0 numpy==2.4.6)
environment="$PWD/.cache/language-model-tools/$(sha256sum <<<"${packages[*]}" | cut -c1-12)"
if [ ! -e "$environment/complete" ]; then
  python=$(bash scripts/python-for-interop.sh)
  echo "installing ${packages[*]} …" >&2
  rm -rf "$environment"
  "$python" -m venv "$environment"
  # What is imported is compiled then; compiling all of it takes as long as installing it.
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-compile --only-binary :all: \
    "${packages[@]}" >&2
  touch "$environment/complete"
fi
echo "$environment/bin/python"
