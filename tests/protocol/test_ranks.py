"""Ranks, CMC and open-set rates against numpy on whole score matrices.
Usage: test_ranks.py RANKS-DRIVER"""
import subprocess
import sys

try:
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
FARS = [0, 0.001, 0.01, 0.1, 0.3, 1]
rng = np.random.default_rng(8)


def run(gallery, probes, people, scores, block, ranks=9):
    arguments = [len(probes), len(gallery), people, block, ranks, *FARS]
    return subprocess.run([DRIVER, *map(str, arguments)], capture_output=True, input=b"".join(
        [gallery.astype(np.int32).tobytes(), probes.astype(np.int32).tobytes(), scores.tobytes()]))


def check(gallery, probes, people, scores):
    n = len(probes)
    best = np.stack([scores[:, gallery == who].max(1) for who in range(people)], 1)
    genuine = probes >= 0
    own = best[np.arange(n), np.maximum(probes, 0)]
    rank = np.where(genuine, (best >= own[:, None]).sum(1), 0)
    score = np.where(genuine, own, scores.max(1))
    expected = [np.stack([rank, score], 1).ravel(),
                [(rank[genuine] <= r).mean() if genuine.any() else np.nan for r in range(1, 10)]]
    for far in FARS:
        if not (~genuine).any():
            expected.append([np.nan, np.nan])
            continue
        alarms = score[~genuine]  # of all thresholds, the lowest that keeps FAR
        allowed = [t for t in [*alarms, -np.inf] if (alarms > t).mean() <= far]
        right = genuine & (rank == 1) & (score > min(allowed))
        expected.append([right[genuine].mean() if genuine.any() else np.nan, min(allowed)])
    outputs = set()
    for block in 1, 7, 10000:
        done = run(gallery, probes, people, scores, block)
        assert done.returncode == 0, done.stderr
        outputs.add(done.stdout)
        np.testing.assert_array_equal(np.frombuffer(done.stdout), np.concatenate(expected))
    assert len(outputs) == 1


with np.errstate(all="ignore"):
    for people, several, n, impostors, grid in [(5, 1, 40, 0, 0), (5, 3, 60, 30, 0), (40, 2, 300, 200, 0),
                                                (8, 2, 200, 100, 4), (3, 1, 20, 20, 0), (1, 1, 9, 3, 2)]:
        gallery = rng.permutation(np.repeat(np.arange(people), several))
        probes = rng.permutation(np.where(np.arange(n) < impostors, -1, rng.integers(0, people, n)))
        scores = rng.normal(0, 1, (n, len(gallery))) + 2 * (probes[:, None] == gallery)
        check(gallery, probes, people, np.round(scores * grid) / grid if grid else scores)
    constant = np.zeros((6, 3))  # a code without information identifies nobody
    check(np.arange(3), np.array([0, 1, 2, 0, -1, -1]), 3, constant)

scores = rng.normal(0, 1, (6, 3))
scores[4, 1] = np.nan
done = run(np.arange(3), np.zeros(6), 3, scores, 2)
assert done.returncode == 1 and b"probe 4 and gallery image 1 is not a number" in done.stderr
done = run(np.arange(3), np.zeros(6), 3, np.zeros((5, 3)), 10)
assert done.returncode == 1 and b"no scores of probe 5" in done.stderr
