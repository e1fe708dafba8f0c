"""PCA and Joint Bayesian against scikit-learn and plain numpy. Usage: test_model.py MODEL-DRIVER

Joint Bayesian's naive twin makes F and G by inverting for every group size and goes through all
images, as the paper writes it; ours must give the same S_mu and S_eps after each step."""
import os
import subprocess
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"
try:
    import numpy as np
    from sklearn.decomposition import PCA
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
worst = 0.0


def drive(*arguments, arrays):
    result = subprocess.run([DRIVER, *map(str, arguments)], capture_output=True,
                            input=b"".join(a.tobytes() for a in arrays))
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def cut(data, *shapes):
    """float64 arrays of these shapes, and the rest as float32."""
    found, at = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        found.append(np.frombuffer(data, np.float64, count, at).reshape(shape))
        at += 8 * count
    return *found, np.frombuffer(data, np.float32, offset=at)


def close(what, ours, theirs, allowed=1e-6):
    global worst
    error = np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-300)
    worst = max(worst, error)
    assert error <= allowed, f"{what}: relative error {error:.2g}"


# ---- PCA ----

def pca(rng, n, d, k, offset):
    spectrum = 3.0 * 0.9 ** np.arange(d)
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    x = (rng.normal(size=(n, d)) * spectrum @ turn + offset).astype(np.float32)
    mean, components, variance, total, rows = cut(
        drive("pca", n, d, k, 2, arrays=[x]), d, (d, k), k, 1)
    wide = x.astype(np.float64)
    peer = PCA(k, svd_solver="full").fit(wide)
    what = f"PCA {n} x {d} to {k}"
    close(what + ", mean", mean, peer.mean_, 1e-12)
    close(what + ", variance", variance, peer.explained_variance_, 1e-10)
    close(what + ", share", variance / total, peer.explained_variance_ratio_, 1e-10)
    close(what + ", orthonormal", components.T @ components, np.eye(k), 1e-10)
    theirs = peer.components_.T
    theirs = theirs * np.sign(theirs[np.abs(theirs).argmax(0), np.arange(k)])
    close(what + ", components", components, theirs, 1e-6)
    close(what + ", subspace", components @ components.T, theirs @ theirs.T, 1e-6)
    close(what + ", rows", rows.reshape(n, k), (wide - peer.mean_) @ theirs, 1e-6)
    if n > d:
        centred = wide - peer.mean_
        known = cut(drive("pca_products", n, d, k, 2, arrays=[peer.mean_, centred.T @ centred, x]), d,
                    (d, k), k, 1)
        for name, one, other in zip(("mean", "components", "variance", "total", "rows"), known,
                                    (mean, components, variance, total, rows)):
            close(f"{what}, from products, {name}", one, other, 1e-6)


def refused(text, *arguments, arrays):
    result = subprocess.run([DRIVER, *map(str, arguments)], capture_output=True,
                            input=b"".join(a.tobytes() for a in arrays))
    assert result.returncode == 1 and text in result.stderr.decode(), result.stderr.decode()


def pca_refuses():
    """Products that say the same as the rows would."""
    x, mean = np.zeros((5, 2), np.float32), np.zeros(2)
    refused("6 components of 5 rows of 2 features", "pca_products", 5, 2, 6, 1,
            arrays=[mean, np.eye(2), x])
    refused("vary in 1 directions only", "pca_products", 5, 2, 2, 1,
            arrays=[mean, np.ones((2, 2)), x])


# ---- Joint Bayesian ----

def simulate(rng, sizes, s_mu, s_eps, offset=0.0):
    identity = np.repeat(np.arange(len(sizes)), sizes)
    d = len(s_mu)
    mu = rng.multivariate_normal(np.zeros(d), s_mu, len(sizes), method="cholesky")
    eps = rng.multivariate_normal(np.zeros(d), s_eps, len(identity), method="cholesky")
    order = rng.permutation(len(identity))
    x = (mu[identity] + eps + offset).astype(np.float32)
    return x[order], identity[order].astype(np.int32)


def covariance(rng, d, low, high):
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return turn * np.geomspace(low, high, d) @ turn.T


