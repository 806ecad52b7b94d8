"""The Chromium that tests use. `python -m tests.report.chromium` installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--no-first-run",
]  # fmt: skip


def executable() -> str | None:
    """The executable: `PRETUNE_CHROMIUM`, on the PATH, or Playwright's own."""
    named = os.environ.get("PRETUNE_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Installs one by Playwright, or else by the system's package manager where this user may use it."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        commands += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for command in commands:
        try:
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if executable():
            return


def main() -> int:
    """Prints its path; 1 where there is none and none can be installed."""
    if not executable():
        install()
    path = executable()
    print(f"Chromium: {path}" if path else "no Chromium, and none could be installed: browser tests are skipped")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
