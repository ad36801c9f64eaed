#!/usr/bin/env bash
# Installs the real programs that the tests and benchmarks talk to, where they are missing and can be installed.
# Arguments: packages of Debian, each with a program that it brings; without any, what `npm test` needs.
set -euo pipefail

[ "$#" -gt 0 ] || set -- prometheus=promtool prometheus-alertmanager=amtool chromium=chromium redis-server=redis-server tcpdump=tcpdump
missing=()
for pair in "$@"; do
  command -v "${pair#*=}" >/dev/null 2>&1 || [ -x "/usr/sbin/${pair#*=}" ] || missing+=("${pair%%=*}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if ! command -v apt-get >/dev/null 2>&1; then
  echo "modeltap: these programs are needed and cannot be installed here by themselves: ${missing[*]}" >&2
  echo "  Install them with your system's package manager and run the command again." >&2
  exit 1
fi
echo "installing ${missing[*]} …" >&2
# A service that Debian starts on installation would hold the ports that users expect free.
printf '#!/bin/sh\nexit 101\n' >/tmp/modeltap-policy-rc.d
chmod +x /tmp/modeltap-policy-rc.d
policy=/usr/sbin/policy-rc.d
placed=
if [ ! -e "$policy" ]; then
  "${as_root[@]}" cp /tmp/modeltap-policy-rc.d "$policy" && placed=1
fi
trap '[ -z "$placed" ] || "${as_root[@]}" rm -f "$policy"' EXIT
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" \
  apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "modeltap: apt-get could not install ${missing[*]}; install them by hand and run the command again." >&2
  exit 1
fi
