"""Writes a folder of facet-sparsity's tables from made-up activations, a training's log, and the
tables of experiments/sparsity-origin and experiments/layers; in its folders verify, closed, open,
binarize, selectivity, occlusion and map those of facet-verify, facet-identify (twice),
facet-binarize, facet-selectivity and facet-occlusion, the last with squares at places and a mean
face.

    fake_tables.py DIR [--images N] [--neurons N] [--seed N] [--rows N] [--pairs N] [--skill D]

Only the figures' tests use it: the numbers have the right shapes and nothing else.
"""
import argparse
import pathlib
import statistics

import numpy as np

LAYERS = ("fc1", "fc2", "fc3", "fc4")
VIEWS = ("original", "mirror")


def write(folder, name, columns, rows):
    def field(value):
        if isinstance(value, str):
            return value
        return "NA" if np.isnan(value) else f"{value:.9g}"

    with open(folder / name, "w", encoding="utf-8") as out:
        out.write("\t".join(columns) + "\n")
        for row in rows:
            out.write("\t".join(field(value) for value in row) + "\n")


def indices(r):
    """Treves-Rolls, Vinje-Gallant, Hoyer, Gini and kurtosis of each row of r."""
    n = r.shape[1]
    mean, square = r.mean(1), (r**2).mean(1)
    treves = mean**2 / square
    hoyer = (np.sqrt(n) - r.sum(1) / np.sqrt((r**2).sum(1))) / (np.sqrt(n) - 1)
    weights = (n - np.arange(1, n + 1) + 0.5) / n
    gini = 1 - 2 * (np.sort(r, 1) / r.sum(1, keepdims=True) * weights).sum(1)
    centred = r - mean[:, None]
    kurtosis = (centred**4).mean(1) / (centred**2).mean(1) ** 2 - 3
    return np.stack([treves, (1 - treves) / (1 - 1 / n), hoyer, gini, kurtosis], 1)


