"""Java class paths: artifacts with pinned versions and all they need, fetched by Maven once and kept in a cache."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from .errors import ServiceError

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_APT_HINT = "Install it: sudo apt-get install -y openjdk-17-jre-headless maven (or tools/setup --for test)"


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "salestream"


@contextlib.contextmanager
def locked(path):
    """Holds an exclusive lock on a file; waits for who has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def java(supported):
    """The java program, once its version has been found to be one of `supported`."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if not program or not os.access(program, os.X_OK):
        raise ServiceError(f"no Java found. {_APT_HINT}")
    answer = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(\d+)', answer)
    if not match or int(match[1]) not in supported:
        raise ServiceError(
            f"{program} is of Java {match[1] if match else 'of an unknown version'}, and this needs one of "
            f"{supported[0]} to {supported[-1]}. {_APT_HINT}, and set JAVA_HOME if several are installed"
        )
    return program


def class_path(title, artifacts):
    """A folder with the jars of `artifacts` ('group:name:version') and of all they depend on."""
    key = hashlib.sha256("\n".join([_PLUGIN, *artifacts]).encode()).hexdigest()[:12]
    folder = cache_folder() / "jars" / f"{title.lower().replace(' ', '-')}-{key}"
    if folder.is_dir():
        return folder
    with locked(folder.with_name(folder.name + ".lock")):
        if not folder.is_dir():  # another start may have fetched it while this one waited
            _fetch(title, artifacts, folder)
    return folder


class ClassArchive:
    """The file in which Java keeps, already read and checked, the classes that a program of a jar folder uses: with it
    a start of Kafka takes two seconds of the processor instead of three and a half. A program writes it when it ends
    by itself; it stays beside the jars. Other options of Java, or other jars, and Java does without."""

    SUFFIX = ".jsa"

    def __init__(self, java_program, folder, main):
        program = os.path.realpath(java_program)
        of = f"{program} {os.stat(program).st_mtime_ns} {os.stat(folder).st_mtime_ns}"  # Java compares the jars' times
        version = hashlib.sha256(of.encode()).hexdigest()[:8]
        self.path = folder.with_name(f"{folder.name}-{main.rpartition('.')[2]}-{version}{self.SUFFIX}")

    def flags(self, node_folder):
        """Java's flags; where there is no archive yet, it is written into the node's folder."""
        quiet = ["-XX:+IgnoreUnrecognizedVMOptions", "-Xlog:cds=off"]  # Java 11 knows no such archives
        if self.path.exists():
            return [*quiet, f"-XX:SharedArchiveFile={self.path}"]
        written = node_folder / self.path.name
        written.unlink(missing_ok=True)  # of one that was killed
        return [*quiet, f"-XX:ArchiveClassesAtExit={written}"]

    @classmethod
    def keep(cls, node_folder):
        """What a node that has ended by itself has left."""
        for written in node_folder.glob(f"*{cls.SUFFIX}"):
            folder = cache_folder() / "jars"
            with tempfile.NamedTemporaryFile(dir=folder, prefix=written.name + ".", delete=False) as temporary:
                shutil.copyfile(written, temporary.name)
            os.replace(temporary.name, folder / written.name)
            written.unlink()


def _fetch(title, artifacts, folder):
    maven = shutil.which("mvn")
    if not maven:
        raise ServiceError(f"no Maven found. {_APT_HINT}")
    print(f"fetching the jars of {title} with Maven, once (15 s to some minutes) ...", file=sys.stderr, flush=True)
    temporary = pathlib.Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
    try:
        dependencies = "".join(
            "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
                *artifact.split(":")
            )
            for artifact in artifacts
        )
        pom = temporary / "pom.xml"
        pom.write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>salestream</groupId><artifactId>service</artifactId><version>1</version>"
            f"<dependencies>{dependencies}</dependencies></project>\n"
        )
        command = [
            maven,
            "-B",
            "-q",
            "-C",
            "-f",
            str(pom),
            _PLUGIN,
            "-DincludeScope=runtime",
            f"-DoutputDirectory={temporary / 'jars'}",
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServiceError(f"Maven could not fetch the jars of {title}:\n{(done.stdout + done.stderr)[-2000:]}")
        (temporary / "jars").rename(folder)  # all or nothing: a half-filled folder never bears the name
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
