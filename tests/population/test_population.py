"""facet-population against numpy, scipy, facet-selectivity and facet-verify on made-up people.

usage: test_population.py FACET_POPULATION FACET_SELECTIVITY FACET_VERIFY [TEST]
"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py  # noqa: F401 (acts needs it)
    import numpy as np
    from scipy import stats
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "verify"))
from people import acts, close, column, same_tables, table  # noqa: E402

PROGRAM, SELECTIVITY, VERIFY = (os.path.abspath(p) for p in sys.argv[1:4])
TABLES = ["curves", "needed", "overlap", "ablation"]
REPEATS = 5


def run(*arguments, program=PROGRAM):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def runs(*arguments, program=PROGRAM):
    done = run(*arguments, program=program)
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    return done


def pick(rows, **wanted):
    return [r for r in rows if all(r[k] == v for k, v in wanted.items())]


def made(folder, seed=1, people=20, each=30, neurons=24):
    """Two views of people of 30 images each; neurons 0 to 2 know Person_000, 3 and 4 Person_001, 5 both,
    6 to 8 the attribute `sex`; 9 is constant. The pairs are of images 0 to 19 of each."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    sex = (who % 2).astype("f8")
    x = rng.normal(0.3, 1, (len(who), 2, neurons))
    x[who == 0, :, 0:3] += 1.5
    x[who == 1, :, 3:5] += 1.5
    x[who < 2, :, 5] += 1.5
    x[:, :, 6:9] += 0.8 * sex[:, None, None]
    x += rng.normal(0, 0.5, (people, neurons))[who][:, None]
    x = np.maximum(x, 0).astype("f4")
    x[:, :, 9] = 1.5
    identity = [f"Person_{k:03d}" for k in who]
    images = [f"{name}/{name}_{i % each + 1:04d}.jpg" for i, name in enumerate(identity)]
    path, pairs = os.path.join(folder, "acts.h5"), os.path.join(folder, "pairs.tsv")
    acts.write(path, {"fc3": x[:, :, ::2], "fc4": x}, identity, views=["original", "mirror"],
               images=images, attributes={"sex": sex})
    with open(pairs, "w", encoding="utf-8") as f:
        print("image_a", "image_b", "same", "fold", sep="\t", file=f)
        for fold in range(4):
            for k in range(40):
                a, b = rng.choice(people, 2, replace=False)
                i, j = rng.choice(20, 2, replace=False)
                for other, same in ((a, 1), (b, 0)):
                    one = images[a * each + fold * 5 + i % 5]
                    two = images[other * each + (fold + 1) % 4 * 5 + j % 5]
                    print(one, two, same, fold + 1, sep="\t", file=f)
    unique = {}
    with open(pairs, encoding="utf-8") as f:
        head, *lines = f.read().splitlines()
    for line in lines:  # a pair may stand there once
        unique.setdefault(tuple(sorted(line.split("\t")[:2])), line)
    with open(pairs, "w", encoding="utf-8") as f:
        f.write("\n".join([head, *unique.values()]) + "\n")
    return path, pairs, x, np.array(identity), sex, images


def both(x):
    return np.concatenate([x[:, 0], x[:, 1]], 1).astype("f8")


# ---- classifiers ----

def discriminant(x, y, kept, ridge=0.01):
    """Weights of those kept, and the constant; the ridge is of all."""
    m0, m1 = x[y == 0].mean(0), x[y == 1].mean(0)
    s = np.cov(x[y == 0].T, ddof=0) + np.cov(x[y == 1].T, ddof=0)
    s += ridge * np.trace(s) / len(s) * np.eye(len(s))
    w = np.zeros(len(s))
    w[kept] = np.linalg.solve(s[np.ix_(kept, kept)], (m1 - m0)[kept])
    return w, -w @ (m0 + m1) / 2


def balanced(y, told):
    return ((told[y == 1] == 1).mean() + (told[y == 0] == 0).mean()) / 2


def selectivity(x, y):
    """|AUC - 1/2|, -1 for a constant neuron, and q over these neurons."""
    auc, p = np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    for j in range(x.shape[1]):
        if np.ptp(x[:, j]) > 0:
            u = stats.mannwhitneyu(x[y == 1, j], x[y == 0, j], method="asymptotic")
            auc[j], p[j] = u.statistic / (y == 1).sum() / (y == 0).sum(), u.pvalue
    return auc, p


def adjusted(p):
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known])]
    q = np.full(len(p), np.nan)
    q[order] = np.minimum.accumulate((p[order] * len(known) / np.arange(1, len(known) + 1))[::-1])[::-1]
    return q


