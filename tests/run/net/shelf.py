#!/usr/bin/env python3
"""What the servers of net-world have on their shelf, one package for each client.

	shelf.py DIRECTORY    makes DIRECTORY/files, which a.example serves below /files/

git/thing.git         over dumb HTTP; the same over ssh
simple/               an index for pip, with one wheel
npm/                  a project with a lockfile, and the package that it locks
go/                   a module proxy with one module
apt/                  a flat repository with one package
cargo/                a sparse index with one crate
"""
import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile

FILES = os.path.join(sys.argv[1], "files")
BASE = "https://a.example/files"


def put(path, content):
    path = os.path.join(FILES, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content if isinstance(content, bytes) else content.encode())


def tar(members, mode):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def git():
    def run(*words):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], check=True)

    bare = os.path.join(FILES, "git/thing.git")
    work = os.path.join(sys.argv[1], "work")
    run("init", "-q", work)
    run("-C", work, "commit", "-q", "--allow-empty", "-m", "thing")
    run("clone", "-q", "--bare", work, bare)
    run("-C", bare, "update-server-info")


def pip():
    info = "thing-1.0.dist-info/"
    put("simple/thing/thing-1.0-py3-none-any.whl", zipped([
        ("thing.py", "print('thing of pip')\n"),
        (info + "METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"),
        (info + "WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (info + "RECORD", "thing.py,,\n%sMETADATA,,\n%sWHEEL,,\n%sRECORD,,\n" % (info, info, info))]))
    put("simple/thing/index.html", '<a href="thing-1.0-py3-none-any.whl">thing-1.0-py3-none-any.whl</a>\n')


def npm():
    package = {"name": "thing", "version": "1.0.0", "main": "index.js"}
    archive = tar([("package/package.json", json.dumps(package).encode()),
                   ("package/index.js", b"console.log('thing of npm')\n")], "w:gz")
    project = {"name": "project", "version": "1.0.0", "dependencies": {"thing": "1.0.0"}}
    lock = {"name": "project", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {
        "": project,
        "node_modules/thing": {
            "version": "1.0.0", "resolved": BASE + "/npm/thing-1.0.0.tgz",
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()}}}
    put("npm/thing-1.0.0.tgz", archive)
    put("npm/package.json", json.dumps(project))
    put("npm/package-lock.json", json.dumps(lock))


def go():
    module = "module a.example/thing\n"
    at = "go/a.example/thing/@v/"
    put(at + "list", "v1.0.0\n")
    put(at + "v1.0.0.info", '{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}')
    put(at + "v1.0.0.mod", module)
    put(at + "v1.0.0.zip", zipped([("a.example/thing@v1.0.0/go.mod", module),
                                   ("a.example/thing@v1.0.0/thing.go", "package thing\n")]))


def apt():
    control = "Package: thing\nVersion: 1.0\nArchitecture: all\nMaintainer: t <t@t>\nDescription: thing\n"
    members = [("debian-binary", b"2.0\n"),
               ("control.tar.gz", tar([("./control", control.encode())], "w:gz")),
               ("data.tar.gz", tar([], "w:gz"))]
    package = b"!<arch>\n"
    for name, content in members:
        package += ("%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name, 0, 0, 0, "100644", len(content))).encode()
        package += content + b"\n" * (len(content) % 2)
    put("apt/thing_1.0_all.deb", package)
    rows = control + "Filename: ./thing_1.0_all.deb\nSize: %d\nSHA256: %s\n" % (
        len(package), hashlib.sha256(package).hexdigest())
    put("apt/Packages", rows)
    put("apt/Packages.gz", gzip.compress(rows.encode()))


def cargo():
    manifest = b'[package]\nname = "thing"\nversion = "1.0.0"\nedition = "2021"\n'
    crate = tar([("thing-1.0.0/Cargo.toml", manifest),
                 ("thing-1.0.0/src/lib.rs", b'pub const WORD: &str = "thing of cargo";\n')], "w:gz")
    put("cargo/thing.crate", crate)
    put("cargo/config.json", json.dumps({"dl": BASE + "/cargo/{crate}.crate"}))
    put("cargo/th/in/thing", json.dumps({
        "name": "thing", "vers": "1.0.0", "deps": [], "features": {}, "yanked": False,
        "cksum": hashlib.sha256(crate).hexdigest()}) + "\n")


for shelf in (git, pip, npm, go, apt, cargo):
    shelf()
