"""facet-selectivity against scipy, scikit-learn and numpy on activations with planted neurons.

usage: test_selectivity.py FACET_SELECTIVITY
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    from scipy import stats
    from sklearn.metrics import balanced_accuracy_score, mutual_info_score, roc_auc_score
    from sklearn.svm import LinearSVC
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sparsity"))
import acts  # noqa: E402

PROGRAM = sys.argv[1]
TABLES = ["neurons", "targets", "response", "histograms"]


def run(path, out, *options):
    return subprocess.run([PROGRAM, path, "-o", out, *options], capture_output=True, text=True)


def table(out, name):
    with open(os.path.join(out, name + ".tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(os.path.join(out, name + ".json"), encoding="utf-8") as f:
        sidecar = json.load(f)
    assert sidecar["rows"] == len(rows) and rows, name
    assert [c["name"] for c in sidecar["columns"]] == list(rows[0]), name
    return rows


def number(text):
    return np.nan if text == "NA" else float(text)


def column(rows, name):
    return np.array([number(r[name]) for r in rows])


def close(got, expected, what, rtol=2e-8, atol=1e-9):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what)


def same_tables(a, b):
    for name in TABLES:
        with open(os.path.join(a, name + ".tsv"), "rb") as f, \
                open(os.path.join(b, name + ".tsv"), "rb") as g:
            assert f.read() == g.read(), name


def select(rows, target, layer):
    return [r for r in rows if r["target"] == target and r["layer"] == layer]


def information(x, y, known):
    """In 8 bins of the midranks over all images, less Miller's bias."""
    bins = np.floor(8 * (stats.rankdata(x) - 0.5) / len(x))[known]
    plug_in = mutual_info_score(bins, y) / np.log(2)
    return plug_in - (len(np.unique(bins)) - 1) / (2 * len(y) * np.log(2))


def best_gap(x, y):
    """The best TPR - FPR of a threshold on these very images, either way."""
    tried = np.append(-np.inf, np.unique(x))
    on, off = np.sort(x[y == 1]), np.sort(x[y == 0])
    gaps = np.searchsorted(off, tried, "right") / len(off) \
        - np.searchsorted(on, tried, "right") / len(on)
    return np.abs(gaps).max()


def check_neurons(rows, x, label):
    """label: 1, 0 or -1 for each image of x (image, neuron)."""
    known = label >= 0
    y = label[known]
    assert len(rows) == x.shape[1]
    assert (column(rows, "n_target") == y.sum()).all()
    assert (column(rows, "n_rest") == (1 - y).sum()).all()
    on, off = x[label == 1].astype("f8"), x[label == 0].astype("f8")
    m1, m0, s1, s0 = on.mean(0), off.mean(0), on.std(0, ddof=1), off.std(0, ddof=1)
    close(column(rows, "mean_target"), m1, "mean")
    close(column(rows, "sd_target"), s1, "sd")
    close(column(rows, "mean_rest"), m0, "mean of rest")
    close(column(rows, "sd_rest"), s0, "sd of rest")
    with np.errstate(all="ignore"):
        d = (m1 - m0) / np.sqrt((s1 ** 2 + s0 ** 2) / 2)
        index = np.where((m1 >= 0) & (m0 >= 0) & (m1 + m0 > 0), (m1 - m0) / (m1 + m0), np.nan)
    close(column(rows, "d_prime"), np.where(np.isfinite(d), d, np.nan), "d'")
    close(column(rows, "selectivity_index"), index, "class selectivity")
    for j, row in enumerate(rows):
        v = x[known, j]
        auc = roc_auc_score(y, v)
        close(number(row["auc"]), auc, "AUC")
        assert row["direction"] == ("excitatory" if auc > 0.5 else
                                    "inhibitory" if auc < 0.5 else "none")
        close(number(row["mutual_information_bits"]), information(x[:, j], y, known), "information")
        if (x[:, j] == x[0, j]).all():
            assert row["p"] == row["q"] == "NA" and row["selective"] == "0"
            assert number(row["balanced_accuracy"]) == 0.5
            continue
        expected = stats.mannwhitneyu(v[y == 1], v[y == 0], method="asymptotic",
                                      alternative="two-sided")
        close(number(row["p"]), expected.pvalue, "p", rtol=1e-7, atol=0)
        if 0 < auc < 1:
            assert number(row["ci_low"]) < auc < number(row["ci_high"])
        assert number(row["balanced_accuracy"]) <= (1 + best_gap(v, y)) / 2 + 0.1


