"""facet-selectivity's AUC with Mann-Whitney's test against numpy, scipy and scikit-learn, and the whole
program, for as many images as LFW has: rounds take turns, the best CPU seconds of each are printed
(on a busy machine the clock says little), and the clock's.

  numpy      each neuron ranked once, U of all targets by one matrix product, p by the normal
             approximation with its ties
  scipy      mannwhitneyu, a call for each neuron and target, on a part, scaled up
  sklearn    roc_auc_score, the same

Usage: selectivity.py BENCH_AUC FACET_SELECTIVITY [NEURONS [TARGETS [IMAGES]]]"""
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy import special, stats

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sparsity"))
import acts  # noqa: E402

ROUNDS, PART = 3, 200


def made(neurons, targets, images):
    """Rectified values, half of them zero; shares of positives as attributes and people have them."""
    rng = np.random.default_rng(1)
    x = np.maximum(rng.standard_normal((neurons, images), "f4"), 0)
    share = np.where(np.arange(targets) % 4 == 0, 0.02, rng.uniform(0.05, 0.95, targets))
    return x, (rng.random((targets, images)) < share[:, None]).astype("i1")


def midranks(x):
    """Ranks of each row with ties, and the sum of t^3 - t."""
    order = np.argsort(x, 1)
    ordered = np.take_along_axis(x, order, 1)
    first = np.empty(x.shape, bool)
    first[:, 0] = True
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=first[:, 1:])
    ranks, ties = np.empty(x.shape), np.empty(len(x))
    for j in range(len(x)):
        start = np.flatnonzero(first[j])
        size = np.diff(np.append(start, x.shape[1]))
        ranks[j, order[j]] = np.repeat(start + (size + 1) / 2, size)
        ties[j] = (size.astype("f8") ** 3 - size).sum()
    return ranks, ties


def by_numpy(x, label):
    ranks, ties = midranks(x)
    n1 = label.sum(1, dtype="f8")
    n0, n = x.shape[1] - n1, x.shape[1]
    u = ranks @ label.T.astype("f8") - n1 * (n1 + 1) / 2
    variance = n0 * n1 / 12 * (n + 1 - ties[:, None] / (n * (n - 1)))
    p = np.minimum(1, 2 * special.ndtr(-(abs(u - n0 * n1 / 2) - 0.5) / np.sqrt(variance)))
    return u / (n0 * n1), p


def timed(function, *arguments):
    clock, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments)
    return time.perf_counter() - clock, time.process_time() - cpu, result


def by_facet(program, x, label, threads):
    shape = (*x.shape, len(label), threads)
    done = subprocess.run([program, *map(str, shape)], input=x.tobytes() + label.tobytes(),
                          stdout=subprocess.PIPE, check=True)
    clock, cpu, auc, p = map(float, done.stdout.split())
    return clock, cpu, (auc, p)


def in_a_loop(function, x, label):
    pairs = [(k * 7 % len(x), k % len(label)) for k in range(PART)]
    clock, cpu, _ = timed(lambda: [function(x[j], label[t]) for j, t in pairs])
    scale = len(x) * len(label) / PART
    return clock * scale, cpu * scale


def whole(program, x, label, threads):
    """Everything facet-selectivity does by default, from file to tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "acts.h5")
        acts.write(path, {"fc4": x.T}, attributes={f"a{t}": v for t, v in enumerate(label)})
        begun, before = time.perf_counter(), os.times()
        subprocess.run([program, path, "--by", "attributes", "-q", "-t", str(threads), "-o",
                        os.path.join(folder, "out")], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        return time.perf_counter() - begun, sum(after[2:4]) - sum(before[2:4])


def main(bench, program, neurons=1024, targets=40, images=13233):
    from sklearn.metrics import roc_auc_score
    x, label = made(neurons, targets, images)
    print(f"{neurons} neurons, {targets} targets, {images} images; "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    times = {}

    def note(what, clock, cpu):
        best = times.get(what, (np.inf, np.inf))
        times[what] = (min(best[0], clock), min(best[1], cpu))
    for _ in range(ROUNDS):
        for threads in (1, 2):
            *seconds, sums = by_facet(bench, x, label, threads)
            note(f"facet, {threads} threads, with DeLong", *seconds)
        *seconds, (auc, p) = timed(by_numpy, x, label)
        note("numpy", *seconds)
        np.testing.assert_allclose(sums, [auc.sum(), p.sum()], rtol=1e-9)
        note(f"scipy in a loop ({PART} calls, scaled)", *in_a_loop(
            lambda v, y: stats.mannwhitneyu(v[y == 1], v[y == 0], method="asymptotic"), x, label))
        note(f"sklearn in a loop ({PART} calls, scaled)", *in_a_loop(
            lambda v, y: roc_auc_score(y, v), x, label))
        note("facet-selectivity, all measures", *whole(program, x, label, 2))
    base = times["facet, 1 threads, with DeLong"][1]
    for what, (clock, cpu) in times.items():
        print(f"{what:42s}{cpu:9.2f} s of CPU {clock:9.2f} s by the clock {cpu / base:8.1f}")
    print("goals: numpy 3, scipy and sklearn hundreds; everything in 10 s on two cores")


if __name__ == "__main__":
    main(*sys.argv[1:3], *map(int, sys.argv[3:]))
