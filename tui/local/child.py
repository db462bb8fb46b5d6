"""The program that runs as the embedded model's own process: one model, one loopback port, until its parent goes.

Started by `server.py` with its settings as JSON in the first argument and the key in the environment. It prints one
line of JSON when it is ready or has failed. It imports nothing of Parley, so that it can be run as a plain file, and
refuses everything the server inside opens by default: other origins, its web page, its slot listing, a growing cache.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import threading
import time
from typing import Any, NoReturn

KEY_VARIABLE = "PARLEY_LOCAL_KEY"
EXIT_FAILED = 2

_BATCH_TOKENS = 128
"""A prompt is read in batches, and a cancelled request is noticed between two of them: 128 keeps that short."""
_SAMPLING_NAMES = {
    "temperature": "temp",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "penalty_repeat",
}


def main(arguments: list[str]) -> NoReturn:
    """Serve until standard input ends."""
    settings: dict[str, Any] = json.loads(arguments[0])
    report = _private_stdout()
    _die_with_parent(int(settings["parent_pid"]))
    _die_first()
    key = os.environ.pop(KEY_VARIABLE)
    try:
        runtime = importlib.import_module("xllamacpp")
        server = runtime.Server(_parameters(runtime, settings, key))  # blocks, holding the interpreter, until loaded
    except (ImportError, RuntimeError, AttributeError, TypeError) as error:
        _say(report, {"error": f"{type(error).__name__}: {error}"})
        os._exit(EXIT_FAILED)
    _say(report, {"ready": server.listening_address})
    while True:
        time.sleep(3600)


def _private_stdout() -> int:
    """Keep the real standard output for the report; whatever the runtime prints goes to standard error."""
    report = os.dup(1)
    os.dup2(2, 1)
    return report


def _say(report: int, message: dict[str, str]) -> None:
    try:
        os.write(report, json.dumps(message).encode() + b"\n")
    except OSError:
        os._exit(0)  # nobody listens any more


def _exit_now(*_: object) -> NoReturn:
    os._exit(0)  # the runtime's own shutdown waits half a minute for open streams


def _die_with_parent(parent_pid: int) -> None:
    """End when the parent ends, however it ends: its end of our standard input closes with it."""
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, _exit_now)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        _exit_now()

    threading.Thread(target=watch, daemon=True).start()
    if sys.platform == "linux":
        # The thread above cannot run while a model is loading; the kernel can.
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:
            _exit_now()


def _die_first() -> None:
    """On Linux, when memory runs out, let this process be the one that goes, not the user's session."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - keeps start-up short
            score.write("500")
    except OSError:
        pass


def _parameters(runtime: Any, settings: dict[str, Any], key: str) -> Any:
    parameters = runtime.CommonParams()
    parameters.model.path = settings["model"]
    parameters.model_alias = {"local"}
    parameters.n_ctx = settings["context_tokens"]
    parameters.n_batch = parameters.n_ubatch = _BATCH_TOKENS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings["threads"]
    parameters.n_parallel = settings["choices"]
    parameters.kv_unified = True  # the choices of one reply share the context; measured: no more memory than one
    parameters.no_extra_bufts = settings["saves_memory"]
    parameters.port = 0
    parameters.hostnames = ["127.0.0.1"]
    parameters.api_keys = [key]
    parameters.cors_origins = ""
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.cache_ram_mib = 0  # would grow to 8 GiB
    parameters.verbosity = 1  # errors only
    sampling = settings["sampling"]
    for name, value in sampling.items():
        if name in _SAMPLING_NAMES:
            setattr(parameters.sampling, _SAMPLING_NAMES[name], value)
    if "max_tokens" in sampling:
        parameters.n_predict = sampling["max_tokens"]
    return parameters


if __name__ == "__main__":
    main(sys.argv[1:])
