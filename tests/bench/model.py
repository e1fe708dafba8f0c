"""A step of Joint Bayesian's EM by facet and by numpy, in the same run with as many threads: best of
three turns. Usage: model.py MODEL-DRIVER [IMAGES FEATURES PEOPLE]

26,000 images of 2,300 people of unequal numbers of images, 1,024 features. "grouped" takes the people
of one number of images together: for each number it makes the matrices of the E-step once and puts
all sums and images through them. "basis" knows that one generalised eigenproblem (scipy) serves all
numbers, as facet does, and goes through all images still. All in double; all end with the same S_mu
and S_eps, which is checked. The last column, processor time, is disturbed least by other programs."""
import os
import subprocess
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait leave the cores to others

if "OPENBLAS_NUM_THREADS" not in os.environ:  # read when numpy is loaded
    for threads in "1", "2":
        print(f"{threads} thread{'s' * (threads > '1')}, load {os.getloadavg()[0]:.1f}", flush=True)
        code = subprocess.run([sys.executable, *sys.argv], env={
            **os.environ, "OPENBLAS_NUM_THREADS": threads}).returncode
        if code:
            sys.exit(code)
    sys.exit(0)
try:
    import numpy as np
    from scipy.linalg import eigh
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

DRIVER = sys.argv[1]
IMAGES, FEATURES, PEOPLE = (int(a) for a in sys.argv[2:5] or (26000, 1024, 2300))
THREADS, STEPS, TURNS = os.environ["OPENBLAS_NUM_THREADS"], 2, 3


def simulate(rng):
    """Images in order of how many their people have."""
    share = rng.lognormal(0, 0.8, PEOPLE)
    sizes = np.sort(np.maximum(1, np.round(share * IMAGES / share.sum()))).astype(int)
    identity = np.repeat(np.arange(PEOPLE), sizes).astype(np.int32)
    mix = rng.normal(size=(FEATURES, FEATURES)).astype(np.float32) / FEATURES ** 0.5
    x = rng.standard_normal((PEOPLE, FEATURES), np.float32)[identity]
    x = (x + rng.standard_normal(x.shape, np.float32)) @ mix + 0.5 * rng.standard_normal(
        x.shape, np.float32)
    return x, identity, sizes


class Groups:
    """Images and their sums, by the number of images of a person."""

    def __init__(self, x, sizes):
        self.x, self.d, self.people = x - x.mean(0), x.shape[1], len(sizes)
        self.groups, at = [], 0
        for m, people in zip(*np.unique(sizes, return_counts=True)):
            own = self.x[at:at + m * people].reshape(people, m, self.d)
            self.groups.append((m, own, own.sum(1)))
            at += m * people
        means = np.concatenate([s / m for m, _, s in self.groups])
        rest = np.concatenate([(own - s[:, None] / m).reshape(-1, self.d)
                               for m, own, s in self.groups])
        self.s_mu = means.T @ means / self.people
        self.s_eps = rest.T @ rest / (len(x) - self.people)

    def finish(self, mu, eps):
        mu, eps = np.concatenate(mu), np.concatenate(eps)
        self.s_mu, self.s_eps = mu.T @ mu / len(mu), eps.T @ eps / len(eps)

    def grouped(self):
        mu, eps, f = [], [], np.linalg.inv(self.s_eps)
        for m, own, sums in self.groups:
            g = -np.linalg.inv(m * self.s_mu + self.s_eps) @ (self.s_mu @ f)
            mu.append(sums @ (self.s_mu @ (f + m * g)).T)
            eps.append((own + (sums @ (self.s_eps @ g).T)[:, None]).reshape(-1, self.d))
        self.finish(mu, eps)

    def basis(self):
        ratio, w = eigh(self.s_mu, self.s_eps)
        back, mu, eps = self.s_eps @ w, [], []
        for m, own, sums in self.groups:
            mu.append((sums @ w * (ratio / (1 + m * ratio))) @ back.T)
            eps.append((own - mu[-1][:, None]).reshape(-1, self.d))
        self.finish(mu, eps)


def facet(x, identity):
    """Wall and processor seconds of the best step, and S_mu, S_eps after STEPS."""
    best, spent = [], []
    for steps in STEPS, STEPS + 3:  # processor time of a step: from the difference of two runs
        before = os.times()
        run = subprocess.run([DRIVER, "jb", *map(str, (*x.shape, steps, 0, 0, 0, THREADS))],
                             input=x.tobytes() + identity.tobytes(), capture_output=True, check=True)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user -
                     before.children_system)
        best += map(float, run.stderr.split())
        if steps == STEPS:
            square = FEATURES * FEATURES
            found = np.frombuffer(run.stdout, np.float64, 2 * square, 8 * FEATURES).reshape(
                2, FEATURES, FEATURES)
    return min(best), (spent[1] - spent[0]) / 3, found


def peer(make, name):
    groups, best = make(), []
    for _ in range(STEPS):
        wall, processor = time.perf_counter(), time.process_time()
        getattr(groups, name)()
        best.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(b[0] for b in best), min(b[1] for b in best), (groups.s_mu, groups.s_eps)


x, identity, sizes = simulate(np.random.default_rng(1))
wide = x.astype(np.float64)
print(f"{len(x)} images x {FEATURES} features, {PEOPLE} people, {len(np.unique(sizes))} numbers of "
      f"images", flush=True)
times = {}
for _ in range(TURNS):
    turn = {"facet": facet(x, identity)}
    turn.update({name: peer(lambda: Groups(wide, sizes), name) for name in ("grouped", "basis")})
    for name, (wall, processor, found) in turn.items():
        times.setdefault(name, []).append((wall, processor))
        for ours, theirs in zip(turn["facet"][2], found):
            assert np.abs(ours - theirs).max() <= 1e-8 * np.abs(theirs).max(), name
best = {name: [min(column) for column in zip(*rows)] for name, rows in times.items()}
print("who\tseconds_a_step\tprocessor_seconds\tratio\tratio_processor")
for name, (wall, processor) in best.items():
    print(f"{name}\t{wall:.2f}\t{processor:.2f}\t{wall / best['facet'][0]:.1f}\t"
          f"{processor / best['facet'][1]:.1f}", flush=True)
