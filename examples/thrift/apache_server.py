"""A server on Apache Thrift: `apache_server.py PORT`, with what `thrift --gen py` has made."""

import sys
from pathlib import Path

from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.server.TServer import TThreadedServer
from thrift.transport.TSocket import TServerSocket
from thrift.transport.TTransport import TFramedTransportFactory

sys.path.insert(0, str(Path(__file__).with_name("gen-py")))
from users import Users
from users.ttypes import NotFound, User


class People:
    """Knows two people, and forgets whoever is saved."""

    def find(self, name):
        if name not in ("ann", "bob"):
            raise NotFound(name)
        return User(name, f"{name}@apache")

    def save(self, user, password):
        pass

    def touch(self, name):
        pass


TThreadedServer(
    Users.Processor(People()),
    TServerSocket("127.0.0.1", int(sys.argv[1])),
    TFramedTransportFactory(),
    TBinaryProtocolFactory(),
    daemon=True,
).serve()
