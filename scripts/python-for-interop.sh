#!/usr/bin/env bash
# Prints a Python that the pinned servers and clients of test/interop run on (3.11 or 3.12, with venv), or says what is
# missing.
set -euo pipefail

for python in python3 python3.12 python3.11; do
  if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
    command -v "$python"
    exit
  fi
done
found=$(python3 --version 2>/dev/null || echo "no Python")
echo "modeltap: the interop tests need Python 3.11 or 3.12 with venv, and found $found." >&2
echo "  Install it (Debian: apt-get install python3-venv) and run the command again." >&2
exit 1
