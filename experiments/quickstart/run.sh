#!/usr/bin/env bash
# run.sh: from a fresh checkout to the first figures: packages, build, the sparsity experiment.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    cat <<'END'
run.sh: installs the packages, builds facet, and runs the sparsity experiment.

Usage: experiments/quickstart/run.sh [OPTION]...

Options are those of experiments/sparsity/run.sh (--lfw DIR, --model FILE, ..), except --bin.
Results go to out/quickstart unless --out says otherwise. Set FACET_BUILD to build elsewhere than in
build/. What is done already is not done again.
END
    exit 0
fi

build=${FACET_BUILD:-$root/build}
times=()
started=$SECONDS
timed() {
    local name=$1 start=$SECONDS
    shift
    printf '==== %s\n' "$name" >&2
    "$@"
    times+=("$name $((SECONDS - start)) s")
}

compile() {
    [ -f "$build/build.ninja" ] || meson setup "$build" "$root"
    ninja -C "$build"
}

timed packages "$root/experiments/install-packages.sh"
timed build compile
timed experiment "$root/experiments/sparsity/run.sh" --out "$root/out/quickstart" "$@" --bin "$build"
printf -v list '%s, ' "${times[@]}"
echo "all told     $((SECONDS - started)) s (${list%, })"
