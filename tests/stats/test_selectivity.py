"""Ranks, AUC with DeLong's variance, Mann-Whitney's p, best thresholds, selectivity indices and
false discovery rates against scipy, scikit-learn, brute force and worked examples.
Usage: test_selectivity.py SELECTIVITY-DRIVER"""
import subprocess
import sys

try:
    import numpy as np
    from scipy import stats
    from sklearn.metrics import balanced_accuracy_score, mutual_info_score, roc_auc_score
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
SPLITS = 8
rng = np.random.default_rng(6)


def drive(arguments, *arrays):
    done = subprocess.run([DRIVER, *map(str, arguments)], capture_output=True,
                          input=b"".join(a.tobytes() for a in arrays))
    assert done.returncode == 0 and not done.stderr, done.stderr
    return np.frombuffer(done.stdout)


def close(a, b, what, rtol=1e-11, atol=1e-13):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=what)


def delong(on, off):
    """Variance of the AUC from the placement values, one by one."""
    wins = (on[:, None] > off) + 0.5 * (on[:, None] == off)
    return wins.mean(1).var(ddof=1) / len(on) + wins.mean(0).var(ddof=1) / len(off)


def passed(x, y, threshold):
    """n0 n1 (TPR - FPR) of what is above the threshold, a whole number."""
    above = x > threshold
    hits, false = (above & (y == 1)).sum(), (above & (y == 0)).sum()
    return int(hits * (y == 0).sum() - false * (y == 1).sum())


def gap(x, y, threshold):
    return passed(x, y, threshold) / int((y == 0).sum() * (y == 1).sum())


def choose(x, y):
    """Threshold and direction with the best balanced accuracy: the lowest, excitatory first."""
    tried = np.append(-np.inf, np.unique(x))
    gaps = [passed(x, y, t) for t in tried]
    up, down = np.argmax(gaps), np.argmin(gaps)
    best = up if gaps[up] >= -gaps[down] else down
    return tried[best], gap(x, y, tried[best])


def check_target(x, label, first):
    x, label = x.astype("f4"), label.astype("i1")
    n, known = len(x), label >= 0
    out = drive(["target", n], x, label, first.astype("u1"))
    on, off = x[label == 1].astype("f8"), x[label == 0].astype("f8")
    u, ties, auc, variance, low, high, p = out[:7]
    counts = np.unique(x[known], return_counts=True)[1]
    assert ties == (counts.astype("f8") ** 3 - counts).sum()
    with np.errstate(all="ignore"):
        if len(counts) > 1:
            expected = stats.mannwhitneyu(on, off, method="asymptotic", alternative="two-sided")
            close([u, p], [expected.statistic, expected.pvalue], "Mann-Whitney", rtol=1e-9)
            close(auc, roc_auc_score(label[known], x[known]), "AUC")
        else:
            assert np.isnan(p) and auc == 0.5
        several = len(on) > 1 and len(off) > 1
        close(variance, delong(on, off) if several else np.nan, "DeLong", atol=1e-15)
        if several and 0 < auc < 1:
            half = 1.959963984540054 * np.sqrt(variance) / (auc * (1 - auc))
            ends = 1 / (1 + np.exp(-(np.log(auc / (1 - auc)) + np.array([-half, half]))))
            close([low, high], ends, "interval")
        else:
            assert np.isnan([low, high]).all()
        m1, m0 = on.mean(), off.mean()
        s1 = on.std(ddof=1) if len(on) > 1 else np.nan
        s0 = off.std(ddof=1) if len(off) > 1 else np.nan
        spread = np.sqrt((s1 ** 2 + s0 ** 2) / 2)
        d = (m1 - m0) / spread if spread > 0 else np.nan
        csi = (m1 - m0) / (m1 + m0) if min(m1, m0) >= 0 and m1 + m0 > 0 else np.nan
    close(out[7:13], [m1, s1, m0, s0, d, csi], "moments, d', class selectivity")
    chosen, judged = out[13:29].reshape(2, SPLITS), out[29:45].reshape(2, SPLITS)
    for s in range(SPLITS):
        a = known & (first >> s & 1 == 1)
        for h, (here, there) in enumerate([(a, known & ~a), (known & ~a, a)]):
            if any((label[k] == c).sum() == 0 for k in (here, there) for c in (0, 1)):
                assert np.isnan([chosen[h, s], judged[h, s]]).all()
                continue
            threshold, best = choose(x[here], label[here])
            close([chosen[h, s], judged[h, s]], [best, gap(x[there], label[there], threshold)],
                  "cut")
            told = (x[there] > threshold) == (best >= 0)
            close((1 + (judged[h, s] if best >= 0 else -judged[h, s])) / 2,
                  balanced_accuracy_score(label[there], told), "balanced accuracy")
    ranks = out[45:].reshape(2, n)
    close(ranks[0], 2 * stats.rankdata(x), "ranks", rtol=0)
    within = np.zeros(n)
    within[known] = 2 * stats.rankdata(x[known])
    close(ranks[1], within, "ranks among the labelled", rtol=0)


