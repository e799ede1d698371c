"""RFC 3339 times with up to 9 fractional digits, trailing zeros trimmed (the specification's section 0)."""

from __future__ import annotations

import time
from functools import lru_cache

_SECOND_NS = 1_000_000_000
_MICROSECOND_NS = 1_000


def now_utc() -> str:
    """This moment, such as `2026-08-21T09:30:00.123456789Z`. Called once per token."""
    return rfc3339_ns(time.time_ns(), local=False)


def rfc3339(unix: float, *, local: bool) -> str:
    """Text of `unix` seconds. A float of today carries microseconds; what lies below is noise and left out."""
    return rfc3339_ns(round(unix * 1_000_000) * _MICROSECOND_NS, local=local)


def rfc3339_ns(unix_ns: int, *, local: bool) -> str:
    """Text of `unix_ns` nanoseconds, with `Z` for UTC and with the offset of this machine's zone if `local`."""
    second, fraction = divmod(unix_ns, _SECOND_NS)
    date, zone = _second(second, local=local)
    if not fraction:
        return date + zone
    return f"{date}.{fraction:09d}".rstrip("0") + zone


@lru_cache(maxsize=256)
def _second(unix: int, *, local: bool) -> tuple[str, str]:
    """Date and zone. Tokens of one second, and models of one listing asked for again, share the work."""
    parts = time.localtime(unix) if local else time.gmtime(unix)
    date = (
        f"{parts.tm_year:04d}-{parts.tm_mon:02d}-{parts.tm_mday:02d}"
        f"T{parts.tm_hour:02d}:{parts.tm_min:02d}:{parts.tm_sec:02d}"
    )
    offset = parts.tm_gmtoff // 60 if local else 0
    hours, minutes = divmod(abs(offset), 60)
    return date, f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}" if offset else "Z"
