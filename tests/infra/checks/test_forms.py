"""The table of forms and the roles agree: it names what roles have, and what roles ship passes it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from infra.checks import declared, together, values
from infra.checks.forms import ENDINGS, FORMS
from infra.footprint import Footprint
from tests.infra.footprints import three

VARIABLES = declared.read().variables
PLAIN = {name: one for name, one in VARIABLES.items() if one.default is not None}
ROLES = sorted(path.name for path in (declared.ROOT / "ansible/roles").iterdir())


def test_every_role_of_the_site_is_read() -> None:
    """A variable that another role gets tomorrow is taken up without an edit here."""
    assert sorted(declared.read().reach) == ROLES
    assert len(VARIABLES) > 60
    for role in ROLES:
        spec = yaml.safe_load((declared.ROOT / "ansible/roles" / role / "meta/argument_specs.yml").read_text())
        assert set(spec["argument_specs"]["main"]["options"]) <= set(VARIABLES)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_of_a_variable_that_a_role_has(name: str) -> None:
    base, *keys = name.replace("[]", "").split(".")
    assert base in VARIABLES, "a limit on nothing: the variable was renamed or removed"
    spec = VARIABLES[base].spec
    for key in keys:
        if key not in ("*", "<key>"):
            assert key in spec["options"], name


@pytest.mark.parametrize("name", FORMS | ENDINGS)
def test_the_example_of_a_form_fits_it(name: str) -> None:
    form = (FORMS | ENDINGS)[name]
    if "..." not in str(form.example):  # nobody's key can stand there
        assert form.fits(form.example)
    assert form.expected


@pytest.mark.parametrize("name", PLAIN)
def test_what_a_role_ships_passes(name: str) -> None:
    assert list(values.check(name, PLAIN[name].default, PLAIN[name].spec, name)) == []


def test_what_the_roles_ship_fits_together() -> None:
    defaults = {name: one.default for name, one in VARIABLES.items()}
    footprint = Footprint.model_validate(three())
    for host in footprint.hosts:
        site = together.Site(footprint, {"bucket": 7070}, tuple(host.groups), defaults)
        assert list(together.broken(site, {}, Path("main.yml"))) == []


@pytest.mark.parametrize("name", FORMS)
def test_a_number_stands_in_quotes_or_without_as_its_type_says(name: str) -> None:
    """The example is what people copy, so it must be of the variable's own type."""
    if name in VARIABLES:
        kind = VARIABLES[name].spec["type"]
        assert isinstance(FORMS[name].example, values.TYPES[kind][1]), name