def entropy(p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.nan_to_num(p * np.log2(p)) - np.nan_to_num((1 - p) * np.log2(1 - p))


def activations(rng, depth, images, neurons, identity):
    """Rectified values; deeper layers hold more of the identity. One dead neuron, one always on."""
    person = rng.normal(size=(identity.max() + 1, neurons))[identity]
    own = rng.normal(size=(images, neurons))
    share = 0.2 + 0.15 * depth
    drive = share * person + (1 - share) * own + 0.12 + 0.25 * rng.normal(size=neurons)
    drive += 0.1 * rng.normal(size=(images, 1))
    drive[:, 0], drive[:, 1] = -1, np.abs(drive[:, 1]) + 0.1
    return np.maximum(drive, 0)


def spread(values):
    half = 1.96 * np.nanstd(values) / np.sqrt(40)
    mean = np.nanmean(values)
    return mean, np.nanstd(values), mean - half, mean + half


def histogram(values, edges):
    counts, _ = np.histogram(values, edges)
    return zip(edges[:-1], edges[1:], counts.astype(float))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--neurons", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=120, help="rows of log.tsv")
    parser.add_argument("--pairs", type=int, default=6000, help="to verify, in ten folds")
    parser.add_argument("--skill", type=float, default=4.0,
                        help="distance of the scores of both kinds of pairs, in standard deviations")
    arguments = parser.parse_args()
    images, neurons = arguments.images, arguments.neurons
    rng = np.random.default_rng(arguments.seed)
    identity = rng.integers(0, max(2, images // 10), images)
    tables = {name: [] for name in ("images", "neurons", "active_neurons_per_image", "overlap",
                                    "images_per_neuron", "activation_histograms", "thresholds",
                                    "summary")}
    for depth, layer in enumerate(LAYERS):
        for view in VIEWS:
            acts = activations(rng, depth, images, neurons, identity)
            collect(tables, layer, view, acts, identity)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    tables["log"], tables["validation"] = train(rng, arguments.rows)
    tables["origin"], tables["origin_final"] = origin(rng)
    tables["layers"] = layers(rng)
    for name, columns in COLUMNS.items():
        write(arguments.folder, name + ".tsv", columns.split(), tables[name])
    for folder, columns_of, made in (
            ("verify", VERIFY, verification(rng, arguments.pairs, arguments.skill)),
            ("closed", IDENTIFY, identification(rng, 300, 0, arguments.skill)),
            ("open", IDENTIFY, identification(rng, 80, 500, arguments.skill)),
            ("binarize", BINARIZE, binarization(rng, arguments.skill)),
            ("selectivity", SELECTIVITY, selectivity(rng, arguments.neurons)),
            ("occlusion", OCCLUSION, occlusion(rng, arguments.neurons)),
            ("map", MAP, occlusion_map(rng, arguments.neurons))):
        (arguments.folder / folder).mkdir(exist_ok=True)
        for name, columns in columns_of.items():
            write(arguments.folder / folder, name + ".tsv", columns.split(), made[name])


METRICS = {"joint_bayesian": 1, "cosine": 0.93, "euclidean": 0.87, "hamming": 0.8}


def interval(estimate, sd, n):
    """sd, and a 95 % interval of a mean of n."""
    return sd, estimate - 1.96 * sd / np.sqrt(n), estimate + 1.96 * sd / np.sqrt(n)


def verification(rng, pairs, skill):
    """Scores of pairs: deeper layers, layers together and both views part them better."""
    tables = {name: [] for name in VERIFY}
    depths = {"fc1": 0.65, "fc2": 0.8, "fc3": 0.95, "fc4": 1, "fc3+fc4": 1.03,
              "fc1+fc2+fc3+fc4": 1.06}
    gains = {"original": 0.95, "mirror_sum": 1, "mirror_concat": 1.02}
    for layer, depth in depths.items():
        for features, gain in gains.items():
            for metric, factor in METRICS.items():
                same = rng.normal(skill * depth * gain * factor, 1, pairs // 2)
                other = rng.normal(0, 1, pairs // 2)
                verify(tables, (layer, features, metric), same, other)
    return tables


def verify(tables, key, same, other, folds=10):
    cut = (same.mean() + other.mean()) / 2
    right = np.array([(np.r_[s > cut, o <= cut]).mean() for s, o in
                      zip(np.array_split(same, folds), np.array_split(other, folds))])
    for fold, accuracy in enumerate(right, 1):
        tables["folds"].append(key + (float(fold), 2 * len(same) / folds, cut, accuracy))
    sd, low, high = interval(right.mean(), right.std(ddof=1), folds)
    tprs = [(same > np.quantile(other, 1 - rate)).mean() if rate * len(other) >= 1 else np.nan
            for rate in (0.1, 0.01, 0.001, 0.0001)]
    area = (np.searchsorted(np.sort(other), same) / len(other)).mean()
    equal = ((same <= cut).mean() + (other > cut).mean()) / 2
    tables["accuracy"].append(key + (float(folds), 2.0 * len(same), right.mean(), sd,
                                     sd / np.sqrt(folds), low, high, area, equal, *tprs,
                                     right.mean() + 0.002))
    # from the largest threshold: a point for each of the largest scores, later fewer
    thresholds = np.sort(np.r_[same, other])[::-1]
    inner = np.unique(np.geomspace(1, len(thresholds), 150).astype(int)) - 1
    for threshold in thresholds[np.unique(np.r_[inner, np.linspace(0, len(thresholds) - 1, 150)
                                                .astype(int)])]:
        false, true = (other >= threshold).mean(), (same >= threshold).mean()
        tables["roc"].append(key + (false, true, threshold, deviate(false), deviate(1 - true)))


def identification(rng, people, impostors, skill):
    """A gallery of one image a person, a probe of each; scores as of pairs."""
    tables = {name: [] for name in IDENTIFY}
    for layer in ("fc3", "fc4"):
        for features in ("original", "mirror_concat"):
            for metric, factor in METRICS.items():
                key = ("made", layer, features, metric)
                own = rng.normal(skill * factor, 1, people)
                best = rng.normal(0, 1, (people, people - 1))
                ranks = 1 + (best >= own[:, None]).sum(1)
                alarms = np.sort(rng.normal(0, 1, (impostors, people)).max(1))[::-1]
                rate = [np.nan] * 4
                for i in range(int(np.ceil(20 * np.log10(max(impostors, 1)))), -1, -1):
                    far = 10 ** (-i / 20)
                    passed = int(far * impostors)
                    cut = alarms[passed] if passed < impostors else -np.inf
                    if impostors:
                        tables["dir"].append(key + (far, cut, ((ranks == 1) & (own > cut)).mean()))
                if impostors:
                    cut = alarms[int(0.01 * impostors)]
                    found = ((ranks == 1) & (own > cut)).mean()
                    rate = [found, *interval(found, 0.5, people)[1:], cut]
                first = (ranks == 1).mean()
                tables["identification"].append(key + (
                    float(people), float(people), float(people), float(impostors), first,
                    *interval(first, 0.5, people)[1:], *rate))
                for rank in range(1, people + 1):
                    tables["cmc"].append(key + (float(rank), (ranks <= rank).mean()))
    return tables


def deviate(rate):
    return statistics.NormalDist().inv_cdf(rate) if 0 < rate < 1 else np.nan


def binarization(rng, skill, neurons=1024):
    """Binary codes lose a little, Hamming distance some more, few bits most."""
    tables = {name: [] for name in BINARIZE}
    accuracy = {"joint_bayesian": statistics.NormalDist().cdf(skill / 2)}
    accuracy["hamming"] = 0.5 + 0.97 * (accuracy["joint_bayesian"] - 0.5)

    def row(estimate, sd=0.006):
        estimate = estimate + rng.normal(0, 0.001)
        sd, low, high = interval(estimate, sd, 10)
        return estimate, sd, low, high

    for values, classifier, loss in (("real", "joint_bayesian", 0), ("real", "cosine", 0.02),
                                     ("real", "euclidean", 0.03), ("binary", "joint_bayesian", 0.01),
                                     ("binary", "hamming", 0.03)):
        for networks in (1, 25):
            estimate, sd, low, high = row(accuracy["joint_bayesian"] - loss + 0.005 * (networks > 1))
            tables["table4"].append((values, classifier, float(networks), "fc4", 6000.0, estimate, sd,
                                     sd / np.sqrt(10), low, high))
    for layer in LAYERS:
        lost = 0.02 * (4 - int(layer[2]))
        for classifier, whole in accuracy.items():
            for threshold in np.linspace(-1, 3, 17):
                estimate, _, low, high = row(whole - lost - 0.02 * (threshold - 0.2) ** 2)
                tables["thresholds"].append((layer, "value", threshold, 0.5 - 0.4 * np.tanh(threshold),
                                             classifier, 6000.0, estimate, low, high))
            for rule, gain in (("median", 0.002), ("trained", 0.006)):
                estimate, _, low, high = row(whole - lost + gain)
                tables["thresholds"].append((layer, rule, np.nan, 0.5, classifier, 6000.0, estimate,
                                             low, high))
            tables["lengths"].append((layer, "all", float(neurons), 1.0, classifier,
                                      *row(whole - lost)))
            for bits in 2 ** np.arange(3, 10):
                for choice, scale in (("informative", 0.7), ("random", 1.0)):
                    estimate, sd, low, high = row(0.5 + (whole - lost - 0.5) *
                                                  (1 - scale * 0.8 * np.exp(-np.log2(bits) / 2.5)))
                    if choice == "random":
                        low = high = np.nan
                    tables["lengths"].append((layer, choice, float(bits),
                                              20.0 if choice == "random" else 1.0, classifier,
                                              estimate, sd, low, high))
        share = np.clip(rng.beta(3, 3, neurons), 0, 1)
        share[0] = 0
        for neuron in range(neurons):
            tables["bits"].append((layer, float(neuron), 0.0, share[neuron], entropy(share[neuron])))
        pairs = np.clip(rng.normal(0.02, 0.12, neurons * (neurons - 1) // 2), -1, 1)
        for left, right, count in histogram(pairs, np.linspace(-1, 1, 81)):
            tables["correlation"].append((layer, left, right, count))
        for code, size, loss in (("float32", 4, 0), ("float16", 2, 0.0002), ("bits", 1 / 8, 0.01)):
            tables["storage"].append((layer, code, neurons * size, 0.1 * size,
                                      accuracy["joint_bayesian"] - lost - loss))
    return tables


FACTORS = {
    "gradients": "centred plain", "normalisation": "none batch", "first_mean": "0 -1 1",
    "first_sd": "1 0.5 2", "weight_decay": "5e-4 0 5e-3", "dropout": "0.5 0 0.25 0.75",
    "verification": "0.05 0 0.5", "learning_rate": "0.1 0.03 0.2", "people": "all 250 1000",
    "batch": "32x2 16x2 64x2",
}  # the base condition's value first


def origin(rng, epochs=8):
    """Shares of active neurons that part in eight passes; one training diverges half-way, one at
    once."""
    checks, final, base = [], [], {}
    for factor, values in FACTORS.items():
        for at, value in enumerate(sorted(values.split())):
            is_base = value == values.split()[0]
            diverged = {("learning_rate", "0.2"): epochs / 2, ("gradients", "plain"): 0}
            stop = diverged.get((factor, value), epochs)
            for depth, layer in enumerate(LAYERS):
                start = {("first_mean", "-1"): 0.16, ("first_mean", "1"): 0.84}.get((factor, value), 0.5)
                time = np.arange(1, 4 * epochs + 1) / 4
                goal = 0.2 + 0.05 * depth + 0.07 * at
                share = goal + (start - goal) * np.exp(-time / 3) + rng.normal(0, 0.004, time.size)
                cosine = 0.6 + (0.12 + 0.02 * depth + 0.02 * at) * (1 - np.exp(-time / 4))
                if is_base:  # the same training in every factor
                    share, cosine = base.setdefault(layer, (share, cosine))
                key = (factor, value, float(is_base), layer)
                rows = [(t, s, 0.05, 2.0, 1.0, c, c - 0.03) for t, s, c in zip(time, share, cosine)
                        if t <= stop]
                checks += [key + (380 * row[0],) + row for row in rows]
                paper = 292 / 512 if layer == "fc4" else np.nan
                first = rows[0][:2] if rows else (np.nan, np.nan)
                if stop < epochs:
                    rows.append((np.nan,) * 7)
                    checks.append(key + (np.nan,) + rows[-1])
                outcome = "diverged" if stop < epochs else "finished"
                final.append(key + (outcome,) + rows[-1] + first + (paper,))
    return checks, final


def layers(rng):
    """Deeper layers and larger networks know people better; one layer collapses."""
    rows = []
    variants = ("deepid2plus", "no_layerwise_supervision", "less_data", "smaller_network",
                "dropout_0", "dropout_0.25", "dropout_0.5", "dropout_0.75")
    paper = {"deepid2plus": (0.9366, 0.9711, 0.9838, 0.9870),
             "no_layerwise_supervision": (np.nan, 0.8930, 0.9763, 0.9842)}
    for v, variant in enumerate(variants):
        for depth, layer in enumerate(LAYERS):
            accuracy = 0.8 + 0.03 * depth - 0.01 * v + rng.normal(0, 0.003)
            if variant == "no_layerwise_supervision" and depth < 2:
                accuracy -= 0.15
            rows.append((variant, layer, accuracy, 0.012, accuracy - 0.02, 0.013,
                         0.45 + 0.02 * depth, 0.06, accuracy + 0.04, 0.011, accuracy + 0.03,
                         accuracy + 0.05, paper.get(variant, (np.nan,) * 4)[depth]))
    return rows


def train(rng, rows, epochs=12.0):
    """Ten checks; deeper layers learn faster; verification of fc1 begins with the second pass."""
    depth = np.arange(len(LAYERS))

    def learned(t):
        return (1 - np.exp(-3 * t)) * (0.75 + 0.07 * depth)

    log, validation = [], []
    for row in range(1, rows + 1):
        t, step = row / rows, 100.0 * row
        noise = rng.normal(0, 0.02, (4, len(LAYERS)))
        rate = 0.01 * 0.5 ** int(4 * t) * min(1, 20 * t)
        identification = 7 * (1 - learned(t)) * (1 + noise[0])
        verification = 3 * (1 - 0.5 * learned(t)) * (1 + noise[1])
        if epochs * t < 1:
            verification[0] = np.nan
        margin = 12 + 6 * learned(t) + noise[2]
        accuracy = np.clip(0.9 * learned(t) ** 2 * (1 + noise[3]), 0, 1)
        total = identification.sum() + 0.05 * np.nansum(verification)
        log.append((step, epochs * t, 64 * step, 310 + 20 * noise[0, 0], rate,
                    4 * np.exp(rng.normal(-t, 0.3)), total, *identification, *verification, *margin,
                    *accuracy))
    for check in range(1, 11):
        t = check / 10
        for k, layer in enumerate(LAYERS):
            cosine = 0.6 + 0.35 * learned(t)[k] + rng.normal(0, 0.005)
            validation.append((100.0 * rows * t, epochs * t, layer, cosine, 0.01, cosine - 0.03,
                               0.012, 0.5 + 0.03 * k * t - 0.1 * t, 0.05, float(4 * check), 3.0))
    return log, validation


def collect(tables, layer, view, acts, identity):
    images, neurons = acts.shape
    on = acts > 0
    per_image, per_neuron = on.sum(1), on.sum(0)
    sparsity = indices(acts)
    for i in range(images):
        tables["images"].append((layer, view, f"p{identity[i]}/{i:04d}.png", f"p{identity[i]}",
                                 per_image[i], per_image[i] / neurons, *sparsity[i]))
    quantiles = np.quantile(acts, (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lifetime = acts.mean(0) ** 2 / (acts**2).mean(0)
    bits = entropy(on.mean(0))
    for j in range(neurons):
        tables["neurons"].append((layer, view, float(j), images, per_neuron[j], on[:, j].mean(),
                                  acts[:, j].mean(), acts[:, j].std(), *quantiles[:, j],
                                  lifetime[j], bits[j], float(per_neuron[j] == 0),
                                  float(per_neuron[j] == images)))
        for row in histogram(acts[:, j], np.linspace(0, acts.max(), 26)):
            tables["activation_histograms"].append((layer, view, float(j), *row))
    for name, values, top in (("active_neurons_per_image", per_image, neurons),
                              ("images_per_neuron", per_neuron, images)):
        for row in histogram(values, np.linspace(0, top, 33)):
            tables[name].append((layer, view, *row))
    summarise(tables, layer, view, acts, sparsity, bits)
    compare(tables, layer, view, on, identity)


def summarise(tables, layer, view, acts, sparsity, bits):
    images, neurons = acts.shape
    on = acts > 0
    names = ("treves_rolls", "vinje_gallant", "hoyer", "gini", "kurtosis")
    measures = [("active_neurons_per_image", images, on.sum(1)),
                ("images_per_neuron", neurons, on.sum(0)),
                ("active_share", images, on.mean(1)), ("entropy_bits", neurons, bits)]
    measures += [(name, images, sparsity[:, k]) for k, name in enumerate(names)]
    measures += [("dead_neurons", neurons, on.sum(0) == 0),
                 ("always_on_neurons", neurons, on.sum(0) == images)]
    for name, n, values in measures:
        tables["summary"].append((layer, view, name, float(n), *spread(values)))
    for threshold in np.linspace(0, acts.max() / 2, 11):
        on = acts > threshold
        for name, n, values in (("active_share", images, on.mean(1)),
                                ("active_neurons_per_image", images, on.sum(1)),
                                ("images_per_neuron", neurons, on.sum(0)),
                                ("entropy_bits", neurons, entropy(on.mean(0)))):
            tables["thresholds"].append((layer, view, threshold, name, float(n), *spread(values)))


def compare(tables, layer, view, on, identity):
    same = identity[:-1] == identity[1:]
    order = np.argsort(identity, kind="stable")
    for relation, a, b in (("within", on[order][:-1], on[order][1:]),
                           ("between", on[:-1][~same], on[1:][~same])):
        for measure, values in (
                ("hamming", (a != b).mean(1)),
                ("jaccard", (a & b).sum(1) / np.maximum((a | b).sum(1), 1))):
            mean, _, low, high = spread(values)
            tables["overlap"].append((layer, view, relation, measure, float(len(values)), mean,
                                      low, high))


def selectivity(rng, neurons):
    """Two people and two attributes; the paper has one of each."""
    tables = {name: [] for name in SELECTIVITY}
    for target, kind in (("George_W_Bush", "identity"), ("p_2", "identity"), ("male", "attribute"),
                         ("bald_score", "attribute")):
        what = (target, "fc4", "mirror_concat")
        mean = np.sort(rng.gamma(2, 0.5, neurons))[::-1]
        rest = rng.gamma(2, 0.5, neurons)
        accuracy = np.clip(0.5 + 0.1 * np.abs(mean - rest), 0.5, 1)
        direction = np.where(mean > rest, "excitatory", "inhibitory")
        for place, neuron in enumerate(rng.permutation(neurons)):
            tables["response"].append(what + (float(place), float(neuron), mean[place],
                                              0.5 * mean[place], rest[place], 0.5 * rest[place],
                                              str(direction[place]), accuracy[place]))
        tables["targets"].append(what + (kind, 0.9, 0.8, 0.88, 0.79))
        for classifier in ("svm", "lda"):
            tables["classifiers"].append(what + (classifier, 0.93, 0.01, 0.91, 0.95))
        for which in ("excitatory", "inhibitory"):
            for rank in range(1, 6):
                shown = [("all", 0.6), ("target", 1.0), ("rest", 0.5)]
                if kind == "attribute":  # a group of two
                    shown.append(("male" if target == "bald_score" else "bald_score", 0.4))
                for images, scale in shown:
                    values = np.maximum(rng.normal(scale, 1, 200), 0)
                    for row in histogram(values, np.linspace(0, 6, 51)):
                        tables["histograms"].append(what + (which, float(rank), 3.0 * rank, 0.8,
                                                            images, 200.0) + tuple(row))
        for layer in (*LAYERS, "lbp"):
            paper = 0.95 if layer == "fc4" and target in ("George_W_Bush", "male") else np.nan
            tables["comparison"].append((target, layer, "single", paper, 0.9, 0.88, 3.0, "excitatory",
                                         0.9))
        for order, speed in (("ranked", 1.0), ("random", 0.3)):
            for k in (1, 2, 4, 8, neurons):
                tables["curves"].append(what + (order, float(k), 1 - 0.5 * np.exp(-speed * k), np.nan))
        tables["needed"].append(what + (0.93, 2.0, 8.0))
        for measure in ("lda", "lda_refitted", "cosine"):
            for zeroed, k in (("best", 2), ("best", 4), ("selective", 9)):
                tables["ablation"].append(what + (measure, zeroed, float(k), 0.95, 0.9 - 0.02 * k, 0.92,
                                                  0.9, 0.94))
    tables["overlap"].append(("George_W_Bush", "p_2", "fc4", "mirror_concat", 6.0, 0.4, 0.3, 0.01))
    return tables


def occlusion(rng, neurons):
    """Two kinds at seven levels, four layers and LBP, two metrics, two people."""
    tables = {name: [] for name in OCCLUSION}
    levels = [(kind, level) for kind in ("bottom", "block") for level in range(0, 80, 10)]
    for depth, layer in enumerate((*LAYERS, "lbp")):
        what = (layer, "original")
        for kind, level in levels:
            lost = (level / 75) ** (1 + depth / 2 if layer != "lbp" else 0.5)
            for metric in ("cosine", "joint_bayesian"):
                clean = 0.36 + 0.03 * depth
                accuracy = 0.5 + clean * (1 - lost)
                tables["accuracy"].append((*what, metric, kind, float(level), np.nan, np.nan, accuracy,
                                           0.005, accuracy - 0.015, accuracy + 0.015, -clean * lost,
                                           -clean * lost - 0.01, -clean * lost + 0.01,
                                           -0.05 if level else np.nan, -0.06, -0.04, 3.0))
                for other in (*LAYERS, "lbp")[depth + 1:]:
                    tables["differences"].append((layer, other, metric, kind, float(level), -0.03, -0.05,
                                                  -0.01, 0.02, -0.01, 0.05))
            for measure in ("state_kept", "correlation", "cosine"):
                tables["drift"].append((*what, kind, float(level), np.nan, np.nan, measure, 1 - lost / 2,
                                        0.98 - lost / 2, 1.02 - lost / 2))
            for person in ("George_W_Bush", "p_2") if layer == "fc4" else ():
                mean = np.sort(rng.gamma(2, 0.5, neurons))[::-1]
                for place, value in enumerate(mean):
                    tables["identities"].append((person, 530.0, *what, kind, float(level), float(place),
                                                 float(neurons - place), max(0.0, value * (1 - lost))))
                for name in ("excitatory", "inhibitory"):
                    tables["sets"].append((person, 530.0, *what, kind, float(level), name, 1 - lost,
                                           1 - lost / 2, 1 - lost))
    return tables


def occlusion_map(rng, neurons):
    """Squares of 20 at 7 x 8 places, and a mean face of 47 x 55."""
    tables = {name: [] for name in MAP}
    places = [(np.nan, np.nan)] + [(1.0 + 12 * i, 3.0 + 12 * j) for j in range(8) for i in range(7)]
    for layer in LAYERS:
        for x, y in places:
            lost = 0 if x != x else np.exp(-((x - 37) ** 2 + (y - 20) ** 2) / 800)
            what = (layer, "original", "square", 0.0 if x != x else 20.0, x, y)
            for metric in ("cosine", "joint_bayesian"):
                tables["accuracy"].append((*what[:2], metric, *what[2:], 0.9, 0.005, 0.88, 0.92, *[0.0] * 6,
                                           3 - lost))
            tables["drift"].append((*what, "state_kept", 1 - 0.2 * lost, np.nan, np.nan))
            for neuron in range(neurons if layer == "fc4" else 0):
                tables["neurons"].append((*what, float(neuron), rng.uniform(0, 1) + lost))
    for y in range(55):
        for x in range(47):
            grey = 60 + 150 * np.exp(-((x - 23) ** 2 + (y - 27) ** 2) / 400)
            tables["face"].append((float(x), float(y), grey, 0.8 * grey, 0.7 * grey))
    return tables


OCCLUSION = {
    "accuracy": "layer features metric kind level x y estimate se ci_low ci_high change change_low"
                " change_high step step_low step_high separation",
    "differences": "layer_a layer_b metric kind level estimate ci_low ci_high change change_low"
                   " change_high",
    "drift": "layer features kind level x y measure estimate ci_low ci_high",
    "identities": "identity n layer features kind level place neuron mean",
    "sets": "identity n layer features kind level set kept same_side correlation",
}
MAP = {
    "accuracy": OCCLUSION["accuracy"],
    "drift": OCCLUSION["drift"],
    "neurons": "layer features kind level x y neuron change",
    "face": "x y red green blue",
}
SELECTIVITY = {
    "targets": "target layer features kind best_excitatory_accuracy best_inhibitory_accuracy"
               " chosen_excitatory_accuracy chosen_inhibitory_accuracy",
    "classifiers": "target layer features classifier estimate sd ci_low ci_high",
    "response": "target layer features place neuron mean_target sd_target mean_rest sd_rest"
                " direction balanced_accuracy",
    "histograms": "target layer features direction rank neuron balanced_accuracy images n bin_left"
                  " bin_right count",
    "comparison": "target layer measure paper ours chosen neuron direction selective",
    "curves": "target layer features order neurons estimate sd",
    "needed": "target layer features goal neurons neurons_random",
    "ablation": "target layer features measure zeroed neurons intact estimate random_estimate"
                " random_ci_low random_ci_high",
    "overlap": "target_a target_b layer features shared jaccard jaccard_expected q",
}
COLUMNS = {
    "images": "layer view image identity active active_share treves_rolls vinje_gallant hoyer gini"
              " kurtosis",
    "neurons": "layer view neuron n images_active active_share mean sd min q05 q25 median q75 q95"
               " max treves_rolls entropy_bits dead always_on",
    "active_neurons_per_image": "layer view bin_left bin_right count",
    "images_per_neuron": "layer view bin_left bin_right count",
    "activation_histograms": "layer view neuron bin_left bin_right count",
    "thresholds": "layer view threshold measure n estimate sd ci_low ci_high",
    "overlap": "layer view relation measure n estimate ci_low ci_high",
    "summary": "layer view measure n estimate sd ci_low ci_high",
    "log": " ".join(["step epoch images images_per_second learning_rate gradient_norm loss"]
                    + [f"{m}_{layer}" for m in ("identification", "verification", "margin",
                                                "train_accuracy") for layer in LAYERS]),
    "origin": "factor value base layer step epoch active_share active_sd dead always_on"
              " cosine_accuracy euclidean_accuracy",
    "origin_final": "factor value base layer outcome epoch active_share active_sd dead always_on"
                    " cosine_accuracy euclidean_accuracy first_epoch first_active_share"
                    " paper_active_share",
    "layers": "variant layer cosine_accuracy cosine_sd euclidean_accuracy euclidean_sd"
              " active_share active_sd lfw_accuracy lfw_sd lfw_low lfw_high paper_accuracy",
    "validation": "step epoch layer cosine_accuracy cosine_sd euclidean_accuracy euclidean_sd"
                  " active_share active_sd dead always_on",
}
VERIFY = {
    "accuracy": "layer features metric folds n estimate sd se ci_low ci_high area equal_error_rate"
                " tpr_at_fpr_0.1 tpr_at_fpr_0.01 tpr_at_fpr_0.001 tpr_at_fpr_0.0001"
                " best_accuracy",
    "folds": "layer features metric fold n threshold accuracy",
    "roc": "layer features metric false_positive_rate true_positive_rate threshold"
           " false_positive_deviate false_negative_deviate",
}
IDENTIFY = {
    "identification": "protocol layer features metric people gallery probes impostors rank1"
                      " rank1_ci_low rank1_ci_high dir_at_far_0.01 dir_ci_low dir_ci_high"
                      " threshold_at_far_0.01",
    "cmc": "protocol layer features metric rank share",
    "dir": "protocol layer features metric far threshold rate",
}
BINARIZE = {
    "table4": "values classifier networks layer n estimate sd se ci_low ci_high",
    "thresholds": "layer rule threshold active_share classifier n estimate ci_low ci_high",
    "lengths": "layer choice bits repeats classifier estimate sd ci_low ci_high",
    "bits": "layer neuron threshold share_on entropy_bits",
    "correlation": "layer bin_left bin_right count",
    "storage": "layer code bytes_per_face seconds_per_million accuracy",
}

if __name__ == "__main__":
    main()
