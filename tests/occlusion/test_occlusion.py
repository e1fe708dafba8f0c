"""facet-occlusion against numpy and facet-verify on activation files written by h5py.

usage: test_occlusion.py FACET_OCCLUSION FACET_VERIFY VERIFICATION_DRIVER [TEST]
"""
import copy
import os
import re
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "verify"))
from people import (People, close, column, draw_pairs, same_tables, table,  # noqa: E402
                    write_table)

PROGRAM, VERIFY, DRIVER = (os.path.abspath(p) for p in sys.argv[1:4])
TABLES = ["accuracy", "half", "differences", "drift", "neurons", "identities", "sets"]
LEVELS = ["bottom:10", "block:20x3", "bottom:70", "bottom:40", "square:20@12x0", "square:20@2x0",
          "square:20@2x10"]
NOISE = [0.05, 0.3, 0.7, 2.5, 0.9, 0.4, 0.5, 0.3]
VIEWS = ["original", *LEVELS]
BOTH = [name for view in VIEWS for name in
        (view, "mirror" if view == "original" else view + "+mirror")]
# how the tables have them: kinds as they come, each by level and place
ORDER = ["bottom:10", "bottom:40", "bottom:70", "block:20x3", "square:20@2x0", "square:20@12x0",
         "square:20@2x10"]
SEED, REPLICATES = 5, 40
METRICS = ["cosine", "euclidean", "joint_bayesian"]


