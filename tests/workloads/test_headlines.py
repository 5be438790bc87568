"""The bags of words are those of the news that went in, counted here again without any library."""

from __future__ import annotations

import ast
import csv
import json
import re
import subprocess
import sys
import zipfile
from array import array
from collections import Counter
from itertools import pairwise

import pytest

from tests.workloads.local_platform import ROOT
from tests.workloads.page import drawn_from

pytestmark = pytest.mark.workloads

FILES = ("bags.npz", "vocabulary.txt", "headlines.txt", "summary.json")
TYPE_CODES = {"<i4": "i", "<i8": "q"}
SHORTEST = 3


@pytest.fixture(scope="module")
def bags(arrive, tmp_path_factory):
    """A folder with what the processing job wrote."""
    way = arrive("headlines")
    folder = tmp_path_factory.mktemp("bags")
    for name in FILES:
        (folder / name).write_bytes(way.platform.read(f"{way.platform.last_uri(way.said['prepare'])}/{name}"))
    return folder


@pytest.fixture(scope="module")
def lines(prepared_data):
    """The words of each line of the input, all of them, in lower case."""
    with (prepared_data("headlines") / "headlines" / "headlines.csv").open(newline="", encoding="utf-8") as file:
        return [re.findall(r"[a-z]+(?:'[a-z]+)?", row["headline_text"].lower()) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def vocabulary(bags):
    return (bags / "vocabulary.txt").read_text().split()


@pytest.fixture(scope="module")
def kept_words(bags):
    """The words of each line that the job kept."""
    return [line.split() for line in (bags / "headlines.txt").read_text().splitlines()]


def read_array(archive, name):
    """One array of integers of an .npz file, and its shape."""
    content = archive.read(f"{name}.npy")
    end = 10 + int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10:end].decode())
    return array(TYPE_CODES[header["descr"]], content[end:])


def counted(bags):
    """The rows of the sparse matrix: how often each column occurs."""
    with zipfile.ZipFile(bags / "bags.npz") as archive:
        ends, columns, counts = (read_array(archive, name) for name in ("indptr", "indices", "data"))
    spans = [slice(start, end) for start, end in pairwise(ends)]
    return [dict(zip(columns[span], counts[span], strict=True)) for span in spans]


def test_each_row_counts_the_words_of_its_line(bags, lines, vocabulary):
    columns = {word: number for number, word in enumerate(vocabulary)}
    expected = [Counter(columns[word] for word in words if word in columns) for words in lines]
    assert counted(bags) == expected


def test_the_vocabulary_is_the_512_most_frequent_words_that_were_kept(vocabulary, kept_words):
    times = Counter(word for words in kept_words for word in words)
    assert len(vocabulary) == len(set(vocabulary)) == 512
    assert max(times[word] for word in times.keys() - set(vocabulary)) <= min(times[word] for word in vocabulary)


def test_what_is_left_out_of_a_line_is_short_or_left_out_of_all(lines, kept_words):
    stayed = {word for words in kept_words for word in words}
    assert kept_words == [[word for word in words if word in stayed] for words in lines]
    left_out = {word for words in lines for word in words if len(word) >= SHORTEST} - stayed
    assert {"the", "and", "their"} <= left_out
    assert len(left_out) < 320  # stop words, which are a list of 318
    assert min(map(len, stayed)) == SHORTEST


def test_the_summary_says_how_much_it_is(bags, lines, vocabulary):
    words = sum(sum(row.values()) for row in counted(bags))
    summary = {"headlines": len(lines), "vocabulary": len(vocabulary), "words": words}
    assert json.loads((bags / "summary.json").read_text()) == summary


def test_the_picture_in_the_readme_is_what_a_run_draws(bags, tmp_path):
    folder = ROOT / "workloads" / "headlines"
    command = [sys.executable, folder / "src" / "report.py", "--bags", bags, "--output", tmp_path]
    subprocess.run(command, check=True, timeout=60)
    assert drawn_from(tmp_path, folder.name) == (folder / "picture.svg").read_text()
