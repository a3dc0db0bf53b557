"""The package as others install it: for the platform of its library, and for no other."""

import base64
import csv
import hashlib
import importlib.util
import os
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import unittest
import zipfile

import wheel_backend

PACKAGE = pathlib.Path(wheel_backend.__file__).parent


def pip(*words) -> subprocess.CompletedProcess:
    # Nothing is fetched: neither a registry nor the user's settings have a say.
    alone = ["--isolated", "--no-index", "--disable-pip-version-check", "--no-cache-dir", "-q"]
    return subprocess.run([sys.executable, "-m", "pip", *words, *alone], capture_output=True, text=True)


class Wheel(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def build(self, **settings) -> pathlib.Path:
        return self.folder / wheel_backend.build_wheel(self.folder, settings or None)

    def test_it_is_for_the_platform_of_its_library(self):
        wheel = self.build()
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        self.assertEqual(wheel.name, f"chitty_sdk-0.1.0-py3-none-{platform}.whl")
        with zipfile.ZipFile(wheel) as opened:
            facts = opened.read("chitty_sdk-0.1.0.dist-info/WHEEL").decode()
            self.assertIn("Root-Is-Purelib: false\n", facts)
            self.assertIn(f"Tag: py3-none-{platform}\n", facts)
            names = opened.namelist()
            library = wheel_backend.LIBRARIES[sys.platform]
            self.assertEqual([name for name in names if name.endswith(tuple(wheel_backend.LIBRARIES.values()))],
                             [f"chitty/_generated/{library}"])
            self.assertIn("chitty/py.typed", names)
            self.assertFalse([name for name in names if "test" in name or "__pycache__" in name])
            rows = list(csv.reader(opened.read("chitty_sdk-0.1.0.dist-info/RECORD").decode().splitlines()))
            self.assertEqual(sorted(row[0] for row in rows), sorted(names))
            for name, digest, length in rows[:-1]:
                content = opened.read(name)
                wanted = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                self.assertEqual((digest, int(length)), (f"sha256={wanted}", len(content)))
        self.assertEqual(wheel.read_bytes(), self.build().read_bytes(), "the same bytes again")

    def test_another_platform_is_named_and_never_any(self):
        settings = {"plat-name": "manylinux_2_28_x86_64"}
        if sys.platform == "linux":
            self.assertTrue(self.build(**settings).name.endswith("-py3-none-manylinux_2_28_x86_64.whl"))
        with self.assertRaises(SystemExit):
            wheel_backend.platform_tag({"plat-name": "any"})
        if sys.platform != "darwin":
            # The control: there is no library for that one.
            with self.assertRaisesRegex(SystemExit, "build.py"):
                self.build(**{"plat-name": "macosx_11_0_arm64"})

    def test_pip_builds_it_installs_it_and_refuses_a_foreign_one(self):
        if importlib.util.find_spec("pip") is None:
            self.assertFalse(os.environ.get("CI") == "true", "pip is missing")
            self.skipTest("pip is missing")
        built = pip("wheel", "--no-deps", "-w", self.folder, PACKAGE)
        self.assertEqual(built.returncode, 0, built.stderr)
        (wheel,) = self.folder.glob("*.whl")
        target = self.folder / "installed"
        put = pip("install", "--no-deps", "--target", target, wheel)
        self.assertEqual(put.returncode, 0, put.stderr)
        said = subprocess.run(
            [sys.executable, "-c", "import chitty; print(chitty.__version__, chitty.__file__)"],
            cwd=self.folder, env=os.environ | {"PYTHONPATH": str(target)}, capture_output=True, text=True,
        )
        self.assertIn(f"0.1.0 {target}", said.stdout, said.stderr)
        foreign = wheel.with_name("chitty_sdk-0.1.0-py3-none-plan9_mips.whl")
        wheel.rename(foreign)
        refused = pip("install", "--no-deps", "--target", self.folder / "no", foreign)
        self.assertIn("not a supported wheel on this platform", refused.stderr)


if __name__ == "__main__":
    unittest.main()
