#!/usr/bin/env bash
# Steps of a release: what the packages are, whether they are what their authors published, and what is known against
# them. Each result is recorded in supply-chain/; a step that the network does not allow says so in its record.
set -uo pipefail
cd "$(dirname "$0")/.."
out=supply-chain
mkdir -p "$out"
# `npm run -s` would hide from npm's own commands why they failed.
export npm_config_loglevel=error
failed=0

step() { # name, command…
  local name=$1
  shift
  if "$@" >"$out/$name" 2>"$out/$name.errors"; then
    echo "passed: $name"
    rm -f "$out/$name.errors"
  elif grep -qE 'ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|Could not resolve|Failed to connect|audit endpoint returned an error|E40[0-9]|405 Method Not Allowed' "$out/$name.errors" "$out/$name"; then
    echo "not possible here, the network does not allow it: $name" | tee "$out/$name"
  else
    echo "failed: $name (see $out/$name, $out/$name.errors)"
    failed=1
  fi
}

# What was checked.
{ date -u +%Y-%m-%dT%H:%M:%SZ; git rev-parse HEAD; sha256sum package-lock.json; } >"$out/subject.txt"

step sbom.cdx.json npm sbom --sbom-format=cyclonedx --omit=dev --package-lock-only
step signatures.txt npm audit signatures
step advisories.json npm audit --json --omit=dev --package-lock-only

# OSV, which knows more than one registry's advisories: every version of the lockfile in one question.
osv() {
  node_modules/.bin/node --input-type=module -e '
    import { readFileSync } from "node:fs"
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"))
    const found = Object.entries(packages).filter(([path, { dev, link }]) => path !== "" && dev !== true && link !== true)
    const names = found.map(([path, { version }]) => ({ name: path.slice(path.lastIndexOf("node_modules/") + 13), version }))
    const queries = names.map(({ name, version }) => ({ package: { ecosystem: "npm", name }, version }))
    const answer = await fetch("https://api.osv.dev/v1/querybatch", { method: "POST", body: JSON.stringify({ queries }) })
      .catch((error) => { console.error("Failed to connect:", error.cause?.code ?? error.message); process.exit(1) })
    if (!answer.ok) { console.error("Failed to connect: status", answer.status); process.exit(1) }
    const { results } = await answer.json()
    const known = results.flatMap(({ vulns = [] }, i) => vulns.map(({ id }) => ({ ...names[i], id })))
    console.log(JSON.stringify({ packages: names.length, known }, null, 2))
    process.exit(known.length > 0 ? 2 : 0)'
}
step osv.json osv
exit "$failed"