def run(*arguments, program=PROGRAM):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def runs(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    return done


def fails(text, *arguments, code=1):
    done = run(*arguments)
    assert done.returncode == code and not done.stdout, (done.returncode, done.stdout, done.stderr)
    assert re.search(text, done.stderr), f"expected {text}: {done.stderr}"


def parse(view):
    """kind, level, x, y of a view."""
    kind, rest = view.split(":")
    level, _, place = rest.partition("@")
    level, _, squares = level.partition("x")
    x, y = place.split("x") if place else (np.nan, np.nan)
    return kind + ("x" + squares if squares else ""), int(level), float(x), float(y)


def pick(rows, **wanted):
    return [r for r in rows if all(r[k] == v or r[k] != r[k] and v != v for k, v in wanted.items())]


def of_view(rows, view, **wanted):
    kind, level, x, y = parse(view)
    places = {"x": x, "y": y} if "x" in rows[0] else {}
    return pick(rows, kind=kind, level=level, **places, **wanted)


# ---- what is measured ----

class Set:
    """Images of people with hidden faces, of others to train on, and pairs in folds."""

    def __init__(self, folder, seed, mirror=False, count=24):
        rng = np.random.default_rng(seed)
        self.views = BOTH if mirror else VIEWS
        noise = [n for n in NOISE for _ in range(1 + mirror)]
        self.p = People(rng, count, noise=noise, widths={"fc3": 41, "fc4": 70})
        self.q = People(rng, 40, first=100, noise=noise[:1 + mirror],
                        widths={"fc3": 41, "fc4": 70})
        self.folder, self.pairs = folder, draw_pairs(rng, self.p, 3, 14)
        self.acts, self.train = f"{folder}/acts.h5", f"{folder}/train.h5"
        self.write(self.p, self.acts, self.views)
        self.q.write(self.train, views=self.views[:1 + mirror])
        self.list = f"{folder}/pairs.tsv"
        write_table(self.list, self.p.images, self.pairs)
        a, b, self.same, self.fold = np.array(self.pairs).T
        self.a, self.b = a, b

    def write(self, people, path, views, how="black, seed 1: some"):
        people.write(path, views=views)
        with h5py.File(path, "r+") as f:
            f.attrs["occlusion"] = how

    def used(self, *people):
        own = [i for i, who in enumerate(self.p.identity) if who in people]
        return np.unique([*self.a, *self.b, *own])

    def features(self, layer, view):
        x = self.p.layers[layer]
        at = self.views.index(view)
        parts = [x[:, at], x[:, at + 1]] if self.views == BOTH else [x[:, at]]
        return np.concatenate(parts, 1).astype("f8")

    def options(self, *more):
        return [self.acts, "--pairs", self.list, "--train-acts", self.train, "--ridge", "0.01", "-b",
                REPLICATES, "--seed", SEED, *more]


def verified(s, view, out, *more):
    """Rows of facet-verify for a view, and (pair) scores by layer and metric."""
    runs(*s.options("--view", view, "--metric", ",".join(METRICS), "--scores", *more), "-o", out,
         program=VERIFY)
    scores = table(out, "scores")
    return table(out, "accuracy"), {(layer, metric): column(pick(scores, layer=layer, metric=metric),
                                                            "score")
                                    for layer in ("fc3", "fc4") for metric in METRICS}


def resample(s, scores):
    """Accuracy of each resample of people, thresholds held, and the draws (resample, person)."""
    _, identity = np.unique(s.p.identity, return_inverse=True)
    arrays = (scores, s.same.astype("u1"), s.fold.astype("u1"), s.a.astype("u4"), s.b.astype("u4"),
              identity.astype("i4"))
    done = subprocess.run([DRIVER, "verify", *map(str, (len(s.a), 3, len(identity), 0, REPLICATES, SEED, 1))],
                          input=b"".join(a.tobytes() for a in arrays), capture_output=True)
    assert done.returncode == 0, done.stderr
    values = np.frombuffer(done.stdout)
    accuracies, draws = np.split(values[26 + 3 * 3:], [REPLICATES])
    return accuracies, draws.reshape(REPLICATES, -1)


def interval(values):
    return np.quantile(values, [0.025, 0.975])


def separation(scores, same):
    one, two = scores[same == 1], scores[same == 0]
    return (one.mean() - two.mean()) / np.sqrt((one.var(ddof=1) + two.var(ddof=1)) / 2)


def check_estimate(row, names, expected, values, what):
    close([row[n] for n in names], [expected, *interval(values)], what)


def check_accuracy(s, out, truth):
    """truth: of each view, what facet-verify says."""
    rows = table(out, "accuracy")
    assert len(rows) == 6 * (len(LEVELS) + 3), len(rows)  # clean faces in each of three kinds
    drawn = {}
    for view, (lines, scores) in truth.items():
        for line in lines:
            drawn[view, line["layer"], line["metric"]] = \
                resample(s, scores[line["layer"], line["metric"]])[0]
    for k, view in enumerate(ORDER):
        for line in truth[view][0]:
            which = line["layer"], line["metric"]
            what = f"{view} {which}"
            row, = of_view(rows, view, layer=which[0], metric=which[1])
            clean, = pick(truth["original"][0], layer=which[0], metric=which[1])
            for name in ("n", "estimate", "sd", "se", "ci_low", "ci_high", "area"):
                assert row[name] == line[name], (what, name, row, line)
            close(row["separation"], separation(truth[view][1][which], s.same), what, rtol=1e-5)
            ours, none = drawn[(view, *which)], drawn[("original", *which)]
            check_estimate(row, ("change", "change_low", "change_high"),
                           line["estimate"] - clean["estimate"], ours - none, what)
            before = ORDER[k - 1] if k > 0 and parse(ORDER[k - 1])[0] == parse(view)[0] else "original"
            last, = pick(truth[before][0], layer=which[0], metric=which[1])
            if view.startswith("square"):
                assert np.isnan(row["step"]) and np.isnan(row["step_low"])
            else:
                check_estimate(row, ("step", "step_low", "step_high"),
                               line["estimate"] - last["estimate"], ours - drawn[(before, *which)], what)
    for kind in ("bottom", "blockx3", "square"):
        for line in truth["original"][0]:
            row, = pick(rows, kind=kind, level=0, layer=line["layer"], metric=line["metric"])
            assert row["estimate"] == line["estimate"] and row["change"] == row["change_high"] == 0
            assert np.isnan(row["x"])
    return drawn


def check_differences(out, truth, drawn):
    rows = table(out, "differences")
    assert len(rows) == 3 * (4 + 2), "two kinds with clean faces, by three metrics"
    for metric in METRICS:
        for kind, views in (("bottom", ORDER[:3]), ("blockx3", ORDER[3:4])):
            for view in ("original", *views):
                level = 0 if view == "original" else parse(view)[1]
                row, = pick(rows, layer_a="fc3", layer_b="fc4", metric=metric, kind=kind, level=level)
                value, values = {}, {}
                for v in (view, "original"):
                    one, two = (pick(truth[v][0], layer=n, metric=metric)[0]["estimate"]
                                for n in ("fc3", "fc4"))
                    value[v] = one - two
                    values[v] = drawn[v, "fc3", metric] - drawn[v, "fc4", metric]
                check_estimate(row, ("estimate", "ci_low", "ci_high"), value[view], values[view], view)
                check_estimate(row, ("change", "change_low", "change_high"),
                               value[view] - value["original"], values[view] - values["original"], view)


def half_of(accuracies, levels):
    target = 0.5 + (accuracies[0] - 0.5) / 2
    if not accuracies[0] > 0.5:
        return np.nan
    for k in range(1, len(levels)):
        if accuracies[k] <= target:
            return np.interp(-target, -accuracies[k - 1:k + 1], levels[k - 1:k + 1])
    return np.inf


def check_half(out, truth, drawn):
    rows = table(out, "half")
    assert len(rows) == 6 * 2
    reached = 0
    for row in rows:
        which = row["layer"], row["metric"]
        views = ["original"] + (ORDER[:3] if row["kind"] == "bottom" else ORDER[3:4])
        levels = [0] + [parse(v)[1] for v in views[1:]]
        estimates = np.array([pick(truth[v][0], layer=which[0], metric=which[1])[0]["estimate"]
                              for v in views])
        replicates = np.stack([drawn[(v, *which)] for v in views])
        expected = half_of(estimates, levels)
        values = np.sort([h for h in (half_of(r, levels) for r in replicates.T) if h == h])
        with np.errstate(invalid="ignore"):
            ends = np.quantile(values, [0.025, 0.975])
        got = [row["estimate"], row["ci_low"], row["ci_high"]]
        wanted = [v if np.isfinite(v) else np.nan for v in (expected, *ends)]
        close(got, wanted, str(which))
        close([row["n"], row["level"], row["clean"], row["target"]],
              [len(levels) - 1, levels[-1], estimates[0], 0.5 + (estimates[0] - 0.5) / 2], "half")
        reached += np.isfinite(expected)
    assert 0 < reached < len(rows), "some are reached, others are not"


def row_correlation(a, b):
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))


