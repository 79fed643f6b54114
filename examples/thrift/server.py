"""A server on thriftpy2: `server.py PORT`."""

import sys
from pathlib import Path

import thriftpy2
from thriftpy2.protocol import TBinaryProtocolFactory
from thriftpy2.rpc import make_server
from thriftpy2.transport import TFramedTransportFactory

users = thriftpy2.load(str(Path(__file__).with_name("users.thrift")), module_name="users_thrift")


class Users:
    """Knows two people, and forgets whoever is saved."""

    def find(self, name):
        if name not in ("ann", "bob"):
            raise users.NotFound(name=name)
        return users.User(name=name, mail=f"{name}@thriftpy2")

    def save(self, user, password):
        pass

    def touch(self, name):
        pass


make_server(
    users.Users,
    Users(),
    "127.0.0.1",
    int(sys.argv[1]),
    proto_factory=TBinaryProtocolFactory(),
    trans_factory=TFramedTransportFactory(),
    client_timeout=None,
).serve()