def add_ridge(s_eps, ridge):
    return s_eps + ridge * np.trace(s_eps) / len(s_eps) * np.eye(len(s_eps))


def start(x, identity, ridge):
    people, inverse, sizes = np.unique(identity, return_inverse=True, return_counts=True)
    means = np.stack([x[inverse == i].mean(0) for i in range(len(people))])
    rest = x - means[inverse]
    return means.T @ means / len(people), add_ridge(rest.T @ rest / (len(x) - len(people)), ridge)


def naive_step(x, identity, s_mu, s_eps, ridge, exact):
    mus, epses, extra_mu, extra_eps = [], [], 0, 0
    for person in np.unique(identity):
        own = x[identity == person]
        m = len(own)
        f = np.linalg.inv(s_eps)
        g = -np.linalg.inv(m * s_mu + s_eps) @ s_mu @ f
        mus.append(s_mu @ (f + m * g) @ own.sum(0))
        epses.append(own + s_eps @ g @ own.sum(0))
        posterior = s_mu - m * s_mu @ np.linalg.inv(m * s_mu + s_eps) @ s_mu
        extra_mu, extra_eps = extra_mu + posterior, extra_eps + m * posterior
    mus, epses = np.stack(mus), np.concatenate(epses)
    s_mu, s_eps = mus.T @ mus, epses.T @ epses
    if exact:
        s_mu, s_eps = s_mu + extra_mu, s_eps + extra_eps
    return s_mu / len(mus), add_ridge(s_eps / len(epses), ridge)


def naive_scores(x, s_mu, s_eps):
    f = np.linalg.inv(s_eps)
    g = -np.linalg.inv(2 * s_mu + s_eps) @ s_mu @ f
    a = np.linalg.inv(s_mu + s_eps) - (f + g)
    x1, x2 = x[:-1], x[1:]
    own = np.einsum("ni,ij,nj->n", x, a, x)
    return own[:-1] + own[1:] - 2 * np.einsum("ni,ij,nj->n", x1, g, x2)


def fit(x, identity, steps, tolerance=0, ridge=0, exact=0, threads=2):
    n, d = x.shape
    return cut(drive("jb", n, d, steps, tolerance, ridge, exact, threads, arrays=[x, identity]), d,
               (d, d), (d, d), (d, d), d, 5, n - 1)


def jb_steps(rng, people, d, ridge, exact, offset):
    sizes = rng.integers(1, 9, people)
    x, identity = simulate(rng, sizes, covariance(rng, d, 0.05, 3), covariance(rng, d, 0.3, 2),
                           offset)
    wide = x.astype(np.float64) - x.astype(np.float64).mean(0)
    s_mu, s_eps = start(wide, identity, ridge)
    what = f"Joint Bayesian {people} x {d}{', exact' * exact}"
    for step in range(6):
        mean, between, within, basis, ratio, numbers, scores, rows = fit(x, identity, step,
                                                                         ridge=ridge, exact=exact)
        close(f"{what}, S_mu, step {step}", between, s_mu)
        close(f"{what}, S_eps, step {step}", within, s_eps)
        assert (between == between.T).all() and (within == within.T).all()
        close(f"{what}, scores, step {step}", scores, naive_scores(wide, s_mu, s_eps), 2e-6)
        if step:
            close(what + ", changes", numbers[3:], changes)
            assert numbers[1] == step and numbers[2] == 0
            close(what + ", ridge", numbers[0], ridge / (1 + ridge) * np.trace(s_eps) / d)
        before = s_mu, s_eps
        s_mu, s_eps = naive_step(wide, identity, s_mu, s_eps, ridge, exact)
        changes = np.array([np.linalg.norm(new - old) / np.linalg.norm(new)
                            for new, old in zip((s_mu, s_eps), before)])
    close(what + ", basis, S_eps", basis @ within @ basis.T, np.eye(d), 1e-9)
    close(what + ", basis, S_mu", basis @ between @ basis.T, np.diag(ratio), 1e-9)
    close(what + ", rows", rows.reshape(x.shape), wide @ basis.T)
    close(what + ", mean", mean, x.astype(np.float64).mean(0), 1e-12)


