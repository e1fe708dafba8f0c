"""Packed codes against numpy: packbits, and popcounts by table. Usage: test_bits.py BITS_DRIVER"""
import os
import subprocess
import sys

import numpy as np

POPCOUNT = np.array([bin(byte).count("1") for byte in range(256)], "u4")
SEED = int(os.environ.get("FACET_TEST_SEED", "20150607"))


def run(acts, threshold, identity, queries, nearest, threads, kernels):
    n, neurons = acts.shape
    words = (neurons + 63) // 64
    command = [sys.argv[1], *map(str, (n, queries, neurons, nearest, threads))]
    data = threshold.tobytes() + acts.tobytes() + identity.tobytes()
    out = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True,
                         env={**os.environ, "FACET_KERNELS": kernels}).stdout
    at = 0

    def take(dtype, *shape):
        nonlocal at
        count = int(np.prod(shape))
        values = np.frombuffer(out, dtype, count, at).reshape(shape)
        at += values.nbytes
        return values

    results = {"codes": take("u1", n, 8 * words), "distances": take("u4", queries, n),
               "nearest": take("u4", queries, nearest, 2), "others": take("u4", n, nearest, 2),
               "within": take("u8", 64 * words + 1), "between": take("u8", 64 * words + 1),
               "pairs": take("u4", 4, n)}
    assert at == len(out)
    return results


def first_sorted(distances, nearest):
    index = np.argsort(distances, axis=1, kind="stable")[:, :nearest]
    return np.stack([index, np.take_along_axis(distances, index, 1)], 2)


def expect(acts, threshold, identity, queries, nearest):
    n, neurons = acts.shape
    width = 8 * ((neurons + 63) // 64)
    codes = np.zeros((n, width), "u1")
    packed = np.packbits(acts > threshold, axis=1, bitorder="little")
    codes[:, :packed.shape[1]] = packed
    d = np.stack([POPCOUNT[codes ^ code].sum(1, dtype="i8") for code in codes])
    alone = d.copy()
    np.fill_diagonal(alone, 1 << 30)
    upper = np.triu(np.outer(identity >= 0, identity >= 0), 1)
    same = identity[:, None] == identity
    turned = np.arange(n)[::-1]
    both = POPCOUNT[codes & codes[::-1]].sum(1)
    return {"codes": codes, "distances": d[:queries], "nearest": first_sorted(d[:queries], nearest),
            "others": first_sorted(alone, nearest),
            "within": np.bincount(d[upper & same], minlength=8 * width + 1),
            "between": np.bincount(d[upper & ~same], minlength=8 * width + 1),
            "pairs": np.stack([np.arange(n), turned, d[np.arange(n), turned], both])}


def main():
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    for neurons in 1, 64, 65, 511, 512, 513, 1024, 2048:
        n, queries = int(rng.integers(300, 600)), int(rng.integers(1, 100))
        nearest = int(rng.integers(1, 20))
        acts = rng.standard_normal((n, neurons), "f4")
        threshold = rng.normal(0, 0.5, neurons).astype("f4")
        identity = rng.integers(-1, 20, n).astype("i4")
        expected = expect(acts, threshold, identity, queries, nearest)
        for threads, kernels in (1, ""), (2, ""), (3, "portable"), (1, "reference"):
            found = run(acts, threshold, identity, queries, nearest, threads, kernels)
            for what, values in expected.items():
                assert np.array_equal(found[what], values), (what, neurons, threads, kernels)


main()
