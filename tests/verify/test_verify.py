"""facet-verify against scikit-learn, numpy and brute force, on files written by h5py.

usage: test_verify.py FACET_VERIFY
"""
import os
import stat
import subprocess
import sys
import tempfile

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"  # others may need the processor
try:
    import h5py
    import numpy as np
    from scipy import stats
    from sklearn.decomposition import PCA
    from sklearn.metrics import roc_auc_score, roc_curve
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.dirname(__file__))
from people import (People, close, column, draw_pairs, joint_bayesian, same_tables,  # noqa: E402
                    score_all, table, write_table)

PROGRAM = sys.argv[1]
TABLES = ["accuracy", "folds", "roc", "scores"]
RATES = ["0.1", "0.01", "0.001", "0.0001"]
SIMPLE = ["cosine", "euclidean", "hamming"]


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)


def verify(out, *arguments):
    done = run(*arguments, "-o", out)
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    assert "nan" not in done.stdout.lower() and "inf" not in done.stdout.lower(), done.stdout
    return done


# ---- pairs ----

def write_lfw(path, p, pairs, folds):
    """LFW's pairs.txt."""
    def number(i):
        return int(p.images[i][-8:-4])
    with open(path, "w", encoding="utf-8") as f:
        each = len(pairs) // folds // 2
        f.write(f"{folds}\t{each}\n" if folds > 1 else f"{each}\n")
        for i, j, same, _ in pairs:
            f.write(f"{p.identity[i]}\t{number(i)}\t{number(j)}\n" if same else
                    f"{p.identity[i]}\t{number(i)}\t{p.identity[j]}\t{number(j)}\n")


# ---- what should come out ----

def candidates(scores):
    """All thresholds worth trying, the highest first: it accepts fewest."""
    seen = np.unique(scores)[::-1]
    return np.concatenate([seen[:1], (seen[1:] + seen[:-1]) / 2, np.nextafter(seen[-1:], -np.inf)])


def best(scores, same):
    tried = candidates(scores)
    right = [((scores > t) == same).mean() for t in tried]
    return tried[np.argmax(right)], np.max(right)


def equal_errors(fpr, tpr):
    gap = 1 - tpr - fpr
    k = np.argmax(gap <= 0)
    return fpr[k - 1] + gap[k - 1] / (gap[k - 1] - gap[k]) * (fpr[k] - fpr[k - 1])


def check_folds(rows, line, scores, same, fold, used):
    """used(f): pairs that fold f's threshold may be chosen on."""
    folds = int(fold.max()) + 1
    right = []
    for f in range(folds):
        own = fold == f
        if folds == 1:
            assert np.isnan(rows[0]["threshold"]) and np.isnan(rows[0]["accuracy"])
            continue
        others = used(f)
        threshold = best(scores[others], same[others])[0]
        right.append(((scores[own] > threshold) == same[own]).mean())
        close(rows[f]["threshold"], threshold, f"threshold of fold {f}", 1e-7, 1e-8)
        close(rows[f]["accuracy"], right[-1], f"accuracy of fold {f}", 1e-8)
        assert rows[f]["n"] == others.sum() and rows[f]["fold"] == f + 1
    assert line["folds"] == folds and line["n"] == len(scores)
    if folds > 1:
        close(line["estimate"], np.mean(right), "accuracy", 1e-8)
        close(line["sd"], np.std(right, ddof=1), "sd", 1e-7)
        close(line["se"], np.std(right, ddof=1) / np.sqrt(folds), "se", 1e-7)
    else:
        assert all(np.isnan(line[c]) for c in ("estimate", "sd", "se", "ci_low", "ci_high"))
    close(line["best_accuracy"], best(scores, same)[1], "best accuracy", 1e-8)


