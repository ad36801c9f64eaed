#!/usr/bin/env bash
# Builds a current Prometheus from the Go module proxy into .cache/prometheus3, for the interop test of the OTLP push:
# the packaged Prometheus of Debian 12 has no OTLP receiver. Needs Go; takes some minutes once. With --check only says
# whether it could.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v0.315.0 # Prometheus 3.15; the Go module counts its major version behind the point
program="$PWD/.cache/prometheus3/prometheus-$version"
if [ ! -x "$program" ]; then
  # From 1.21 on, Go fetches the newer toolchain that a module asks for.
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  if [ "${minor:-0}" -lt 21 ]; then
    echo "modeltap: the interop tests build Prometheus and need Go 1.21 or newer (https://go.dev/dl); found ${minor:+1.}${minor:-none}" >&2
    exit 1
  fi
  [ "${1:-}" != --check ] || exit 0
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  echo "building Prometheus $version …" >&2
  mkdir -p "$(dirname "$program")"
  cd "$work"
  printf 'module build\n\ngo 1.25\n' >go.mod
  printf 'package build\n\nimport _ "github.com/prometheus/prometheus/cmd/prometheus"\n' >build.go
  if ! go get "github.com/prometheus/prometheus/cmd/prometheus@$version" >log 2>&1; then
    tail -n 20 log >&2
    exit 1
  fi
  # Without service discovery the program is half as large; static targets are all that the test has.
  go build -tags remove_all_sd -ldflags '-s -w' -o "$program.new" github.com/prometheus/prometheus/cmd/prometheus
  mv "$program.new" "$program"
fi
[ "${1:-}" = --check ] || echo "$program"
