"""Processor time of programs, so that other work on the machine doesn't count (but what it takes from
the shared cache and memory does)."""
import os
import resource
import subprocess


def usage(command, **options):
    """Processor seconds and MiB that a command took."""
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL, **options)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def passes(program, layers, batch, threads, seconds):
    """Processor seconds of a run of `seconds` on the clock, and the faces that passed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = subprocess.run(program, text=True, check=True, capture_output=True,
                            input=f"{layers} {batch} {threads} {seconds}\n").stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, float(answer.splitlines()[-1].split()[2])


def network(program, layers, batch, threads, most):
    """Seconds a face takes in a network alone: what at least `most` more faces add. `program` is
    bench-net-facet with its arguments."""
    (short, less), seconds, more = passes(program, layers, batch, threads, 0), 2, 0
    while more - less < most:
        seconds *= 2
        long, more = passes(program, layers, batch, threads, seconds)
    return (long - short) / (more - less)
