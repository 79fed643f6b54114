"""A client on Apache Thrift: calls through the proxy, or whatever is at `apache_client.py PORT`."""

import sys
from pathlib import Path

from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TFramedTransport

sys.path.insert(0, str(Path(__file__).with_name("gen-py")))
from users import Users
from users.ttypes import NotFound, User

transport = TFramedTransport(TSocket("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 4114))
transport.open()
client = Users.Client(TBinaryProtocol(transport))
for _ in range(4):
    print(client.find("ann").mail)
client.save(User("eve", "eve@home"), "a secret")
client.touch("bob")
try:
    client.find("eve")
except NotFound as missing:
    print("no", missing.name)
