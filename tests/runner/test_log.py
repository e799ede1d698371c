from backend.runner.log import LogRing


def test_the_named_reason_wins_over_earlier_errors() -> None:
    log = LogRing()
    log.add(b"0.00.1 E common_fit_params: failed to fit")
    log.add(b"0.00.2 E something else")
    log.add(b"0.00.3 E llama_model_load: error loading model: tensor 'x' not found")
    assert log.error_text() == "error loading model: tensor 'x' not found"


def test_fit_failures_are_no_reason() -> None:
    log = LogRing()
    log.add(b"0.00.1 E common_fit_params: failed to fit")
    log.add(b"0.00.2 E out of luck")
    assert log.error_text() == "out of luck"


def test_an_abort_is_found_without_a_level() -> None:
    log = LogRing()
    log.add(b"/src/ggml.c:12: GGML_ASSERT(x) failed")
    assert "GGML_ASSERT" in log.error_text()
    log = LogRing()
    log.add(b"ggml_new_object: not enough space in the context's memory pool (needed 3, available 2)")
    assert "memory pool" in log.error_text()


def test_buffers_add_up_by_place() -> None:
    log = LogRing()
    for line in (
        b"0 I load_tensors:   CPU_Mapped model buffer size =  100.00 MiB",
        b"0 I load_tensors:        CUDA0 model buffer size =  200.50 MiB",
        b"0 I llama_kv_cache:      CUDA0 KV buffer size =    50.00 MiB",
        b"0 I sched_reserve:  CUDA_Host compute buffer size = 10.00 MiB",
    ):
        log.add(line)
    assert log.memory is not None
    assert log.memory.total == int(360.5 * 2**20)
    assert log.memory.vram == int(250.5 * 2**20)


def test_memory_is_unknown_if_the_engine_says_nothing() -> None:
    assert LogRing().memory is None


def test_the_ring_is_bounded_in_lines_and_bytes() -> None:
    log = LogRing()
    for _ in range(5000):
        log.add(b"x" * 10_000)
    assert len(log.lines) == 2000
    assert max(map(len, log.lines)) == 2000


def test_a_model_wholly_on_the_gpu_counts_wholly_as_video_memory() -> None:
    log = LogRing()
    for line in (
        b"0 I load_tensors: offloaded 31/31 layers to GPU",
        b"0 I load_tensors:   CPU_Mapped model buffer size =  100.00 MiB",
        b"0 I load_tensors:        CUDA0 model buffer size =  200.00 MiB",
    ):
        log.add(line)
    assert log.memory is not None
    assert log.memory.vram == log.memory.total == 300 * 2**20


def test_a_load_is_told_by_place_and_by_kind() -> None:
    log = LogRing()
    for line in (
        b"0 I load_tensors: offloaded 20/31 layers to GPU",
        b"0 I load_tensors:   CPU_Mapped model buffer size =   100.00 MiB",
        b"0 I load_tensors:        CUDA1 model buffer size =   200.00 MiB",
        b"0 I llama_kv_cache:      CUDA1 KV buffer size =     6.00 MiB",
        b"0 I llama_kv_cache:      CUDA1 KV buffer size =    30.00 MiB",
        b"0 I sched_reserve:       CUDA1 compute buffer size =  8.00 MiB",
        b"0 I llama_context:   CUDA_Host output buffer size =   1.00 MiB",
    ):
        log.add(line)
    memory = log.memory
    assert memory is not None
    assert (memory.layers_on_gpu, memory.layers) == (20, 31)
    assert [(place.device, place.place) for place in memory.places] == [
        (None, "CPU_Mapped"),
        (1, "CUDA1"),
        (None, "CUDA_Host"),
    ]
    mib = 1 << 20
    assert (memory.weights, memory.kv, memory.compute) == (300 * mib, 36 * mib, 9 * mib)


def test_matrix_units_of_the_processor_are_no_accelerator() -> None:
    log = LogRing()
    log.add(b"0 I load_tensors:          AMX model buffer size =    95.34 MiB")
    assert log.memory is not None
    assert (log.memory.vram, log.memory.places[0].device) == (0, None)


def test_places_are_bounded() -> None:
    log = LogRing()
    for number in range(500):
        log.add(b"0 I x: P%d model buffer size = 1.00 MiB" % number)
    assert log.memory is not None
    assert len(log.memory.places) == 64


def test_lines_are_counted_beyond_the_ring() -> None:
    log = LogRing()
    for number in range(2500):
        log.add(b"line %d" % number)
    first, lines = log.since(0)
    assert (first, lines[0], len(lines)) == (500, "line 500", 2000)
    assert log.since(2498) == (2498, ["line 2498", "line 2499"])
    assert log.since(9999) == (2500, [])