def check_curve(rows, line, scores, same):
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    close(line["area"], roc_auc_score(same, scores), "area", 1e-8)
    close(line["equal_error_rate"], equal_errors(fpr, tpr), "EER", 1e-7)
    for rate in RATES:
        close(line["tpr_at_fpr_" + rate], tpr[fpr <= float(rate)].max(), "TPR at " + rate, 1e-8)
    known = {(round(f, 8), round(t, 8)) for f, t in zip(fpr, tpr)}
    got = [(round(r["false_positive_rate"], 8), round(r["true_positive_rate"], 8)) for r in rows]
    assert got[0] == (0, 0) and got[-1] == (1, 1) and len(set(got)) == len(got) <= 400
    assert known == set(got) if len(known) <= 400 else set(got) < known
    for row in rows:
        f, t = row["false_positive_rate"], row["true_positive_rate"]
        for name, rate in (("false_positive_deviate", f), ("false_negative_deviate", 1 - t)):
            expected = stats.norm.ppf(rate) if 0 < rate < 1 else np.nan
            close(row[name], expected, name, 1e-6)


def check_line(out, layer, features, metric, expected, pairs, used=None):
    """All tables of one comparison, given the score (image, image) that a pair should have."""
    def own(name):
        return [r for r in table(out, name) if (r["layer"], r["features"], r["metric"])
                == (layer, features, metric)]
    rows, (line,) = own("scores"), own("accuracy")
    scores, same = column(rows, "score"), np.array([p[2] for p in pairs])
    fold = np.array([p[3] for p in pairs])
    assert (column(rows, "same") == same).all() and (column(rows, "fold") == fold + 1).all()
    exact = {"rtol": 0, "atol": 0} if metric == "hamming" else {"rtol": 2e-5, "atol": 2e-5}
    close(scores, expected, f"scores of {layer}, {features}, {metric}", **exact)
    check_folds(own("folds"), line, scores, same, fold, used or (lambda f: fold != f))
    check_curve(own("roc"), line, scores, same)
    return line


def score_pairs(matrix, pairs):
    return np.array([matrix[i, j] for i, j, _, _ in pairs])


# ---- the tests ----

