from __future__ import annotations

import json

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from linkerd.config.schema import schema_of


@pytest.fixture
def validator(sample):
    schema = schema_of(sample.root, sample.registry)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


SERVERS = {"servers": [{"port": 4140}]}


@pytest.mark.parametrize(
    "document",
    [
        {"routers": []},
        {"routers": [{"protocol": "http", **SERVERS}]},
        {"routers": [{"protocol": "http", "servers": [{"port": "4140", "clearContext": "true"}]}]},
        {"routers": [{"protocol": "http", **SERVERS, "interpreter": {}, "label": None}]},
        {"routers": [{"protocol": "http", **SERVERS, "interpreter": {"kind": "default"}}]},
        {"routers": [{"protocol": "http", **SERVERS, "experimental": True, "percent": 1}]},
        {
            "routers": [
                {
                    "protocol": "http",
                    **SERVERS,
                    "identifier": {"kind": "io.l5d.static", "path": "/x"},
                }
            ]
        },
        {
            "routers": [
                {"protocol": "http", **SERVERS, "identifier": [{"kind": "io.l5d.header.token"}]}
            ]
        },
        {"routers": [], "namers": [{"kind": "io.l5d.fs", "rootDir": "/"}], "names": ["a", 1, True]},
    ],
)
def test_accepts_what_the_binder_accepts(sample, validator, document):
    validator.validate(document)
    sample.bind(json.dumps(document))


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"routers": {}},
        {"routers": [], "x": 1},
        {"routers": [{}]},
        {"routers": [{"protocol": "h2", **SERVERS}]},
        {"routers": [{"protocol": "http"}]},
        {"routers": [{"protocol": "http", "servers": [{"port": 65536}]}]},
        {"routers": [{"protocol": "http", "servers": [{"port": 1.5}]}]},
        {"routers": [{"protocol": "http", "servers": [{"port": "x"}]}]},
        {"routers": [{"protocol": "http", "servers": [{"clearContext": "yes"}]}]},
        {"routers": [{"protocol": "http", **SERVERS, "interpreter": {"x": 1}}]},
        {"routers": [{"protocol": "http", **SERVERS, "identifier": {"path": "/x"}}]},
        {"routers": [{"protocol": "http", **SERVERS, "identifier": {"kind": "io.l5d.static"}}]},
        {"routers": [], "namers": [{"kind": "io.l5d.fs", "rootDir": "/", "prefix": "x"}]},
        {"routers": [], "namers": [{"kind": "io.l5d.fs"}]},
    ],
)
def test_refuses_what_the_binder_refuses(sample, validator, document):
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)
    assert sample.faults(json.dumps(document))


def test_says_what_is_said_in_the_classes(sample):
    schema = schema_of(sample.root, sample.registry)
    headers = schema["$defs"]["HttpConfig"]["properties"]["maxHeadersKB"]
    assert (headers["description"], headers["default"]) == ("Limit of a head.", 8)
    assert json.dumps(schema) == json.dumps(schema_of(sample.root, sample.registry))
