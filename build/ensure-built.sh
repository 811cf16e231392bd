# Sourced by the commands at the root. Builds only when a source is newer than the last build: the second start is immediate.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# ensure_built PROJECT_FOLDER CONFIGURATION
ensure_built() {
    local project=$1 configuration=$2 artifacts="$root/artifacts"
    local stamp="$artifacts/built-${project//\//-}-$configuration" log="$artifacts/build.log"
    command -v dotnet >/dev/null || { echo "The .NET 10 SDK is not installed: see https://dot.net" >&2; exit 2; }
    mkdir -p "$artifacts"
    exec 9>"$artifacts/build.lock"
    if command -v flock >/dev/null; then flock 9; fi
    # Folders count too: a removed file makes its folder newer. What a build makes is under artifacts/ alone.
    if [[ ! -e $stamp ]] || [[ -n $(cd "$root" && find src tests benchmarks build openapi/proto Directory.*.props global.json .editorconfig \
            -newer "$stamp" -not -name node_modules -print -quit 2>/dev/null) ]]; then
        echo "building $project …" >&2
        touch "$stamp.new"
        if ! dotnet build "$root/$project" --configuration "$configuration" --verbosity quiet -p:NuGetAudit=false >"$log" 2>&1 9>&-; then
            grep -E "error|rror\(s\)" "$log" | sort -u >&2 || cat "$log" >&2
            echo "The build failed; its log is $log" >&2
            exit 1
        fi
        mv "$stamp.new" "$stamp"
    fi
    exec 9>&-
}
