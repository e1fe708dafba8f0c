"""facet-verify's own memory doesn't grow with the pairs: 20,000 and 1,000,000 of them under one
limit of private memory, with the figures that scikit-learn and numpy give; a full disk and a kill
leave nothing behind.

usage: test_memory.py FACET_VERIFY [--sanitized]

RLIMIT_DATA counts writable memory that is private, which the sanitizers reserve without end: with
them the limit is left out, and there are fewer pairs.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"  # others may need the processor
try:
    import numpy as np
    from sklearn.metrics import roc_auc_score, roc_curve
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.dirname(__file__))
from people import People, close, table, write_table  # noqa: E402

PROGRAM, SANITIZED = sys.argv[1], "--sanitized" in sys.argv
FEW, MANY = 20000, 100000 if SANITIZED else 1000000
MARGIN = 8  # MiB: arrays of less than 1 MiB are kept in memory
FOLDS = 10
RATES = ["0.1", "0.01", "0.001", "0.0001"]


def limit(what, most):
    def set_it():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(what, (most, most))
    return set_it


def start(folder, pairs, *arguments, before=None):
    return subprocess.Popen(
        [PROGRAM, f"{folder}/acts.h5", "--pairs", f"{folder}/{pairs}.tsv", "--metric", "cosine",
         "-o", f"{folder}/{pairs}", *arguments], preexec_fn=before, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": f"{folder}/tmp"})


def run(*arguments, **options):
    process = start(*arguments, **options)
    out, err = process.communicate()
    return process.returncode, out + err


def passes(folder, pairs, mebibytes):
    return run(folder, pairs, "--bootstrap", "20",
               before=limit(resource.RLIMIT_DATA, mebibytes << 20))[0] == 0


def least_memory(folder, pairs):
    """The limit that it passes under, to 1 MiB."""
    low, high = 1, 4096
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(folder, pairs, middle) else (middle, high)
    return high


def draw(rng, p, count):
    """All genuine pairs and so many impostor pairs that there are `count`: (count, 4)."""
    who = np.unique(p.identity, return_inverse=True)[1]
    first, second = np.triu_indices(len(who), 1)
    same = (who[first] == who[second]).astype(int)
    kept = np.concatenate([np.flatnonzero(same), rng.choice(np.flatnonzero(1 - same),
                                                            count - same.sum(), replace=False)])
    rng.shuffle(kept)
    return np.stack([first[kept], second[kept], same[kept], np.arange(count) % FOLDS], 1)


# ---- what should come out ----

def best(scores, same):
    """Threshold and accuracy: the best number of accepted pairs, the fewest of equally good ones."""
    order = np.argsort(-scores, kind="stable")
    s, g = scores[order], same[order]
    right = g.size - g.sum() + np.concatenate([[0], np.cumsum(2 * g - 1)])
    ends = np.concatenate([[True], s[1:] != s[:-1], [True]])  # equal scores are accepted together
    k = np.flatnonzero(ends)[np.argmax(right[ends])]
    assert 0 < k < g.size, "people are too much alike for a test"
    return (s[k - 1] + s[k]) / 2, right[k] / g.size


def equal_errors(fpr, tpr):
    gap = 1 - tpr - fpr
    k = np.argmax(gap <= 0)
    return fpr[k - 1] + gap[k - 1] / (gap[k - 1] - gap[k]) * (fpr[k] - fpr[k - 1])


def check_figures(folder, name, p, pairs):
    x = p.features("fc4", "original")
    x /= np.linalg.norm(x, axis=1)[:, None]
    same, fold = pairs[:, 2], pairs[:, 3]
    rows = open(f"{folder}/{name}/scores.tsv", encoding="utf-8").read().split("\n")[1:-1]
    scores = np.array([row.rsplit("\t", 1)[1] for row in rows], float)
    close(scores, np.einsum("ij,ij->i", x[pairs[:, 0]], x[pairs[:, 1]]), "scores", 2e-5, 2e-5)
    (line,) = table(f"{folder}/{name}", "accuracy")
    right = []
    for row in table(f"{folder}/{name}", "folds"):
        own = fold == row["fold"] - 1
        threshold = best(scores[~own], same[~own])[0]
        right.append(((scores[own] > threshold) == same[own]).mean())
        close(row["threshold"], threshold, "threshold")
        close(row["accuracy"], right[-1], "accuracy of a fold", 1e-6)
    close(line["estimate"], np.mean(right), "accuracy", 1e-6)
    close(line["best_accuracy"], best(scores, same)[1], "best accuracy", 1e-6)
    fpr, tpr, _ = roc_curve(same, scores, drop_intermediate=False)
    close(line["area"], roc_auc_score(same, scores), "area")
    close(line["equal_error_rate"], equal_errors(fpr, tpr), "EER", 1e-5)
    for rate in RATES:
        close(line["tpr_at_fpr_" + rate], tpr[fpr <= float(rate)].max(), "TPR at " + rate, 1e-4)
    assert line["ci_low"] < line["ci_high"] < line["ci_low"] + 0.05, line


# ---- the tests ----

def is_mapped(process, folder):
    with open(f"/proc/{process.pid}/maps", encoding="utf-8") as f:
        return any(f"{folder}/tmp/facet-" in line and "(deleted)" in line for line in f)


def stop(process):
    process.send_signal(signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])


def check_nothing_left(folder, name):
    """When it's killed, and when the disk is full: a limit of file sizes stands in for that."""
    process = start(folder, name, "--bootstrap", "100000")
    while process.poll() is None and not is_mapped(process, folder):
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()
    stop(process)
    for _ in range(100):
        if not os.listdir(f"{folder}/tmp"):  # a file has a name for a moment, at its start
            break
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
        stop(process)
    assert not os.listdir(f"{folder}/tmp")
    process.kill()
    process.communicate()
    assert not os.listdir(f"{folder}/tmp")
    for what, each in (("pairs", 11), ("scores", 13)):  # bytes of a pair: 12 to compare, 24 to judge
        code, text = run(folder, name, before=limit(resource.RLIMIT_FSIZE, each * MANY))
        assert code == 1 and text.count("\n") == 1, text
        assert f"{folder}/tmp: cannot keep " in text and f" of {what} there: File too large" in text, text
        assert "set TMPDIR to a folder with room" in text, text
        assert not os.listdir(f"{folder}/tmp")


def main(folder):
    rng = np.random.default_rng(5)
    p = People(rng, 200, 10, least=10, widths={"fc4": 48}, noise=[0.3, 0.3])
    _, who = np.unique(p.identity, return_inverse=True)
    p.layers["fc4"] += np.maximum(rng.normal(0, 2, (200, 1, 48)), 0).astype("f4")[who]
    os.mkdir(f"{folder}/tmp")
    p.write(f"{folder}/acts.h5", views=["original"])
    for name, count in (("few", FEW), ("many", MANY)):
        pairs = draw(rng, p, count)
        write_table(f"{folder}/{name}.tsv", p.images, pairs.tolist())
        code, text = run(folder, name, "--bootstrap", "40", "--scores", "-t", "2")
        assert code == 0 and f"{count} of {count} pairs" in text, text
        check_figures(folder, name, p, pairs)
        assert not os.listdir(f"{folder}/tmp")
    if not SANITIZED:
        least = least_memory(folder, "few")
        assert passes(folder, "many", least + MARGIN), f"more than {least} + {MARGIN} MiB"
        print(f"{FEW:,} pairs: {least} MiB of private memory; {MANY:,}: no more than {MARGIN} besides")
    check_nothing_left(folder, "many")


with tempfile.TemporaryDirectory() as scratch:
    main(scratch)
