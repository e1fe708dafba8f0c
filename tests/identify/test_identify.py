"""facet-identify against numpy, on files written by h5py.

usage: test_identify.py FACET_IDENTIFY
"""
import os
import subprocess
import sys
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"  # others may need the processor
try:
    import h5py  # noqa: F401
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "verify"))
from people import People, close, column, same_tables, score_all, table  # noqa: E402

PROGRAM = sys.argv[1]
TABLES = ["identification", "cmc", "dir"]
METRICS = ["cosine", "euclidean", "hamming", "joint_bayesian"]


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def identify(out, *arguments):
    done = run(*arguments, "-o", out)
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    assert "nan" not in done.stdout.lower() and "inf" not in done.stdout.lower(), done.stdout
    return done


def write_list(path, p, rows):
    with open(path, "w", encoding="utf-8") as f:
        f.write("identity\timage\n")
        f.writelines(f"{p.identity[i]}\t{p.images[i]}\n" for i in rows)


# ---- what should come out ----

def rank(matrix, p, gallery, probes):
    """Rank of each probe's own person (0: an impostor), and its score, or an impostor's highest."""
    who = np.array(p.identity)
    people = sorted(set(who[gallery]))
    best = np.stack([matrix[np.ix_(probes, [g for g in gallery if who[g] == name])].max(1)
                     for name in people], 1)
    ranks, scores = np.zeros(len(probes), int), best.max(1)
    for k, probe in enumerate(probes):
        if who[probe] in people:
            own = best[k, people.index(who[probe])]
            ranks[k], scores[k] = (best[k] >= own).sum(), own
    return ranks, scores


def dir_at(ranks, scores, far):
    """The lowest impostor score that no more than far of them are above."""
    alarms = scores[ranks == 0]
    for threshold in np.concatenate([[-np.inf], np.sort(alarms)]):
        if (alarms > threshold).mean() <= far:
            return threshold, ((ranks == 1) & (scores > threshold)).sum() / (ranks > 0).sum()


def check(out, protocol, key, matrix, p, gallery, probes):
    def own(name):
        return [r for r in table(out, name)
                if (r["protocol"], r["layer"], r["features"], r["metric"]) == (protocol, *key)]
    ranks, scores = rank(matrix, p, gallery, probes)
    (line,), impostors = own("identification"), (ranks == 0).sum()
    people = len({p.identity[g] for g in gallery})
    assert [line[c] for c in ("people", "gallery", "probes", "impostors")] == \
        [people, len(gallery), (ranks > 0).sum(), impostors], line
    close(line["rank1"], (ranks[ranks > 0] == 1).mean(), "rank 1", 1e-8)
    assert line["rank1_ci_low"] <= line["rank1"] <= line["rank1_ci_high"], line
    cmc = own("cmc")
    assert (column(cmc, "rank") == np.arange(1, people + 1)).all()
    close(column(cmc, "share"), [(ranks[ranks > 0] <= r).mean() for r in range(1, people + 1)],
          "CMC", 1e-8)
    rows = own("dir")
    if impostors == 0:
        assert not rows and all(np.isnan(line[c]) for c in (
            "dir_at_far_0.01", "dir_ci_low", "dir_ci_high", "threshold_at_far_0.01")), line
        return line
    assert rows[-1]["far"] == 1 and rows[0]["far"] <= 1 / impostors and len(rows) < 200
    for row in rows + [{"far": 0.01, "threshold": line["threshold_at_far_0.01"],
                        "rate": line["dir_at_far_0.01"]}]:
        threshold, rate = dir_at(ranks, scores, row["far"] * (1 + 1e-8))
        close(row["threshold"], threshold, f"threshold at FAR {row['far']}", 2e-5, 2e-5)
        close(row["rate"], rate, f"DIR at FAR {row['far']}", 1e-8)
    assert line["dir_ci_low"] <= line["dir_at_far_0.01"] <= line["dir_ci_high"], line
    return line


# ---- the tests ----

def split(p, known, each):
    """Gallery: `each` images of the first `known` people; probes: all else, impostors among them."""
    names = sorted(set(p.identity))[:known]
    gallery = sorted(i for name in names for i in p.rows_of(name)[:each])
    return gallery, [i for i in range(len(p.images)) if i not in gallery]


