"""facet-binarize against numpy and scikit-learn on activation files written by h5py.

usage: test_binarize.py FACET_BINARIZE FACET_VERIFY [TEST]
"""
import csv
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    from sklearn.decomposition import PCA
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sparsity"))
import acts  # noqa: E402

PROGRAM, VERIFY = (os.path.abspath(p) for p in sys.argv[1:3])
TABLES = {
    "table4": "values classifier networks layer n estimate sd se ci_low ci_high",
    "thresholds": "layer rule threshold active_share classifier n estimate ci_low ci_high",
    "lengths": "layer choice bits repeats classifier estimate sd ci_low ci_high",
    "bits": "layer neuron threshold share_on entropy_bits",
    "correlation": "layer bin_left bin_right count",
    "storage": "layer code bytes_per_face seconds_per_million accuracy",
    "distances": "layer distance within between",
    "nearest": "layer images probes right share",
}


def run(*arguments, program=PROGRAM):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def runs(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    return done


def fails(text, *arguments, code=1):
    done = run(*arguments)
    assert done.returncode == code and not done.stdout, (done.returncode, done.stdout)
    assert re.search(text, done.stderr), f"expected {text}: {done.stderr}"


def table(out, name):
    with open(os.path.join(out, name + ".tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(os.path.join(out, name + ".json"), encoding="utf-8") as f:
        sidecar = json.load(f)
    assert [c["name"] for c in sidecar["columns"]] == list(rows[0]) == TABLES[name].split(), name
    assert sidecar["rows"] == len(rows)
    return rows


def pick(rows, **wanted):
    return [r for r in rows if all(r[k] == str(v) for k, v in wanted.items())]


def number(text):
    return np.nan if text == "NA" else float(text)


def close(got, expected, what, rtol=2e-8, atol=1e-9):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what)


# ---- what is expected ----

def candidates(scores):
    seen = np.unique(scores)[::-1]
    return np.concatenate([seen[:1], (seen[1:] + seen[:-1]) / 2, np.nextafter(seen[-1:], -np.inf)])


def best(scores, same):
    tried = candidates(scores)
    right = ((scores[None] > tried[:, None]) == same).mean(1)
    return tried[np.argmax(right)], right.max()


def verify(pairs, scores):
    """Accuracy, its standard deviation over folds and standard error; NaN without scores."""
    if scores is None:
        return np.full(3, np.nan)
    fold, same = pairs["fold"], pairs["same"] == 1
    right = []
    for k in np.unique(fold):
        threshold, _ = best(scores[fold != k], same[fold != k])
        right.append(((scores > threshold) == same)[fold == k].mean())
    sd = np.std(right, ddof=1)
    return np.mean(right), sd, sd / np.sqrt(len(right))


def last_sum(x):
    return np.cumsum(x, axis=1)[:, -1]  # one after the other, as a loop in C


def cosine(x, a, b):
    x = x.astype("f8")
    length = np.sqrt(last_sum(x**2))
    unit = ((1 / np.where(length > 0, length, np.inf))[:, None] * x).astype("f4").astype("f8")
    return last_sum(unit[a] * unit[b])


def euclidean(x, a, b):
    x = x.astype("f8")
    return -np.sqrt(last_sum((x[a] - x[b]) ** 2))


def hamming(x, a, b):
    return -(x[a] != x[b]).sum(1).astype("f8")


def joint_bayesian(x, a, b, train, identity, components=None):
    """Chen et al. 2012, steps and score as published; columns that are constant in training left
    out, then the principal components where there are more."""
    train, x = train.astype("f8"), x.astype("f8")
    vary = (train != train[:1]).any(0)
    train, x = train[:, vary], x[:, vary]
    if components and train.shape[1] > components:
        peer = PCA(components, svd_solver="full").fit(train)
        train, x = peer.transform(train), peer.transform(x)
    mean = train.mean(0)
    train, x = train - mean, x - mean
    people, inverse, size = np.unique(identity, return_inverse=True, return_counts=True)
    sums = np.zeros((len(people), train.shape[1]))
    np.add.at(sums, inverse, train)
    means = sums / size[:, None]
    rest = train - means[inverse]
    s_mu = means.T @ means / len(people)
    s_eps = rest.T @ rest / (len(train) - len(people))
    if np.linalg.matrix_rank(s_eps, hermitian=True) < len(s_eps):
        return None  # a bit that others determine, such as two rare ones that are on together
    for _ in range(100):
        f = np.linalg.inv(s_eps)
        mu, eps = np.empty_like(means), np.empty_like(train)
        for m in np.unique(size):
            g = -np.linalg.inv(m * s_mu + s_eps) @ s_mu @ f
            mu[size == m] = sums[size == m] @ (s_mu @ (f + m * g)).T
            own = size[inverse] == m
            eps[own] = train[own] + sums[inverse[own]] @ (s_eps @ g).T
        before = s_mu, s_eps
        s_mu, s_eps = mu.T @ mu / len(people), eps.T @ eps / len(train)
        if max(np.linalg.norm(new - old) / np.linalg.norm(new)
               for new, old in zip((s_mu, s_eps), before)) <= 1e-5:
            break
    f = np.linalg.inv(s_eps)
    g = -np.linalg.inv(2 * s_mu + s_eps) @ s_mu @ f
    own = np.einsum("ni,ij,nj->n", x, np.linalg.inv(s_mu + s_eps) - (f + g), x)
    return own[a] + own[b] - 2 * np.einsum("ni,ij,nj->n", x[a], g, x[b])


def score(kind, x, pairs, train=None, identity=None, components=None):
    a, b = pairs["a"], pairs["b"]
    if kind == "joint_bayesian":
        return joint_bayesian(x, a, b, train, identity, components)
    return {"cosine": cosine, "euclidean": euclidean, "hamming": hamming}[kind](x, a, b)


def gaps(bits, identity):
    """By going through all pairs of images."""
    a, b = np.triu_indices(len(bits), 1)
    differ, same = bits[a] != bits[b], identity[a] == identity[b]
    return differ[~same].mean(0) - differ[same].mean(0)


def informative(bits, identity, count):
    """The variance of the Hamming distance over all ordered pairs of images, as it is defined."""
    gap, n = gaps(bits, identity), len(bits)
    a, b = np.divmod(np.arange(n * n), n)
    cov = np.cov((bits[a] != bits[b]).T.astype(float), bias=True)
    order = []
    while len(order) < count:
        z = np.full(len(gap), -np.inf)
        for j in set(np.flatnonzero(np.diag(cov) > 0)) - set(order):
            s = order + [j]
            z[j] = gap[s].sum() / np.sqrt(cov[np.ix_(s, s)].sum())
        order.append(np.flatnonzero(z >= z.max() - 1e-10 * abs(z.max()))[0])
    return np.array(order)


def correlations(bits):
    """Of all pairs, from whole numbers: rounding must not move one that lies on an edge, as 0."""
    b = bits.astype("f8")
    n, on, (i, j) = len(b), b.sum(0), np.triu_indices(b.shape[1], 1)
    phi = (n * (b.T @ b)[i, j] - on[i] * on[j]) / np.sqrt(on[i] * (n - on[i]) * on[j] * (n - on[j]))
    close(phi, np.corrcoef(b.T)[i, j], "correlations", atol=1e-12)
    return phi


def entropy(p):
    with np.errstate(all="ignore"):
        return np.nan_to_num(-p * np.log2(p) - (1 - p) * np.log2(1 - p))


# ---- what is measured ----

def people(prefix, count, images):
    return np.repeat([f"{prefix}{k:03d}" for k in range(count)], images)


def features(rng, identity, neurons, skill=1.0):
    """(image, view, neuron): the image and its mirror image share a person and most of the rest."""
    _, index = np.unique(identity, return_inverse=True)
    person = skill * rng.normal(0, 1, (index.max() + 1, neurons))[index]
    own = rng.normal(0, 1, (len(index), neurons))
    both = [person + own + 0.4 * rng.normal(0, 1, own.shape) for _ in range(2)]
    return np.maximum(np.stack(both, 1) + rng.normal(0, 0.5, neurons), 0).astype("f4")


def make_pairs(rng, path, identity, folds=5, each=30):
    """Writes pairs of rows into a table; folds share no people."""
    everybody = np.unique(identity)
    rows = []
    for fold in range(folds):
        mine = np.flatnonzero(np.isin(identity, everybody[fold::folds]))
        a, b = np.array(list(itertools.combinations(mine, 2))).T
        for same in (1, 0):
            kind = np.flatnonzero((identity[a] == identity[b]) == same)
            rows += [(a[k], b[k], same, fold + 1) for k in rng.choice(kind, each, replace=False)]
    with open(path, "w") as f:
        f.write("image_a\timage_b\tsame\tfold\n")
        f.writelines(f"p/{a:06d}.jpg\tp/{b:06d}.jpg\t{s}\t{k}\n" for a, b, s, k in rows)
    return {name: np.array(column) for name, column in zip(("a", "b", "same", "fold"), zip(*rows))}


class Set:
    """Activation files of one or more networks, training files and pairs; and what they hold."""

    def __init__(self, folder, rng, networks=1, neurons=20, change=None, train_people=40, skill=0.8):
        self.identity, self.trained = people("t", 20, 6), people("q", train_people, 6)
        self.x, self.y, self.files, self.train_files = [], [], [], []
        for k in range(networks):
            both = features(rng, np.concatenate([self.identity, self.trained]), neurons, skill)
            if change:
                change(both)
            x, y = both[:len(self.identity)], both[len(self.identity):]
            for values, who, name, files, kept in ((x, self.identity, "x", self.files, self.x),
                                                   (y, self.trained, "y", self.train_files, self.y)):
                path = os.path.join(folder, f"{name}{k}.h5")
                acts.write(path, {"fc3": values[:, :, :neurons // 2].copy(), "fc4": values}, who,
                           views=["original", "mirror"])
                files.append(path)
                kept.append(values.reshape(len(values), -1))
        self.path = os.path.join(folder, "pairs.tsv")
        self.pairs = make_pairs(rng, self.path, self.identity)
        self.used = np.unique(np.concatenate([self.pairs["a"], self.pairs["b"]]))

    def arguments(self, networks=None):
        n = networks or len(self.files)
        return [*self.files[:n], "--pairs", self.path, "--train-acts", ",".join(self.train_files[:n])]


def check_row(row, expected, what):
    close([number(row[c]) for c in ("estimate", "sd", "se")], expected, what)
    low, high = number(row["ci_low"]), number(row["ci_high"])
    assert 0 <= low <= high <= 1 and low - 0.05 <= expected[0] <= high + 0.05, (what, row)


def check_table4(out, s, thresholds, networks, components=None):
    """thresholds: of the features of all the networks of a row."""
    rows = pick(table(out, "table4"), layer="fc4")
    for n in networks:
        x, y = np.hstack(s.x[:n]), np.hstack(s.y[:n])
        for values, kinds in (("real", "joint_bayesian cosine euclidean"),
                              ("binary", "joint_bayesian hamming cosine")):
            if values == "binary":
                x, y = x > thresholds(n), y > thresholds(n)
            for kind in kinds.split():
                row, = pick(rows, values=values, classifier=kind, networks=n)
                assert int(row["n"]) == len(s.pairs["a"])
                check_row(row, verify(s.pairs, score(kind, x, s.pairs, y, s.trained, components)),
                          f"{values} {kind} {n}")
    assert len(rows) == 6 * len(networks), rows


def check_thresholds(out, s, sweep, components=None):
    rows = pick(table(out, "thresholds"), layer="fc4")
    x, y = s.x[0], s.y[0]
    medians = np.median(y.astype("f8"), axis=0).astype("f4")
    chosen = float(pick(rows, rule="trained")[0]["threshold"])
    assert np.isclose(sweep, chosen).sum() == 1, (sweep, chosen)
    expected = [("value", t, np.full(x.shape[1], np.float32(t))) for t in sweep]
    expected += [("median", np.nan, medians), ("trained", chosen, np.float32(chosen))]
    assert len(rows) == 2 * len(expected)
    for (rule, told, thresholds), (a, b) in zip(expected, zip(rows[::2], rows[1::2])):
        for row, kind in ((a, "hamming"), (b, "joint_bayesian")):
            what = f"{rule} {told} {kind}"
            assert row["rule"] == rule and row["classifier"] == kind, what
            close(number(row["threshold"]), told, what)
            close(number(row["active_share"]), (x > thresholds)[s.used].mean(), what)
            bits = x > thresholds
            found = verify(s.pairs, score(kind, bits, s.pairs, y > thresholds, s.trained, components))
            close(number(row["estimate"]), found[0], what)
            assert not number(row["ci_low"]) > number(row["ci_high"]), what


def check_lengths(out, s, thresholds, repeats, rng, components=None):
    rows = pick(table(out, "lengths"), layer="fc4")
    x, y = s.x[0] > thresholds, s.y[0] > thresholds
    width = x.shape[1]
    lengths = [n for n in (8, 16, 32, 64) if n < width]
    order = informative(y, s.trained, lengths[-1])
    for n in [*lengths, width]:
        choice = "all" if n == width else "informative"
        kept = np.arange(width) if n == width else order[:n]
        for kind in ("hamming", "joint_bayesian"):
            row, = pick(rows, choice=choice, bits=n, classifier=kind, repeats=1)
            found = verify(s.pairs, score(kind, x[:, kept], s.pairs, y[:, kept], s.trained, components))
            close([number(row["estimate"]), number(row["sd"])], found[:2], f"{choice} {n} {kind}")
    for n in lengths:
        row, = pick(rows, choice="random", bits=n)
        assert row["classifier"] == "hamming" and row["ci_low"] == row["ci_high"] == "NA"
        assert int(row["repeats"]) == repeats
        drawn = [verify(s.pairs, score("hamming", x[:, rng.permutation(width)[:n]], s.pairs))[0]
                 for _ in range(repeats)]
        mean, sd = float(row["estimate"]), float(row["sd"])
        error = np.hypot(np.std(drawn), sd) / np.sqrt(repeats)
        assert abs(mean - np.mean(drawn)) < 4 * error, (n, mean, np.mean(drawn), error)
        assert 0.6 < sd / np.std(drawn) < 1.6, (n, sd, np.std(drawn))
    assert len(rows) == 3 * len(lengths) + 2


def check_bits(out, s, thresholds, layer="fc4"):
    rows = pick(table(out, "bits"), layer=layer)
    bits = (s.x[0] > thresholds)[s.used]
    share = bits.mean(0)
    close([number(r["neuron"]) for r in rows], np.arange(bits.shape[1]), "neuron")
    close([number(r["threshold"]) for r in rows], np.broadcast_to(thresholds, share.shape), "threshold")
    close([number(r["share_on"]) for r in rows], share, "share_on")
    close([number(r["entropy_bits"]) for r in rows], entropy(share), "entropy")
    rows = pick(table(out, "correlation"), layer=layer)
    varying = bits[:, (share > 0) & (share < 1)]
    phi = correlations(varying)
    edges = np.linspace(-1, 1, 81)
    close([number(r["bin_left"]) for r in rows], edges[:-1], "left", atol=1e-9)
    close([number(r["bin_right"]) for r in rows], edges[1:], "right", atol=1e-9)
    bins = np.clip(np.floor(80 * (phi.astype("f4").astype("f8") + 1) / 2), 0, 79).astype(int)
    np.testing.assert_array_equal([int(r["count"]) for r in rows], np.bincount(bins, minlength=80))
    with open(os.path.join(out, "correlation.json"), encoding="utf-8") as f:
        settings = json.load(f)["provenance"]["settings"]
    assert settings[f"constant_bits {layer}"] == str(bits.shape[1] - varying.shape[1])


def check_storage(out, s):
    rows = pick(table(out, "storage"), layer="fc4")
    x = s.x[0]
    width = x.shape[1]
    assert [int(r["bytes_per_face"]) for r in rows] == [4 * width, 2 * width, (width + 7) // 8]
    assert [r["code"] for r in rows] == ["float32", "float16", "bits"]
    assert rows[1]["seconds_per_million"] == "NA"
    assert all(0 < float(r["seconds_per_million"]) < 1000 for r in rows[::2])
    half = verify(s.pairs, cosine(x.astype("f2").astype("f4"), s.pairs["a"], s.pairs["b"]))[0]
    lines = pick(table(out, "table4"), layer="fc4", networks=1)
    close(number(rows[1]["accuracy"]), half, "float16")
    assert rows[0]["accuracy"] == pick(lines, values="real", classifier="cosine")[0]["estimate"]
    assert rows[2]["accuracy"] == pick(lines, values="binary", classifier="hamming")[0]["estimate"]


def check_neighbours(out, s, thresholds):
    """By the matrix of all distances."""
    bits, who = (s.x[0] > thresholds)[s.used], s.identity[s.used]
    distance = (bits[:, None] != bits[None]).sum(2)
    same = who[:, None] == who[None]
    i, j = np.triu_indices(len(bits), 1)
    rows = pick(table(out, "distances"), layer="fc4")
    for name, kind in (("within", same[i, j]), ("between", ~same[i, j])):
        counts = np.bincount(distance[i, j][kind], minlength=bits.shape[1] + 1)
        found = np.zeros_like(counts)
        found[[int(r["distance"]) for r in rows]] = [int(r[name]) for r in rows]
        np.testing.assert_array_equal(found, counts, name)
    assert all(int(r["within"]) + int(r["between"]) > 0 for r in rows)
    np.fill_diagonal(distance, 10 ** 6)
    probes = same.sum(1) > 1
    right = same[np.arange(len(bits)), distance.argmin(1)] & probes
    row, = pick(table(out, "nearest"), layer="fc4")
    assert [int(row[name]) for name in ("images", "probes", "right")] == [len(bits), probes.sum(), right.sum()]
    close(number(row["share"]), right.sum() / probes.sum(), "share")


def check_codes(out, s, thresholds):
    with h5py.File(os.path.join(out, "codes.h5")) as f:
        bits = f["fc4_bits"]
        neurons = int(bits.attrs["neurons"])
        assert f.attrs["Conventions"] == "facet-codes-1" and "facet-binarize" in f.attrs["history"]
        assert [d.keys()[0] for d in bits.dims] == ["image", "fc4_byte"], "scales"
        assert list(f["image"].asstr()[:]) == [f"p/{i:06d}.jpg" for i in s.used]
        assert list(f["identity"].asstr()[:]) == list(s.identity[s.used])
        unpacked = np.unpackbits(bits[:], axis=1, count=neurons, bitorder="little")
        np.testing.assert_array_equal(unpacked, (s.x[0] > thresholds)[s.used])
        told = np.broadcast_to(np.asarray(thresholds, "f4"), neurons)
        np.testing.assert_array_equal(f["fc4_threshold"][:], told)
        one = float(bits.attrs["threshold"])
        assert one == told[0] if (told == told[0]).all() else np.isnan(one)
        assert (np.unpackbits(bits[:], axis=1, bitorder="little")[:, neurons:] == 0).all()


def scale_of(x):
    return float(f"{x[x > 0].astype('f8').mean():.1e}")


def same_tables(a, b):
    for name in TABLES:
        if name == "storage":
            keys = ("layer", "code", "bytes_per_face", "accuracy")
            assert [[r[k] for k in keys] for r in table(a, name)] == \
                   [[r[k] for k in keys] for r in table(b, name)]
            continue
        with open(os.path.join(a, name + ".tsv"), "rb") as f, \
                open(os.path.join(b, name + ".tsv"), "rb") as g:
            assert f.read() == g.read(), name


# ---- the tests ----

def test_everything(folder):
    """Two networks with mirror images, a dead neuron and one always on; one thread and two."""
    def change(x):
        x[:, :, 2], x[:, :, 3] = 0, np.abs(x[:, :, 3]) + 0.1
    rng = np.random.default_rng(1)
    s = Set(folder, rng, networks=2, change=change)
    one, two = os.path.join(folder, "one"), os.path.join(folder, "two")
    for out, threads in ((one, 1), (two, 2)):
        done = runs(*s.arguments(), "--pca", 160, "--repeats", 60, "-b", 200, "-t", threads, "-o",
                    out)
        assert "fc4: 4 of 40 bits are the same on all images" in done.stderr, done.stderr
        assert not [n for n in os.listdir(out) if n.endswith(".partial")]
    same_tables(one, two)
    check_table4(one, s, lambda n: 0, (1, 2))
    check_thresholds(one, s, scale_of(s.y[0]) * np.array([0, 0.05, 0.1, 0.2, 0.5, 1, 2]))
    check_lengths(one, s, 0, 60, rng)
    check_bits(one, s, 0)
    check_storage(one, s)
    check_neighbours(one, s, 0)
    check_codes(one, s, 0)
    assert {r["layer"] for r in table(one, "bits")} == {"fc3", "fc4"}


def test_rules(folder):
    """Each neuron's median, a value, one that training pairs chose; principal components."""
    rng = np.random.default_rng(2)
    s = Set(folder, rng)
    out = os.path.join(folder, "out")
    medians = np.median(s.y[0].astype("f8"), axis=0).astype("f4")
    common = ["--layers", "fc4", "--repeats", 40, "-b", 20]
    runs(*s.arguments(), *common, "--rule", "median", "--pca", 15, "--thresholds", "0.25,1", "-o", out)
    check_table4(out, s, lambda n: medians, (1,), 15)
    check_thresholds(out, s, [0.25, 1], 15)
    check_lengths(out, s, medians, 40, rng, 15)
    check_bits(out, s, medians)
    check_codes(out, s, medians)
    runs(*s.arguments(), *common, "--threshold", "0.3", "--thresholds", "-1,0", "-o", out)
    check_table4(out, s, lambda n: np.float32(0.3), (1,))
    check_codes(out, s, np.float32(0.3))
    runs(*s.arguments(), *common, "--rule", "trained", "-o", out)
    chosen = np.float32(pick(table(out, "thresholds"), rule="trained")[0]["threshold"])
    check_bits(out, s, chosen)


def test_trained(folder):
    """The threshold that all pairs of the training images choose: 43 of two people, whose pairs of
    two people are fewer than those of one."""
    rng = np.random.default_rng(3)
    s = Set(folder, rng)
    s.trained = np.repeat(["q1", "q2"], [40, 3])
    y = features(rng, s.trained, 20)
    y[s.trained == "q1"] += np.float32(0.4)  # so that some threshold above 0 is better
    s.y = [y.reshape(len(y), -1)]
    acts.write(s.train_files[0], {"fc4": y}, s.trained, views=["original", "mirror"])
    out = os.path.join(folder, "out")
    sweep = [0, 0.2, 0.4, 0.6, 0.8, 1.2, 1.6]
    runs(*s.arguments(), "--layers", "fc4", "--thresholds", ",".join(map(str, sweep)), "--ridge",
         "0.1", "-b", 0, "-o", out)
    a, b = np.triu_indices(len(y), 1)
    same = s.trained[a] == s.trained[b]
    assert same.sum() > (~same).sum()
    right = [best(hamming(s.y[0] > np.float32(t), a, b), same)[1] for t in sweep]
    row = pick(table(out, "thresholds"), rule="trained")[0]
    assert float(row["threshold"]) == sweep[int(np.argmax(right))], (row, right)
    assert row["ci_low"] == "NA"


def test_few_images(folder):
    """More bits than training images: Joint Bayesian through the images, not through the bits."""
    s = Set(folder, np.random.default_rng(10), train_people=5)
    out = os.path.join(folder, "out")
    assert len(s.y[0]) < s.y[0].shape[1]
    runs(*s.arguments(), "--layers", "fc4", "--pca", 8, "-b", 20, "-o", out)
    check_table4(out, s, lambda n: 0, (1,), 8)


def test_like_verify(folder):
    """The same numbers as facet-verify for what both measure, intervals too."""
    s = Set(folder, np.random.default_rng(4))
    ours, theirs = os.path.join(folder, "ours"), os.path.join(folder, "theirs")
    common = [*s.arguments(), "--pca", "12", "--ridge", "0.01", "-b", "300", "--seed", "9",
              "--layers", "fc4", "--features", "mirror_sum", "--disjoint", "--threshold", "0.5"]
    runs(*common, "-o", ours)
    done = run(*common, "--metric", "joint_bayesian,cosine,euclidean,hamming", "-o", theirs,
               program=VERIFY)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(theirs, "accuracy.tsv"), newline="") as f:
        expected = list(csv.DictReader(f, delimiter="\t"))
    assert len(expected) == 4
    for row in expected:
        found, = pick(table(ours, "table4"), layer=row["layer"], classifier=row["metric"],
                      values="binary" if row["metric"] == "hamming" else "real")
        for name in ("n", "estimate", "sd", "se", "ci_low", "ci_high"):
            assert found[name] == row[name], (row, found)


def test_without_training(folder):
    """No training images: no Joint Bayesian, no informative bits, medians over the images in the
    pairs; one view only, no identities and so no intervals."""
    rng = np.random.default_rng(5)
    s = Set(folder, rng)
    x = s.x[0][:, :20].copy()
    path, out = os.path.join(folder, "plain.h5"), os.path.join(folder, "plain")
    acts.write(path, {"fc4": x})
    runs(path, "--pairs", s.path, "--rule", "median", "--lengths", "3,5,500", "-o", out)
    assert [r["classifier"] for r in table(out, "table4")] == ["cosine", "euclidean", "hamming", "cosine"]
    assert {r["ci_low"] for r in table(out, "table4")} == {"NA"}
    for name in ("distances", "nearest"):
        with open(os.path.join(out, name + ".tsv"), encoding="utf-8") as f:
            assert f.read() == TABLES[name].replace(" ", "\t") + "\n", "nobody knows who is who"
    assert {r["rule"] for r in table(out, "thresholds")} == {"value", "median"}
    assert [(r["choice"], r["bits"]) for r in table(out, "lengths")] == \
        [("random", "3"), ("random", "5"), ("all", "20")]
    medians = np.median(x[s.used].astype("f8"), axis=0).astype("f4")
    s.x = [x]
    check_bits(out, s, medians)
    row, = pick(table(out, "table4"), classifier="hamming")
    close(number(row["estimate"]), verify(s.pairs, hamming(x > medians, s.pairs["a"], s.pairs["b"]))[0],
          "hamming")
    with h5py.File(os.path.join(out, "codes.h5")) as f:
        assert "identity" not in f and f["fc4_bits"].shape == (len(s.used), 3)


def test_extremes(folder):
    """Codes that tell everything and codes that tell nothing; bits that are all the same."""
    rng = np.random.default_rng(6)
    s = Set(folder, rng)
    _, index = np.unique(s.identity, return_inverse=True)
    codes = rng.integers(0, 2, (20, 30))
    while min(np.abs(codes[i] - codes[j]).sum() for i, j in itertools.combinations(range(20), 2)) < 5:
        codes = rng.integers(0, 2, (20, 30))
    layers = {"perfect": codes[index].astype("f4"),
              "chance": rng.integers(0, 2, (len(index), 30)).astype("f4"),
              "same": np.ones((len(index), 30), "f4")}
    path, out = os.path.join(folder, "extreme.h5"), os.path.join(folder, "extreme")
    acts.write(path, layers, s.identity)
    done = runs(path, "--pairs", s.path, "-b", 100, "-o", out)
    assert "same: 30 of 30 bits are the same on all images" in done.stderr
    for row in pick(table(out, "table4"), layer="perfect"):
        assert row["estimate"] == row["ci_low"] == row["ci_high"] == "1", row
    for row in pick(table(out, "table4"), layer="chance"):
        assert abs(float(row["estimate"]) - 0.5) < 0.12, row
    for row in pick(table(out, "table4"), layer="same"):
        assert row["estimate"] == "0.5", row
    assert sum(int(r["count"]) for r in pick(table(out, "correlation"), layer="same")) == 0
    assert sum(int(r["count"]) for r in pick(table(out, "correlation"), layer="chance")) == 435
    assert {r["entropy_bits"] for r in pick(table(out, "bits"), layer="same")} == {"0"}


def test_unfit_bits(folder):
    """Where no bit varies on the training images, Joint Bayesian of bits is NA and said."""
    s = Set(folder, np.random.default_rng(7))
    out = os.path.join(folder, "out")
    done = runs(*s.arguments(), "--layers", "fc4", "--thresholds", "0,1000", "-b", 20, "-o", out)
    assert re.search("fc4: no Joint Bayesian of 40 bits: all values are the same", done.stderr)
    rows = pick(table(out, "thresholds"), threshold="1000")
    assert [r["estimate"] for r in rows] == ["0.5", "NA"] and rows[1]["ci_low"] == "NA", rows
    assert [r["active_share"] for r in rows] == ["0", "0"]
    large = os.path.join(folder, "large.h5")
    acts.write(large, {"fc4": 1e6 * s.x[0][:, :20]}, s.identity)
    runs(large, "--pairs", s.path, "-b", 20, "-o", out)
    assert table(out, "storage")[1]["accuracy"] == "NA", "1e6 is too large for float16"


def test_missing(folder):
    """Missing images are an error, or on request pairs left out and counted."""
    rng = np.random.default_rng(8)
    s = Set(folder, rng)
    x = s.x[0][:, :20].copy()
    missing = np.zeros(len(x))
    missing[s.pairs["a"][0]] = 1
    x[missing == 1] = np.nan
    path, out = os.path.join(folder, "missing.h5"), os.path.join(folder, "missing")
    acts.write(path, {"fc4": x}, s.identity, missing)
    fails("p/%06d.jpg" % s.pairs["a"][0], path, "--pairs", s.path, "-o", out)
    assert not os.path.exists(os.path.join(out, "table4.tsv"))
    assert not os.path.exists(os.path.join(out, "codes.h5"))
    done = runs(path, "--pairs", s.path, "--allow-missing", "-b", 20, "-o", out)
    kept = ~np.isin(s.pairs["a"], s.pairs["a"][0]) & ~np.isin(s.pairs["b"], s.pairs["a"][0])
    assert f"{kept.sum()} of {len(kept)} pairs" in done.stderr and "1 images missing" in done.stderr
    pairs = {k: v[kept] for k, v in s.pairs.items()}
    row, = pick(table(out, "table4"), classifier="hamming")
    close(number(row["estimate"]), verify(pairs, hamming(x > 0, pairs["a"], pairs["b"]))[0], "hamming")


def test_bad_input(folder):
    s = Set(folder, np.random.default_rng(9), networks=2)
    out = ["-o", os.path.join(folder, "bad")]
    base = [s.files[0], "--pairs", s.path]
    fails("no layer .*fc9.*fc3, fc4|fc9", *base, "--layers", "fc9", *out)
    fails("has no view", *base, "--view", "bottom:30", *out)
    fails("stands in the pairs too", *base, "--train-acts", s.files[0], *out)
    nameless, few = os.path.join(folder, "nameless.h5"), os.path.join(folder, "few.h5")
    y = s.y[0].reshape(len(s.y[0]), 2, -1)
    acts.write(nameless, {"fc4": y}, views=["original", "mirror"])
    fails("has no identities to train", *base, "--layers", "fc4", "--train-acts", nameless, *out)
    acts.write(few, {"fc4": y[:7]}, ["a", "a", "b", "c", "d", "e", "f"], views=["original", "mirror"])
    fails("two images or more", *base, "--layers", "fc4", "--train-acts", few, *out)
    narrow = os.path.join(folder, "narrow.h5")
    acts.write(narrow, {"fc4": y[:, :, :9]}, s.trained, views=["original", "mirror"])
    fails("18 values of an image, but 40", *base, "--layers", "fc4", "--train-acts", narrow, *out)
    others = os.path.join(folder, "others.h5")
    acts.write(others, {"fc4": y[:50]}, s.trained[:50], views=["original", "mirror"])
    fails("has no image p/", s.files[0], others, "--pairs", s.path, "--layers", "fc4", *out)
    with open(s.path) as f:
        lines = [line.split("\t")[:3] for line in f.read().splitlines()]
    one = os.path.join(folder, "one.tsv")
    with open(one, "w") as f:
        f.writelines("\t".join(line) + "\n" for line in lines)
    fails("has one fold", s.files[0], "--pairs", one, *out)
    fails("none.h5", "none.h5", "--pairs", s.path, *out)
    fails("nowhere.tsv", s.files[0], "--pairs", "nowhere.tsv", *out)
    assert os.listdir(out[1]) == []
    for text, options in (
            ("-o DIR", base), ("--pairs is needed", [s.files[0], *out]),
            ("file for each", [*s.files, "--pairs", s.path, "--train-acts", s.train_files[0], *out]),
            ("needs --train-acts", [*base, "--rule", "trained", *out]),
            ("belongs to --rule value", [*base, "--rule", "median", "--threshold", "1", *out]),
            ("no rule is named", [*base, "--rule", "mode", *out]),
            ("ascending", [*base, "--thresholds", "1,0.5", *out]),
            ("--lengths", [*base, "--lengths", "0,8", *out]),
            ("ascending", [*base, "--lengths", "16,8", *out]),
            ("--repeats", [*base, "--repeats", "0", *out])):
        fails(text, *options, code=2)


def test_conventions(folder):
    shown = run("--help")
    assert shown.returncode == 0 and shown.stdout.startswith("facet-binarize: "), shown
    assert "\n\nUsage: facet-binarize " in shown.stdout
    assert all(len(line) <= 100 for line in shown.stdout.splitlines()), shown.stdout
    assert re.match(r"facet-binarize: facet \d+\.\d+\.\d+ \(git \S+\)\n$", run("--version").stdout)
    fails("unknown option --no-such-option\nTry 'facet-binarize --help'", "--no-such-option", code=2)
    fails("^facet-binarize", code=2)


def main():
    for name, test in list(globals().items()):
        if not name.startswith("test_") or name not in (sys.argv[3:] or [name]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
        print(name, flush=True)


if __name__ == "__main__":
    main()
