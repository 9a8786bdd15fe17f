"""A machine to install packages on: this one as it is, in a mount namespace whose changes are in memory and end with
it. So dpkg really installs, into /usr and /etc, and nobody else sees it."""

import subprocess

# The namespace lives as long as its shell, which ends when its standard input does: also when the tests are killed.
HOLD = """
set -e
mount -t tmpfs none /mnt
mkdir /mnt/changes /mnt/work /mnt/machine
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work /mnt/machine
mount -t proc proc /mnt/machine/proc
mount --rbind /dev /mnt/machine/dev
mount -t tmpfs none /mnt/machine/tmp
echo ready
exec cat >/dev/null
"""


class Machine:
    def __init__(self):
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.is_there = self._holder.stdout.readline() == "ready\n"
        self.problem = "" if self.is_there else self._holder.stderr.read().strip()

    def command(self, *arguments, folder="/tmp"):
        """What to start so that a program runs there."""
        return [
            "nsenter",
            "--target",
            str(self._holder.pid),
            "--mount",
            "chroot",
            "/mnt/machine",
            "env",
            "-C",
            folder,
            *map(str, arguments),
        ]

    def run(self, *arguments, status=0, standard_input=None, timeout_s=60.0, **environment):
        """Runs a program there to its end; what it ended with, as text."""
        words = [f"{name}={value}" for name, value in environment.items()]
        done = subprocess.run(
            self.command(*words, *arguments),
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert (
            status is None or done.returncode == status
        ), f"$ {' '.join(map(str, arguments))}\n(exit status {done.returncode})\n{done.stdout}\n{done.stderr}"
        return done

    def write(self, path, content):
        """Makes a file there."""
        command = self.command("sh", "-c", 'cat >"$0"', path)
        subprocess.run(command, input=content, check=True, timeout=60)

    def close(self):
        self._holder.stdin.close()
        self._holder.wait(60)
        self._holder.stdout.close()
        self._holder.stderr.close()