def test_tables(folder):
    """Every metric, several gallery images a person, closed and open; two threads as one."""
    rng = np.random.default_rng(1)
    p, others = People(rng, 60, least=3), People(rng, 40, 6, first=500)
    p.write(f"{folder}/acts.h5")
    others.write(f"{folder}/others.h5")
    for name, known in (("closed", 60), ("open", 35)):
        gallery, probes = split(p, known, 2)
        write_list(f"{folder}/gallery.tsv", p, rng.permutation(gallery))
        write_list(f"{folder}/probes.tsv", p, rng.permutation(probes))
        for t in (1, 2):
            done = identify(f"{folder}/{name}{t}", f"{folder}/acts.h5", "--gallery",
                            f"{folder}/gallery.tsv", "--probes", f"{folder}/probes.tsv", "--layers",
                            "fc4,fc3+fc4", "--metric", ",".join(METRICS), "--train-acts",
                            f"{folder}/others.h5", "--pca", "30", "-t", t)
        same_tables(f"{folder}/{name}1", f"{folder}/{name}2", TABLES)
        for layer in ("fc4", "fc3+fc4"):
            x = p.features(layer, "mirror_concat")
            for metric in METRICS:
                kept = f"{folder}/{name}1/metric_{layer}.h5"
                line = check(f"{folder}/{name}1", "tables", (layer, "mirror_concat", metric),
                             score_all(metric, x, kept=kept), p, gallery, probes)
                assert f"{100 * line['rank1']:.2f} %" in done.stdout, done.stdout
    again = f"{folder}/again"  # a metric that was kept gives the same
    identify(again, f"{folder}/acts.h5", "--gallery", f"{folder}/gallery.tsv", "--probes",
             f"{folder}/probes.tsv", "--layers", "fc4", "--metric", "joint_bayesian", "--fitted",
             f"{folder}/open1/metric_fc4.h5")
    for name in TABLES:
        wanted = [r for r in table(f"{folder}/open1", name)
                  if (r["layer"], r["metric"]) == ("fc4", "joint_bayesian")]
        assert table(again, name) == wanted, name


def test_interval(folder):
    """The ends of rank 1's interval against numpy's own bootstrap over people."""
    rng = np.random.default_rng(2)
    p = People(rng, 80, 8, least=2)
    p.write(f"{folder}/acts.h5")
    gallery, probes = split(p, 80, 1)
    write_list(f"{folder}/gallery.tsv", p, gallery)
    write_list(f"{folder}/probes.tsv", p, probes)
    identify(f"{folder}/out", f"{folder}/acts.h5", "--gallery", f"{folder}/gallery.tsv", "--probes",
             f"{folder}/probes.tsv", "--layers", "fc3", "--metric", "hamming", "--bootstrap", "4000")
    (line,) = table(f"{folder}/out", "identification")
    matrix = score_all("hamming", p.features("fc3", "mirror_concat"))
    right = rank(matrix, p, gallery, probes)[0] == 1
    own = [right[[k for k, i in enumerate(probes) if p.identity[i] == name]]
           for name in sorted(set(p.identity))]
    sums = np.array([[len(r), r.sum()] for r in own])
    drawn = np.array([sums[rng.integers(0, 80, 80)].sum(0) for _ in range(4000)])
    low, high = np.quantile(drawn[:, 1] / drawn[:, 0], [0.025, 0.975])
    assert abs(line["rank1_ci_low"] - low) < 0.1 * (high - low), (line, low, high)
    assert abs(line["rank1_ci_high"] - high) < 0.1 * (high - low), (line, low, high)


def test_lfw(folder):
    """The draw's sizes; the same seed draws the same, whoever is compared how."""
    rng = np.random.default_rng(3)
    p, single = People(rng, 30, 6), People(rng, 25, 1, first=100, least=1)
    p.images += single.images
    p.identity += single.identity
    p.layers = {name: np.concatenate([x, single.layers[name]]) for name, x in p.layers.items()}
    p.write(f"{folder}/acts.h5")
    ask = [f"{folder}/acts.h5", "--layers", "fc4", "--metric", "cosine", "--people", "12",
           "--distractors", "20"]
    for seed in (1, 2):
        for which in ("closed", "open"):
            identify(f"{folder}/{which}{seed}", *ask, "--lfw", which, "--seed", seed)
    (closed,), (open_set,) = (table(f"{folder}/{w}1", "identification") for w in ("closed", "open"))
    assert closed["people"] == closed["gallery"] == 32 and closed["impostors"] == 0, closed
    assert open_set["people"] == open_set["probes"] == 12, open_set
    assert open_set["protocol"] == "lfw_open" and closed["protocol"] == "lfw_closed"
    assert open_set["impostors"] + 12 + closed["probes"] == len(p.images), (open_set, closed)
    assert open_set["rank1"] >= open_set["dir_at_far_0.01"]
    identify(f"{folder}/again", *ask, "--lfw", "open")
    same_tables(f"{folder}/again", f"{folder}/open1", TABLES)
    assert table(f"{folder}/open1", "dir") != table(f"{folder}/open2", "dir")
    several = People(rng, 20, 4)  # nobody with one image
    several.write(f"{folder}/several.h5")
    identify(f"{folder}/several", f"{folder}/several.h5", *ask[1:-1], "0", "--lfw", "closed")
    fails(folder, 1, "0 people have one image, 20 asked for", f"{folder}/several.h5", *ask[1:],
          "--lfw", "closed")
    fails(folder, 1, "30 people have two images or more, 596 asked for", f"{folder}/acts.h5",
          "--lfw", "closed")


