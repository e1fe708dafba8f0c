"""ONNX's own test cases of the operators that are supported: each passes, or is refused and listed in
refused.txt; none is wrong. Usage: test_conformance.py CONFORMANCE REFUSED.txt KERNELS"""
import glob
import os
import subprocess
import sys

DATA = "/usr/share/libonnx-testdata/data"


def main():
    driver, listed, kernels = sys.argv[1:]
    folders = sorted(os.path.dirname(model) for model in glob.glob(f"{DATA}/*/*/model.onnx"))
    if not folders:
        print(f"skipped: {DATA} is absent (Debian's libonnx-testdata)")
        return 77
    result = subprocess.run([driver, kernels, *folders], text=True, capture_output=True)
    if result.returncode == 2:
        print("skipped:", result.stderr.strip())
        return 77
    cases = {"passed": {}, "refused": {}, "foreign": {}, "wrong": {}}
    for line in result.stdout.splitlines():
        outcome, name, reason = line.split("\t")
        cases[outcome][name] = reason
    with open(listed) as f:
        expected = {line.split()[0] for line in f if line.strip() and not line.startswith("#")}
    print(f"{kernels}: {len(cases['passed'])} of {len(folders)} cases passed, "
          f"{len(cases['refused'])} refused, {len(cases['wrong'])} wrong; "
          f"{len(cases['foreign'])} have operators that are not supported")
    failures = [] if result.returncode == 0 else [f"exit {result.returncode}: {result.stderr}"]
    failures += [f"{name}: wrong: {reason}" for name, reason in cases["wrong"].items()]
    failures += [f"{name}: refused: {reason}" for name, reason in cases["refused"].items()
                 if name not in expected]
    failures += [f"{name}: is listed as refused, and isn't" for name in
                 sorted(expected - set(cases["refused"]))]
    if len(cases["passed"]) + len(cases["refused"]) + len(cases["foreign"]) != len(folders):
        failures.append("not every case was run")
    print(*failures, sep="\n")
    return 1 if failures else 0


sys.exit(main())
