"""How fast this machine's cores read memory: what bounds the decoding of a model that lies there."""

from __future__ import annotations

import ctypes
import mmap
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

_LEAST, _MOST = 1 << 20, 1 << 30  # bytes that are read
_FREE_SHARE = 4  # at most one part of so many of the free memory is taken for it
_SLICE = 4 << 20  # bytes between two looks at the clock
_TRY_S = 0.1
_TRIES = 3


def measure(size: int) -> float:
    """Bytes per second at which all cores together read `size` bytes of their own again and again; the best of a few
    tries. Takes about half a second and memory of that size, 1 GiB at most. Blocks, without holding the interpreter.

    A plain search of the C library (`memchr`) for a byte that is not there: it reads each byte once and writes
    nothing, as a decoding engine reads weights. What fits into the caches is read at their speed, as the engine does.
    """
    free = psutil.virtual_memory().available // _FREE_SHARE
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = max(min(size, _MOST, free), _LEAST) // cores
    together = threading.Barrier(cores)
    with ThreadPoolExecutor(cores, thread_name_prefix="bandwidth") as threads:
        rates = list(threads.map(lambda _: _rates(share, together), range(cores)))
    return max(map(sum, zip(*rates, strict=True)))


def _rates(size: int, together: threading.Barrier) -> list[float]:
    """One core's bytes per second in each try. It touches the memory first, so that this lies near it."""
    search = ctypes.CDLL(None).memchr  # calls of a `CDLL` let other threads run
    search.argtypes, search.restype = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t), ctypes.c_void_p
    rates = []
    with mmap.mmap(-1, size) as memory:
        held = (ctypes.c_char * size).from_buffer(memory)
        address = ctypes.addressof(held)
        ctypes.memset(address, 1, size)
        for _ in range(_TRIES):
            together.wait()
            begin = now = time.monotonic()
            position = read = 0
            while now - begin < _TRY_S:
                piece = min(_SLICE, size - position)
                search(address + position, 0, piece)
                read += piece
                position = (position + piece) % size
                now = time.monotonic()
            rates.append(read / (now - begin))
        del held  # the mapping cannot be closed under it
    return rates
