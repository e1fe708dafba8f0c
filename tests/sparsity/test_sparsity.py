"""facet-sparsity against numpy and scipy on files written by h5py.

usage: test_sparsity.py FACET_SPARSITY
"""
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    from scipy import stats
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.dirname(__file__))
import acts  # noqa: E402

PROGRAM = sys.argv[1]
TABLES = ["images", "neurons", "active_neurons_per_image", "images_per_neuron",
          "activation_histograms", "thresholds", "overlap", "summary"]


def run(path, out, *options):
    return subprocess.run([PROGRAM, path, "-o", out, *options], capture_output=True, text=True)


def table(out, name):
    with open(os.path.join(out, name + ".tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(os.path.join(out, name + ".json"), encoding="utf-8") as f:
        sidecar = json.load(f)
    assert sidecar["rows"] == len(rows), name
    if rows:
        assert [c["name"] for c in sidecar["columns"]] == list(rows[0]), name
    assert sidecar["provenance"]["inputs"][0]["sha256"], name
    return rows


def digest(path, layer, rows):
    """SHA-256 of a layer's stored Fletcher-32 sums, chunk rows first, read by h5py."""
    total = hashlib.sha256()
    with h5py.File(path) as f:
        data = f[layer]
        for at in range(0, rows, data.chunks[0]):
            for neuron in range(0, data.shape[1], data.chunks[1]):
                total.update(data.id.read_direct_chunk((at, neuron))[1][-4:])
    return total.hexdigest()


def number(text):
    return np.nan if text == "NA" else float(text)


def column(rows, name):
    return np.array([number(r[name]) for r in rows])


def close(got, expected, what, rtol=2e-8, atol=1e-9):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what)


def gini(r):
    """Hurley and Rickard's formula, row by row."""
    c = np.sort(np.abs(r), axis=1)
    n = c.shape[1]
    k = np.arange(1, n + 1)
    return 1 - 2 * (c / c.sum(1, keepdims=True) * (n - k + 0.5) / n).sum(1)


def entropy(p):
    with np.errstate(all="ignore"):
        h = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    return np.where((p > 0) & (p < 1), h, 0)


def check_images(rows, x, threshold):
    r = x.astype("f8")
    n = r.shape[1]
    with np.errstate(all="ignore"):
        tr = r.mean(1) ** 2 / (r ** 2).mean(1)
        vg = (1 - tr) / (1 - 1 / n) if n > 1 else np.full(len(r), np.nan)
        hoyer = ((np.sqrt(n) - np.abs(r).sum(1) / np.sqrt((r ** 2).sum(1))) / (np.sqrt(n) - 1)
                 if n > 1 else np.full(len(r), np.nan))
        constant = (r == r[:, :1]).all(1)
        kurtosis = np.where(constant, np.nan, stats.kurtosis(r, axis=1))
        g = gini(r)
    close(column(rows, "active"), (r > threshold).sum(1), "active")
    close(column(rows, "active_share"), (r > threshold).mean(1), "active_share")
    close(column(rows, "treves_rolls"), tr, "treves_rolls")
    close(column(rows, "vinje_gallant"), vg, "vinje_gallant")
    close(column(rows, "hoyer"), hoyer, "hoyer")
    close(column(rows, "gini"), g, "gini", atol=1e-8)
    close(column(rows, "kurtosis"), kurtosis, "kurtosis", rtol=1e-7)


def check_neurons(rows, x, threshold):
    r = x.astype("f8")
    n = len(r)
    p = (r > threshold).mean(0)
    close(column(rows, "n"), n, "n")
    close(column(rows, "images_active"), (r > threshold).sum(0), "images_active")
    close(column(rows, "active_share"), p, "share")
    close(column(rows, "mean"), r.mean(0), "mean")
    close(column(rows, "sd"), r.std(0, ddof=1) if n > 1 else np.full(r.shape[1], np.nan), "sd")
    close(column(rows, "min"), r.min(0), "min")
    close(column(rows, "max"), r.max(0), "max")
    for name, q in [("q05", .05), ("q25", .25), ("median", .5), ("q75", .75), ("q95", .95)]:
        close(column(rows, name), np.quantile(r, q, axis=0), name, atol=1e-44)
    close(column(rows, "entropy_bits"), entropy(p), "entropy")
    with np.errstate(all="ignore"):
        close(column(rows, "treves_rolls"), r.mean(0) ** 2 / (r ** 2).mean(0), "lifetime")
    close(column(rows, "dead"), p == 0, "dead")
    close(column(rows, "always_on"), p == 1, "always_on")
    close(column(rows, "constant"), r.min(0) == r.max(0), "constant")


def check_histograms(out, select, x, threshold):
    r = x.astype("f8")
    rows = select(table(out, "activation_histograms"))
    low, high = min(0.0, r.min()), r.max()
    high = high if high > low else low + 1
    expected = [np.histogram(r[:, j], 64, (low, high))[0] for j in range(r.shape[1])]
    close(column(rows, "count"), np.concatenate(expected), "histogram")
    edges = np.tile(np.linspace(low, high, 65)[:-1], r.shape[1])
    close(column(rows, "bin_left"), edges, "edges", atol=1e-8 * high)
    for name, values in [("active_neurons_per_image", (r > threshold).sum(1)),
                         ("images_per_neuron", (r > threshold).sum(0))]:
        rows = select(table(out, name))
        left, right = column(rows, "bin_left"), column(rows, "bin_right")
        assert left[0] == 0 and (left[1:] == right[:-1]).all() and len(left) <= 40
        assert right[-1] == (r.shape[1] if name.startswith("active") else r.shape[0])
        close(column(rows, "count"), np.histogram(values, np.append(left, right[-1]))[0], name)
        assert column(rows, "count").sum() == len(values)


def check_summary(rows, x, threshold):
    r = x.astype("f8")
    got = {row["measure"]: row for row in rows}
    on = r > threshold
    ddof = 1 if len(r) > 1 else 0

    def same(measure, estimate, sd):
        close(number(got[measure]["estimate"]), estimate, measure)
        if sd is not None:
            close(number(got[measure]["sd"]), sd, measure + " sd", rtol=1e-7)
    same("images", len(r), None)
    same("active_neurons_per_image", on.sum(1).mean(),
         on.sum(1).std(ddof=1) if ddof else np.nan)
    same("active_share", on.mean(), None)
    same("images_per_neuron", on.sum(0).mean(),
         on.sum(0).std(ddof=1) if r.shape[1] > 1 else np.nan)
    same("entropy_bits", entropy(on.mean(0)).mean(), None)
    same("dead_neurons", (~on.any(0)).sum(), None)
    same("always_on_neurons", on.all(0).sum(), None)
    same("constant_neurons", (r.min(0) == r.max(0)).sum(), None)
    used = r[(r != 0).any(1)]
    if len(used):
        same("gini", gini(used).mean(), None)
        same("treves_rolls", (used.mean(1) ** 2 / (used ** 2).mean(1)).mean(), None)


def check_layer(out, layer, view, x, threshold=0.0):
    def select(rows):
        return [r for r in rows if r["layer"] == layer and r["view"] == view]
    check_images(select(table(out, "images")), x, threshold)
    check_neurons(select(table(out, "neurons")), x, threshold)
    check_histograms(out, select, x, threshold)
    check_summary(select(table(out, "summary")), x, threshold)
    for row in select(table(out, "thresholds")):
        t, on = float(row["threshold"]), x.astype("f8") > float(row["threshold"])
        expected = {"active_neurons_per_image": on.sum(1).mean(), "active_share": on.mean(),
                    "images_per_neuron": on.sum(0).mean(),
                    "entropy_bits": entropy(on.mean(0)).mean(), "dead_neurons": (~on.any(0)).sum(),
                    "always_on_neurons": on.all(0).sum()}[row["measure"]]
        close(float(row["estimate"]), expected, f"{row['measure']} at {t}")


def people(rng, n, count):
    return [f"person_{k:03d}" for k in rng.integers(0, count, n)]


def same_tables(a, b):
    for name in TABLES:
        with open(os.path.join(a, name + ".tsv"), "rb") as f, \
                open(os.path.join(b, name + ".tsv"), "rb") as g:
            assert f.read() == g.read(), name


# ---- the tests ----

def test_whole(folder):
    """Several chunks, identities (some NA), missing images, odd widths; any number of threads."""
    rng = np.random.default_rng(1)
    n = 9001
    identity = people(rng, n, 300)
    x = {"fc3": acts.relu_like(rng, n, 45, identity), "fc4": acts.relu_like(rng, n, 160, identity)}
    x["fc4"][:, 3] = 0
    x["fc4"][:, 4] = 1.5
    x["fc4"][:, 5] += 7
    x["fc4"][:, 6] *= 1e-42  # denormals share their upper half with zero
    x["fc4"][11] = 0
    missing = rng.random(n) < 0.01
    for layer in x.values():
        layer[missing] = np.nan
    identity[5] = identity[77] = "NA"
    path = os.path.join(folder, "whole.h5")
    acts.write(path, x, identity, missing)
    outs = [os.path.join(folder, f"whole{t}") for t in (1, 2, 5)]
    for out, t in zip(outs, (1, 2, 5)):
        done = run(path, out, "-t", str(t), "--pairs", "500", "--bootstrap", "200")
        assert done.returncode == 0, done.stderr
        assert f"{missing.sum()} missing images left out" in done.stderr, done.stderr
        assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    for name in x:
        check_layer(outs[0], name, "original", x[name][~missing])
    rows = [r for r in table(outs[0], "images") if r["layer"] == "fc3"]
    kept = np.flatnonzero(~missing)
    assert [r["image"] for r in rows] == [f"p/{i:06d}.jpg" for i in kept]
    assert [r["identity"] for r in rows] == [identity[i] for i in kept]
    same_tables(outs[0], outs[1])
    same_tables(outs[0], outs[2])
    for out in outs:
        with open(os.path.join(out, "neurons.json"), encoding="utf-8") as f:
            inputs = json.load(f)["provenance"]["inputs"]
        assert [i["part"] for i in inputs] == ["fc3, original", "fc4, original", "labels"], inputs
        assert inputs[1]["sha256"] == digest(path, "fc4", n), inputs


def test_views_and_maps(folder):
    """Two views of an fc and a convolutional layer, float16, negative values, other thresholds."""
    rng = np.random.default_rng(2)
    n = 700
    fc = rng.normal(0, 1, (n, 2, 70)).astype("f2")
    conv = rng.normal(0.2, 1, (n, 2, 5, 3, 4)).astype("f2")
    path = os.path.join(folder, "views.h5")
    acts.write(path, {"fc1_linear": fc, "conv1": conv}, people(rng, n, 40),
               views=["original", "mirror"], dtype="f2")
    out = os.path.join(folder, "views")
    done = run(path, out, "--threshold", "0.25", "--thresholds", "0,0.5,1.5", "--bootstrap", "50")
    assert done.returncode == 0, done.stderr
    for v, view in enumerate(["original", "mirror"]):
        check_layer(out, "fc1_linear", view, fc[:, v].astype("f4"), 0.25)
        check_layer(out, "conv1", view, conv[:, v].reshape(n, -1).astype("f4"), 0.25)
    only = os.path.join(folder, "only")
    assert run(path, only, "--layers", "conv1", "--bootstrap", "50").returncode == 0
    assert {r["layer"] for r in table(only, "neurons")} == {"conv1"}


def test_wide(folder):
    """More neurons than are counted together, small chunks."""
    rng = np.random.default_rng(3)
    x = acts.relu_like(rng, 300, 1100)
    path = os.path.join(folder, "wide.h5")
    acts.write(path, {"fc": x}, chunk=(50, 100))
    out = os.path.join(folder, "wide")
    done = run(path, out, "--bootstrap", "20", "--pairs", "100")
    assert done.returncode == 0, done.stderr
    check_layer(out, "fc", "original", x)


def test_odd_sizes(folder):
    rng = np.random.default_rng(4)
    for name, x in {
            "one_image": acts.relu_like(rng, 1, 20),
            "one_neuron": acts.relu_like(rng, 50, 1),
            "one_value": np.full((1, 1), 2, "f4"),
            "zeros": np.zeros((40, 9), "f4"),
            "constant": np.full((40, 9), 0.1, "f4"),
            "two": acts.relu_like(rng, 2, 33),
            "spread": (rng.normal(0, 1, (500, 40)) * 10.0 ** rng.integers(-30, 30, (500, 40)))
            .astype("f4"),
    }.items():
        path, out = os.path.join(folder, name + ".h5"), os.path.join(folder, name)
        acts.write(path, {"fc": x})
        done = run(path, out, "--bootstrap", "20")
        assert done.returncode == 0, done.stderr
        if name == "spread":  # sums of squares of 1e30: kurtosis and the like need their own scale
            check_neurons(table(out, "neurons"), x, 0.0)
        else:
            check_layer(out, "fc", "original", x)


def overlap_of(x, a, b):
    a, b = x[a] > 0, x[b] > 0
    return (a != b).mean(1), (a & b).sum(1) / (a | b).sum(1)


def test_overlap(folder):
    """All pairs, exactly; a sample, within its standard error."""
    rng = np.random.default_rng(5)
    n = 120
    identity = np.array(people(rng, n, 12))
    x = acts.relu_like(rng, n, 130, identity)
    path = os.path.join(folder, "overlap.h5")
    acts.write(path, {"fc": x}, list(identity))
    i, j = np.triu_indices(n, 1)
    within = identity[i] == identity[j]
    for pairs, exact in ((100000, True), (300, False)):
        out = os.path.join(folder, f"overlap{pairs}")
        done = run(path, out, "--pairs", str(pairs), "--bootstrap", "100")
        assert done.returncode == 0, done.stderr
        for row in table(out, "overlap"):
            chosen = within if row["relation"] == "within" else ~within
            d = overlap_of(x, i[chosen], j[chosen])[row["measure"] == "jaccard"]
            assert float(row["possible_pairs"]) == chosen.sum()
            count = min(pairs, chosen.sum())
            assert int(row["n"]) == count
            if exact:
                close(float(row["estimate"]), d.mean(), "overlap")
                close(float(row["sd"]), d.std(ddof=1), "overlap sd")
            else:
                assert abs(float(row["estimate"]) - d.mean()) < 5 * d.std() / np.sqrt(count)
            assert float(row["ci_low"]) < float(row["estimate"]) < float(row["ci_high"])


def cluster_bootstrap(rng, index, values, replicates):
    """Resampled values by identity: yields the chosen images' indices."""
    members = [np.flatnonzero(index == k) for k in range(index.max() + 1)]
    for _ in range(replicates):
        drawn = rng.integers(0, len(members), len(members))
        yield values[np.concatenate([members[k] for k in drawn])]


def test_intervals(folder):
    """Ends of the intervals against numpy's own bootstrap over identities, in units of the
    interval's width; both have the error of a finite number of replicates."""
    rng = np.random.default_rng(6)
    n = 1500
    identity = people(rng, n, 150)
    _, index = np.unique(identity, return_inverse=True)
    x = acts.relu_like(rng, n, 60, identity)
    path, out = os.path.join(folder, "ci.h5"), os.path.join(folder, "ci")
    acts.write(path, {"fc": x}, identity)
    done = run(path, out, "--bootstrap", "4000", "--thresholds", "1", "--pairs", "200")
    assert done.returncode == 0, done.stderr
    got = {r["measure"]: r for r in table(out, "summary")}
    for row in table(out, "thresholds"):
        got["1 " + row["measure"]] = row
    samples = {k: [] for k in ("active_neurons_per_image", "active_neurons_per_image_sd", "gini",
                               "kurtosis", "images_per_neuron", "1 images_per_neuron",
                               "images_per_neuron_sd", "entropy_bits")}
    data = np.hstack([x, gini(x.astype("f8"))[:, None],
                      stats.kurtosis(x.astype("f8"), axis=1)[:, None]])
    for draw in cluster_bootstrap(rng, index, data, 2000):
        on = draw[:, :60] > 0
        p = on.mean(0)
        samples["active_neurons_per_image"].append(on.sum(1).mean())
        samples["active_neurons_per_image_sd"].append(on.sum(1).std(ddof=1))
        samples["gini"].append(draw[:, 60].mean())
        samples["kurtosis"].append(draw[:, 61].mean())
        samples["images_per_neuron"].append(n * p.mean())
        samples["1 images_per_neuron"].append(n * (draw[:, :60] > 1).mean())
        samples["images_per_neuron_sd"].append(n * p.std(ddof=1))
        samples["entropy_bits"].append(entropy(p).mean())
    for measure, values in samples.items():
        low, high = np.quantile(values, [0.025, 0.975])
        # the linearised ones leave out the bootstrap's bias, of the order of (sd p_j)^2
        shift = 0
        if measure in ("images_per_neuron_sd", "entropy_bits"):
            shift = np.mean(values) - float(got[measure]["estimate"])
        ends = [float(got[measure]["ci_low"]), float(got[measure]["ci_high"])]
        error = np.abs(np.array(ends) - [low - shift, high - shift]) / (high - low)
        assert (error < 0.1).all(), (measure, ends, low - shift, high - shift)


def test_failures(folder):
    """Exit codes and messages."""
    rng = np.random.default_rng(7)
    x = acts.relu_like(rng, 200, 40)
    path, out = os.path.join(folder, "good.h5"), os.path.join(folder, "failures")

    def fails(code, text, *command):
        done = subprocess.run([PROGRAM, *command], capture_output=True, text=True)
        assert done.returncode == code, (command, done)
        assert text in done.stderr and done.stdout == "", (command, done)
        assert not os.path.exists(os.path.join(out, "summary.tsv")), command
        assert not any(f.endswith(".partial") for f in
                       (os.listdir(out) if os.path.isdir(out) else [])), command
    acts.write(path, {"fc1": x, "fc2": x})
    fails(2, "expected a folder", path)
    fails(2, "expected ACTS.h5", "-o", out)
    fails(2, "unknown option --frobnicate", path, "--frobnicate")
    for option, value in [("--threshold", "-1"), ("--threshold", "x"), ("--thresholds", "1,,2"),
                          ("--thresholds", "0,-1"), ("--bootstrap", "1"), ("--seed", "-3"),
                          ("--pairs", "0"), ("--threads", "0"), ("--layers", "fc1,fc1")]:
        fails(2, option.lstrip("-"), path, "-o", out, option, value)
    fails(1, "no layer fc9 (it has: fc1, fc2)", path, "-o", out, "--layers", "fc9")
    fails(1, "nowhere.h5", os.path.join(folder, "nowhere.h5"), "-o", out)
    fails(1, "good.h5", path, "-o", os.path.join(path, "sub"))

    bad = x.copy()
    bad[150, 33] = np.nan
    nan = os.path.join(folder, "nan.h5")
    acts.write(nan, {"fc1": x, "fc2": bad})
    fails(1, "layer fc2, view original, row 150 (p/000150.jpg), neuron 33", nan, "-o", out)
    bad[150, 33] = np.inf
    acts.write(nan, {"fc1": x, "fc2": bad})
    fails(1, "row 150", nan, "-o", out)
    acts.write(nan, {"fc1": x * np.nan}, missing=np.ones(200))
    fails(1, "all 200 images are missing", nan, "-o", out)
    acts.write(nan, {"fc1": x[:0]}, chunk=(10, 10))
    fails(1, "images", nan, "-o", out)

    with open(path, "rb") as f:
        data = f.read()
    broken = os.path.join(folder, "broken.h5")
    for cut in (0, 100, len(data) // 2, len(data) - 4000):
        with open(broken, "wb") as f:
            f.write(data[:cut])
        fails(1, "broken.h5", broken, "-o", out)
    at = data.find(x[:, :32].tobytes()[:256])
    assert at > 0
    with open(broken, "wb") as f:
        f.write(data[:at + 40] + bytes([data[at + 40] ^ 1]) + data[at + 41:])
    fails(1, "fc1, rows", broken, "-o", out)


def test_help(folder):
    done = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("facet-sparsity: measures how sparse")
    for option in ("--layers", "--threshold", "--thresholds", "--bootstrap", "--seed", "--pairs",
                   "--threads", "--output"):
        assert option in done.stdout, option
    assert subprocess.run([PROGRAM, "--version"], capture_output=True).returncode == 0


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for test_name, test in list(globals().items()):
        if test_name.startswith("test_") and (not wanted or test_name in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                test(scratch)
            print("ok", test_name)
