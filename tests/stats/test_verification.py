"""Curves, thresholds and verification over folds against scikit-learn, scipy and brute force.
Usage: test_verification.py VERIFICATION-DRIVER"""
import subprocess
import sys
import time

try:
    import numpy as np
    from scipy import stats
    from sklearn.metrics import roc_auc_score, roc_curve
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
RATES = [1e-1, 1e-2, 1e-3, 1e-4]
rng = np.random.default_rng(4)


def run(arguments, *arrays):
    return subprocess.run([DRIVER, *map(str, arguments)], capture_output=True,
                          input=b"".join(a.tobytes() for a in arrays))


def drive(arguments, *arrays):
    done = run(arguments, *arrays)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(done.stdout)


def fails(text, arguments, *arrays):
    done = run(arguments, *arrays)
    assert done.returncode == 1 and text in done.stderr.decode(), done.stderr


def close(a, b, what, rtol=1e-12, atol=1e-13):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=what)


def candidates(scores):
    """All thresholds worth trying, the highest first: it accepts fewest."""
    seen = np.unique(scores)[::-1]
    return np.concatenate([seen[:1], (seen[1:] + seen[:-1]) / 2, np.nextafter(seen[-1:], -np.inf)])


def best(scores, same):
    tried = candidates(scores)
    right = [((scores > t) == same).mean() for t in tried]
    return tried[np.argmax(right)], np.max(right)


def eer(fpr, tpr):
    """Where the straight lines between the points cross FPR = 1 - TPR."""
    gap = 1 - tpr - fpr
    k = np.argmax(gap <= 0)
    return fpr[k - 1] + gap[k - 1] / (gap[k - 1] - gap[k]) * (fpr[k] - fpr[k - 1])


def tpr_at(fpr, tpr, rate):
    return tpr[fpr <= rate].max()


def check_curve(scores, same, limit):
    n = len(scores)
    out = drive(["roc", n, limit], scores, same)
    points, count = int(out[0]), int(out[1])
    rows, kept = out[10:10 + 5 * points].reshape(-1, 5), out[10 + 5 * points:].astype(int)
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    close(rows[:, 1], fpr, "FPR", rtol=0, atol=0)
    close(rows[:, 2], tpr, "TPR", rtol=0, atol=0)
    for threshold, f, t in rows[:, :3]:
        assert (scores[same == 0] > threshold).mean() == f, "impostor pairs above the threshold"
        assert (scores[same == 1] > threshold).mean() == t, "genuine pairs above the threshold"
    close(rows[:, 0], candidates(scores), "thresholds")
    close(rows[:, 3], stats.norm.ppf(fpr), "deviate of FPR", atol=1e-12)
    close(rows[:, 4], stats.norm.ppf(1 - tpr), "deviate of FNR", atol=1e-12)
    close(out[2], roc_auc_score(same, scores), "AUC")
    close(out[2], stats.mannwhitneyu(scores[same == 1], scores[same == 0]).statistic
          / same.sum() / (n - same.sum()), "AUC by Mann-Whitney")
    close(out[3], eer(fpr, tpr), "EER")
    close(out[4:6], best(scores, same), "best threshold and accuracy")
    close(out[6:10], [tpr_at(fpr, tpr, r) for r in RATES], "TPR at FPR", rtol=0, atol=0)
    assert len(kept) == count <= limit and (np.diff(kept) > 0).all()
    assert kept[0] == 0 and kept[-1] == points - 1 and (points > limit or count == points)
    step, at = 2 / (limit - 1), fpr + tpr
    for k in range(len(kept) - 1):  # what lies between two kept points is no further than a step
        between = at[kept[k]:kept[k + 1]]
        assert points <= limit or between[-1] - between[0] < step + 1e-12


for n, genuine, grid in [(2, 1, 0), (3, 1, 0), (50, 20, 0), (60, 30, 4), (500, 100, 0), (501, 250, 50),
                         (3000, 1500, 0), (1500, 1000, 10)]:
    same = rng.permutation(np.arange(n) < genuine).astype(np.uint8)
    scores = rng.normal(0, 1, n) + 1.5 * same
    scores = np.round(scores * grid) / grid if grid else scores
    for limit in 2, 7, 200, 5000:
        check_curve(scores, same, limit)
