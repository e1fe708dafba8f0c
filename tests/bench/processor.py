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
    """Processor seconds in user mode of a run of `seconds` on the clock, the faces that passed, and how
    many a second. (A network alone makes no system calls; what the kernel does for its memory at the
    start differs by a second from run to run.)"""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    answer = subprocess.run(program, text=True, check=True, capture_output=True,
                            input=f"{layers} {batch} {threads} {seconds}\n").stdout
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    rate, _, faces = map(float, answer.splitlines()[-1].split())
    return spent, faces, rate


def network(program, layers, batch, threads, most):
    """Seconds a face takes in a network alone: what at least `most` more faces add. `program` is
    bench-net-facet with its arguments."""
    (short, less, _), seconds, more = passes(program, layers, batch, threads, 0), 2, 0
    while more - less < most:
        seconds *= 2
        long, more, _ = passes(program, layers, batch, threads, seconds)
    return (long - short) / (more - less)