def jb_means(rng, people, d, ridge, exact):
    """From means and products as from the rows."""
    x, identity = simulate(rng, rng.integers(1, 9, people), covariance(rng, d, 0.05, 3),
                           covariance(rng, d, 0.3, 2), 1)
    size = np.bincount(identity)
    means = np.stack([np.bincount(identity, c) for c in x.T.astype(np.float64)], 1) / size[:, None]
    rest = x - means[identity]
    given = [np.array([people], np.int32), means, rest.T @ rest, size.astype(np.int32), x, identity]
    known = cut(drive("jb_means", *x.shape, 5, 0, ridge, exact, 2, arrays=given), d, (d, d), (d, d),
                (d, d), d, 5, len(x) - 1)
    for name, one, other in zip(("mean", "S_mu", "S_eps", "basis", "ratio", "numbers", "scores"),
                                known, fit(x, identity, 5, ridge=ridge, exact=exact)):
        close(f"Joint Bayesian {people} x {d}, from means, {name}", one, other)


def jb_refuses():
    x, identity, one = np.zeros((3, 1), np.float32), np.zeros(3, np.int32), np.eye(1)
    for count, text in ((1, "0 of 3 people have two images or more"),
                        (2, "feature 0 is constant within people")):
        refused(text, "jb_means", 3, 1, 5, 0, 0, 0, 1,
                arrays=[np.array([3], np.int32), np.zeros((3, 1)), 0 * one,
                        np.full(3, count, np.int32), x, identity])


def jb_recovers(rng):
    """EM proper finds the covariances that made the data, groups of one included; the published step
    finds them where people have many images."""
    d = 6
    s_mu, s_eps = covariance(rng, d, 0.3, 2), covariance(rng, d, 0.3, 2)
    for exact, sizes, allowed in ((1, rng.choice([1, 1, 2, 3, 5, 10], 8000), 0.06),
                                  (0, rng.choice([100, 200], 2000), 0.12)):
        x, identity = simulate(rng, sizes, s_mu, s_eps, 5)
        found = fit(x, identity, 300, tolerance=1e-6, exact=exact)
        assert found[5][2] == 1 and found[5][1] < 300 and max(found[5][3:]) <= 1e-6, found[5]
        close(f"recovered S_mu, exact {exact}", found[1], s_mu, allowed)
        close(f"recovered S_eps, exact {exact}", found[2], s_eps, allowed)


def jb_vanishes(rng):
    """One feature, four images each: the published step in closed form on the two sums of squares;
    where people differ little, var(mu) goes to nothing."""
    for s_mu, vanishes in ((0.2, True), (4.0, False)):
        m, people = 4, 3000
        x, identity = simulate(rng, np.full(people, m), np.eye(1) * s_mu, np.eye(1))
        wide = (x - x.mean(dtype=np.float64)).astype(np.float64)[:, 0]
        means = np.bincount(identity, wide) / m
        inner = ((wide - means[identity]) ** 2).sum()
        v, e = (means ** 2).mean(), inner / (len(wide) - people)
        for _ in range(200):
            keep = m * v / (m * v + e)
            v = keep ** 2 * (means ** 2).mean()
            e = (inner + m * (1 - keep) ** 2 * (means ** 2).sum()) / len(wide)
        found = fit(x, identity, 200)
        assert (v < 1e-6 * s_mu) == vanishes
        close("closed form, S_eps", found[2], e)
        assert abs(found[1] - v) <= 1e-6 * max(v, 1e-9)


rng = np.random.default_rng(11)
for case in [(300, 20, 20, 0), (500, 300, 40, 3), (1500, 70, 1, 100), (40, 90, 39, 1), (60, 2500, 10, 2),
             (2, 3, 1, 0), (1100, 1100, 20, -2)]:
    pca(rng, *case)
for case in [(150, 7, 0, 0, 0), (150, 7, 0, 1, 4), (400, 40, 1e-3, 0, -2), (30, 30, 1e-2, 1, 0),
             (150, 130, 0, 0, 1)]:
    jb_steps(rng, *case)
pca_refuses()
for case in [(150, 7, 0, 0), (200, 40, 1e-2, 1)]:
    jb_means(rng, *case)
jb_refuses()
print(f"worst relative error against exact peers {worst:.2g}")
jb_recovers(rng)
jb_vanishes(rng)
