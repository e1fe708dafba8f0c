#!/usr/bin/env bash
# Passes the tests: installs what they need, builds, runs them, and again under the address and
# undefined-behaviour sanitizers. Usage: tests/run.sh [--fast] [--no-install]
set -euo pipefail
cd "$(dirname "$0")/.."

fast=0 install=1
for option in "$@"; do
    case $option in
    --fast) fast=1 ;;
    --no-install) install=0 ;;
    *)
        echo "tests/run.sh: unknown option $option
Usage: tests/run.sh [--fast] [--no-install]
  --fast        skip the sanitizer build
  --no-install  don't install Debian packages" >&2
        exit 2
        ;;
    esac
done

if [ "$install" = 1 ]; then experiments/install-packages.sh --tests; fi

configure() { # folder, meson options
    local folder=$1
    shift
    if [ -e "$folder/build.ninja" ]; then meson configure "$folder" "$@"; else meson setup "$folder" "$@"; fi
}

configure build -Dtests=enabled
ninja -C build
meson test -C build --print-errorlogs --no-rebuild

if [ "$fast" = 0 ]; then
    configure build-sanitize -Dtests=enabled -Db_sanitize=address,undefined -Db_lundef=false \
        -Db_ndebug=false -Dbuildtype=debugoptimized
    ninja -C build-sanitize
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        meson test -C build-sanitize --print-errorlogs --no-rebuild --timeout-multiplier 6
fi