def row_cosine(a, b):
    with np.errstate(invalid="ignore"):
        return (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))


def measures(x, x0, threshold):
    return {"state_kept": ((x > threshold) == (x0 > threshold)).mean(1),
            "correlation": row_correlation(x, x0), "cosine": row_cosine(x, x0)}


def check_drift(s, out, used, draws, threshold=0):
    rows = table(out, "drift")
    _, person = np.unique(np.array(s.p.identity)[used], return_inverse=True)  # in the file's order
    assert draws.shape[1] == person.max() + 1
    for layer in ("fc3", "fc4"):
        x0 = s.features(layer, "original")[used]
        for view in ORDER:
            for name, each in measures(s.features(layer, view)[used], x0, threshold).items():
                row, = of_view(rows, view, layer=layer, measure=name)
                good = ~np.isnan(each)
                sums = np.bincount(person[good], each[good], person.max() + 1)
                counts = np.bincount(person[good], minlength=person.max() + 1)
                assert row["n"] == good.sum()
                check_estimate(row, ("estimate", "ci_low", "ci_high"), each[good].mean(),
                               draws @ sums / (draws @ counts), f"{layer} {view} {name}")
        clean = pick(rows, layer=layer, level=0)
        assert len(clean) == 9
        close(column(clean, "estimate"), np.ones(9), "clean faces are like themselves")


