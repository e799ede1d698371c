"""Sizes, durations and times in the words of Ollama's command line (the specification's section J)."""

from __future__ import annotations

from datetime import UTC, datetime

_DECIMAL = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_FOREVER_HOURS = 20 * 365 * 24
_SECOND_NS = 1_000_000_000


def bytes_text(size: int) -> str:
    """`98 MB`, `1.2 GB`, `512 B`: decimal units; one decimal below ten unless whole, none above."""
    for factor, unit in _DECIMAL:
        if size >= factor:
            value = size / factor
            return f"{value:.1f} {unit}" if value < 10 and size % factor else f"{int(value)} {unit}"
    return f"{size} B"


def duration_words(seconds: float) -> str:
    """A length of time as a person says it: `Less than a second`, `4 minutes`, `3 days`."""
    whole = int(seconds)
    if whole < 60:
        return _seconds_words(whole)
    minutes = whole // 60
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    for limit, divisor, unit in (
        (48, 1, "hours"),
        (24 * 14, 24, "days"),
        (24 * 60, 24 * 7, "weeks"),
        (24 * 365 * 2, 24 * 30, "months"),
    ):
        if hours < limit:
            return f"{hours // divisor} {unit}"
    return f"{whole // 3600 // 24 // 365} years"


def _seconds_words(seconds: int) -> str:
    if seconds < 1:
        return "Less than a second"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def relative_time(timestamp: str, now: datetime) -> str:
    """`3 days ago`, `4 minutes from now`, `Forever`; `Never` for a time that is missing or cannot be read.

    `timestamp` is RFC 3339 text, `now` has a zone.
    """
    moment = parse_time(timestamp)
    if moment is None:
        return "Never"
    seconds = (moment - now).total_seconds()
    if seconds / 3600 > _FOREVER_HOURS:
        return "Forever"
    return f"{duration_words(seconds)} from now" if seconds > 0 else f"{duration_words(-seconds)} ago"


def parse_time(timestamp: str) -> datetime | None:
    """The moment, in UTC if the text names no zone; `None` for Go's zero time and for what is no time."""
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    if moment.year == 1:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def go_duration(nanoseconds: int) -> str:
    """As Go prints a `time.Duration`: `1m2.5s`, `1.234567s`, `12.3ms`, `350µs`, `7ns`."""
    if nanoseconds < _SECOND_NS:
        for factor, unit in ((1_000_000, "ms"), (1_000, "µs")):
            if nanoseconds >= factor:
                return f"{_decimal(nanoseconds, factor)}{unit}"
        return f"{nanoseconds}ns" if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60 * _SECOND_NS)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{_decimal(rest, _SECOND_NS)}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _decimal(value: int, factor: int) -> str:
    """`value / factor` exactly; `factor` is a power of ten."""
    whole, rest = divmod(value, factor)
    digits = f"{rest:0{len(str(factor)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
