"""The engine's own conversion of tensor data: ggml's C functions, out of the library of `xllamacpp` (ggml.h).

Only a child process loads this: the library takes 100 MB of address space and never goes away again.
"""

from __future__ import annotations

import ctypes
import importlib.util
from functools import cache
from pathlib import Path

from backend.errors import ConversionFailed
from backend.gguf.tables import TENSOR_NUMBERS, TENSOR_TYPES

_FLOAT_BYTES = 4
FLOATS = ("F32", "F16", "BF16")  # the types that `convert` reads


@cache
def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("xllamacpp")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    libraries = [path for folder in folders for path in Path(folder).glob("xllamacpp*.so")]
    if not libraries:
        raise ConversionFailed("the engine's library is missing: install xllamacpp")
    library = ctypes.CDLL(str(libraries[0]))
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [
        *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p),
    ]
    library.ggml_validate_row_data.restype = ctypes.c_bool
    library.ggml_validate_row_data.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
    for function in (library.ggml_fp16_to_fp32_row, library.ggml_bf16_to_fp32_row):
        function.restype = None
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    return library


def convert(data: bytes, source: str, target: str) -> bytes:
    """Elements of the type `source`, one of `FLOATS`, as elements of the type `target`; whole blocks of both.

    Blocks are converted each for itself, so data may be cut anywhere between blocks. Safe for use by several threads,
    which run at the same time. Raises `ConversionFailed` for numbers that are not finite, or not any more.
    """
    if source == target:
        return data
    library, kind = _library(), TENSOR_TYPES[TENSOR_NUMBERS[target]]
    elements = len(data) // TENSOR_TYPES[TENSOR_NUMBERS[source]].size
    floats: bytes | ctypes.Array[ctypes.c_char] = data
    if source != "F32":
        floats = ctypes.create_string_buffer(elements * _FLOAT_BYTES)
        widen = library.ggml_fp16_to_fp32_row if source == "F16" else library.ggml_bf16_to_fp32_row
        widen(data, floats, elements)
    result = ctypes.create_string_buffer(elements // kind.block * kind.size)
    number = TENSOR_NUMBERS[target]
    library.ggml_quantize_chunk(number, floats, result, 0, 1, elements, None)
    if not library.ggml_validate_row_data(number, result, len(result)):
        raise ConversionFailed(f"the model holds numbers that {target} cannot express: not finite, or too large")
    return result.raw