def test_conditions(folder):
    rng = np.random.default_rng(4)
    p = People(rng, 15, 6, least=4)
    p.images = [f"set/{'VL/Strong' if int(name[-8:-4]) % 2 else 'NI/Strong'}/{who}/{name[-8:]}"
                for who, name in zip(p.identity, p.images)]
    p.write(f"{folder}/acts.h5")
    gallery = [i for i, name in enumerate(p.images) if "/VL/" in name]
    probes = [i for i, name in enumerate(p.images) if "/NI/" in name]
    ask = [f"{folder}/acts.h5", "--layers", "fc4", "--metric", "euclidean", "--view", "bottom:30",
           "--features", "mirror_sum", "--conditions"]
    identify(f"{folder}/out", *ask, "VL/Strong,NI/Strong")
    check(f"{folder}/out", "conditions", ("fc4", "mirror_sum", "euclidean"),
          score_all("euclidean", p.features("fc4", "mirror_sum", "bottom:30")), p, gallery, probes)
    identify(f"{folder}/one", *ask, "VL/Strong,NI/Strong", "--gallery-images", "1")
    (line,) = table(f"{folder}/one", "identification")
    assert line["gallery"] == line["people"] == 15, line
    fails(folder, 1, "VL/Weak", *ask, "VL/Weak,NI/Strong")
    fails(folder, 1, "all of one person, Strong; if that is no person, the condition is VL/Strong",
          *ask, "VL,NI")
    fails(folder, 2, '--conditions: "VL", expected two', *ask, "VL")


def fails(folder, code, text, *arguments):
    """Ends so, says so, and leaves no table."""
    out = f"{folder}/nothing"
    done = run(*arguments, "-o", out)
    assert done.returncode == code and text in done.stderr and done.stdout == "", (text, done)
    assert done.stderr.startswith("facet-identify: "), done
    left = os.listdir(out) if os.path.isdir(out) else []
    assert not [f for f in left if not f.startswith("metric_")], left


def test_failures(folder):
    rng = np.random.default_rng(5)
    p = People(rng)
    p.write(f"{folder}/acts.h5")
    gallery, probes = split(p, 20, 1)
    acts, known, asked = f"{folder}/acts.h5", f"{folder}/known.tsv", f"{folder}/asked.tsv"
    write_list(known, p, gallery)
    write_list(asked, p, probes)
    lists = ["--gallery", known, "--probes", asked]
    fails(folder, 2, "expected one of --gallery with --probes, --lfw and --conditions", acts)
    fails(folder, 2, "expected one of", acts, *lists, "--lfw", "open")
    fails(folder, 2, "--gallery needs --probes", acts, "--gallery", known)
    fails(folder, 2, '--lfw: "ajar", expected closed or open', acts, "--lfw", "ajar")
    fails(folder, 2, "joint_bayesian needs --train-acts", acts, *lists, "--metric",
          "joint_bayesian")
    fails(folder, 1, "no layer fc9", acts, *lists, "--layers", "fc9")
    fails(folder, 1, "Joint Bayesian must be trained on other people", acts, *lists,
          "--train-acts", acts)
    fails(folder, 1, "is in", acts, "--gallery", known, "--probes", known)
    with open(asked, "a", encoding="utf-8") as f:
        f.write("Person_000\tPerson_000/Person_000_0099.jpg\n")
    fails(folder, 1, f"asked.tsv:{len(probes) + 2}: Person_000/Person_000_0099.jpg is not among the "
          "images", acts, *lists)
    done = identify(f"{folder}/out", acts, *lists, "--allow-missing", "--bootstrap", "0")
    assert "1 images left out" in done.stderr, done.stderr
    assert all(np.isnan(r["rank1_ci_low"]) for r in table(f"{folder}/out", "identification"))
    p.layers["fc4"][probes[3]] = np.nan
    p.write(acts)
    fails(folder, 1, f"image {p.images[probes[3]]} is missing there", acts, *lists,
          "--allow-missing", "--layers", "fc4")


def test_help(folder):
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("facet-identify: measures how well")
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    for option in ("--gallery", "--probes", "--lfw", "--people", "--distractors", "--conditions",
                   "--layers", "--metric", "--train-acts", "--fitted", "--bootstrap", "--output"):
        assert option in done.stdout, option


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for test_name, test in list(globals().items()):
        if test_name.startswith("test_") and (not wanted or test_name in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                test(scratch)
            print("ok", test_name)
