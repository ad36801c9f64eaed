#!/usr/bin/env bash
# Makes the test certificates anew: an authority, two of the same server (before and after a renewal), one of a client.
# They are for tests only, valid for a hundred years, and their keys are public.
set -euo pipefail
cd "$(dirname "$0")"
new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

new_key ca.key
openssl req -x509 -new -key ca.key -subj '/CN=modeltap test authority' -days 36500 -out ca.pem
issue() { # file, subject, extensions
  new_key "$1.key"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -extfile <(echo "$3") -out "$1.pem"
}
names='subjectAltName=DNS:localhost,IP:127.0.0.1'
issue server '/CN=first' "$names"
issue renewed '/CN=renewed' "$names"
issue client '/CN=client' 'extendedKeyUsage=clientAuth'
rm ca.key ca.srl
