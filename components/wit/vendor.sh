#!/usr/bin/env bash
# Vendors the WIT of WASI 0.2 from the crate `wasip2`, whose version the lock file pins.
#
#   components/wit/vendor.sh          writes components/wit/deps
#   components/wit/vendor.sh --check  fails where components/wit/deps differs from the crate
set -euo pipefail
cd "$(dirname "$0")"

manifest=$(cargo metadata --format-version 1 --locked |
    python3 -c 'import json, sys
# Others may bring an older one along.
found = [package for package in json.load(sys.stdin)["packages"] if package["name"] == "wasip2"]
print(max(found, key=lambda package: int(package["version"].split(".")[0]))["manifest_path"])')
source=$(dirname "$manifest")/wit/deps

# wasi:http is not part of the command surface.
for file in cli clocks filesystem io random sockets; do
    if [ "${1:-}" = --check ]; then
        diff -u "$source/$file.wit" "deps/$file.wit"
    else
        cp "$source/$file.wit" "deps/$file.wit"
    fi
done
