"""How an agent is let in, and that nothing is sent to a server that is not the one it says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxtui.errors import StoreError
from oxtui.store.floor import roster
from oxtui.store.floor.install import hba_lines
from oxtui.store.floor.link import Refused, connect
from tests.floor.cluster import Cluster, running

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")]


def certificate(folder: Path, name: str) -> Path:
    """A certificate that signs itself, for a server of that name."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / f"{name}.crt"


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[Cluster, Path]]:
    """A floor whose agents come by TLS with a password, and the certificate that proves it."""
    proof = certificate(tmp_path, "localhost")
    with running() as cluster:
        cluster.new_floor("floor", "anna")
        for path, name in ((proof, "server.crt"), (proof.with_suffix(".key"), "server.key")):
            place = cluster.data / name
            shutil.copyfile(path, place)
            place.chmod(0o600)
            subprocess.run(["chown", "--reference", str(cluster.data), str(place)], check=True)
        (line,) = [each for each in hba_lines(cluster.admin(), "127.0.0.1/32") if each.endswith("scram-sha-256")]
        rules = [line, "host floor +oxtui_agent all reject", "host all root 127.0.0.1/32 trust"]
        (cluster.data / "pg_hba.conf").write_text("\n".join(rules) + "\n")
        cluster.sql("postgres", "ALTER SYSTEM SET ssl = on")
        cluster.sql("postgres", "SELECT pg_reload_conf()")
        link = cluster.admin()
        roster.add(link, "anna", verifier=link.scram("anna", "correct horse battery"))
        link.close()
        yield cluster, proof


def test_an_agent_comes_by_tls_and_by_its_own_password(
    encrypted: tuple[Cluster, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster, proof = encrypted
    kept = tmp_path / "passwords"
    kept.write_text(f"localhost:{cluster.port}:floor:anna:correct horse battery\n")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    at = f"host=localhost hostaddr=127.0.0.1 port={cluster.port} dbname=floor user=anna"
    link = connect(f"{at} sslmode=verify-full sslrootcert={proof} channel_binding=require")
    assert link.tls and link.call("news", "", "")["agent"] == "anna"
    link.close()
    with pytest.raises(StoreError, match=r"pg_hba|no encryption|reject"):
        connect(f"{at} sslmode=disable")
    other = certificate(tmp_path, "other")
    with pytest.raises(StoreError, match="certificate"):
        connect(f"{at} sslmode=verify-full sslrootcert={other}")
    with pytest.raises(StoreError, match=r"server certificate|host name"):
        connect(f"{at.replace('host=localhost', 'host=elsewhere.example')} sslmode=verify-full sslrootcert={proof}")
    kept.write_text("*:*:*:*:wrong\n")
    with pytest.raises(Refused, match="let this agent in"):
        connect(f"{at} sslmode=verify-full sslrootcert={proof}")
    assert "correct horse" not in str(cluster.sql("postgres", "SELECT rolpassword FROM pg_authid"))