def test_targets():
    for n, share, grid, out in [(2, 0.5, 0, 0), (3, 0.4, 0, 0), (40, 0.3, 2, 0.2), (41, 0.5, 0, 0),
                                (300, 0.05, 0, 0.1), (300, 0.5, 5, 0), (700, 0.9, 20, 0.3)]:
        for shift in (-1.0, 0, 0.8, 60):
            label = (rng.permutation(n) < max(1, share * n)).astype("i1")
            x = rng.normal(0, 1, n) + shift * label
            x = np.round(x * grid) / grid if grid else x
            label[(rng.random(n) < out) & (np.arange(n) > 9)] = -1
            for values in (x, np.maximum(x, 0), -np.maximum(x, 0)):
                check_target(values, label, rng.integers(0, 256, n))
    label = np.arange(50) % 5 == 0
    check_target(np.full(50, 3.0), label, rng.integers(0, 256, 50))  # constant
    check_target(np.where(label, 1.0, 0), label, rng.integers(0, 256, 50))  # two constants
    check_target(np.where(rng.random(50) < 0.5, -0.0, 0.0), label, rng.integers(0, 256, 50))
    check_target(rng.normal(0, 1, 50) * 10.0 ** rng.integers(-44, 38, 50), label,
                 np.full(50, 255))  # denormals; one empty half


def test_mann_whitney_by_hand():
    """Sleep of 10 and 10 patients (Student 1908); R's wilcox.test gives W = 25.5, p = 0.06933."""
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    out = drive(["target", 20], np.array(one + two, "f4"),
                np.repeat([1, 0], 10).astype("i1"), np.zeros(20, "u1"))
    assert out[0] == 25.5 and abs(out[6] - 0.06933) < 5e-6


def test_delong_as_published():
    """Ratings of 109 scans (Hanley and McNeil 1982, table I); Stata's manual ([R] roctab) has the area
    0.8932 with DeLong's standard error 0.0307 and the normal interval 0.83295 to 0.95339."""
    counts = np.array([[33, 6, 6, 11, 2], [3, 2, 2, 11, 33]])
    x = np.concatenate([np.repeat(np.arange(1, 6), c) for c in counts])
    label = np.repeat([0, 1], counts.sum(1))
    out = drive(["target", 109], x.astype("f4"), label.astype("i1"), np.zeros(109, "u1"))
    area, error = out[2], np.sqrt(out[3])
    assert abs(area - 0.8932) < 5e-5 and abs(error - 0.0307) < 5e-5
    close([area - 1.959964 * error, area + 1.959964 * error], [0.83295, 0.95339], "interval", rtol=0,
          atol=5e-6)


def test_intervals_cover():
    """DeLong's interval on the logit scale holds the true AUC of two normals in about 95 %."""
    truth, n, trials = stats.norm.cdf(1 / np.sqrt(2)), 60, 200
    label = np.repeat([1, 0], n).astype("i1")
    held = 0
    for _ in range(trials):
        x = rng.normal(0, 1, 2 * n) + label
        low, high = drive(["target", 2 * n], x.astype("f4"), label, np.zeros(2 * n, "u1"))[4:6]
        held += low < truth < high
    assert abs(held / trials - 0.95) < 0.05, held / trials


def test_information():
    for bins, n in [(2, 50), (8, 400), (5, 3)]:
        counts = rng.multinomial(n, rng.dirichlet(np.ones(2 * bins))).reshape(bins, 2)
        counts[0], n = 0, counts[1:].sum()
        plug_in = mutual_info_score(None, None, contingency=counts[1:]) / np.log(2)
        both = (counts.sum(0) > 0).all()
        bias = ((counts.sum(1) > 0).sum() - 1) / (2 * n * np.log(2)) if both else 0
        close(drive(["information", bins], counts.astype("u8"))[0], plug_in - bias, "information",
              rtol=1e-9)
    label, response = rng.integers(0, 2, (100, 200)), rng.integers(0, 8, (100, 200))
    values = [drive(["information", 8], np.histogram2d(r, y, [8, 2])[0].astype("u8"))[0]
              for r, y in zip(response, label)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(100), "unrelated: around zero"
    assert np.isnan(drive(["information", 3], np.zeros(6, "u8"))[0])


def adjusted(p):
    """Benjamini and Hochberg's step-up from its definition: the least rate that rejects each."""
    known = p[~np.isnan(p)]
    rejected_at = [min([known.size * known[known >= v].min() / (known <= v).sum() if v >= x else 2
                        for v in known] + [1]) for x in known]
    out = np.full(len(p), np.nan)
    out[~np.isnan(p)] = rejected_at
    return out


def test_fdr():
    """The 15 p of Benjamini and Hochberg (1995, section 3.1), of which four are rejected at 0.05;
    and random ones with ties and missing ones."""
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
                  0.4262, 0.5719, 0.6528, 0.7590, 1.0])
    q = drive(["fdr", 15], p)
    assert (q <= 0.05).sum() == 4
    close(q, adjusted(p), "worked example")
    close(q[3], 0.0095 * 15 / 4, "fourth")
    p = np.round(rng.random(200) ** 3, 2)
    p[rng.random(200) < 0.1] = np.nan
    close(drive(["fdr", 200], p), adjusted(p), "random p")
    assert len(drive(["fdr", 0])) == 0


def test_permutations():
    """Every element is drawn equally often, none twice."""
    drawn = drive(["permute", 10, 4, 5000]).reshape(5000, 4)
    assert all(len(set(row)) == 4 for row in drawn)
    counts = np.bincount(drawn.astype(int).ravel(), minlength=10)
    assert stats.chisquare(counts).pvalue > 1e-3, counts


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print("ok", name)