def adjusted(p):
    order = np.argsort(p)
    q = np.minimum.accumulate((p[order] * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    out = np.empty(len(p))
    out[order] = np.minimum(q, 1)
    return out


def check_false_discoveries(rows):
    p, q = column(rows, "p"), column(rows, "q")
    close(q[~np.isnan(p)], adjusted(p[~np.isnan(p)]), "q")
    assert (column(rows, "selective") == (q < 0.05)).all()


def check_targets(rows, neurons):
    for row in rows:
        of = select(neurons, row["target"], row["layer"])
        p, accuracy = column(of, "p"), column(of, "balanced_accuracy")
        direction = np.array([r["direction"] for r in of])
        chosen = column(of, "selective") == 1
        assert int(row["tested"]) == (~np.isnan(p)).sum()
        assert int(row["p_below_0.05"]) == (p < 0.05).sum()
        close(number(row["expected_by_chance"]), 0.05 * (~np.isnan(p)).sum(), "expected")
        assert int(row["selective"]) == chosen.sum()
        close(number(row["expected_false"]), 0.05 * chosen.sum(), "expected false")
        for name in ("excitatory", "inhibitory"):
            assert int(row["selective_" + name]) == (chosen & (direction == name)).sum()
            if (direction == name).any():
                best = accuracy[direction == name].max()
                close(number(row[f"best_{name}_accuracy"]), best, "best")
                assert accuracy[int(row["best_" + name])] == best
            else:
                assert row["best_" + name] == row[f"best_{name}_accuracy"] == "NA"


def check_response(rows, neurons):
    mean = column(rows, "mean_target")
    assert (np.diff(mean) <= 0).all() and (column(rows, "place") == np.arange(len(rows))).all()
    order = column(rows, "neuron").astype(int)
    assert sorted(order) == list(range(len(rows)))
    for name in ("mean_target", "sd_target", "mean_rest", "sd_rest", "balanced_accuracy"):
        assert (column(rows, name) == column(neurons, name)[order]).all(), name


def check_histograms(rows, neurons, x, labels, group):
    """Five of each direction, the best first, over all images and over each class."""
    shown = x[:, sorted({int(r["neuron"]) for r in rows})]
    edges = np.linspace(min(0, shown.min()), shown.max(), 51)
    for target in labels:
        of = [r for r in neurons if r["target"] == target]
        for direction in ("excitatory", "inhibitory"):
            ranked = sorted((-number(r["balanced_accuracy"]), int(r["neuron"])) for r in of
                            if r["direction"] == direction)[:5]
            mine = [r for r in rows if r["target"] == target and r["direction"] == direction]
            for rank, (_, neuron) in enumerate(ranked, 1):
                wanted = {"all": labels[target] > -2, "target": labels[target] == 1,
                          "rest": labels[target] == 0}
                for name in group if target in group else ():
                    if name != target:
                        wanted[name] = labels[name] == 1
                drawn = [r for r in mine if r["rank"] == str(rank)]
                assert len(drawn) == 50 * len(wanted)
                for name, images in wanted.items():
                    bars = [r for r in drawn if r["images"] == name]
                    assert all(r["neuron"] == str(neuron) for r in bars)
                    close(column(bars, "bin_left"), edges[:-1], "edges", atol=1e-7)
                    exact = np.append(column(bars, "bin_left"), column(bars, "bin_right")[-1])
                    off = np.abs(column(bars, "count") -
                                 np.histogram(x[images, neuron], exact)[0]).sum()
                    assert off <= 2, off  # a value beside an edge of nine digits
                    assert column(bars, "count").sum() == int(bars[0]["n"]) == images.sum()


def made(folder, name, n=600, neurons=40, seed=1, **options):
    """Two views; person_000 has 40 images; neurons 3 (excited) and 7 (inhibited) know it, 5 knows
    the attribute `sex`, and 9 is constant, of both views. `score` has NA, `one` has one class."""
    rng = np.random.default_rng(seed)
    identity = np.array([f"person_{0 if k < 40 else 1 + k % 60:03d}" for k in range(n)])
    identity[n - 1] = "alone"
    shuffled = rng.permutation(n)
    identity = identity[shuffled]
    identity[rng.integers(0, n, 5)] = "NA"
    sex = np.array([hash_of(i) % 2 for i in identity], "f8")
    score = rng.normal(0, 1, n)
    score[rng.random(n) < 0.1] = np.nan
    x = rng.normal(0, 1, (n, 2, neurons))
    x[identity == "person_000", :, 3] += 3
    x[identity == "person_000", :, 7] -= 3
    x[:, :, 7] += 2
    x[:, :, 5] += 1.2 * sex[:, None]
    x = np.maximum(x, 0).astype("f4")
    x[:, :, 9] = 1.5
    missing = rng.random(n) < 0.02
    x[missing] = np.nan
    path = os.path.join(folder, name)
    acts.write(path, {"fc3": x[:, :, :20] + np.float32(0.5), "fc4": x}, list(identity), missing,
               views=["original", "mirror"],
               attributes={"sex": sex, "score": score, "one": np.ones(n),
                           "absent": np.full(n, np.nan)}, **options)
    return path, x, identity, {"sex": sex, "score": score}, missing


def hash_of(name):
    return sum(map(ord, name))


def test_whole(folder):
    """People and attributes, both views one behind the other, any number of threads."""
    path, x, identity, scores, missing = made(folder, "whole.h5", chunk=(200, 1, 16))
    outs = [os.path.join(folder, f"whole{t}") for t in (1, 2)]
    for out, t in zip(outs, (1, 2)):
        done = run(path, out, "--by", "identity,sex,score", "--select", "person_000,person_007",
                   "-t", str(t), "--permutations", "99", "--group", "person_007,sex")
        assert done.returncode == 0, done.stderr
        assert f"{missing.sum()} missing images left out; 4 constant neurons" in done.stderr, \
            done.stderr
        assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    same_tables(*outs)
    neurons, targets = table(outs[0], "neurons"), table(outs[0], "targets")
    response = table(outs[0], "response")
    kept = ~missing
    labels = {name: (identity == name)[kept].astype(int) for name in ("person_000", "person_007")}
    for name, v in scores.items():
        labels[name] = np.where(np.isnan(v), -1, v > 0)[kept].astype(int)
    for layer, values in (("fc3", x[:, :, :20] + np.float32(0.5)), ("fc4", x)):
        both = np.concatenate([values[kept, 0], values[kept, 1]], 1)
        for name, label in labels.items():
            check_neurons(select(neurons, name, layer), both, label)
            check_response(select(response, name, layer), select(neurons, name, layer))
        check_false_discoveries([r for r in neurons if r["layer"] == layer])
        check_histograms([r for r in table(outs[0], "histograms") if r["layer"] == layer],
                         [r for r in neurons if r["layer"] == layer], both, labels,
                         ("person_007", "sex"))
    check_targets(targets, neurons)
    assert len(targets) == 8 and all(t["features"] == "mirror_concat" for t in targets)
    assert [t["kind"] for t in targets[:4]] == ["identity"] * 2 + ["attribute"] * 2
    row = select(targets, "score", "fc4")[0]
    assert int(row["n_left_out"]) == np.isnan(scores["score"][kept]).sum()
    p, by_chance = column(neurons, "p"), column(neurons, "permutation_p")
    assert (np.isnan(p) == np.isnan(by_chance)).all()
    known = ~np.isnan(p)
    assert (by_chance[p < 1e-6] == 0.01).all()
    assert abs(by_chance[known & (p > 1e-4)] - p[known & (p > 1e-4)]).max() < 0.25
    with open(os.path.join(outs[0], "neurons.json"), encoding="utf-8") as f:
        record = json.load(f)["provenance"]
    parts = [i["part"] for i in record["inputs"]]
    assert parts == ["fc3, original", "fc3, mirror", "fc4, original", "fc4, mirror", "labels",
                     "sex", "score"], parts


def halves(rng, y):
    """Half of each class."""
    first = np.zeros(len(y), bool)
    for c in (0, 1):
        of = rng.permutation(np.flatnonzero(y == c))
        first[of[:len(of) // 2]] = True
    return first


def one_threshold(x, y, rng, splits):
    """The best threshold above which is the target, of one half, judged on the other, both ways."""
    accuracy = []
    for _ in range(splits):
        first = halves(rng, y)
        for half in (first, ~first):
            tried = np.append(-np.inf, np.sort(x[half]))
            on, off = np.sort(x[half & (y == 1)]), np.sort(x[half & (y == 0)])
            gaps = np.searchsorted(off, tried, "right") / len(off) \
                - np.searchsorted(on, tried, "right") / len(on)
            accuracy.append(balanced_accuracy_score(y[~half], x[~half] > tried[gaps.argmax()]))
    return np.mean(accuracy)


def most_false(tests, planted, level=1e-3):
    """With the planted ones found, v false discoveries at q < 0.05 are v of the other tests with
    p < 0.05 (planted + v) / tests: the largest v that chance exceeds more often than `level`."""
    v = 0
    while stats.binom.sf(v, tests - planted, 0.05 * (planted + v + 1) / tests) > level:
        v += 1
    return v


def test_planted(folder):
    """The planted neurons, and they alone, are found; a neuron chosen on one half still knows."""
    path, _, identity, _, missing = made(folder, "planted.h5", n=1500)
    out = os.path.join(folder, "planted")
    done = run(path, out, "--by", "identity,sex", "--top", "1", "--layers", "fc4", "--features",
               "original")
    assert done.returncode == 0, done.stderr
    rows, targets = table(out, "neurons"), table(out, "targets")
    selective = {(r["target"], int(r["neuron"])) for r in rows if r["selective"] == "1"}
    planted = {("person_000", 3), ("person_000", 7), ("sex", 5)}
    assert selective >= planted, selective
    # a person has a sex, so these may know something
    false = selective - planted - {("person_000", 5), ("sex", 3), ("sex", 7)}
    assert len(false) <= most_false(sum(int(t["tested"]) for t in targets), 6), false
    who = select(targets, "person_000", "fc4")[0]
    assert who["best_excitatory"] == "3" and who["best_inhibitory"] == "7"
    for name in ("excitatory", "inhibitory"):
        close(number(who[f"chosen_{name}_accuracy"]), number(who[f"best_{name}_accuracy"]),
              "chosen and best", atol=0.01)
    # three standard deviations apart: Phi(1.5) = 0.933, less what choosing costs: simulated
    rng, y = np.random.default_rng(2), (identity == "person_000")[~missing].astype(int)
    simulated = [one_threshold(np.maximum(rng.normal(3 * y, 1), 0), y, rng, 8) for _ in range(60)]
    best = number(select(rows, "person_000", "fc4")[3]["balanced_accuracy"])
    assert abs(best - np.mean(simulated)) < 4 * np.std(simulated, ddof=1) * np.sqrt(1 + 1 / 60), best
    assert np.mean(simulated) < stats.norm.cdf(1.5)


SIMULATIONS = 200


def simulated(folder, planted, neurons=40, n=200):
    """A layer for each simulation, for false discovery rates are over a layer: the first `planted`
    neurons are two standard deviations higher on the target, half of the images."""
    rng = np.random.default_rng(3)
    label = np.arange(n) % 2
    layers = {}
    for k in range(SIMULATIONS):
        x = rng.normal(0, 1, (n, neurons))
        x[:, :planted] += 2 * label[:, None]
        layers[f"s{k:03d}"] = np.maximum(x + 0.5, 0).astype("f4")
    path, out = os.path.join(folder, "simulated.h5"), os.path.join(folder, "simulated")
    acts.write(path, layers, attributes={"a": label})
    done = run(path, out, "--by", "a", "--splits", "4")
    assert done.returncode == 0, done.stderr
    rows = table(out, "neurons")
    shape = (SIMULATIONS, neurons)
    return (column(rows, "q") < 0.05).reshape(shape), column(rows, "p").reshape(shape), out


def test_false_discoveries(folder):
    """Planted neurons, all of them, and no more others than the stated rate has it: for m0 of m
    independent tests the expected share of false ones is 0.05 m0 / m (Benjamini and Hochberg 1995,
    theorem 1; equal where p is continuous). The mean over simulations may differ by its own standard
    error, times 3.29: by chance once in 1,000 times."""
    planted = 10
    found, _, _ = simulated(folder, planted)
    assert found[:, :planted].all()  # at two standard deviations p is below 1e-20
    share = found[:, planted:].sum(1) / np.maximum(found.sum(1), 1)
    error = share.std(ddof=1) / np.sqrt(SIMULATIONS)
    assert abs(share.mean() - 0.05 * 30 / 40) < 3.29 * error, (share.mean(), error)


def test_null(folder):
    """Without any planted neuron 5 % of the simulations have a discovery, p are uniform, and a neuron
    chosen on one half does nothing on the other."""
    found, p, out = simulated(folder, 0)
    low, high = stats.binom.ppf([0.0005, 0.9995], SIMULATIONS, 0.05)
    assert low <= found.any(1).sum() <= high, found.any(1).sum()
    assert stats.kstest(p.ravel(), "uniform").pvalue > 1e-3
    chosen = column(table(out, "targets"), "chosen_excitatory_accuracy")
    assert abs(chosen.mean() - 0.5) < 3.29 * chosen.std(ddof=1) / np.sqrt(SIMULATIONS)


def test_identity_splits(folder):
    """A neuron that knows people but not the attribute: halves of images let it cheat, halves of
    people don't."""
    rng = np.random.default_rng(4)
    who = np.repeat(np.arange(40), 25)
    trait = (rng.permutation(40) < 20)[who].astype("f8")
    x = (rng.normal(0, 3, (40, 60))[who] + rng.normal(0, 0.1, (1000, 60))).astype("f4")
    path = os.path.join(folder, "people.h5")
    acts.write(path, {"fc": x}, [f"p{k}" for k in who], attributes={"trait": trait})
    mean = {}
    for name, options in (("images", []), ("people", ["--by-identity-splits"])):
        out = os.path.join(folder, name)
        done = run(path, out, "--by", "trait", "--splits", "16", *options)
        assert done.returncode == 0, done.stderr
        mean[name] = column(table(out, "neurons"), "balanced_accuracy").mean()
    assert mean["images"] > 0.6 and abs(mean["people"] - 0.5) < 0.06, mean


def test_cuts_and_features(folder):
    path, x, identity, scores, missing = made(folder, "cuts.h5", n=300)
    kept = ~missing
    score = scores["score"][kept]
    low, high = np.nanquantile(score, [0.3, 0.8])
    out = os.path.join(folder, "cuts")
    apart = np.where(score > high, 1, np.where(score <= low, 0, -1))
    for cut, label in (("quantiles:0.3,0.8", apart),
                       ("-0.5", np.where(np.isnan(score), -1, score > -0.5).astype(int))):
        done = run(path, out, "--by", "score", "--cut", cut, "--layers", "fc3+fc4", "--features",
                   "mirror_sum")
        assert done.returncode == 0, done.stderr
        both = np.concatenate([x[kept, :, :20] + np.float32(0.5), x[kept]], 2)
        check_neurons(table(out, "neurons"), both[:, 0] + both[:, 1], label)
    done = run(path, out, "--by", "attributes,identity", "--min-images", "20", "--layers", "fc4")
    assert done.returncode == 0 and "2 attributes skipped" in done.stderr, done.stderr
    assert [r["target"] for r in table(out, "targets")] == ["score", "sex", "person_000"]


def test_maps(folder):
    """A convolutional layer: whole maps a strip."""
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, (80, 3, 4, 5)).astype("f4")
    label = (np.arange(80) % 3 == 0).astype("f8")
    path, out = os.path.join(folder, "maps.h5"), os.path.join(folder, "maps")
    acts.write(path, {"conv": x}, attributes={"a": label})
    assert run(path, out, "--by", "a", "--splits", "3").returncode == 0
    check_neurons(table(out, "neurons"), x.reshape(80, -1), label.astype(int))


def svm(x, y, other):
    def unit(v):
        return v / np.linalg.norm(v, axis=1, keepdims=True)
    model = LinearSVC(dual=False, C=1, class_weight="balanced", intercept_scaling=1)
    return model.fit(unit(x), y).predict(unit(other))


def lda(x, y, other):
    m0, m1 = x[y == 0].mean(0), x[y == 1].mean(0)
    s = np.cov(x[y == 0].T, ddof=0) + np.cov(x[y == 1].T, ddof=0)
    w = np.linalg.solve(s + 0.01 * np.trace(s) / len(s) * np.eye(len(s)), m1 - m0)
    return ((other - (m0 + m1) / 2) @ w > 0).astype(int)


def test_classifiers(folder):
    """Against scikit-learn's liblinear and the discriminant's formula, on other random halves."""
    rng = np.random.default_rng(8)
    n, splits = 400, 24
    label = (rng.random(n) < 0.25).astype(int)
    identity = [f"p{k // 2}" for k in range(n)]
    x = rng.normal(0, 1, (n, 25)) + 0.25 * label[:, None]
    x = np.maximum(x + 0.3, 0).astype("f4")
    path, out = os.path.join(folder, "all.h5"), os.path.join(folder, "all")
    acts.write(path, {"fc": x}, identity, attributes={"a": label, "b": rng.integers(0, 2, n)})
    options = ["--by", "a,b", "--splits", str(splits), "--classifiers", str(splits)]
    for t in (1, 2):
        done = run(path, out + str(t), *options, "-t", str(t))
        assert done.returncode == 0, done.stderr
    same_tables(out + "1", out + "2")
    rows = table(out + "1", "classifiers")
    with open(os.path.join(out + "2", "classifiers.tsv"), encoding="utf-8", newline="") as f:
        assert list(csv.DictReader(f, delimiter="\t")) == rows
    assert [(r["target"], r["classifier"]) for r in rows] == [(a, c) for a in "ab"
                                                              for c in ("svm", "lda")]
    for row, train in zip(rows, (svm, lda)):
        expected = []
        for _ in range(splits):
            first, told = halves(rng, label), np.empty(n)
            for half in (first, ~first):
                told[~half] = train(x[half].astype("f8"), label[half], x[~half].astype("f8"))
            expected.append(balanced_accuracy_score(label, told))
        error = np.std(expected, ddof=1) * np.sqrt(2 / splits)
        assert abs(number(row["estimate"]) - np.mean(expected)) < 4 * error, (row, expected)
        assert 0.5 < number(row["sd"]) / np.std(expected, ddof=1) < 2
        assert int(row["n_target"]) == label.sum() and int(row["splits"]) == splits
    for row in rows:
        low, high = number(row["ci_low"]), number(row["ci_high"])
        assert low < number(row["estimate"]) < high and 0.02 < high - low < 0.2
    for row in rows[2:]:  # nothing to be known
        assert abs(number(row["estimate"]) - 0.5) < 0.07


def test_failures(folder):
    path, *_ = made(folder, "bad.h5", n=150)
    out = os.path.join(folder, "failures")

    def fails(code, text, *command):
        done = subprocess.run([PROGRAM, *command], capture_output=True, text=True)
        assert done.returncode == code, (command, done)
        assert text in done.stderr and done.stdout == "", (command, done)
        assert not os.path.isdir(out) or not os.listdir(out), command
    fails(2, "expected a folder", path, "--by", "sex")
    fails(2, "--by is needed", path, "-o", out)
    fails(2, "exclude each other", path, "-o", out, "--by", "identity", "--top", "2",
          "--select", "a")
    for option, value in (("--top", "2"), ("--select", "person_000")):
        fails(2, "choose people: --by identity", path, "-o", out, "--by", "sex", option, value)
    fails(2, "can't be more than --splits", path, "-o", out, "--by", "sex", "--classifiers",
          "9")
    fails(2, 'no features are named "both"', path, "-o", out, "--features", "both")
    for option, value in [("--by", "a,,b"), ("--top", "0"), ("--min-images", "1"),
                          ("--splits", "65"), ("--splits", "0"), ("--permutations", "x"),
                          ("--seed", "-1"), ("--cut", "x"), ("--cut", "quantiles:0.5"),
                          ("--cut", "quantiles:0.8,0.2"), ("--cut", "quantiles:0,2")]:
        fails(2, option.lstrip("-"), path, "-o", out, option, value)
    on = [path, "-o", out, "--by"]
    fails(1, 'has no attribute "sexx" (did you mean sex?)', *on, "sexx")
    fails(1, 'has no images of "Person_0000" (did you mean person_000?)', *on, "identity", "--select",
          "Person_0000")
    fails(1, "alone has 1 images", *on, "identity", "--select", "alone")
    fails(1, "nobody has 100 images", *on, "identity", "--min-images", "100")
    fails(1, "one is above the cut in", *on, "one")
    fails(1, "absent is above the cut in 0 images and not in 0", *on, "absent")
    fails(1, "--group: score is not among the targets", *on, "sex", "--group", "sex,score")
    fails(1, "no layer fc9", *on, "sex", "--layers", "fc9")
    fails(1, "nowhere.h5", os.path.join(folder, "nowhere.h5"), "-o", out, "--by", "sex")
    x = np.ones((50, 8), "f4")
    other = os.path.join(folder, "other.h5")
    acts.write(other, {"fc": x}, attributes={"a": np.arange(50) - 20.0, "b": np.ones(50)})
    fails(1, "has no identities", other, "-o", out, "--by", "identity")
    fails(1, "has no identities", other, "-o", out, "--by", "a", "--by-identity-splits")
    fails(1, "no mirror image", other, "-o", out, "--by", "a", "--features", "mirror_sum")
    labels = {"hair": (["brown"] * 50, h5py.string_dtype()), "few": (np.arange(40.0), "f8"),
              "many": (np.arange(60.0), "f8")}
    for name, text in (("hair", "hair is text; an attribute needs numbers"),
                       ("few", "attribute few has 40 rows, but there are 50 images"),
                       ("many", "attribute many has 60 rows, but there are 50 images")):
        acts.write(other, {"fc": x}, attributes={"a": np.arange(50) - 20.0})
        with h5py.File(other, "r+") as f:
            d = f.create_dataset(name, data=labels[name][0], dtype=labels[name][1])
            d.dims[0].attach_scale(f["image"])
        fails(1, text, other, "-o", out, "--by", name)
    acts.write(other, {"fc": x}, attributes={"b": np.ones(50)})
    fails(1, "no attribute has 2 or more images", other, "-o", out, "--by", "attributes")
    x[31, 6] = np.nan
    acts.write(other, {"fc": x}, attributes={"a": np.arange(50) - 20.0})
    fails(1, "row 31 (p/000031.jpg), neuron 6", other, "-o", out, "--by", "a")
    acts.write(other, {"fc": x * np.nan}, missing=np.ones(50), attributes={"a": np.arange(50)})
    fails(1, "all 50 images are missing", other, "-o", out, "--by", "a")


def test_help(folder):
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("facet-selectivity: measures what each neuron tells")
    for option in ("--by", "--layers", "--features", "--select", "--top", "--min-images", "--cut",
                   "--splits", "--classifiers", "--group",
                   "--by-identity-splits", "--permutations", "--seed", "--threads",
                   "--output"):
        assert option in done.stdout, option
    assert subprocess.run([PROGRAM, "--version"], capture_output=True).returncode == 0


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for test_name, test in list(globals().items()):
        if test_name.startswith("test_") and (not wanted or test_name in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                test(scratch)
            print("ok", test_name)
