"""Request bodies as Ollama's server reads them (the specification's section 0)."""

from __future__ import annotations

import asyncio
import sys
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

import msgspec
import orjson
from aiohttp import web

from backend.errors import BadRequest

T = TypeVar("T", bound=msgspec.Struct)
_MAX_DEPTH = 64
_MAX_VALUES = 4_000_000  # a value takes up to 30 times the memory of its bytes
_LARGE = 1 << 20  # bytes; larger bodies are read in a thread, so that nobody else waits
_MAX_UNPACKED = 20 << 20  # bytes of a body that came compressed (the specification's section K)
MAX_BYTES = 256 << 20  # of a JSON body: images come inside


async def decode(request: web.Request, kind: type[T], *, if_empty: str = "missing request body") -> T:
    """The body as `kind`, whatever its content type says. Keys match in any case, `null` means not given, unknown
    keys and what follows the first value are ignored. Raises `BadRequest`, for no body with the text `if_empty`.
    """
    raw = await _read(request)
    if not raw.strip():
        raise BadRequest(if_empty)
    return await asyncio.to_thread(decoded, raw, kind) if len(raw) > _LARGE else decoded(raw, kind)


def decoded(raw: bytes, kind: type[T]) -> T:
    """`raw` as `kind`, by the rules of `decode`. Raises `BadRequest`."""
    if len(raw) > _LARGE and sum(map(raw.count, (b"[", b"{", b","))) > _MAX_VALUES:
        raise BadRequest(f"the JSON holds more than {_MAX_VALUES} values", status=413)
    try:
        value = _first_value(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"invalid JSON: {error}") from None
    if _deeper_than(value, _MAX_DEPTH):
        raise BadRequest(f"the JSON is nested more than {_MAX_DEPTH} levels deep")
    return converted(value, kind)


def converted(value: Any, kind: type[T], place: str = "") -> T:
    """A part of a document as `kind`, by the rules of `decode`. `BadRequest` names the part by its `place`."""
    try:
        return msgspec.convert(_matched(value, kind), kind)
    except msgspec.ValidationError as error:
        raise BadRequest(f"{place}: {error}" if place else str(error)) from None


async def _read(request: web.Request) -> bytes:
    """The whole body, unpacked. A long one is refused by its announced length, or else while it comes."""
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding not in {"identity", "zstd"}:
        raise BadRequest("request bodies may be compressed with zstd alone; send the JSON as it is", status=415)
    raw = await _read_raw(request)
    return await asyncio.to_thread(_unpacked, raw) if encoding == "zstd" else raw


async def _read_raw(request: web.Request) -> bytes:
    try:
        if (request.content_length or 0) <= MAX_BYTES:
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        pass
    raise BadRequest(f"the request body is larger than {MAX_BYTES >> 20} MiB", status=413)


def _unpacked(packed: bytes) -> bytes:
    """What a zstd body holds. One frame, as every client sends it: countless empty ones would take for ever."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    frame = zstd.ZstdDecompressor()
    try:
        raw = frame.decompress(packed, _MAX_UNPACKED + 1)
    except zstd.ZstdError as error:
        raise BadRequest(f"the request body is not zstd data: {error}") from None
    if len(raw) > _MAX_UNPACKED:
        raise BadRequest(f"the request body unpacks to more than {_MAX_UNPACKED >> 20} MiB", status=413)
    if not frame.eof or frame.unused_data:
        raise BadRequest("the request body is not one whole frame of zstd data")
    return bytes(raw)


def _first_value(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if not error.msg.startswith("unexpected content after document"):
            raise
        return orjson.loads(error.doc[: error.pos])


def _matched(value: Any, kind: Any) -> Any:
    """`value` with the keys of structs in their own spelling and without nulls."""
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        known = {field.encode_name.lower(): field for field in msgspec.structs.fields(kind)}
        matched = {}
        for key, item in value.items():
            field = known.get(key.lower())
            if field is not None and item is not None:
                matched[field.encode_name] = _matched(item, field.type)
        return matched
    if isinstance(value, list) and get_origin(kind) is list:
        (inner,) = get_args(kind)
        return [_matched(item, inner) for item in value]
    if get_origin(kind) is UnionType:  # what fits no member comes back as it was
        for member in get_args(kind):
            value = _matched(value, member)
    return value


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    while level and depth >= 0:
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        depth -= 1
    return bool(level)
