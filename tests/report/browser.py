"""A page in Chromium, opened from a file with the network off."""

from pathlib import Path
from typing import Any

POLICY = (
    "document.addEventListener('securitypolicyviolation',"
    " event => console.error('forbidden by the policy: ' + event.violatedDirective))"
)


class Watched:
    """A page that notes whatever goes wrong on it."""

    def __init__(self, browser: object, width: int = 1280, height: int = 800, scheme: str = "light", **more: object):
        self.context = browser.new_context(  # type: ignore[attr-defined]
            viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, **more
        )
        self.page = self.context.new_page()
        self.page.add_init_script(POLICY)
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))

    def open(self, path: Path, fragment: str = "") -> None:
        self.page.goto(f"file://{path}{fragment}")


def opened(chromium: object, site: Path, name: str = "index", fragment: str = "", **more: Any) -> Watched:
    watched = Watched(chromium, **more)
    watched.open(site / f"{name}.html", fragment)
    return watched
