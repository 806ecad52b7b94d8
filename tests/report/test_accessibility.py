"""Every kind of page against the rules of axe-core, in light, in dark and on a phone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.report.browser import Watched
from tests.report.test_browser import kinds

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_no_page_violates_a_rule(chromium: object, site: Path, scheme: str, width: int) -> None:
    watched = Watched(chromium, width, scheme=scheme)
    for path, fragment in kinds(site):
        watched.open(path, fragment)
        watched.page.wait_for_load_state("load")
        result = Axe().run(watched.page).response
        assert len(result["passes"]) > 10, "the page was checked"
        violations = [(each["id"], each["impact"], each["nodes"][0]["html"][:120]) for each in result["violations"]]
        assert violations == [], f"{path.name}{fragment}"