check_curve(np.full(6, 3.0), np.array([0, 1, 0, 1, 1, 1], np.uint8), 10)  # one score
check_curve(np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1], np.uint8), 10)  # all right
check_curve(np.array([4.0, 3, 2, 1]), np.array([0, 0, 1, 1], np.uint8), 10)  # all wrong
check_curve(np.array([1, np.nextafter(1, 2), -1e-320, 0]), np.array([0, 1, 0, 1], np.uint8), 10)

bad = np.zeros(9)
bad[6] = np.nan
some = (np.arange(9) % 2).astype(np.uint8)
fails("pair 6 is nan", ["roc", 9, 5], bad, some)
bad[6] = np.inf
fails("pair 6 is inf", ["roc", 9, 5], bad, some)
fails("9 genuine and 0 impostor", ["roc", 9, 5], np.zeros(9), some | 1)
fails("0 genuine and 9 impostor", ["roc", 9, 5], np.zeros(9), some & 0)


# ---- folds ----

def weighted(scores, same, weights, fold, thresholds):
    """Accuracy, AUC, EER, TPR at the rates of a resample."""
    right = (scores > np.array(thresholds)[fold]) == same
    shares = [np.average(right[fold == f], weights=weights[fold == f])
              for f in range(len(thresholds)) if weights[fold == f].sum() > 0]
    fpr, tpr, _ = roc_curve(same, scores, sample_weight=weights, drop_intermediate=False)
    return [np.mean(shares), roc_auc_score(same, scores, sample_weight=weights), eer(fpr, tpr),
            *(tpr_at(fpr, tpr, r) for r in RATES)]


def check_draws(out, kept):
    """Draws that are kept: the same interval of accuracy, and none of what the curve says."""
    curve = np.arange(8, 26)
    rest = np.delete(np.arange(len(out)), curve)
    assert (kept[rest] == out[rest]).all(), "draws that are kept"
    assert (kept[curve[::3]] == out[curve[::3]]).all()
    assert np.isnan(kept[np.delete(curve, slice(None, None, 3))]).all()


