"""Accuracy on held-out pairs and active neurons against numpy and scipy, every threshold tried.
Usage: test_validate.py VALIDATE-DRIVER"""
import subprocess
import sys

try:
    import numpy as np
    from scipy.spatial.distance import cosine, euclidean
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]


def drive(person, features, count, folds, seed):
    n, width = features.shape
    out = subprocess.run([DRIVER, *map(str, (n, width, count, folds, seed))], check=True,
                         input=person.tobytes() + features.tobytes(), capture_output=True).stdout
    numbers = np.frombuffer(out, np.float64, 9)
    pairs = int(numbers[0])
    images = np.frombuffer(out, np.uint64, 2 * pairs, 72).reshape(-1, 2).astype(int)
    same, fold = np.frombuffer(out, np.uint8, offset=72 + 16 * pairs).reshape(2, -1)
    return numbers[1:], images, same == 1, fold


def lfw(distance, same, fold, folds):
    """Brute force: the smallest best threshold of all midpoints and both ends on the other folds."""
    accuracies = []
    for f in range(folds):
        others = fold != f
        seen = np.unique(distance[others])
        thresholds = np.concatenate([seen[:1], (seen[1:] + seen[:-1]) / 2,
                                     np.nextafter(seen[-1:], np.inf)])
        right = ((distance[others][:, None] < thresholds) == same[others][:, None]).sum(0)
        best = thresholds[right.argmax()]
        accuracies.append(((distance[~others] < best) == same[~others]).mean())
    return np.mean(accuracies), np.std(accuracies, ddof=1)


rng = np.random.default_rng(9)
cases = [  # people, images of each at most, width, pairs, folds, noise, values on a grid
    (20, 6, 7, 60, 10, 0.7, False), (60, 3, 65, 50, 3, 1.5, False), (5, 9, 128, 101, 4, 1.0, False),
    (12, 8, 3, 90, 10, 0.5, True), (300, 4, 16, 250, 10, 3.0, False), (3, 30, 1, 150, 2, 0.3, True)]
for people, most, width, count, folds, noise, grid in cases:
    person = np.repeat(np.arange(people), rng.integers(2, most + 1, people)).astype(np.int32)
    person = rng.permutation(person)
    features = rng.normal(0, 1, (people, width))[person] + rng.normal(0, noise, (len(person), width))
    features = np.maximum(features, 0).astype(np.float32)
    if grid:
        features = np.round(features)  # many equal distances
    features[:, 0] = 0
    if not grid:
        features[:, -1] += 1
    numbers, images, same, fold = drive(person, features, count, folds, seed=people)
    assert (person[images[:, 0]] == person[images[:, 1]]).tolist() == same.tolist()
    assert len({tuple(p) for p in images}) == len(images) and same.sum() * 2 == len(same)
    for k, name, measure in (0, "cosine", cosine), (2, "euclidean", euclidean):
        a, b = features[images.T].astype(np.float64)
        if name == "euclidean":
            distance = np.array([measure(x, y) for x, y in zip(a, b)])
        else:
            distance = np.array([measure(x, y) if x.any() and y.any() else 1.0
                                 for x, y in zip(a, b)])
            if grid:  # equal angles differ in their last bits from one formula to another
                continue
        expected = lfw(distance, same, fold, folds)
        assert np.allclose(numbers[k:k + 2], expected, rtol=0, atol=1e-12), \
            f"{name}: {numbers[k:k + 2]}, expected {expected}"
        print(f"{people} people, {name}: {expected[0]:.3f} +- {expected[1]:.3f}")
    on = features > 0
    expected = [on.mean(), on.mean(1).std(ddof=1), (~on.any(0)).sum(), on.all(0).sum()]
    assert np.allclose(numbers[4:], expected, rtol=1e-12), f"{numbers[4:]}, expected {expected}"
