"""Compares a run's tables with the ones that are committed, those in folders of the same name too.
Usage: expected.py EXPECTED_DIR TABLES_DIR

Same rows in the same order and equal texts; numbers within 0.2 %, for another CPU rounds otherwise.
A difference that is meant is committed with its reason."""
import csv
import os
import sys


def rows(path):
    with open(path, newline="") as f:
        return list(csv.reader(f, delimiter="\t"))


def close(a, b):
    try:
        x, y = float(a), float(b)
    except ValueError:
        return a == b
    return abs(x - y) <= 0.002 * max(abs(x), abs(y)) + 1e-9


def compare(expected, found):
    a, b = rows(expected), rows(found)
    differences = [] if len(a) == len(b) else [f"{len(a)} rows expected, {len(b)} found"]
    for line, (x, y) in enumerate(zip(a, b), 1):
        if len(x) != len(y) or not all(map(close, x, y)):
            differences.append(f"line {line}: expected {x}, found {y}")
    return differences


def main(folder, tables):
    names = sorted(os.path.relpath(os.path.join(where, name), folder)
                   for where, _, found in os.walk(folder) for name in found if name.endswith(".tsv"))
    failed = 0
    for name in names:
        differences = compare(os.path.join(folder, name), os.path.join(tables, name))
        failed += bool(differences)
        for text in differences[:5]:
            print(f"{name}: {text}")
    print(f"{len(names) - failed} tables as expected, {failed} not")
    return failed > 0 or not names


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