def check_neurons(s, out, used, threshold=0):
    rows = table(out, "neurons")
    for layer in ("fc3", "fc4"):
        x0 = s.features(layer, "original")[used]
        for view in ORDER:
            x = s.features(layer, view)[used]
            mine = of_view(rows, view, layer=layer)
            assert [r["neuron"] for r in mine] == list(range(x.shape[1]))
            for name, each in measures(x.T, x0.T, threshold).items():
                close(column(mine, name), each, f"{layer} {view} {name}")
            close(column(mine, "mean"), x.mean(0), "mean")
            close(column(mine, "active_share"), (x > threshold).mean(0), "active")
            with np.errstate(divide="ignore", invalid="ignore"):
                change = np.sqrt(((x - x0) ** 2).mean(0)) / x0.std(0)
            close(column(mine, "change"), np.where(x0.std(0) > 0, change, np.nan), "change")


def d_primes(x, own):
    with np.errstate(invalid="ignore", divide="ignore"):
        return (x[own].mean(0) - x[~own].mean(0)) / np.sqrt(
            (x[own].var(0, ddof=1) + x[~own].var(0, ddof=1)) / 2)


def check_people(s, out, used, people):
    rows, sets = table(out, "identities"), table(out, "sets")
    for who in people:
        own = np.array(s.p.identity)[used] == who
        for layer in ("fc3", "fc4"):
            x0 = s.features(layer, "original")[used]
            order = np.argsort(-x0[own].mean(0), kind="stable")
            size = (x0.shape[1] + 9) // 10
            for view in ORDER[:4]:
                x = s.features(layer, view)[used]
                mine = of_view(rows, view, layer=layer, identity=who)
                assert [r["place"] for r in mine] == list(range(x.shape[1]))
                assert {r["n"] for r in mine} == {own.sum()}
                assert [r["neuron"] for r in mine] == order.tolist()
                close(column(mine, "clean_mean"), x0[own].mean(0)[order], "clean mean")
                close(column(mine, "mean"), x[own].mean(0)[order], "mean")
                for name, sign in (("excitatory", 1), ("inhibitory", -1)):
                    d0, d = (np.nan_to_num(sign * d_primes(v, own)) for v in (x0, x))
                    chosen, now = (np.argsort(-v, kind="stable")[:size] for v in (d0, d))
                    row, = of_view(sets, view, layer=layer, identity=who, set=name)
                    close([row[n] for n in ("size", "kept", "same_side", "clean_mean", "mean",
                                            "correlation")],
                          [size, np.isin(chosen, now).mean(), (d[chosen] > 0).mean(),
                           x0[own].mean(0)[chosen].mean(), x[own].mean(0)[chosen].mean(),
                           np.corrcoef(x0[own].mean(0), x[own].mean(0))[0, 1]], f"{who} {view} {name}")
    assert not pick(rows, kind="square") and not pick(sets, kind="square")


# ---- the tests ----

def test_everything(folder):
    """Both faces hidden, image alone; one thread and two give the same bytes."""
    s = Set(folder, 1)
    out = f"{folder}/out"
    people = [s.p.identity[0], s.p.identity[-1]]
    done = runs(*s.options("--identities", ",".join(people), "-t", 1, "-o", out))
    assert re.search("84 of 84 pairs of .* images compared at 8 levels", done.stderr), done.stderr
    images, read, memory = re.search(r"84 pairs of (\d+) images, 2 layers, 8 levels: (\S+) \w+ of "
                                     r"activations to read, at most (\S+) \w+ of them in memory",
                                     done.stderr).groups()
    assert int(images) == len(s.used(*people)) and float(read) > 0 and float(memory) > 0, done.stderr
    assert re.search(r"fc4 +joint_bayesian bottom +\d", done.stdout), done.stdout
    runs(*s.options("--identities", ",".join(people), "-t", 2, "-o", f"{folder}/two"))
    same_tables(out, f"{folder}/two", TABLES)
    truth = {view: verified(s, view, f"{folder}/{view}") for view in VIEWS}
    drawn = check_accuracy(s, out, truth)
    check_differences(out, truth, drawn)
    check_half(out, truth, drawn)
    used = s.used(*people)
    draws = resample(s, truth["original"][1]["fc4", "cosine"])[1]
    check_drift(s, out, used, draws)
    check_neurons(s, out, used)
    check_people(s, out, used, people)


