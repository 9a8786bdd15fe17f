# SPDX-License-Identifier: Apache-2.0
"""What peers are made of, fetched once into the cache folder of tools/services: jars of Maven Central, and packages of
Python's package index."""

import hashlib
import pathlib
import subprocess
import sys
import venv

import measuring

sys.path.append(str(measuring.ROOT / "tools"))
from service_tools import jars  # noqa: E402  pylint: disable=wrong-import-position

FOLDER = pathlib.Path(__file__).resolve().parent


def python_with(*packages):
    """The folder of a virtual environment that has these packages ('name==version')."""
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    folder = jars.cache_folder() / f"bench-{packages[0].split('=')[0]}-{key}"
    with jars.locked(folder.with_name(folder.name + ".lock")):
        if not (folder / "complete").exists():
            print(f"installing {', '.join(packages)} from Python's package index, once …", file=sys.stderr, flush=True)
            venv.create(folder, with_pip=True, clear=True)
            subprocess.run([folder / "bin/pip", "install", "-q", *packages], check=True)
            (folder / "complete").touch()
    return folder


def java_classes(source, class_path, folder):
    """Compiles a source beside this file and those that it uses; the class path with them."""
    subprocess.run(
        [
            "javac",
            "-nowarn",
            "-cp",
            f"{class_path}/*",
            "-sourcepath",
            str(FOLDER),
            "-d",
            str(folder),
            str(FOLDER / source),
        ],
        check=True,
    )
    return f"{folder}:{class_path}/*"
