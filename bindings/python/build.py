#!/usr/bin/env python3
"""Builds the library, writes its Python module and puts both into the package.

    python3 bindings/python/build.py             # builds with cargo first
    python3 bindings/python/build.py --no-cargo  # takes what target/ holds

The module must come from the very library that it loads: both are replaced together. `PROFILE`
names a cargo profile other than `dev`.
"""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings/python/chitty/_generated"
CONFIG = ["--config", ROOT / "bindings/uniffi.toml"]
NAMES = {"linux": "libchitty.so", "darwin": "libchitty.dylib", "win32": "chitty.dll"}


def main() -> None:
    profile = os.environ.get("PROFILE", "dev")
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    folder = target / ("debug" if profile in ("dev", "test") else profile)
    library = folder / NAMES[sys.platform]
    if "--no-cargo" not in sys.argv:
        cargo = os.environ.get("CARGO", "cargo")
        packages = ["-p", "chitty-ffi", "-p", "chitty-uniffi-bindgen"]
        subprocess.run([cargo, "build", "--quiet", "--profile", profile, *packages], cwd=ROOT, check=True)
    # Built anew, so that nothing of an older library stays behind.
    fresh = PACKAGE.with_name(f"_generated.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    bindgen = [folder / "uniffi-bindgen", "generate", library, "--language", "python"]
    subprocess.run([*bindgen, *CONFIG, "--no-format", "--out-dir", fresh], cwd=ROOT, check=True, stdout=sys.stderr)
    shutil.copy2(library, fresh / library.name)
    (fresh / "__init__.py").write_text('"""Written by build.py. Do not edit."""\n')
    shutil.rmtree(PACKAGE, ignore_errors=True)
    fresh.rename(PACKAGE)


if __name__ == "__main__":
    main()
