"""Which images a deploy pushes, and the registries that their bases are in."""

from __future__ import annotations

from launchpad.image_builds.assembly_images import AssemblyImage, images_of
from tests.image_builds.conftest import INFERENCE, TRAINING

IMAGE = AssemblyImage("launchpad/dev/extended", "1", frozenset({TRAINING, INFERENCE}))


def test_an_image_names_the_private_registries_of_all_its_bases(assembly):
    assert images_of(assembly) == [IMAGE]
    assert IMAGE.container == "extended"


def test_a_stack_brings_the_images_of_those_it_needs(assembly):
    assert images_of(assembly, "launchpad-dev-jobs") == [IMAGE]


def test_a_stack_that_needs_no_image_brings_none(assembly):
    assert images_of(assembly, "launchpad-dev-github") == []