def check_folds(people, n, folds, disjoint, replicates, grid):
    images = 4 * people
    identity = (rng.permutation(images) % people * 3 + 5).astype(np.int32)  # with gaps
    first = rng.integers(0, images, n).astype(np.uint32)
    second = rng.integers(0, images, n).astype(np.uint32)
    for k in range(0, n, 2):
        second[k] = rng.choice(np.flatnonzero(identity == identity[first[k]]))
    same = (identity[first] == identity[second]).astype(np.uint8)
    fold = (np.arange(n) % folds).astype(np.uint8)
    if disjoint:  # people of a fold stand in others seldom enough for some pairs to be left
        fold = (identity[first] // 3 % folds).astype(np.uint8)
    scores = rng.normal(0, 1, n) + 1.2 * same
    scores = np.round(scores * grid) / grid if grid else scores
    arrays = scores, same, fold, first, second, identity
    arguments = ["verify", n, folds, images, int(disjoint), replicates, 77]
    out = drive([*arguments, 1], *arrays)
    assert (drive([*arguments, 3], *arrays) == out).all(), "other threads, other numbers"
    check_draws(out, drive(["draws", *arguments[1:], 2], *arrays))
    thresholds, accuracies, used = [], [], []
    for f in range(folds):
        others = fold != f
        if disjoint:
            inside = set(identity[first[fold == f]]) | set(identity[second[fold == f]])
            touches = np.array([identity[a] in inside or identity[b] in inside
                                for a, b in zip(first, second)])
            others &= ~touches
        thresholds.append(best(scores[others], same[others])[0])
        accuracies.append(((scores[~others & (fold == f)] > thresholds[-1]) == same[fold == f]).mean())
        used.append(others.sum())
    rows = out[26:26 + 3 * folds].reshape(-1, 3)
    close(rows[:, 0], accuracies, "accuracy of folds")
    close(rows[:, 1], thresholds, "thresholds of folds")
    assert (rows[:, 2] == used).all(), "pairs chosen on"
    sd = np.std(accuracies, ddof=1)
    close(out[:3], [np.mean(accuracies), sd, sd / np.sqrt(folds)], "mean, sd, standard error")
    close(out[3:5], best(scores, same), "best of all")
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    found = out[8:26].reshape(6, 3)
    close(found[:, 0], [roc_auc_score(same, scores), eer(fpr, tpr),
                        *(tpr_at(fpr, tpr, r) for r in RATES)], "measures of all pairs")
    _, number = np.unique(np.stack([identity[first], identity[second]], 1).ravel(),
                          return_inverse=True)
    order = {}  # people are numbered as they come
    number = np.array([order.setdefault(i, len(order)) for i in number]).reshape(-1, 2)
    assert out[7] == len(order)
    replicate, draws = np.split(out[26 + 3 * folds:], [replicates])
    draws = draws.reshape(replicates, -1)
    values = []
    for w in draws:
        a, b = w[number[:, 0]], w[number[:, 1]]
        values.append(weighted(scores, same, np.where(number[:, 0] == number[:, 1], a, a * b),
                               fold, thresholds))
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    close(out[5:7], [low[0], high[0]], "interval of accuracy")
    close(replicate, np.array(values)[:, 0], "accuracy of each replicate")
    close(found[:, 1], low[1:], "low ends")
    close(found[:, 2], high[1:], "high ends")


check_folds(people=40, n=600, folds=10, disjoint=False, replicates=60, grid=0)
check_folds(people=30, n=200, folds=3, disjoint=False, replicates=40, grid=3)
check_folds(people=200, n=500, folds=2, disjoint=True, replicates=40, grid=0)
check_folds(people=300, n=900, folds=3, disjoint=True, replicates=20, grid=5)
check_folds(people=300, n=20000, folds=4, disjoint=False, replicates=20, grid=50)  # in blocks


def lfw_sized(replicates):
    """6,000 pairs of 4,000 people."""
    n, people = 6000, 4000
    same = (np.arange(n) // 300 % 2 == 0).astype(np.uint8)
    first = rng.integers(0, people, n).astype(np.uint32)
    second = np.where(same, first, (first + 1 + rng.integers(0, people - 1, n)) % people)
    return drive(["verify", n, 10, people, 0, replicates, 1, 1], rng.normal(0, 1, n) + 3 * same,
                 same, (np.arange(n) // 600).astype(np.uint8), first, second.astype(np.uint32),
                 np.arange(people, dtype=np.int32))


start = time.perf_counter()
out = lfw_sized(1000)
print("1,000 replicates of 6,000 pairs: %.2f s" % (time.perf_counter() - start))
assert out[5] < out[0] < out[6] and out[9] < out[8] < out[10]
# Few people stand twice: close to the binomial interval of 6,000 pairs.
assert 0.8 < (out[6] - out[5]) / (2 * 1.96 * np.sqrt(out[0] * (1 - out[0]) / 6000)) < 1.6

eight = (np.arange(8) % 2).astype(np.uint8)
lists = (np.arange(8.0), eight, (np.arange(8) // 4).astype(np.uint8), np.arange(8, dtype=np.uint32),
         np.arange(8, dtype=np.uint32))
unknown = np.where(np.arange(8) == 5, -1, np.arange(8)).astype(np.int32)
alone = drive(["verify", 8, 1, 0, 0, 0, 1, 1], lists[0], eight, eight * 0, *lists[3:])
assert np.isnan(alone[[0, 1, 2, 5, 6]]).all() and alone[8] == 10 / 16, "one fold"
assert drive(["verify", 8, 2, 0, 0, 0, 1, 1], *lists)[7] == 0, "people needn't be known"
fails("pair 5 has an image of unknown identity", ["verify", 8, 2, 8, 0, 9, 1, 1], *lists, unknown)
fails("pair 5 has an image of unknown identity", ["draws", 8, 2, 8, 0, 9, 1, 1], *lists, unknown)
fails("pair 0 has an image of unknown identity", ["verify", 8, 2, 0, 1, 0, 1, 1], *lists)
fails("fold 3 has no pairs", ["verify", 8, 3, 0, 0, 0, 1, 1], *lists)
fails("257 folds", ["verify", 8, 257, 0, 0, 0, 1, 1], *lists)
fails("0 genuine and 0 impostor pairs to choose the threshold of fold 1",
      ["verify", 8, 2, 8, 1, 0, 1, 1], *lists, np.zeros(8, np.int32))
