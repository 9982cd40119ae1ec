"""Kept answers: young ones come back, and neither a crash at any byte nor another process spoils the file."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from flowspec.model.live import AzureAnswer
from flowspec.verifiers.memory import FILE, HEAD, Memory

NOW = 1_795_300_000.0
DAY = 86_400.0


def memory(folder: Path, now: float = NOW, max_age: float = DAY) -> Memory:
    found = Memory(folder=folder, max_age=max_age, now=now)
    found.open()
    return found


def answer(number: int) -> AzureAnswer:
    return AzureAnswer(access="Allow", rule_name=f"securityRules/r-{number}", rule_id=f"/subscriptions/ü/{number}")


def filled(folder: Path, number: int) -> bytes:
    kept = memory(folder)
    for n in range(number):
        kept.put(f"name-{n}", answer(n))
    return (folder / FILE).read_bytes()


def test_what_is_put_is_found_by_the_next_run(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    kept = memory(tmp_path, NOW + 60).get("name-1")
    assert kept is not None and kept.answer == answer(1) and kept.at == int(NOW)
    assert (tmp_path / ".gitignore").read_text() == "*\n"


def test_a_link_in_place_of_the_file_is_not_written_through(tmp_path: Path) -> None:
    """A repository may bring one; what it leads to is not ours, and may not even end."""
    other = tmp_path / "other"
    for leads_to in (other, Path("/dev/zero")):
        folder = tmp_path / leads_to.name / "kept"
        folder.mkdir(parents=True)
        (folder / FILE).symlink_to(tmp_path / "file" if leads_to is other else leads_to)
        (tmp_path / "file").write_text("mine\n")
        kept = memory(folder)
        kept.put("name", answer(1))
        assert kept.get("name") is not None
        assert (tmp_path / "file").read_text() == "mine\n"


def test_old_answers_and_those_from_the_future_are_not_used(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    assert memory(tmp_path, NOW + DAY + 1).get("name-0") is None
    assert memory(tmp_path, NOW - 10).get("name-0") is None


def test_a_crash_at_any_byte_loses_at_most_the_last_answer(tmp_path: Path) -> None:
    whole = filled(tmp_path, 3)
    path = tmp_path / FILE
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        kept = memory(tmp_path)
        complete = whole[:cut].count(b"\n") - 1
        for n in range(3):
            found = kept.get(f"name-{n}")
            assert found is None or found.answer == answer(n)
            assert found is not None or n >= complete
        kept.put("after", answer(9))
        again = memory(tmp_path)
        after = again.get("after")
        assert after is not None and after.answer == answer(9)
        assert all(again.get(f"name-{n}") is not None for n in range(complete))


def test_a_changed_byte_is_never_believed(tmp_path: Path) -> None:
    whole = filled(tmp_path, 2)
    start = len(HEAD) + 1
    for at in range(start, len(whole), 3):
        (tmp_path / FILE).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        kept = memory(tmp_path)
        for n in range(2):
            found = kept.get(f"name-{n}")
            assert found is None or found.answer == answer(n)


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text('{"flowspec_answers":2}\nsomething else\n')
    kept = memory(tmp_path)
    kept.put("name", answer(1))
    assert path.read_text() == '{"flowspec_answers":2}\nsomething else\n'


def test_the_file_stays_small(tmp_path: Path) -> None:
    for run in range(8):
        kept = memory(tmp_path, NOW + run * 2 * DAY)
        for n in range(100):
            kept.put(f"name-{n}", answer(n))
    memory(tmp_path, NOW + 14 * DAY)
    assert (tmp_path / FILE).read_bytes().count(b"\n") < 700
    assert memory(tmp_path, NOW + 14 * DAY).get("name-99") is not None


def test_a_folder_that_can_t_be_made_only_means_that_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = memory(tmp_path / "file" / "folder")
    kept.put("name", answer(1))
    assert kept.get("name") is not None


def _write(folder: Path, who: int) -> None:
    kept = memory(folder)
    for n in range(40):
        kept.put(f"{who}-{n}", answer(n))


def test_runs_side_by_side_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path, who)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = memory(tmp_path)
    assert all(kept.get(f"{who}-{n}") is not None for who in range(3) for n in range(40))
