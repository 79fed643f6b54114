from __future__ import annotations

import pytest

from linkerd import errors
from linkerd.catalogue import CATALOGUE
from linkerd.errors import ConfigError, Fault, RequestError, Where


def all_errors() -> list[type[RequestError]]:
    return [each for each in RequestError.__subclasses__() if each.code != RequestError.code]


def test_every_error_of_a_request_is_in_the_catalogue() -> None:
    assert {error.code for error in all_errors()} <= set(CATALOGUE)
    assert {error.status for error in all_errors()} == {400, 502, 503}


def test_a_code_can_be_given() -> None:
    error = RequestError("text", "L5D-1103", "because", retryable=True)
    assert (error.code, str(error), error.status) == ("L5D-1103", "text", 502)
    assert error.retryable
    assert RequestError.code == "L5D-0000", "and belongs to that error alone"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            Fault("L5D-4002", "a.yaml", 2, 3, "x.y", "unknown key", "one of a", "z"),
            "a.yaml:2:3: x.y: unknown key (expected one of a); did you mean 'z'? [L5D-4002]",
        ),
        (Fault("L5D-4001", "-", 1, 1, "", "empty"), "-:1:1: empty [L5D-4001]"),
    ],
)
def test_a_fault_is_one_line(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_a_configuration_error_has_every_fault() -> None:
    faults = [Fault("L5D-4001", "a", line, 1, "", "no") for line in (1, 2)]
    error = ConfigError(faults)
    assert error.faults == faults
    assert str(error) == "a:1:1: no [L5D-4001]\na:2:1: no [L5D-4001]"


def test_a_place_shows_file_and_line() -> None:
    assert str(Where("a.yaml", 3, 5, "x")) == "a.yaml:3"


def test_everything_public_is_listed() -> None:
    public = {
        name
        for name, value in vars(errors).items()
        if getattr(value, "__module__", "") == errors.__name__
    }
    assert public - set(errors.__all__) == set()
