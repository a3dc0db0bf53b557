"""Builds the wheel (PEP 517): `pip wheel bindings/python`, after `build.py`.

A wheel with a native library is for one platform, and says so in its name and in `WHEEL`; one that called
itself `any` would be installed where the library cannot be loaded. The module is generated and speaks
through ctypes, so any Python 3 of that platform takes it. Needs nothing that is not in Python itself.

The platform is the one of the Python that builds. `--config-settings plat-name=…` names another one, for
a library that was built elsewhere or checked against an older libc (`manylinux_2_28_x86_64`).
"""

import base64
import hashlib
import pathlib
import re
import sys
import sysconfig
import tomllib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "chitty"
LIBRARIES = {"linux": "libchitty.so", "darwin": "libchitty.dylib", "win32": "chitty.dll"}
#: The oldest time that a zip file can say: the same content makes the same bytes.
TIME = (1980, 1, 1, 0, 0, 0)


def platform_tag(settings=None) -> str:
    name = (settings or {}).get("plat-name") or sysconfig.get_platform()
    tag = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if tag == "any":
        raise SystemExit("the wheel holds a native library and cannot be for any platform")
    return tag


def library(settings=None) -> pathlib.Path:
    named = (settings or {}).get("plat-name", "")
    system = {"mac": "darwin", "win": "win32", "man": "linux", "mus": "linux", "lin": "linux"}.get(named[:3])
    path = PACKAGE / "_generated" / LIBRARIES[system or sys.platform]
    if not path.is_file():
        raise SystemExit(f"{path.name} is not in the package; run bindings/python/build.py first")
    return path


def project() -> dict:
    return tomllib.loads((HERE / "pyproject.toml").read_text())["project"]


def texts(settings=None) -> tuple[str, dict[str, bytes]]:
    """The name of the wheel's folder of facts, and what is in it but for the record."""
    about = project()
    name = re.sub(r"[-_.]+", "_", about["name"])
    info = f"{name}-{about['version']}.dist-info"
    wheel = [
        "Wheel-Version: 1.0", "Generator: chitty wheel_backend", "Root-Is-Purelib: false",
        f"Tag: py3-none-{platform_tag(settings)}",
    ]
    metadata = [
        "Metadata-Version: 2.1", f"Name: {about['name']}", f"Version: {about['version']}",
        f"Summary: {about['description']}", f"License: {about['license']['text']}",
        f"Requires-Python: {about['requires-python']}",
    ]
    lines = {"WHEEL": wheel, "METADATA": metadata}
    return info, {file: ("\n".join(text) + "\n").encode() for file, text in lines.items()}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None) -> str:
    native = library(config_settings)
    others = set(LIBRARIES.values()) - {native.name}
    info, facts = texts(config_settings)
    contents = {
        path.relative_to(HERE).as_posix(): path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.name not in others
    }
    contents |= {f"{info}/{file}": text for file, text in facts.items()}
    record = f"{info}/RECORD"
    rows = []
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(content)}\n")
    contents[record] = ("".join(rows) + f"{record},,\n").encode()
    name = f"{info.removesuffix('.dist-info')}-py3-none-{platform_tag(config_settings)}.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in contents.items():
            entry = zipfile.ZipInfo(path, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if path.endswith(native.name) else 0o100644) << 16
            wheel.writestr(entry, content)
    return name


def build_sdist(sdist_directory, config_settings=None) -> str:
    raise SystemExit("the library is built from the repository; there is no source package of this one")