def test_mirror_and_choices(folder):
    """Image and mirror image together; some levels; another threshold; who has most images."""
    s = Set(folder, 2, mirror=True)
    out = f"{folder}/out"
    runs(*s.options("--levels", "bottom:70,square", "--threshold", "0.3", "--metric",
                    "cosine,hamming", "-o", out))
    rows = table(out, "accuracy")
    assert {r["features"] for r in rows} == {"mirror_concat"}
    assert {(r["kind"], r["level"]) for r in rows} == {("bottom", 0), ("bottom", 70), ("square", 0),
                                                       ("square", 20)}
    for view in ("bottom:70", "square:20@2x10"):
        runs(*s.options("--view", view, "--threshold", "0.3", "--metric", "cosine,hamming"), "-o",
             f"{folder}/{view}", program=VERIFY)
        for line in table(f"{folder}/{view}", "accuracy"):
            row, = of_view(rows, view, layer=line["layer"], metric=line["metric"])
            assert [row[n] for n in ("estimate", "ci_low", "ci_high", "area")] == \
                [line[n] for n in ("estimate", "ci_low", "ci_high", "area")]
    names, counts = np.unique(s.p.identity, return_counts=True)
    most = next(who for who in s.p.identity if counts[names == who] == counts.max())
    assert {r["identity"] for r in table(out, "identities")} == {most}
    x0, x = (s.features("fc4", v)[s.used(most)] for v in ("original", "bottom:70"))
    row, = of_view(table(out, "drift"), "bottom:70", layer="fc4", measure="state_kept")
    close(row["estimate"], ((x > np.float32(0.3)) == (x0 > np.float32(0.3))).mean(), "state")


def test_one_face(folder):
    """--faces second: as facet-verify on a file that holds clean and hidden faces as images."""
    s = Set(folder, 3)
    out = f"{folder}/out"
    runs(*s.options("--faces", "second", "--metric", "cosine,euclidean,hamming,joint_bayesian", "-o",
                    out))
    for view in ("bottom:40", "square:20@2x0"):
        both = copy.copy(s.p)
        both.images = ["clean/" + name for name in s.p.images] + ["hidden/" + name for name in s.p.images]
        both.identity = s.p.identity + s.p.identity
        at = VIEWS.index(view)
        both.layers = {n: np.concatenate([x[:, :1], x[:, at:at + 1]]) for n, x in s.p.layers.items()}
        both.write(f"{folder}/both.h5", views=["original"])
        n = len(s.p.images)
        write_table(f"{folder}/both.tsv", both.images, [(i, n + j, k, f) for i, j, k, f in s.pairs])
        runs(f"{folder}/both.h5", "--pairs", f"{folder}/both.tsv", "--train-acts", s.train, "--ridge",
             "0.01", "-b", REPLICATES, "--seed", SEED, "--metric",
             "cosine,euclidean,hamming,joint_bayesian", "-o", f"{folder}/verify", program=VERIFY)
        for line in table(f"{folder}/verify", "accuracy"):
            row, = of_view(table(out, "accuracy"), view, layer=line["layer"], metric=line["metric"])
            for name in ("estimate", "ci_low", "ci_high", "area"):
                assert row[name] == line[name], (view, name, row, line)


