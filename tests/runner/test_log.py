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
