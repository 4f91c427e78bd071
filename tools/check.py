"""`make test`: everything that decides whether a change is right, in one command.

Says what it found, what it installed and what it ran; stops at the first red step.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

STEPS: tuple[tuple[str, ...], ...] = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("pytest",),
)


def main() -> int:
    browser = find_browser() or install_browser()
    if browser is None:
        print("no Chromium could be found or installed; install one and set R46_CHROMIUM to its path")
        return 1
    print(f"browser: {browser}", flush=True)
    environment = {**os.environ, "R46_CHROMIUM": browser}
    for step in STEPS:
        started = time.monotonic()
        print(f"--- {' '.join(step)}", flush=True)
        code = subprocess.run(
            [sys.executable, "-m", *step], cwd=ROOT, env=environment, check=False
        ).returncode
        print(f"--- {step[0]} took {time.monotonic() - started:.0f} s", flush=True)
        if code:
            print(f"red: {' '.join(step)}")
            return code
    return 0


def find_browser() -> str | None:
    """R46_CHROMIUM, then the usual names, then Playwright's own."""
    named = os.environ.get("R46_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    if MAC_CHROME.exists():
        return str(MAC_CHROME)
    return _playwright_s()


def install_browser() -> str | None:
    """Ask the system's package manager where that is allowed, else Playwright; say which."""
    if shutil.which("apt-get") and (command := _as_root()) is not None:
        print("no Chromium found; installing the package `chromium` with apt-get", flush=True)
        update = subprocess.run([*command, "apt-get", "update", "-qq"], check=False)
        install = [*command, "apt-get", "install", "-y", "-qq", "chromium"]
        if update.returncode == 0 and subprocess.run(install, check=False).returncode == 0:
            return find_browser()
    print("no Chromium found; installing Playwright's own", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find_browser()


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:
        return [sudo, "-n"]
    return None


def _playwright_s() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    sys.exit(main())
