#!/usr/bin/env bash
# All tests: ./test [--quick] [FILTER]. --quick leaves out what needs more than a minute; FILTER is a part of a test's full name.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
source "$root/build/ensure-built.sh"

arguments=()
for argument in "$@"; do
    case $argument in
        --quick) arguments+=(-trait- Category=Slow) ;;
        -h | --help) sed -n '2s/^# //p' "${BASH_SOURCE[0]}"; exit 0 ;;
        -*) echo "unknown option $argument; ./test [--quick] [FILTER]" >&2; exit 2 ;;
        *) arguments+=(-method "*$argument*") ;;
    esac
done

ensure_built test/Tests Debug
output=$(mktemp)
trap 'rm -f "$output"' EXIT
code=0
dotnet "$root/artifacts/bin/Tests/debug/Florin.Tests.dll" -noColor ${arguments[@]+"${arguments[@]}"} 2>&1 | tee "$output" || code=$?

# Total: 19, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0. A runner that died before its summary is a failure.
count() { grep -oE "Total: [0-9]+, Errors: .*" "$output" | tail -1 | grep -oE "(^|, )$1: [0-9]+" | grep -oE "[0-9]+" || echo 0; }
total=$(count Total) skipped=$(($(count Skipped) + $(count "Not Run"))) failed=$(($(count Failed) + $(count Errors)))
passed=$((total - $(count Failed) - skipped))
if ((code != 0 && failed == 0)); then
    echo "The test runner ended with code $code."
    failed=1
elif ((total == 0)); then
    echo "No test has such a name."
    failed=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
