"""Runs and work for pages to show, and what makes a page safe to open."""

from __future__ import annotations

import re
from datetime import timedelta

from launchpad.platform_client.work import Work
from launchpad.runs.run import Run
from tests.cli.test_job_page import BEGAN
from tests.cli.test_report import Page

HOSTILE = "<script>alert(1)</script>\x1b[2J"


def run(number, **values):
    fields = {
        "seconds": 60.0,
        "hyperparameters": {"lr": f"{10.0**-number:g}", "optimizer": "adam" if number % 2 else "sgd"},
        "metrics": {"auc": 0.7 + number / 100},
        **values,
    }
    return Run(f"dev-a-{number}", "Completed", BEGAN + timedelta(minutes=number), **fields)


def work(kind, description, status="Completed"):
    return Work(kind, f"dev-a-{kind}", "a", status, BEGAN, BEGAN + timedelta(seconds=90), {"Name": "x"}, description)


def is_safe(html):
    page = Page(html.replace("<img", "<br"))
    assert page.open == []
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", html)
    assert "\x1b" not in html
