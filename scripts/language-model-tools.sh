#!/usr/bin/env bash
# Installs the openai Python client and llama.cpp's server (prebuilt, for the CPU) into a virtual environment below
# .cache and prints its Python, for the interop tests of language models. Needs Python 3.10 or newer with venv; takes a
# minute once.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(openai==3.52.0 xllamacpp==2026.10.11549 gguf==0.19.0 numpy==2.4.6)
environment="$PWD/.cache/language-model-tools/$(sha256sum <<<"${packages[*]}" | cut -c1-12)"
if [ ! -e "$environment/complete" ]; then
  command -v python3 >/dev/null || { echo "modeltap: the interop tests need Python 3.10 or newer" >&2; exit 1; }
  echo "installing ${packages[*]} …" >&2
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2
  touch "$environment/complete"
fi
echo "$environment/bin/python"
