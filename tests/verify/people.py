"""Made-up people: their activations in files, as facet-dump would write them, and what a comparison
of two images should give by plain numpy. For the tests of facet-verify and facet-identify."""
import copy
import csv
import json
import os
import sys

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "sparsity"))
import acts  # noqa: E402

VIEWS = ["original", "mirror", "bottom:30", "bottom:30+mirror"]
WIDTHS = {"fc3": 41, "fc4": 70}


class People:
    """Images of `count` people, `most` of each at most, under LFW's names; layers (image, view, neuron)
    with a part of the person's own. `first` numbers the people."""

    def __init__(self, rng, count=24, most=5, first=0, least=2, widths=None, noise=None):
        """noise: how much each view differs."""
        noise = noise or [0.05, 0.2, 0.5, 0.6]
        sizes = rng.integers(least, most + 1, count)
        self.identity = [f"Person_{first + i:03d}" for i in np.repeat(np.arange(count), sizes)]
        self.images = [f"{who}/{who}_{k + 1:04d}.jpg"
                       for who, k in zip(self.identity, np.concatenate([np.arange(n) for n in sizes]))]
        self.layers = {}
        for name, width in (widths or WIDTHS).items():
            both = np.repeat(acts.relu_like(rng, len(self.images), width, self.identity)[:, None],
                             len(noise), 1)
            own = rng.normal(0, np.array(noise)[:, None], both.shape)
            self.layers[name] = np.maximum(both + own, 0).astype("f4")

    def seen_by_another(self, rng):
        """The same images through another network: 33 neurons of fc4, further apart."""
        other = copy.copy(self)
        x = self.layers["fc4"][:, :, :33]
        other.layers = {"fc4": np.maximum(x + rng.normal(0, 0.5, x.shape), 0).astype("f4")}
        return other

    def write(self, path, order=None, views=VIEWS, **options):
        order = np.arange(len(self.images)) if order is None else order
        layers = {name: x[order][:, :len(views)] for name, x in self.layers.items()}
        acts.write(path, layers, [self.identity[i] for i in order], views=views,
                   images=[self.images[i] for i in order], **options)

    def rows_of(self, who):
        return [i for i, name in enumerate(self.identity) if name == who]

    def features(self, layers, how, view="original"):
        """(image, value) in double, of values as the file holds them."""
        at = VIEWS.index(view)
        parts = []
        for layer in layers.split("+"):
            x = self.layers[layer]
            one, other = x[:, at], x[:, at + 1]
            parts += {"original": [one], "mirror_sum": [one + other],
                      "mirror_concat": [one, other]}[how]
        return np.concatenate(parts, 1).astype("f8")


def draw_pairs(rng, p, folds, each):
    """[(row, row, same, fold)]: genuine, then impostor pairs of each fold, none of them twice."""
    pairs, seen = [], set()
    who = np.array(p.identity)
    for fold in range(folds):
        for same in (1, 0):
            kept = 0
            while kept < each:
                i, j = sorted(rng.integers(0, len(who), 2).tolist())
                if i == j or (who[i] == who[j]) != same or (i, j) in seen:
                    continue
                seen.add((i, j))
                pairs.append((i, j, same, fold))
                kept += 1
    return pairs


def write_table(path, images, pairs):
    with open(path, "w", encoding="utf-8") as f:
        f.write("image_a\timage_b\tsame\tfold\n")
        for i, j, same, fold in pairs:
            f.write(f"{images[i]}\t{images[j]}\t{same}\t{fold + 1}\n")


def joint_bayesian(path, x):
    """Scores of all pairs of rows of x by a metric that was kept: Chen et al.'s formula."""
    with h5py.File(path) as f:
        if "pca" in f:
            x = (x - f["pca/mean"][...]) @ f["pca/components"][...]
        mean, s_mu, s_eps = (f["joint_bayesian/" + name][...] for name in ("mean", "between", "within"))
    x = x - mean
    f = np.linalg.inv(s_eps)
    g = -np.linalg.inv(2 * s_mu + s_eps) @ s_mu @ f
    a = np.linalg.inv(s_mu + s_eps) - (f + g)
    own = np.einsum("ni,ij,nj->n", x, a, x)
    return own[:, None] + own[None] - 2 * x @ g @ x.T


def score_all(metric, x, threshold=0.0, kept=None):
    """Scores (image, image), higher for more alike ones."""
    if metric == "joint_bayesian":
        return joint_bayesian(kept, x)
    if metric == "cosine":
        norm = np.linalg.norm(x, axis=1)
        unit = x / np.where(norm > 0, norm, 1)[:, None]
        return unit @ unit.T
    if metric == "hamming":
        on = x > threshold
        return -(on[:, None] != on[None]).sum(2).astype("f8")
    return -np.sqrt(((x[:, None] - x[None]) ** 2).sum(2))


def table(folder, name):
    """Rows of a table, checked against its sidecar; numbers as numbers, NA as NaN."""
    with open(os.path.join(folder, name + ".tsv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
        sidecar = json.load(f)
    assert sidecar["rows"] == len(rows), name
    types = {c["name"]: c["type"] for c in sidecar["columns"]}
    assert not rows or list(types) == list(rows[0]), name
    assert all(len(c["meaning"]) > 3 for c in sidecar["columns"]), name
    for row in rows:
        for key, value in row.items():
            if types[key] != "string":
                row[key] = np.nan if value == "NA" else float(value)
    return rows


def column(rows, name):
    return np.array([row[name] for row in rows])


def close(got, expected, what, rtol=1e-6, atol=1e-7):
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what)


def same_tables(a, b, names):
    for name in names:
        with open(os.path.join(a, name + ".tsv"), "rb") as f, \
                open(os.path.join(b, name + ".tsv"), "rb") as g:
            assert f.read() == g.read(), name
