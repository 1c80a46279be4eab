"""A playbook that a lead publishes on the real server: proved on an agent's machine, and used from the next call on."""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.away.published import Published, published_folder
from oxtui.cases.commands.calls import BeginCall
from oxtui.clock import Clock
from oxtui.errors import StoreError
from oxtui.playbook.bundle import digest_of, pack
from oxtui.store.floor.link import Link
from tests.drive.case import CONFIG
from tests.drive.waiting import until
from tests.floor import cluster
from tests.floor.agents import ServerAgent

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(cluster.why_not()), reason=cluster.why_not())]


def test_what_a_lead_publishes_is_used_from_the_next_call_on(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    main = folder / "playbook.yaml"
    main.write_text(main.read_text("utf-8").replace('review: "2026-11"', 'review: "2026-12"'), "utf-8")
    bundle = pack(folder)

    def publish(link: Link) -> object:
        return link.call("publish", b64encode(bundle), "")

    with cluster.running() as server:
        server.new_floor("floor", "anna", leads=("lena",))
        anna, lena = (ServerAgent(server.address(name), tmp_path / name, Clock()) for name in ("anna", "lena"))
        until(lambda: not (anna.outbox.floor.away or lena.outbox.floor.away))
        floor = anna.service.store.floor
        assert floor is not None and floor.role == "agent" and lena.service.store.floor.role == "lead"  # type: ignore[union-attr]
        with pytest.raises(StoreError):
            anna.store.thread.run(publish)
        case = anna.service.start("brightside.com.au")
        anna.service.change(case.id, BeginCall("client"))
        told: list[str] = []
        inbox: list[Callable[[], None]] = []
        published = Published(anna.service, floor, inbox.append, told.append)
        assert lena.store.thread.run(publish) == digest_of(bundle)

        def look() -> bool:
            published.look()
            while inbox:
                inbox.pop(0)()
            return published._ready is not None

        until(lambda: floor.in_force() == digest_of(bundle))
        until(look)
        before = anna.service.playbook.procedure
        assert before.review != "2026-12" and not told, "not in the middle of a call"
        published.look(next_call=True)  # the next client's case is being begun, and the call before was not ended
        assert anna.service.playbook.procedure.review == "2026-12" and told
        assert anna.service.case(case.id).procedure.digest == before.digest
        new = anna.service.start("fernhill.com.au")
        until(lambda: new.id in lena.store.peek())
        until(lambda: (tmp_path / "lena" / "playbooks" / f"{new.procedure.digest}.json").exists())
        assert lena.service.case(new.id).procedure.review == "2026-12", "others have the steps that it is pinned to"
        taken = published_folder(anna.service.places.home)
        assert taken is not None and taken.name == digest_of(bundle)
        weaker = next(
            path for path in sorted((folder / "scenarios").glob("*.yaml")) if "fresh_for: 5d" in path.read_text()
        )
        weaker.write_text(weaker.read_text().replace("fresh_for: 5d", "fresh_for: 9d"))
        bundle = pack(folder)
        lena.store.thread.run(publish)  # by hand, past the program that asks for a second lead
        until(lambda: floor.in_force() == digest_of(bundle))
        until(lambda: look() or published.trouble)
        assert "no second lead" in published.trouble and published_folder(anna.service.places.home) == taken
        confirmed = "UPDATE oxtui.in_force SET second = 'lou' WHERE number = (SELECT max(number) FROM oxtui.in_force)"
        server.sql("floor", confirmed)
        published._looked_at = ""
        until(look)
        assert not published.trouble, "confirmed"
        for each in (anna, lena):
            each.end()
