"""What comes from elsewhere steers no terminal, and stays one readable line where a line is asked for."""

from __future__ import annotations

import io

import pytest

from launchpad.cli.progress import Steps
from launchpad.cli.terminal import SafeConsole, fields, say, show, status, table
from launchpad.messages.plain_text import one_line, shortened, visible

CLEAR = "\x1b[2J"
CLIPBOARD = "\x1b]52;c;aGk=\x07"
HOSTILE = f"a{CLEAR}{CLIPBOARD}\x08\x7f\x9b2J\u202eb\udc80"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a{CLEAR}b", "a\\x1b[2Jb"),
        (CLIPBOARD, "\\x1b]52;c;aGk=\\x07"),
        ("\x00\x08\x0b\x0c\x7f", "\\x00\\x08\\x0b\\x0c\\x7f"),
        ("\x9b2J\x85", "\\x9b2J\\x85"),
        ("a\u202eb\u2066c\u200f\u061c", "a\\u202eb\\u2066c\\u200f\\u061c"),
        ("a\u2028b", "a\\u2028b"),
        ("a\udc80", "a\\udc80"),
        ("10%\r20%", "10%\\r20%"),
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("é 日本 😀 👩‍🔬", "é 日本 😀 👩‍🔬"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_instead(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_one_line_shows_line_ends_and_what_has_no_width():
    assert one_line("a\nb\tc\u00a0d\u200be") == "a\\nb\\tc\\xa0d\\u200be"


def test_a_long_text_keeps_its_beginning_and_its_end():
    assert shortened("a" * 100 + "b" * 100, 40) == f"{'a' * 22} [...] {'b' * 11}"
    assert len(one_line("\x1b" * 10**6)) == 1000


@pytest.fixture
def screen():
    """A terminal whose output can be read; colours are the only sequences that may be in it."""
    stream = io.StringIO()
    return SafeConsole(file=stream, force_terminal=True, no_color=True, width=200, highlight=False, soft_wrap=True)


def printed(screen) -> str:
    return screen.file.getvalue()


def test_no_way_to_print_lets_a_sequence_through(screen):
    say(HOSTILE, console=screen)
    fields([("reason", HOSTILE)], console=screen)
    show(table("", ["name"], [[HOSTILE], [status(HOSTILE)]]), console=screen)
    screen.print(HOSTILE, markup=False)
    steps = Steps(1, 10, console=screen)
    with steps.step("one", f"title {HOSTILE}") as line:
        line.detail = line.result = HOSTILE
        line.say(f"      | {HOSTILE}")
    output = printed(screen)
    assert output.count("a\\x1b[2J\\x1b]52;c;aGk=") >= 6
    for sequence in (CLEAR, "\x1b]52", "\x07", "\x08", "\x7f", "\x9b", "\u202e", "\udc80"):
        assert sequence not in output


def test_the_colours_of_this_program_stay():
    stream = io.StringIO()
    say("done", "green", console=SafeConsole(file=stream, force_terminal=True, color_system="standard"))
    assert stream.getvalue() == "\x1b[32mdone\x1b[0m\n"
