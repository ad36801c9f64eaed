#!/usr/bin/env bash
# Builds a current Prometheus from the Go module proxy into .cache/prometheus3, for the interop test of the OTLP push:
# the packaged Prometheus of Debian 12 has no OTLP receiver. Needs Go; takes some minutes once.
set -euo pipefail
cd "$(dirname "$0")/.."

version=v0.315.0 # Prometheus 3.15; the Go module counts its major version behind the point
program="$PWD/.cache/prometheus3/prometheus-$version"
if [ ! -x "$program" ]; then
  command -v go >/dev/null || { echo "modeltap: building Prometheus needs Go (Debian: apt-get install golang-go)" >&2; exit 1; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  echo "building Prometheus $version …" >&2
  mkdir -p "$(dirname "$program")"
  cd "$work"
  printf 'module build\n\ngo 1.25\n' >go.mod
  printf 'package build\n\nimport _ "github.com/prometheus/prometheus/cmd/prometheus"\n' >build.go
  go get "github.com/prometheus/prometheus/cmd/prometheus@$version" >/dev/null 2>&1
  # Without service discovery the program is half as large; static targets are all that the test has.
  go build -tags remove_all_sd -ldflags '-s -w' -o "$program" github.com/prometheus/prometheus/cmd/prometheus
fi
echo "$program"
