#!/bin/sh
# manual.sh VERSION PROGRAM [COMMAND]: the manual page of a program, or of one of its commands, from
# its --help.
set -eu
version=$1
shift
help=$("$@" --help)
printf '%s\n' "$help" | awk -v version="$version" -f "$(dirname "$0")/manual.awk"