def test_beside(folder):
    """Another description of the same images: the rows of a run of its own, in the same resamples."""
    s = Set(folder, 4)
    rng = np.random.default_rng(40)
    other, trained = copy.copy(s.p), copy.copy(s.q)
    other.layers = {"lbp": s.p.layers["fc4"][:, :, :30] + rng.normal(0, 0.4, (1, 1, 30)).astype("f4")}
    trained.layers = {"lbp": s.q.layers["fc4"][:, :, :30]}
    back = np.arange(len(other.images))[::-1]  # images in another order
    other.write(f"{folder}/lbp.h5", back, views=VIEWS)
    with h5py.File(f"{folder}/lbp.h5", "r+") as f:
        f.attrs["occlusion"] = "black, seed 1: as many"
    trained.write(f"{folder}/lbp_train.h5", views=["original"])
    out, alone, plain = (f"{folder}/{n}" for n in ("out", "alone", "plain"))
    beside = ["--beside", f"{folder}/lbp.h5", "--beside-train", f"{folder}/lbp_train.h5"]
    runs(*s.options(*beside, "-o", out))
    runs(f"{folder}/lbp.h5", *s.options("-o", alone)[1:3], "--train-acts", f"{folder}/lbp_train.h5",
         "--ridge", "0.01", "-b", REPLICATES, "--seed", SEED, "-o", alone)
    runs(*s.options("-o", plain))
    for name in ("accuracy", "drift", "half"):
        together = table(out, name)
        for layer, separate in (("lbp", alone), ("fc4", plain)):
            mine, expected = (pick(t, layer=layer) for t in (together, table(separate, name)))
            assert len(mine) == len(expected) > 0
            for a, b in zip(mine, expected):
                for key in a:
                    if name == "drift" and layer == "lbp" and key.startswith("ci"):
                        continue  # people are numbered in the order of the images
                    if name == "drift" and layer == "lbp" and key in ("n", "estimate"):
                        continue  # and the person looked at has images of its own there
                    assert a[key] == b[key] or a[key] != a[key], (name, key, a, b)
    pairs = {(r["layer_a"], r["layer_b"]) for r in table(out, "differences")}
    assert pairs == {("fc3", "fc4"), ("fc3", "lbp"), ("fc4", "lbp")}, pairs
    assert "lbp" not in {r["layer"] for r in table(out, "neurons")}
    runs(*s.options("--beside", f"{folder}/lbp.h5", "-o", plain))
    assert {r["metric"] for r in pick(table(plain, "accuracy"), layer="lbp")} == \
        {"cosine", "euclidean"}, "without training images no Joint Bayesian"


def test_zeros(folder):
    """Dead neurons, faces without a single active neuron, nobody known: counted, or NA."""
    s = Set(folder, 5)
    for x in s.p.layers.values():
        x[:, :, 3] = 0
    s.p.layers["fc4"][s.a[0], VIEWS.index("bottom:70")] = 0
    s.write(s.p, s.acts, VIEWS)
    out = f"{folder}/out"
    done = runs(s.acts, "--pairs", s.list, "-b", 20, "-o", out)
    assert "fc4: 1 image whose values are all zero" in done.stderr
    row, = pick(table(out, "neurons"), layer="fc4", kind="bottom", level=70, neuron=3)
    assert row["state_kept"] == 1 and row["mean"] == 0
    assert np.isnan([row["correlation"], row["cosine"], row["change"]]).all()
    used = len(s.used(table(out, "identities")[0]["identity"]))
    for name, n in (("state_kept", used), ("correlation", used - 1), ("cosine", used - 1)):
        row, = pick(table(out, "drift"), layer="fc4", kind="bottom", level=70, measure=name)
        assert row["n"] == n, (name, row, n)
    with h5py.File(s.acts, "r+") as f:
        del f["identity"]
    runs(s.acts, "--pairs", s.list, "-o", out)
    for name in ("accuracy", "drift", "half"):
        assert np.isnan(column(table(out, name), "ci_low")).all(), name
    assert np.isfinite(column(table(out, "drift"), "estimate")).all()
    assert not table(out, "identities") and not table(out, "sets")


