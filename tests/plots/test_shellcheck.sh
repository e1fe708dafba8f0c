#!/bin/sh
# test_shellcheck.sh SOURCE_ROOT: the shell scripts pass shellcheck.
command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
cd "$1" || exit 1
shellcheck -x plots/facet-plot experiments/*.sh experiments/*/*.sh tests/plots/*.sh
