"""facet-report: the page's data against the tables and numpy; names that mean harm; bad input.

usage: test_report.py FACET_REPORT
"""
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py  # noqa: F401 (acts needs it)
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

import studies

PROGRAM = sys.argv[1]


def run(folder, page, *options):
    return subprocess.run([PROGRAM, folder, "-o", page, *options], capture_output=True, text=True)


def make(folder, page, *options):
    done = run(folder, page, *options)
    assert done.returncode == 0, done.stderr
    return studies.data_of(page)


def fails(status, text, *arguments):
    done = run(*arguments)
    assert done.returncode == status, (done.returncode, done.stderr)
    assert text in done.stderr, (text, done.stderr)
    assert not os.path.exists(arguments[1]), "a page in spite of the failure"


def check_tables(work):
    data, _ = make(f"{work}/out", f"{work}/a.html")
    by_name = {s["name"]: s for s in data["studies"]}
    s = by_name["sparsity"]
    assert s["present"] and not by_name["verification"]["present"]
    assert by_name["verification"]["make"] == "experiments/verification/run.sh"
    assert [t["name"] for t in s["tables"]] == ["comparison.tsv", "tables/summary.tsv"]
    for t in s["tables"] + [data["comparison"]]:
        folder = f"{work}/out" if t is data["comparison"] else f"{work}/out/sparsity"
        with open(f"{folder}/{t['name']}", encoding="utf-8") as f:
            assert t["text"] == f.read(), t["name"]
        assert t["rows"] == t["shown"] == t["text"].count("\n") - 1
    assert s["tables"][1]["command"] == "made-by summary <b>" and not s["notes"]
    figures = {f["file"]: f for f in s["figures"]}
    assert figures["figure06"]["data"].startswith("data:image/svg+xml;base64,")
    assert figures["unknown_one"]["data"] and "data" not in figures["sparsity"]
    assert data["neurons"] is None and data["occlusion"] is None
    assert "figure06_active_neurons_per_image" in data["paper"]
    with open(f"{work}/a.html", "rb") as a:
        first = a.read()
    make(f"{work}/out", f"{work}/a.html")
    with open(f"{work}/a.html", "rb") as a:
        assert a.read() == first, "the same tables give the same bytes"


def d_prime(on, off):
    with np.errstate(invalid="ignore"):
        return (on.mean() - off.mean()) / np.sqrt((on.var(ddof=1) + off.var(ddof=1)) / 2)


def check_layer(layer, x, faces, data, rows):
    """x (images, neurons) without missing images; rows: of the file."""
    n = x.shape[1]
    who = np.array(faces.identity)[rows]
    subjects, bins = data["subjects"], layer["bins"]
    for name, expected in {"mean": x.mean(0), "sd": x.std(0, ddof=1), "active_share": (x > 0).mean(0),
                           "low": x.min(0), "high": x.max(0)}.items():
        assert np.allclose(studies.reals(layer[name]), expected, rtol=1e-5, atol=1e-6), name
    p = (x > 0).mean(0)
    with np.errstate(all="ignore"):
        entropy = np.where((p > 0) & (p < 1), -p * np.log2(p) - (1 - p) * np.log2(1 - p), 0)
        assert np.allclose(studies.reals(layer["treves_rolls"]), x.mean(0) ** 2 / (x ** 2).mean(0), rtol=1e-5, equal_nan=True)
    assert np.allclose(studies.reals(layer["entropy_bits"]), entropy, rtol=1e-5, atol=1e-6)
    assert (studies.counts(layer["lowest"]) == (x == x.min(0)).sum(0)).all()

    def on(k):
        if subjects[k]["kind"] == "identity":
            return who == subjects[k]["name"], who != subjects[k]["name"]
        score = faces.attributes[subjects[k]["name"]][rows]
        return score > 0, score <= 0

    every = studies.counts(layer["all"]).reshape(n, bins)
    of = studies.counts(layer["of"]).reshape(len(data["shown"]), n, bins)
    for j in range(n):
        limits = (min(0, x[:, j].min()), x[:, j].max() if x[:, j].max() > 0 else 1)
        assert (every[j] == np.histogram(x[:, j], bins, limits)[0]).all(), j
        for place, k in enumerate(data["shown"]):
            assert (of[place, j] == np.histogram(x[on(k)[0], j], bins, limits)[0]).all(), (j, k)
    d = np.array([[d_prime(x[on(k)[0], j], x[on(k)[1], j]) for j in range(n)] for k in range(len(subjects))])
    people = sum(s["kind"] == "identity" for s in subjects)
    assert np.allclose(studies.reals(layer["attributes"]).reshape(-1, n), d[people:], rtol=1e-4, atol=1e-5, equal_nan=True)
    for name, values, sign in (("excites", d[:people].T, 1), ("inhibits", d[:people].T, -1), ("excited", d, 1), ("inhibited", d, -1)):
        found = studies.reals(layer[name]["d_prime"]).reshape(len(values), -1)
        place = studies.counts(layer[name]["who"]).reshape(found.shape).astype(int)
        for row, (expected, got, which) in enumerate(zip(values, found, place)):
            best = sorted((sign * v for v in expected if sign * v > 0), reverse=True)[:layer["most"]]
            assert (which > 0).sum() == len(best), (name, row)
            assert np.allclose(sign * got[:len(best)], best, rtol=1e-4, atol=1e-5), (name, row)
            assert np.allclose(expected[which[:len(best)] - 1], got[:len(best)], rtol=1e-4, atol=1e-5)
    for name, sign in (("top", -1), ("bottom", 1)):
        value = studies.reals(layer[name]["value"]).reshape(n, -1)
        image = studies.counts(layer[name]["image"]).reshape(n, -1)
        order = np.argsort(sign * x, axis=0, kind="stable")[:layer["images"]]
        assert np.array_equal(value, np.take_along_axis(x, order, 0).T), name
        assert [[data["names"][i - 1] for i in row] for row in image] == \
            [[faces.images[rows[i]] for i in row] for row in order.T], name