def test_bad_input(folder):
    s = Set(folder, 6)
    out = ["-o", f"{folder}/bad"]
    base = [s.acts, "--pairs", s.list]
    fails(r'acts.h5: nothing is hidden as "bottom:30" \(it has: original, bottom:10, block:20x3, ', *base,
          "--levels", "bottom:10,bottom:30", *out)
    fails('nothing is hidden as "top"', *base, "--levels", "top", *out)
    fails(r'acts.h5: faces were hidden otherwise than with seed 2 \("black, seed 1"\)', *base,
          "--occlude-seed", "2", *out)
    runs(*base, "--occlude-seed", "1", "-b", 0, "--levels", "bottom:10", *out)
    for name in os.listdir(out[1]):
        os.remove(f"{out[1]}/{name}")
    fails("acts.h5: has no image of identity Nobody", *base, "--identities", f"{s.p.identity[0]},Nobody",
          *out)
    s.p.write(f"{folder}/clean.h5", views=["original"])
    fails("clean.h5: has no hidden faces", f"{folder}/clean.h5", "--pairs", s.list, *out)
    s.p.write(f"{folder}/odd.h5", views=["original", "upside down"])
    fails('odd.h5: view "upside down" is no occlusion', f"{folder}/odd.h5", "--pairs", s.list, *out)
    s.write(s.p, f"{folder}/seed.h5", VIEWS, "black, seed 9: some")
    fails(r'seed.h5: faces were hidden otherwise \("black, seed 9"\) than in .*acts.h5 '
          r'\("black, seed 1"\)', *base, "--beside", f"{folder}/seed.h5", *out)
    fails("hidden otherwise", s.acts, f"{folder}/seed.h5", "--pairs", s.list, *out)
    s.write(s.p, f"{folder}/fewer.h5", VIEWS[:3])
    fails("fewer.h5: its levels differ", *base, "--beside", f"{folder}/fewer.h5", *out)
    fails('fewer.h5: has no view "bottom:40"', s.acts, f"{folder}/fewer.h5", "--pairs", s.list, *out)
    write_table(f"{folder}/one.tsv", s.p.images, [(*p[:3], 0) for p in s.pairs])
    fails("one.tsv: has one fold", s.acts, "--pairs", f"{folder}/one.tsv", *out)
    part = np.delete(np.arange(len(s.p.images)), s.a[0])
    s.p.write(f"{folder}/part.h5", part, views=VIEWS)
    with h5py.File(f"{folder}/part.h5", "r+") as f:
        f.attrs["occlusion"] = "black, seed 1: some"
    fails("part.h5: other pairs of .* have images there", *base, "--beside", f"{folder}/part.h5",
          "--allow-missing", *out)
    fails("stands in the pairs too", *base, "--train-acts", s.acts, *out)
    fails("no layer fc9", *base, "--layers", "fc9", *out)
    assert not [n for n in os.listdir(out[1]) if n.endswith(".tsv")], os.listdir(out[1])
    for text, options in (
            ("-o DIR", base), ("--pairs is needed", [s.acts, *out]),
            ("--faces: \"left\" is neither both nor second", [*base, "--faces", "left", *out]),
            ("--beside-train belongs to --beside", [*base, "--beside-train", s.train, *out]),
            ("a file for each of --beside", [*base, "--beside", s.acts, "--beside-train",
                                             f"{s.train},{s.acts}", *out]),
            ("needs --beside-train or another --metric", [*base, "--train-acts", s.train, "--metric",
                                                          "joint_bayesian", "--beside", s.acts, *out]),
            ("unknown option --view", [*base, "--view", "bottom:10", *out]),
            ("--occlude-seed", [*base, "--occlude-seed", "x", *out])):
        fails(text, *options, code=2)


def test_conventions(folder):
    shown = run("--help")
    assert shown.returncode == 0 and shown.stdout.startswith("facet-occlusion: "), shown
    assert all(len(line) <= 100 for line in shown.stdout.splitlines()), shown.stdout
    assert re.match(r"facet-occlusion: facet \d+\.\d+\.\d+ \(git \S+\)\n$", run("--version").stdout)
    fails("unknown option --no-such-option\nTry 'facet-occlusion --help'", "--no-such-option", code=2)
    fails("^facet-occlusion", code=2)


def main():
    for name, test in list(globals().items()):
        if not name.startswith("test_") or name not in (sys.argv[4:] or [name]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            test(folder)
        print(name, flush=True)


if __name__ == "__main__":
    main()
