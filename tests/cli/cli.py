"""Shared by the command-line tests: running programs and saying what was expected."""
import os
import re
import subprocess
import sys

BIN = os.path.abspath(sys.argv[1])
failures = []


def facet(name, *arguments, **options):
    return subprocess.run([os.path.join(BIN, "facet-" + name)] + [str(a) for a in arguments],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, **options)


def expect(result, code, stderr=None, stdout=None):
    """Exit code, a pattern in stderr, exact or pattern stdout; collects instead of stopping."""
    where = " ".join(os.path.basename(a) for a in result.args)
    if result.returncode != code:
        failures.append(f"{where}: exit {result.returncode}, expected {code}\n{result.stderr}")
    for name, pattern, text in (("stderr", stderr, result.stderr), ("stdout", stdout, result.stdout)):
        if pattern is not None and not re.search(pattern, text):
            failures.append(f"{where}: {name} lacks /{pattern}/:\n{text}")
    if code != 0 and result.stdout:
        failures.append(f"{where}: prints on stdout although it fails:\n{result.stdout}")
    return result


def conventions(name, minimal_misuse=()):
    """What every program does the same way."""
    out = expect(facet(name, "--help"), 0, stdout=rf"^facet-{name}: .+\n\nUsage: facet-{name} ")
    for line in out.stdout.splitlines():
        if len(line) > 100:
            failures.append(f"facet-{name} --help: a line of {len(line)} columns: {line}")
    expect(facet(name, "--version"), 0, stdout=rf"^facet-{name}: facet \d+\.\d+\.\d+ \(git \S+\)\n$")
    expect(facet(name, "--no-such-option"), 2, rf"unknown option --no-such-option\nTry 'facet-{name}"
                                               rf"( \w+)? --help'")
    expect(facet(name, *minimal_misuse), 2, rf"^facet-{name}")


def finish():
    for failure in failures:
        print("FAILED:", failure)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)
