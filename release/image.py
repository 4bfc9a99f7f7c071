"""Checks an image that container.sh made: what it contains and, as its user, whether its program runs.

    image.py FILE.oci.tar amd64|arm64

The program runs in the unpacked image as user 65532 by chroot, which needs root and an image of this machine's processor;
otherwise that part is skipped, and printed as such.
"""

import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile

USER = 65532
EXPECTED = {"User": "65532:65532", "WorkingDir": "/data", "Entrypoint": ["/chatferry"], "Volumes": {"/data": {}}}
PROCESSORS = {"amd64": "x86_64", "arm64": "aarch64"}
VERDICT = "Verified: All 74 messages of 7 chats are in Close, each once; 0 differences"


def fail(words):
    sys.exit(f"{sys.argv[1]}: {words}")


def blob(image, digest):
    return image.extractfile("blobs/" + digest.replace(":", "/")).read()


def check(image, architecture):
    """The layers, after the configuration is what it should be."""
    index = json.load(image.extractfile("index.json"))
    manifest = json.loads(blob(image, index["manifests"][0]["digest"]))
    config = json.loads(blob(image, manifest["config"]["digest"]))
    if config["architecture"] != architecture or config["os"] != "linux":
        fail(f"is for {config['os']} {config['architecture']}")
    for name, value in EXPECTED.items():
        if config["config"].get(name) != value:
            fail(f"{name} is {config['config'].get(name)}, not {value}")
    layers = [tarfile.open(fileobj=io.BytesIO(blob(image, layer["digest"]))) for layer in manifest["layers"]]
    entries = {entry.name.strip("/"): entry for layer in layers for entry in layer.getmembers()}
    top = {name.split("/")[0] for name in entries}
    if top != {"chatferry", "data", "licences", "tmp"}:
        fail(f"contains {sorted(top)}")
    data, tmp = entries["data"], entries["tmp"]
    if (data.uid, data.gid) != (USER, USER) or tmp.mode & 0o7777 != 0o1777:
        fail(f"/data is of {data.uid}:{data.gid}, and the mode of /tmp is {tmp.mode:o}")
    return layers


def run(layers):
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        for layer in layers:
            layer.extractall(root)

        def enter():
            os.chroot(root)
            os.chdir("/data")
            os.setgroups([])
            os.setgid(USER)
            os.setuid(USER)

        done = subprocess.run(["/chatferry", "demo", "--keep", "demo"], preexec_fn=enter, env={}, capture_output=True, text=True)
        if done.returncode != 0 or VERDICT not in done.stdout:
            fail(f"demo ends with status {done.returncode}: {done.stderr[-300:]}")


def main(path, architecture):
    with tarfile.open(path) as image:
        layers = check(image, architecture)
        if platform.machine() != PROCESSORS[architecture] or os.geteuid() != 0:
            print(f"skipped: the image for {architecture} is not run: this is {platform.machine()}, user {os.geteuid()}")
            return
        run(layers)
    print(f"{path}: user {USER}, /data, demo complete")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