def check_neurons(work, rng):
    faces = studies.Faces(rng)
    faces.missing[[2, 17]] = 1
    faces.write(f"{work}/acts.h5")
    data, shell = make(f"{work}/out", f"{work}/b.html", "--acts", f"{work}/acts.h5", "--people", "3")
    neurons = data["neurons"]
    rows = np.flatnonzero(faces.missing == 0)
    assert neurons["images"] == len(rows) and neurons["missing"] == 2 and neurons["skipped"] == 1
    sizes = {name: sum(np.array(faces.identity)[rows] == name) for name in set(faces.identity)}
    people = [s for s in neurons["subjects"] if s["kind"] == "identity"]
    assert {s["name"]: s["n"] for s in people} == {k: v for k, v in sizes.items() if v >= 5}
    assert [s["n"] for s in people] == sorted((s["n"] for s in people), reverse=True)
    assert [s["name"] for s in neurons["subjects"][len(people):]] == ["male", "old"]
    assert neurons["shown"] == [0, 1, 2, len(people), len(people) + 1]
    for layer in neurons["layers"]:
        check_layer(layer, faces.layers[layer["name"]][rows, 0].astype("f8"), faces, neurons, rows)
    # names are data, and nothing else
    assert set(studies.HOSTILE) & {s["name"] for s in people} and "owned" not in shell
    with open(f"{work}/b.html", encoding="utf-8") as f:
        text = f.read()
    assert text.count("<script") == 2 and text.count("</script>") == 2 and "http://" not in shell.replace("http://www.w3.org/", "")
    title, _ = make(f"{work}/out/.", f"{work}/b.html")
    assert title["title"] == "out"
    title, _ = make(f"{work}/out", f"{work}/b.html", "--title", studies.HOSTILE[0])
    assert title["title"] == studies.HOSTILE[0]
    with open(f"{work}/b.html", encoding="utf-8") as f:
        assert "<title>&lt;/script>" in f.read()
    named, _ = make(f"{work}/out", f"{work}/b.html", "--acts", f"{work}/acts.h5", "-L", "fc3", "--view", "mirror",
                    "--identities", people[1]["name"], "--attributes", "old", "--cut", "0.5")
    named = named["neurons"]
    assert [named["subjects"][k]["name"] for k in named["shown"]] == [people[1]["name"], "old"]
    assert np.allclose(studies.reals(named["layers"][0]["mean"]), faces.layers["fc3"][rows, 1].mean(0), rtol=1e-5)
    assert named["subjects"][-1]["n"] == (faces.attributes["old"][rows] > .5).sum() and named["cut"] == .5
    return faces, people