def test_metrics_and_features(folder):
    """Every metric and way to take the mirror image, layers alone and together; two threads give
    what one gives."""
    rng = np.random.default_rng(1)
    p, others = People(rng), People(rng, 40, 6, first=500)
    pairs = draw_pairs(rng, p, 4, 9)
    p.write(f"{folder}/acts.h5")
    others.write(f"{folder}/others.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 4)
    for how in ("original", "mirror_sum", "mirror_concat"):
        outs = [f"{folder}/{how}{t}" for t in (1, 2)]
        for out, t in zip(outs, (1, 2)):
            done = verify(out, f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt", "--features",
                          how, "--layers", "fc3,fc4,fc3+fc4", "--metric",
                          ",".join(SIMPLE + ["joint-bayesian"]), "--train-acts",
                          f"{folder}/others.h5", "--pca", "20", "--threshold", "0.3", "--scores",
                          "--bootstrap", "200", "-t", t)
        same_tables(*outs, TABLES)
        for layer in ("fc3", "fc4", "fc3+fc4"):
            x = p.features(layer, how)
            kept = f"{out}/metric_{layer}.h5"
            check_fit(kept, others.features(layer, how), len(set(others.identity)))
            for metric in SIMPLE + ["joint_bayesian"]:
                matrix = score_all(metric, x, np.float32(0.3), kept)
                line = check_line(out, layer, how, metric, score_pairs(matrix, pairs), pairs)
                assert line["ci_low"] <= line["estimate"] <= line["ci_high"]
                assert f"{100 * line['estimate']:.2f} +-" in done.stdout, done.stdout
        assert "72 of 72 pairs" in done.stderr and "0 images missing" in done.stderr, done.stderr


def check_fit(path, x, people):
    """The metric that was kept is of all images of all the other people."""
    peer = PCA(20, svd_solver="full").fit(x)
    with h5py.File(path) as f:
        assert f["joint_bayesian"].attrs["images"] == len(x)
        assert f["joint_bayesian"].attrs["identities"] == people
        close(f["pca/mean"][...], x.mean(0), "mean of the training set", 1e-6)
        close(f["pca/variance"][...], peer.explained_variance_, "variances", 1e-6)


def test_fitted(folder):
    """A metric that was kept gives the same tables; to other features it doesn't apply."""
    rng = np.random.default_rng(2)
    p, others = People(rng), People(rng, 40, 6, first=500)
    pairs = draw_pairs(rng, p, 3, 8)
    p.write(f"{folder}/acts.h5")
    others.write(f"{folder}/others.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 3)
    ask = [f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt", "--scores", "--metric",
           "joint_bayesian", "--bootstrap", "0"]
    done = verify(f"{folder}/fit", *ask, "--layers", "fc4", "--train-acts", f"{folder}/others.h5",
                  "--pca", "60")
    kept = f"{folder}/fit/metric_fc4.h5"
    assert f"of {len(others.images)} images of 40 people" in done.stderr and kept in done.stderr
    done = verify(f"{folder}/again", *ask, "--layers", "fc4", "--fitted", kept)
    same_tables(f"{folder}/fit", f"{folder}/again", TABLES)
    assert not os.path.exists(f"{folder}/again/metric_fc4.h5")
    assert all(np.isnan(r["ci_low"]) for r in table(f"{folder}/again", "accuracy"))
    assert " NA " in done.stdout, done.stdout
    fails(folder, 1, r"was fitted to fc4, mirror_concat, and cannot compare fc3, mirror_concat "
          r"(see --layers and --features)", *ask, "--layers", "fc3", "--fitted", kept)
    fails(folder, 1, "cannot compare fc4, original", *ask, "--layers", "fc4", "--features",
          "original", "--fitted", kept)
    fails(folder, 1, "acts.h5", *ask, "--layers", "fc4", "--fitted", f"{folder}/acts.h5")


def test_several_files(folder):
    """Two networks, images in another order in the second; Joint Bayesian over both."""
    rng = np.random.default_rng(3)
    p, others = People(rng), People(rng, 40, 6, first=500)
    q, further = p.seen_by_another(rng), others.seen_by_another(rng)
    pairs = draw_pairs(rng, p, 3, 8)
    p.write(f"{folder}/one.h5")
    q.write(f"{folder}/two.h5", rng.permutation(len(p.images)))
    others.write(f"{folder}/one_train.h5")
    further.write(f"{folder}/two_train.h5", rng.permutation(len(others.images)))
    write_lfw(f"{folder}/pairs.txt", p, pairs, 3)
    out = f"{folder}/out"
    ask = [f"{folder}/one.h5", f"{folder}/two.h5", "--pairs", f"{folder}/pairs.txt"]
    verify(out, *ask, "--layers", "fc4", "--metric", "cosine,joint_bayesian", "--train-acts",
           f"{folder}/one_train.h5,{folder}/two_train.h5", "--pca", "25", "--scores",
           "--bootstrap", "0")
    x = np.hstack([p.features("fc4", "mirror_concat"), q.features("fc4", "mirror_concat")])
    kept = f"{out}/metric_fc4.h5"
    for metric in ("cosine", "joint_bayesian"):
        check_line(out, "fc4", "mirror_concat", metric,
                   score_pairs(score_all(metric, x, kept=kept), pairs), pairs)
    fails(folder, 2, "--train-acts needs a file for each ACTS.h5", *ask, "--train-acts",
          f"{folder}/one_train.h5")
    fails(folder, 1, "two.h5: no layer fc3", *ask, "--layers", "fc3")
    lacking = [i for i in range(len(p.images)) if i != 4]
    q.write(f"{folder}/lacking.h5", np.array(lacking))
    fails(folder, 1, f"lacking.h5: has no image {p.images[4]}, which", f"{folder}/one.h5",
          f"{folder}/lacking.h5", "--pairs", f"{folder}/pairs.txt", "--layers", "fc4")


def test_occluded_view(folder):
    rng = np.random.default_rng(4)
    p = People(rng)
    pairs = draw_pairs(rng, p, 3, 8)
    p.write(f"{folder}/acts.h5")
    p.write(f"{folder}/one.h5", views=["original"])
    write_lfw(f"{folder}/pairs.txt", p, pairs, 3)
    ask = ["--pairs", f"{folder}/pairs.txt", "--scores", "--bootstrap", "0", "--layers", "fc4"]
    for how in ("original", "mirror_concat"):
        out = f"{folder}/{how}"
        verify(out, f"{folder}/acts.h5", *ask, "--view", "bottom:30", "--features", how)
        x = p.features("fc4", how, "bottom:30")
        check_line(out, "fc4", how, "cosine", score_pairs(score_all("cosine", x), pairs), pairs)
    verify(f"{folder}/best", f"{folder}/acts.h5", *ask, "--view", "bottom:30")
    same_tables(f"{folder}/best", f"{folder}/mirror_concat", TABLES)
    verify(f"{folder}/alone", f"{folder}/one.h5", *ask)  # no mirror image: the image alone
    assert {r["features"] for r in table(f"{folder}/alone", "accuracy")} == {"original"}
    fails(folder, 1, 'has no view "bottom:40" (it has: original, mirror, bottom:30, '
          'bottom:30+mirror)', f"{folder}/acts.h5", *ask, "--view", "bottom:40")
    fails(folder, 1, 'has no mirror image of view "original" (it has: original)',
          f"{folder}/one.h5", *ask, "--features", "mirror_sum")


def test_videos(folder):
    """YouTube Faces: the score of two videos is the mean over pairs of frames; --frames draws."""
    rng = np.random.default_rng(5)
    p = People(rng, 12, 16, least=12)
    p.images = [f"frames/{who}/{k % 3}/{k // 3}.{k}.jpg" for who, k in
                zip(p.identity, [int(name[-8:-4]) - 1 for name in p.images])]
    p.write(f"{folder}/acts.h5")
    videos = sorted({name.split("/", 1)[1].rsplit("/", 1)[0] for name in p.images})
    rows = {v: [i for i, name in enumerate(p.images) if f"/{v}/" in name] for v in videos}
    pairs = [(a, b, int(a[:10] == b[:10]), n % 2) for n, (a, b) in enumerate(
        [(v, v[:-1] + "1") for v in videos if v.endswith("0")] +
        [(v, w) for v, w in zip(videos, videos[4:] + videos[:4]) if v[:10] != w[:10]])]
    with open(f"{folder}/splits.txt", "w", encoding="utf-8") as f:
        f.write("split number, first name, second name, is same\n")
        f.writelines(f"{fold + 1}, {a}, {b}, {same}\n" for a, b, same, fold in pairs)
    ask = [f"{folder}/acts.h5", "--pairs", f"{folder}/splits.txt", "--scores", "--layers", "fc4",
           "--metric", "euclidean", "--bootstrap", "50"]
    verify(f"{folder}/all", *ask)
    matrix = score_all("euclidean", p.features("fc4", "mirror_concat"))
    expected = [matrix[np.ix_(rows[a], rows[b])].mean() for a, b, _, _ in pairs]
    check_line(f"{folder}/all", "fc4", "mirror_concat", "euclidean", expected, pairs)
    first = table(f"{folder}/all", "scores")[0]
    assert first["image_a"] == p.images[rows[pairs[0][0]][0]], first
    for seed in (1, 2):
        verify(f"{folder}/one{seed}", *ask, "--frames", "1", "--seed", seed)
        for row, (a, b, _, _) in zip(table(f"{folder}/one{seed}", "scores"), pairs):
            i, j = p.images.index(row["image_a"]), p.images.index(row["image_b"])
            assert i in rows[a] and j in rows[b]
            close(row["score"], matrix[i, j], "score of two frames", 2e-5)
    drawn = [[r["image_a"] for r in table(f"{folder}/one{s}", "scores")] for s in (1, 2)]
    assert drawn[0] != drawn[1]


def test_disjoint(folder):
    """No person of a fold stands in the pairs that its threshold is chosen on."""
    rng = np.random.default_rng(6)
    p = People(rng, 30)
    pairs = draw_pairs(rng, p, 5, 8)
    p.write(f"{folder}/acts.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 5)
    verify(f"{folder}/out", f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt", "--scores",
           "--layers", "fc4", "--metric", "cosine", "--disjoint", "--bootstrap", "0")
    fold = np.array([q[3] for q in pairs])
    inside = [{p.identity[i] for q in pairs if q[3] == f for i in q[:2]} for f in range(5)]

    def used(f):
        return np.array([g != f and not {p.identity[q[0]], p.identity[q[1]]} & inside[f]
                         for q, g in zip(pairs, fold)])
    matrix = score_all("cosine", p.features("fc4", "mirror_concat"))
    check_line(f"{folder}/out", "fc4", "mirror_concat", "cosine", score_pairs(matrix, pairs), pairs,
               used)


def test_one_fold(folder):
    """LFW's view 1: no other folds to choose a threshold on; what is known is shown."""
    rng = np.random.default_rng(7)
    p = People(rng)
    pairs = draw_pairs(rng, p, 1, 30)
    p.write(f"{folder}/acts.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 1)
    done = verify(f"{folder}/out", f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt",
                  "--layers", "fc3", "--metric", "cosine", "--scores")
    matrix = score_all("cosine", p.features("fc3", "mirror_concat"))
    line = check_line(f"{folder}/out", "fc3", "mirror_concat", "cosine",
                      score_pairs(matrix, pairs), pairs)
    assert f"{100 * line['best_accuracy']:.2f}" in done.stdout and " NA " in done.stdout


def test_extreme_values(folder):
    """Constant features, rows of zeros (said so), scores that are all alike."""
    rng = np.random.default_rng(8)
    p, others = People(rng), People(rng, 40, 6, first=500)
    pairs = draw_pairs(rng, p, 2, 10)
    for q in (p, others):
        q.layers["fc4"][:, :, 3:9] = 1.5
        q.layers["fc3"][:] = 2
    used = {i for q in pairs for i in q[:2]}
    p.layers["fc4"][sorted(used)[:3]] = 0
    p.write(f"{folder}/acts.h5")
    others.write(f"{folder}/others.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 2)
    out = f"{folder}/out"
    ask = [f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt", "--scores", "--bootstrap", "20"]
    done = verify(out, *ask, "--metric", ",".join(SIMPLE))
    assert "fc4: 3 images whose values are all zero: their cosine is 0" in done.stderr, done.stderr
    for layer in ("fc3", "fc4"):
        for metric in SIMPLE:
            matrix = score_all(metric, p.features(layer, "mirror_concat"))
            line = check_line(out, layer, "mirror_concat", metric,
                              np.round(score_pairs(matrix, pairs), 6), pairs)
            if layer == "fc3":
                assert line["area"] == line["equal_error_rate"] == line["estimate"] == 0.5, line
    train = ["--train-acts", f"{folder}/others.h5", "--metric", "joint_bayesian", "--layers"]
    verify(f"{folder}/pca", *ask, *train, "fc4", "--pca", "10")
    fails(folder, 1, "fc3: PCA: 20 components asked for, but", *ask, *train, "fc3", "--pca", "20")
    fails(folder, 1, "fc4: Joint Bayesian: the covariance within people is singular: feature 3 is "
          "constant within people", *ask, *train, "fc4", "--pca", "0")
    fails(folder, 1, "use a PCA or a ridge", *ask, *train, "fc4", "--pca", "0")
    verify(f"{folder}/ridge", *ask, *train, "fc4", "--pca", "0", "--ridge", "0.01")
    matrix = joint_bayesian(f"{folder}/ridge/metric_fc4.h5", p.features("fc4", "mirror_concat"))
    check_line(f"{folder}/ridge", "fc4", "mirror_concat", "joint_bayesian",
               score_pairs(matrix, pairs), pairs)
    fails(folder, 1, "70 components asked for, but", *ask, *train, "fc4", "--features", "original", "--pca", 70)


def test_missing(folder):
    """Images that aren't there, or without activations: an error, or counted where allowed."""
    rng = np.random.default_rng(9)
    p = People(rng)
    pairs = draw_pairs(rng, p, 3, 9)
    write_lfw(f"{folder}/pairs.txt", p, pairs, 3)
    gone, empty = pairs[4][0], pairs[25][1]
    without = [q for q in pairs if not {gone, empty} & set(q[:2])]
    lost = len({gone, empty})
    kept = np.array([i for i in range(len(p.images)) if i != gone])
    for x in p.layers.values():
        x[empty] = np.nan
    p.write(f"{folder}/acts.h5", kept, missing=(kept == empty))
    line = 2 + next(k for k, q in enumerate(pairs) if {gone, empty} & set(q[:2]))
    ask = [f"{folder}/acts.h5", "--pairs", f"{folder}/pairs.txt", "--scores", "--layers", "fc4",
           "--metric", "cosine"]
    fails(folder, 1, f"pairs.txt:{line}: {p.identity[gone]}/", *ask)
    done = verify(f"{folder}/out", *ask, "--allow-missing")
    assert f"{len(without)} of {len(pairs)} pairs" in done.stderr, done.stderr
    assert f"{lost} images missing" in done.stderr, done.stderr
    matrix = score_all("cosine", np.nan_to_num(p.features("fc4", "mirror_concat")))
    check_line(f"{folder}/out", "fc4", "mirror_concat", "cosine", score_pairs(matrix, without),
               without)
    p.write(f"{folder}/nan.h5", missing=np.zeros(len(p.images)))
    fails(folder, 1, f"nan.h5: image {p.images[empty]} is missing there (its values are NaN)",
          f"{folder}/nan.h5", *ask[1:])
    with open(f"{folder}/few.tsv", "w", encoding="utf-8") as f:
        f.write("image_a\timage_b\tsame\tfold\n")
        for i, j, same, fold in [(gone, pairs[0][0], 0, 1)] + [q for q in pairs if q[3] == 1]:
            f.write(f"{p.images[i]}\t{p.images[j]}\t{same}\t{fold}\n")
        f.write(f"{p.images[gone]}\t{p.images[pairs[30][0]]}\t0\t2\n")
    fails(folder, 1, "few.tsv", f"{folder}/acts.h5", "--pairs", f"{folder}/few.tsv",
          "--allow-missing")


def fails(folder, code, text, *arguments):
    """Ends so, says so on one line that names the program, and leaves no table."""
    out = f"{folder}/nothing"
    done = run(*arguments, "-o", out)
    assert done.returncode == code and text in done.stderr and done.stdout == "", (text, done)
    assert done.stderr.startswith("facet-verify: "), done
    assert "usage" not in done.stderr.lower() and done.stderr.count("\n") <= 1 + (code == 2), done
    left = os.listdir(out) if os.path.isdir(out) else []
    assert not [f for f in left if not f.startswith("metric_")], left


def test_failures(folder):
    rng = np.random.default_rng(10)
    p, others = People(rng), People(rng, 40, 6, first=500)
    pairs = draw_pairs(rng, p, 2, 8)
    p.write(f"{folder}/acts.h5")
    others.write(f"{folder}/others.h5")
    write_lfw(f"{folder}/pairs.txt", p, pairs, 2)
    acts, listed = f"{folder}/acts.h5", f"{folder}/pairs.txt"
    fails(folder, 2, "--pairs is needed", acts)
    fails(folder, 2, "joint_bayesian needs --train-acts or --fitted", acts, "--pairs", listed,
          "--metric", "joint_bayesian")
    fails(folder, 2, "exclude each other", acts, "--pairs", listed, "--train-acts", acts,
          "--fitted", acts)
    fails(folder, 2, 'no metric is named "l2" (there are: cosine, euclidean, hamming, '
          'joint_bayesian)', acts, "--pairs", listed, "--metric", "l2")
    fails(folder, 2, 'no features are named "both"', acts, "--pairs", listed, "--features", "both")
    fails(folder, 2, "--metric: cosine is named twice", acts, "--pairs", listed, "--metric",
          "cosine,cosine")
    fails(folder, 1, "no layer fc9 (it has: fc3, fc4)", acts, "--pairs", listed, "--layers", "fc9")
    fails(folder, 1, "nowhere.h5", f"{folder}/nowhere.h5", "--pairs", listed)
    fails(folder, 1, "nowhere.txt", acts, "--pairs", f"{folder}/nowhere.txt")
    train = ["--train-acts", f"{folder}/others.h5"]
    fails(folder, 1, "Person_000 stands in the pairs too: Joint Bayesian must be trained on other "
          "people", acts, "--pairs", pairs_of_first(folder, p), "--train-acts", acts)
    fails(folder, 1, "fc3: PCA: 300 components", acts, "--pairs", listed, *train, "--pca", "300")
    single = People(rng, 40, 1, first=500, least=1)
    single.write(f"{folder}/single.h5")
    fails(folder, 1, "0 of 40 people have two images or more, expected two such people at least",
          acts, "--pairs", listed, "--train-acts", f"{folder}/single.h5", "--pca", "5")
    open(f"{folder}/empty.txt", "w").close()
    fails(folder, 1, "empty.txt: empty: expected pairs", acts, "--pairs", f"{folder}/empty.txt")
    write_table(f"{folder}/fold.tsv", p.images, [q for q in pairs if q[2] == 0 or q[3] == 0])
    fails(folder, 1, "fold.tsv: fold 2 has 0 genuine and 8 impostor pairs", acts, "--pairs",
          f"{folder}/fold.tsv")
    unwritable = f"{folder}/unwritable"
    os.mkdir(unwritable)
    done = run(acts, "--pairs", listed, "-o", f"{acts}/sub")
    assert done.returncode == 1 and "acts.h5: cannot create folder" in done.stderr, done.stderr
    os.chmod(unwritable, stat.S_IRUSR | stat.S_IXUSR)
    if not os.access(unwritable, os.W_OK):  # root may write anyhow
        done = run(acts, "--pairs", listed, "-o", unwritable)
        assert done.returncode == 1 and "unwritable" in done.stderr, done.stderr


def pairs_of_first(folder, p):
    """A table whose pairs hold Person_000."""
    a, b, c = p.rows_of("Person_000")[0], p.rows_of("Person_000")[1], p.rows_of("Person_001")[0]
    write_table(f"{folder}/first.tsv", p.images, [(a, b, 1, 0), (a, c, 0, 0)])
    return f"{folder}/first.tsv"


def test_help(folder):
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("facet-verify: measures how well")
    assert all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout
    for option in ("--pairs", "--layers", "--features", "--view", "--metric", "--train-acts",
                   "--fitted", "--pca", "--ridge", "--threshold", "--disjoint", "--allow-missing",
                   "--frames", "--scores", "--bootstrap", "--seed", "--threads", "--output"):
        assert option in done.stdout, option
    done = run()
    assert done.returncode == 2 and "ACTS.h5" in done.stderr, done.stderr


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for test_name, test in list(globals().items()):
        if test_name.startswith("test_") and (not wanted or test_name in wanted):
            with tempfile.TemporaryDirectory() as scratch:
                test(scratch)
            print("ok", test_name)
