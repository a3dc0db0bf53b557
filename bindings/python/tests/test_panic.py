"""A panic in Rust, seen from Python: a typed error without the panic's text.

The library that is shipped has no function that panics. One with such a function takes its place here,
in a process of its own."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from .support import ROOT

PACKAGE = ROOT / "bindings/python/chitty"

PROGRAM = """
import ctypes
import chitty
from chitty._generated import chitty as native
from chitty.errors import typed

hook = native._UniffiLib.uniffi_chitty_fn_func_test_panic
hook.argtypes, hook.restype = [ctypes.POINTER(native._UniffiRustCallStatus)], None
try:
    with typed():
        native._uniffi_rust_call(hook)
except chitty.InternalError as error:
    print(error.code, error.kind.name, error.__cause__, error)
print(chitty.parse_id("AA-C-USR-1234-I-25-7-X").entity_type)
"""


class Panic(unittest.TestCase):
    def test_it_becomes_a_typed_error(self):
        hooks = subprocess.run([ROOT / "bindings/hooks.sh"], check=True, capture_output=True, text=True)
        library = pathlib.Path(hooks.stdout.strip())
        with tempfile.TemporaryDirectory() as folder:
            package = shutil.copytree(PACKAGE, pathlib.Path(folder) / "chitty")
            shutil.copy2(library, package / "_generated" / library.name)
            said = subprocess.run(
                [sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True
            )
        self.assertEqual(said.returncode, 0, said.stderr)
        # The control: there was a panic, and its text went to the terminal.
        self.assertIn("asked for by a test", said.stderr)
        error, after = said.stdout.splitlines()
        self.assertEqual(error, "1901 INTERNAL None CHT-1901: a defect of the SDK; report it")
        self.assertEqual(after, "I", "the library goes on")
