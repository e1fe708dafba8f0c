"""Speaks to the driver program (driver.c): one command a line, answers as arrays or messages."""
import io
import subprocess

import numpy as np


def ask(program, commands):
    """The answers to a list of commands: an array each, or the message of a failure as str."""
    lines = "".join(" ".join(str(word) for word in command) + "\n" for command in commands)
    run = subprocess.run([program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    stream, answers = io.BytesIO(run.stdout), []
    for _ in commands:
        kind, _, rest = stream.readline().decode().rstrip("\n").partition(" ")
        if kind == "error":
            answers.append(rest)
            continue
        shape = [int(n) for n in rest.split()]
        dtype = np.dtype(kind)
        raw = stream.read(int(np.prod(shape)) * dtype.itemsize)
        answers.append(np.frombuffer(raw, dtype).reshape(shape))
    assert stream.read() == b""
    return answers
