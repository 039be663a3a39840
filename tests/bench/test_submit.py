"""What Steadyhand costs the annotator: submitting and getting the next task, beside a receiver that only answers 200,
with the guard beside without, and with the service stopped. Printed as medians and differences; nothing timed is asserted."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hooks.demo.local import Member
from tests import fakes
from tests.servers import House, build, tear_down

pytestmark = pytest.mark.bench
LABELS = 80


@contextmanager
def null_receiver() -> Iterator[str]:
    """Reads a request and answers 200, nothing else."""

    class Null(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Null)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/webhook"
    server.shutdown()
    server.server_close()


def plain(house: House) -> int:
    return house.plain_project(tasks=LABELS + 10)


def attached(house: House) -> int:
    return house.project(tasks=LABELS + 10, gold=(), retest_rate=0.0)


def interleaved(members: dict[str, Member]) -> dict[str, tuple[list[float], list[float]]]:
    """Everybody labels in turn; seconds of (next task, submit) by member."""
    times: dict[str, tuple[list[float], list[float]]] = {key: ([], []) for key in members}
    for _ in range(LABELS):
        for key, member in members.items():
            started = time.perf_counter()
            task = member.next_task()
            found = time.perf_counter()
            assert task is not None
            mark = time.perf_counter()
            member.submit(task["id"], fakes.result("left"), 3.0)
            times[key][0].append(found - started)
            times[key][1].append(time.perf_counter() - mark)
            time.sleep(0.05)
    return times


def show(title: str, base: str, times: dict[str, tuple[list[float], list[float]]]) -> None:
    print(f"\n{title}")
    for part, what in enumerate(("next task", "submit")):
        medians = {key: 1000 * statistics.median(pair[part]) for key, pair in times.items()}
        for key, ms in medians.items():
            print(f"  {what:10} {key:22} {ms:7.1f} ms  {ms - medians[base]:+6.1f} ms  x{ms / medians[base]:.2f}")


def test_submitting_with_our_receiver_beside_one_that_only_answers(tmp_path: Path) -> None:
    house = build(tmp_path, plugin=False)
    try:
        with null_receiver() as url:
            null = plain(house)
            house.ctx.gateway.create_webhook(null, url, headers={}, actions=["ANNOTATION_CREATED"])
            silent = plain(house)
            projects = {"null receiver": null, "steadyhand": attached(house), "no webhook": silent}
            members = {key: house.member(f"r{n}", made) for n, (key, made) in enumerate(projects.items())}
            show("Receiver", "null receiver", interleaved(members))
    finally:
        tear_down(house)


def test_the_guard_beside_none(tmp_path: Path) -> None:
    houses = {}
    try:
        for key, guard in (("plugin, guard off", False), ("guard", True)):
            (tmp_path / key).mkdir()
            houses[key] = build(tmp_path / key, plugin=True, guard=guard)
        members = {key: house.member("g", plain(house)) for key, house in houses.items()}
        show("Guard", "plugin, guard off", interleaved(members))
    finally:
        for house in houses.values():
            tear_down(house)


def test_submitting_while_the_service_is_stopped_beside_label_studio_without_the_plugin(tmp_path: Path) -> None:
    """In projects that are attached, so that Label Studio calls a webhook that nobody answers; and in one that is not."""
    houses, members = {}, {}
    try:
        for key, plugin, guard in (
            ("no plugin", False, False),
            ("plugin", True, False),
            ("plugin and guard", True, True),
        ):
            (tmp_path / key).mkdir()
            houses[key] = house = build(tmp_path / key, plugin=plugin, guard=guard)
            members[key] = house.member("s", attached(house))
        members["no plugin, not attached"] = houses["no plugin"].member("t", plain(houses["no plugin"]))
        for house in houses.values():
            house.service.stop()
        show("The service stopped", "no plugin", interleaved(members))
    finally:
        for house in houses.values():
            tear_down(house)