def judge(x, y, first, choose, held):
    """Both ways: choose(train) gives the neurons that take part; by the classifier of all, or of them."""
    told = np.empty(len(y))
    for half in (first, ~first):
        kept = choose(half)
        w, c = discriminant(x[half], y[half], np.arange(x.shape[1]) if held else kept)
        zeroed = np.setdiff1d(np.arange(x.shape[1]), kept)
        z = x[~half].copy()
        z[:, zeroed] = 0
        told[~half] = z @ w + c > 0
    return balanced(y, told)


def expected(x, y, rng, splits, what):
    """Mean over other random halves, and its standard deviation over splits; what(first) -> accuracy."""
    values = []
    for _ in range(splits):
        first = np.zeros(len(y), bool)
        for c in (0, 1):
            of = rng.permutation(np.flatnonzero(y == c))
            first[of[:len(of) // 2]] = True
        values.append(what(first))
    return np.mean(values), np.std(values, ddof=1)


def test_classifiers(folder):
    """Curves and ablations, by other random halves; all neurons as facet-selectivity has them."""
    path, _, x, identity, sex, _ = made(folder)
    splits = 16
    on = ["--by", "identity,sex", "--select", "Person_000", "--layers", "fc4", "--splits", splits]
    outs = [os.path.join(folder, f"p{t}") for t in (1, 2)]
    for t, out in zip((1, 2), outs):
        done = runs(path, *on, "--zero", "2,6,30", "--repeats", REPEATS, "-t", t, "-o", out)
        assert "2 targets, 48 neurons, 600 images, 0 pairs" in done.stderr, done.stderr
    same_tables(*outs, TABLES)
    curves, needed, ablation = (table(outs[0], name) for name in ("curves", "needed", "ablation"))
    sizes = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
    all_neurons, rng = both(x), np.random.default_rng(5)
    runs(path, *on, "--classifiers", splits, "-o", os.path.join(folder, "s"), program=SELECTIVITY)
    whole = pick(table(os.path.join(folder, "s"), "classifiers"), classifier="lda")
    for row, label in zip(whole, ((identity == "Person_000").astype(int), sex.astype(int))):
        name = row["target"]

        def rank(half):
            auc, _ = selectivity(all_neurons[half], label[half])
            return np.lexsort((np.arange(48), -np.where(np.isnan(auc), -1, abs(auc - 0.5))))

        def not_selective(half):
            return np.flatnonzero(~(adjusted(selectivity(all_neurons[half], label[half])[1]) < 0.05))

        def near(got, what, held, label=label, name=name):
            mean, sd = expected(all_neurons, label, rng, 12, lambda first: judge(
                all_neurons, label, first, what, held))
            error = max(sd, 0.004) * np.sqrt(1 / 12 + 1 / splits)
            assert abs(got - mean) < 4.5 * error, (name, got, mean, error)
        ranked = pick(curves, target=name, order="ranked")
        assert [r["neurons"] for r in ranked] == sizes
        for k in ("estimate", "sd"):
            close(ranked[-1][k], row[k], "all neurons")
            close(pick(curves, target=name, order="random")[-1][k], row[k], "all neurons")
        for k in (1, 6, 16):
            near(pick(ranked, neurons=k)[0]["estimate"], lambda half, k=k: np.sort(rank(half)[:k]), 0)
        line, = pick(needed, target=name)
        for k in ("estimate", "sd", "ci_low", "ci_high", "splits", "n_target", "n_rest"):
            close(line[k], row[k], k)
        close(line["goal"], 0.5 + 0.9 * (row["estimate"] - 0.5), "goal")
        for what, order, goal in (("neurons", "ranked", line["goal"]),
                                  ("neurons_random", "random", line["goal"]),
                                  ("neurons_for_0.9_estimate", "ranked", 0.9 * row["estimate"])):
            of = pick(curves, target=name, order=order)
            assert line[what] == min(r["neurons"] for r in of if r["estimate"] >= goal - 1e-9), what
        assert line["neurons_least"] <= line["neurons"] <= line["neurons_most"]
        assert line["neurons"] < line["neurons_random"]
        for held, measure in ((1, "lda"), (0, "lda_refitted")):
            rows = pick(ablation, target=name, measure=measure)
            assert [(r["zeroed"], r["neurons"]) for r in rows[:2]] == [("best", 2), ("best", 6)]
            assert [r["zeroed"] for r in rows] == ["best", "best", "best", "selective"]
            for r in rows:
                close(r["intact"], row["estimate"], "intact")
                assert r["repeats"] == REPEATS and r["n"] == 600
                assert r["random_ci_low"] <= r["random_estimate"] <= r["random_ci_high"]
                assert r["ci_low"] < r["estimate"] < r["ci_high"] or r["estimate"] <= 0.5
                assert r["p"] in (np.arange(1, REPEATS + 2) / (REPEATS + 1)).round(9)
            near(rows[1]["estimate"], lambda half: np.sort(rank(half)[6:]), held)
            near(rows[3]["estimate"], not_selective, held)
            near_random = expected(all_neurons, label, rng, 12, lambda first, held=held: np.mean(
                [judge(all_neurons, label, first, lambda half: np.sort(rng.permutation(48)[6:]), held)]))
            assert abs(rows[1]["random_estimate"] - near_random[0]) < \
                4.5 * max(near_random[1], 0.01) * np.sqrt(1 / 12 + 1 / REPEATS), (name, held)
        assert rows[1]["estimate"] < rows[1]["random_ci_low"]  # the planted neurons matter


# ---- overlap ----

def test_overlap(folder):
    path, _, x, identity, *_ = made(folder)
    out = os.path.join(folder, "out")
    runs(path, "--by", "identity,sex", "--top", "3", "--features", "original", "--splits", "1", "-o",
         out)
    names = ["Person_000", "Person_001", "Person_002"]
    for layer, values in (("fc3", x[:, 0, ::2]), ("fc4", x[:, 0])):
        told = {name: selectivity(values.astype("f8"), (identity == name).astype(int))
                for name in names}
        sex = selectivity(values.astype("f8"), np.repeat(np.arange(20) % 2, 30))
        q = np.split(adjusted(np.concatenate([told[n][1] for n in names] + [sex[1]])), 4)
        sets = {n: set(np.flatnonzero((told[n][0] > 0.5) & (q[k] < 0.05)))
                for k, n in enumerate(names)}
        rows = pick(table(out, "overlap"), layer=layer)
        assert [(r["target_a"], r["target_b"]) for r in rows] == \
            [(names[0], names[1]), (names[0], names[2]), (names[1], names[2])]
        for r in rows:
            a, b = sets[r["target_a"]], sets[r["target_b"]]
            n = int((~np.isnan(told[names[0]][1])).sum())
            assert r["neurons"] == n
            assert [r["excitatory_a"], r["excitatory_b"], r["shared"]] == [len(a), len(b), len(a & b)]
            chance = stats.hypergeom(n, len(a), len(b))
            close(r["expected"], chance.mean(), "expected")
            if a | b:
                k = np.arange(min(len(a), len(b)) + 1)
                close(r["jaccard"], len(a & b) / len(a | b), "Jaccard")
                close(r["jaccard_expected"], (chance.pmf(k) * k / (len(a) + len(b) - k)).sum(),
                      "expected Jaccard")
            close(r["p"], min(1, 2 * min(chance.cdf(len(a & b)), chance.sf(len(a & b) - 1))), "p")
        close(column(rows, "q"), adjusted(column(rows, "p")), "q")
        assert layer != "fc4" or {0, 1, 2, 5} <= sets["Person_000"]


# ---- verification ----

def test_verification(folder):
    """Neurons are chosen on images outside of the pairs; accuracy as facet-verify has it of a file with
    these neurons at zero."""
    path, pairs, x, identity, sex, images = made(folder)
    out = os.path.join(folder, "out")
    done = runs(path, "--by", "identity,sex", "--select", "Person_000", "--layers", "fc4", "--splits",
                "1", "--zero", "4", "--repeats", REPEATS, "--pairs", pairs, "--metric",
                "cosine,hamming", "--bootstrap", "50", "-o", out)
    assert "left out" in done.stderr and "0 missing" in done.stderr
    rows = [r for r in table(out, "ablation") if not r["measure"].startswith("lda")]
    assert [(r["measure"], r["target"], r["zeroed"]) for r in rows] == [
        (m, t, z) for m in ("cosine", "hamming") for t in ("Person_000", "sex")
        for z in ("best", "selective")]
    with open(pairs, encoding="utf-8") as f:
        used = {name for line in f.read().splitlines()[1:] for name in line.split("\t")[:2]}
    outside = np.array([name not in used for name in images])
    values = both(x)
    label = {"Person_000": (identity == "Person_000").astype(int), "sex": sex.astype(int)}
    told = {name: selectivity(values[outside], y[outside]) for name, y in label.items()}
    q = dict(zip(told, np.split(adjusted(np.concatenate([told[n][1] for n in told])), 2)))

    def accuracy(zeroed):
        z = x.copy()
        for j in zeroed:
            z[:, j // 24, j % 24] = 0
        other, verified = os.path.join(folder, "zeroed.h5"), os.path.join(folder, "verified")
        acts.write(other, {"fc4": z}, list(identity), views=["original", "mirror"], images=images)
        runs(other, "--pairs", pairs, "--metric", "cosine,hamming", "--bootstrap", "50", "-o", verified,
             program=VERIFY)
        return {r["metric"]: r for r in table(verified, "accuracy")}
    intact = accuracy([])
    for name in label:
        auc = told[name][0]
        order = np.lexsort((np.arange(48), -np.where(np.isnan(auc), -1, abs(auc - 0.5))))
        for zeroed, chosen in (("best", order[:4]), ("selective", np.flatnonzero(q[name] < 0.05))):
            without = accuracy(chosen)
            for r in pick(rows, target=name, zeroed=zeroed):
                mine = without[r["measure"]]
                assert r["neurons"] == len(chosen) and r["n"] == mine["n"]
                close(r["intact"], intact[r["measure"]]["estimate"], "intact")
                for k in ("estimate", "sd", "ci_low", "ci_high"):
                    close(r[k], mine[k], k)
                assert r["random_ci_low"] <= r["random_estimate"] <= r["random_ci_high"]


def test_left_out(folder):
    """A person with fewer than two images outside of the pairs has no rows of verification."""
    path, *_, images = made(folder, each=20)
    pairs, out = os.path.join(folder, "all.tsv"), os.path.join(folder, "out")
    with open(pairs, "w", encoding="utf-8") as f:
        print("image_a", "image_b", "same", "fold", sep="\t", file=f)
        for k in range(10):
            of = [images[20 * who + 2 * k:20 * who + 2 * k + 2] for who in (3, 4)]
            print(*of[0], 1, k % 2, sep="\t", file=f)
            print(of[0][0], of[1][0], 0, k % 2, sep="\t", file=f)
    done = runs(path, "--by", "identity,sex", "--select", "Person_003,Person_004", "--layers", "fc4",
                "--splits", "1", "--pairs", pairs, "-o", out, "--features", "original")
    assert "verification: 1 targets left out" in done.stderr, done.stderr
    assert "stand in no pair: Person_003" in done.stderr, done.stderr
    rows = pick(table(out, "ablation"), measure="cosine")
    assert {r["target"] for r in rows} == {"Person_004", "sex"}


def test_constant(folder):
    """Nothing to be known: constant neurons, or all."""
    path, out = os.path.join(folder, "flat.h5"), os.path.join(folder, "out")
    label = np.arange(60) % 3 == 0
    acts.write(path, {"fc": np.full((60, 5), 2, "f4")}, [f"p{k % 4}" for k in range(60)],
               attributes={"a": label})
    runs(path, "--by", "identity,a", "--zero", "2", "-o", out)
    assert all(r["estimate"] == 0.5 for r in table(out, "curves"))
    assert all(r["neurons"] == 1 for r in table(out, "needed"))
    rows = table(out, "overlap")
    assert len(rows) == 6 and all(r["neurons"] == 0 and np.isnan(r["p"]) for r in rows)


def test_failures(folder):
    path, pairs, *_ = made(folder, each=20)
    out = os.path.join(folder, "failures")

    def fails(code, text, *command):
        done = run(*command)
        assert done.returncode == code, (command, done)
        assert text in done.stderr and done.stdout == "", (command, done)
        assert not os.path.isdir(out) or not os.listdir(out), command
    fails(2, "expected a folder", path, "--by", "sex")
    fails(2, "--by is needed", path, "-o", out)
    fails(2, "exclude each other", path, "-o", out, "--by", "identity", "--top", "2", "--select", "a")
    for option, value, text in [("--zero", "8,2", "ascending"), ("--zero", "0", "--zero"),
                                ("--zero", ",".join(map(str, range(1, 70))), "at most 64"),
                                ("--repeats", "0", "--repeats"), ("--splits", "65", "--splits"),
                                ("--metric", "joint_bayesian", "fitted to all neurons"),
                                ("--metric", "colour", "no metric is named"),
                                ("--bootstrap", "x", "--bootstrap")]:
        fails(2, text, path, "-o", out, "--by", "sex", option, value)
    on = [path, "-o", out, "--by"]
    fails(1, 'has no attribute "sexx" (did you mean sex?)', *on, "sexx")
    fails(1, "(did you mean Person_000?)", *on, "identity", "--select", "Person_00")
    fails(1, "no layer fc9", *on, "sex", "--layers", "fc9")
    fails(1, "nowhere.tsv", *on, "sex", "--pairs", os.path.join(folder, "nowhere.tsv"))
    one = os.path.join(folder, "one.tsv")
    with open(pairs, encoding="utf-8") as f, open(one, "w", encoding="utf-8") as g:
        for line in f:
            g.write(line.rsplit("\t", 1)[0] + "\n")
    fails(1, "has one fold", *on, "sex", "--pairs", one)


def test_help(folder):
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("facet-population: measures how many neurons are enough")
    for option in ("--by", "--zero", "--repeats", "--pairs", "--metric", "--splits", "--seed"):
        assert option in done.stdout, option


if __name__ == "__main__":
    wanted = sys.argv[4:]
    for test_name, test in list(globals().items()):
        if test_name.startswith("test_") and (not wanted or test_name in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                test(scratch)
            print("ok", test_name)
