"""Whether this processor can run the runtime, and how many of its cores are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.errors import LocalModelError
from tui.local.cpu import check_cpu, generation_threads, missing_features, usable_cores


def cpuinfo(folder: Path, flags: str) -> Path:
    file = folder / "cpuinfo"
    file.write_text(f"processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: {flags}\nbugs\t\t:\n", encoding="ascii")
    return file


def test_an_old_processor_is_refused_in_words(tmp_path: Path) -> None:
    file = cpuinfo(tmp_path, "fpu sse sse2 sse4_2 avx f16c")
    assert missing_features(cpuinfo=file, system="linux", machine="x86_64") == ("avx2", "fma", "bmi2")
    with pytest.raises(LocalModelError, match="lacks AVX2"):
        check_cpu(cpuinfo=file, system="linux", machine="x86_64")


def test_a_newer_one_is_fine(tmp_path: Path) -> None:
    check_cpu(cpuinfo=cpuinfo(tmp_path, "fpu avx avx2 fma f16c bmi1 bmi2"), system="linux", machine="x86_64")


def test_other_machines_and_missing_proc_are_not_refused(tmp_path: Path) -> None:
    check_cpu(cpuinfo=cpuinfo(tmp_path, "fp asimd"), system="linux", machine="aarch64")
    check_cpu(cpuinfo=tmp_path / "none", system="linux", machine="x86_64")
    check_cpu(cpuinfo=tmp_path / "none", system="darwin", machine="arm64")


@pytest.mark.parametrize(("content", "most"), [("150000 100000", 2), ("50000 100000", 1), ("max 100000", 10**6)])
def test_a_containers_share_counts(tmp_path: Path, content: str, most: int) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(content + "\n", encoding="ascii")
    assert 1 <= usable_cores(quota=quota) <= most


@pytest.mark.parametrize("content", ["", "x y", "1 0", "1 2 3"])
def test_an_unreadable_share_is_ignored(tmp_path: Path, content: str) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text(content, encoding="ascii")
    assert usable_cores(quota=quota) >= 1


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (16, 15)])
def test_one_core_stays_free(cores: int, threads: int) -> None:
    assert generation_threads(cores) == threads