def check_thumbnails(work, faces):
    folder = f"{work}/pictures"
    for i, name in enumerate(faces.images):
        if name.startswith("Person"):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(studies.jpeg(60000) if i % 2 else b"GIF89a")
    arguments = ["--acts", f"{work}/acts.h5", "--thumbnails", folder, "--thumbnails-limit", "1"]
    data, _ = make(f"{work}/out", f"{work}/c.html", *arguments)
    pictures = data["neurons"]["thumbnails"]
    assert 1 <= len(pictures) <= 17 and all(v.startswith("data:image/jpeg;base64,/9j/") for v in pictures.values())
    assert f"{len(pictures)} of {len(data['neurons']['names'])} named images" in data["neurons"]["notes"][0]
    os.makedirs(f"{work}/empty")
    os.remove(f"{work}/c.html")
    fails(1, "holds none of the", f"{work}/out", f"{work}/c.html", "--acts", f"{work}/acts.h5", "--thumbnails", f"{work}/empty")
    fails(2, "--thumbnails needs --acts", f"{work}/out", f"{work}/c.html", "--thumbnails", folder)
    # names that lead out of the folder are not followed
    away = studies.Faces(np.random.default_rng(3), people=6)
    away.images = [f"../pictures/{k}.jpg" for k in range(len(away.images))]
    away.write(f"{work}/away.h5")
    for k in range(len(away.images)):
        with open(f"{folder}/{k}.jpg", "wb") as f:
            f.write(studies.jpeg(10))
    fails(1, "holds none of the", f"{work}/out", f"{work}/c.html", "--acts", f"{work}/away.h5", "--thumbnails", f"{work}/empty")


def check_occlusion(work):
    rows = [["layer", "features", "kind", "level", "x", "y", "neuron", "state_kept", "correlation"]]
    rows += [["fc4", "original", kind, level, "NA", "NA", j, round(1 - level / 100 - j / 1000, 4), "NA"]
             for kind in ("bottom", "block") for level in (0, 10, 20) for j in range(48)]
    rows += [["fc4", "original", "square", 20, 5, 5, 0, 0.1, 0.1]]
    studies.table(f"{work}/out/occlusion/tables", "neurons", rows)
    data, _ = make(f"{work}/out", f"{work}/d.html")
    layer, = data["occlusion"]["layers"]
    assert layer["neurons"] == 48 and [v["level"] for v in layer["levels"]] == ["0", "10", "20"] * 2
    kept = studies.reals(layer["state_kept"]).reshape(6, 48)
    assert np.allclose(kept, np.float32([[1 - level / 100 - j / 1000 for j in range(48)] for level in (0, 10, 20)] * 2))
    os.remove(f"{work}/d.html")
    studies.table(f"{work}/out/occlusion/tables", "neurons", [[c for c in r if c != "state_kept"] for r in rows[:1]] + [r[:-1] for r in rows[1:]])
    fails(1, "no column state_kept", f"{work}/out", f"{work}/d.html")
    studies.table(f"{work}/out/occlusion/tables", "neurons", rows[:1] + [["fc4", "original", "bottom", 0, "NA", "NA", "x", 1, 1]])
    fails(1, "neurons.tsv:2: neuron", f"{work}/out", f"{work}/d.html")
    shutil.rmtree(f"{work}/out/occlusion")


def check_other_versions(work):
    folder = f"{work}/versions"
    studies.sparsity(f"{folder}/sparsity-x")
    studies.table(f"{folder}/sparsity-x/tables", "summary", [["layer", "view", "estimate"], ["fc4", "original", 0.5]], version="facet 0.0.3 (git 1)")
    studies.table(f"{folder}/sparsity-x/tables", "moved", [["layer"], ["fc4"]])
    studies.write(f"{folder}/sparsity-x/tables/moved.tsv", "layer\tmore\nfc4\t1\n")
    data, _ = make(folder, f"{work}/e.html", "--suffix", "-x", "--table-limit", "1")
    study = next(s for s in data["studies"] if s["name"] == "sparsity")
    assert len(study["notes"]) == 2
    assert "moved.tsv: its sidecar describes other columns" in study["notes"][0]
    assert "made by facet 0.0.3 (git 1)" in study["notes"][1]
    assert data["comparison"] is None
    rows = [["a", "b"]] + [[i, "x" * 50] for i in range(1000)]
    studies.table(f"{folder}/sparsity-x/tables", "long", rows)
    data, _ = make(folder, f"{work}/e.html", "--suffix", "-x", "--table-limit", "1")
    long = next(t for s in data["studies"] for t in s["tables"] if t["name"] == "tables/long.tsv")
    assert long["rows"] == 1000 and long["shown"] == long["text"].count("\n") - 1 and 1024 < len(long["text"]) < 1100
    os.remove(f"{work}/e.html")
    studies.write(f"{folder}/sparsity-x/tables/long.tsv", "a\tb\n1\t2\n3\n")
    fails(1, "long.tsv:3: 1 fields, but the header row has 2", folder, f"{work}/e.html", "--suffix", "-x")
    studies.table(f"{folder}/sparsity-x/tables", "long", rows[:2])
    studies.write(f"{folder}/sparsity-x/tables/long.json", '{"title": ')
    fails(1, "long.json:1:", folder, f"{work}/e.html", "--suffix", "-x")


