"""The quick start of README.md, run as it stands against a live server."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

from .support import ROOT, Servers


def block(language: str) -> str:
    readme = (ROOT / "README.md").read_text()
    return re.search(rf"^### {language}\n\n```{language.lower()}\n(.*?)^```$", readme, re.M | re.S)[1]


class QuickStart(unittest.TestCase):
    def setUp(self) -> None:
        self.servers = Servers()
        self.addCleanup(self.servers.stop)

    def run_with(self, main_key: str) -> subprocess.CompletedProcess:
        given = {
            "CHITTY_MAIN_URL": self.servers.main_url, "CHITTY_MAIN_KEY": main_key,
            "CHITTY_FALLBACK_URL": self.servers.fallback_url,
            "CHITTY_FALLBACK_KEY": self.servers.fallback_key,
            "PYTHONPATH": str(pathlib.Path(__file__).resolve().parents[1]),
        }
        return subprocess.run(
            [sys.executable, "-c", block("Python")], cwd=self.servers.path, env=os.environ | given,
            capture_output=True, text=True,
        )

    def test_the_block_prints_an_id_of_the_books(self):
        said = self.run_with(self.servers.main_key)
        self.assertEqual(said.returncode, 0, said.stderr)
        (issued,) = self.servers.books()
        self.assertEqual(said.stdout, f"{issued} temporary: False\n")

    def test_the_control_with_a_key_that_nobody_gave(self):
        self.assertNotEqual(self.run_with("unknown").returncode, 0)
        self.assertEqual(self.servers.books(), set())
