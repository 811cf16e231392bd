#!/usr/bin/env bash
# One benchmark: ./bench NAME [--json FILE] [--short]
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
source "$root/build/ensure-built.sh"
ensure_built bench/Benchmarks Release
exec dotnet "$root/artifacts/bin/Benchmarks/release/Florin.Benchmarks.dll" "$@"