def check_bad_input(work):
    page, out, acts = f"{work}/bad.html", f"{work}/out", f"{work}/acts.h5"
    fails(1, "no such folder", f"{work}/nowhere", page)
    fails(1, "holds none of the experiments' folders", f"{work}/empty", page)
    fails(1, "No such file", out, page, "--acts", f"{work}/none.h5")
    fails(1, "fc9", out, page, "--acts", acts, "--layers", "fc9")
    fails(1, 'has no view "top" (it has: original, mirror)', out, page, "--acts", acts, "--view", "top")
    fails(1, 'nobody is called "Nobody"', out, page, "--acts", acts, "--identities", "Nobody")
    fails(1, 'has no attribute "beard"', out, page, "--acts", acts, "--attributes", "beard")
    fails(1, "all_alike: expected two images or more on each side of 0", out, page, "--acts", acts, "--attributes", "all_alike")
    fails(1, "figure06_active_neurons_per_image.tsv", out, page, "--paper", f"{work}/empty")
    fails(2, "--min-images", out, page, "--min-images", "1")
    done = subprocess.run([PROGRAM, out], capture_output=True, text=True)
    assert done.returncode == 2 and "expected a file for the page" in done.stderr
    done = run(out, f"{work}/nowhere/page.html")
    assert done.returncode == 1 and "nowhere/page.html" in done.stderr
    broken = studies.Faces(np.random.default_rng(5), people=6)
    broken.layers["fc4"][3, 0, 7] = np.inf
    broken.write(f"{work}/broken.h5")
    fails(1, "fc4: image " + broken.images[3][:20], out, page, "--acts", f"{work}/broken.h5")
    broken.missing[:] = 1
    broken.write(f"{work}/broken.h5")
    fails(1, "all images are missing", out, page, "--acts", f"{work}/broken.h5")


def check_empty_selection(work):
    """Nobody with enough images, no attribute: the page says so."""
    alone = studies.Faces(np.random.default_rng(6), people=6)
    alone.attributes = {}
    alone.write(f"{work}/alone.h5")
    data, _ = make(f"{work}/out", f"{work}/f.html", "--acts", f"{work}/alone.h5", "--min-images", "100")
    assert data["neurons"]["subjects"] == [] and data["neurons"]["shown"] == []
    assert all(w == 0 for w in studies.counts(data["neurons"]["layers"][0]["excites"]["who"]))


def check_many(work, rng):
    """Thousands of people: those with most images are there, and the page stays small."""
    many = studies.Faces(rng, people=3000, most=7, widths={"fc4": 64})
    many.write(f"{work}/many.h5")
    data, _ = make(f"{work}/out", f"{work}/g.html", "--acts", f"{work}/many.h5", "--min-images", "3")
    neurons = data["neurons"]
    assert sum(s["kind"] == "identity" for s in neurons["subjects"]) == 2000 and neurons["left_out"] == 1000
    assert os.path.getsize(f"{work}/g.html") < 3 << 20, os.path.getsize(f"{work}/g.html")


def main():
    rng = np.random.default_rng(11)
    with tempfile.TemporaryDirectory() as work:
        studies.sparsity(f"{work}/out/sparsity")
        studies.comparison(f"{work}/out")
        check_tables(work)
        faces, _ = check_neurons(work, rng)
        check_thumbnails(work, faces)
        check_occlusion(work)
        check_other_versions(work)
        check_bad_input(work)
        check_empty_selection(work)
        check_many(work, rng)
    print("the page holds what the tables and the activations hold")


if __name__ == "__main__":
    main()
