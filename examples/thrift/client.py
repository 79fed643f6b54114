"""A client on thriftpy2: calls through the proxy, or whatever is at `client.py PORT`."""

import sys
from pathlib import Path

import thriftpy2
from thriftpy2.protocol import TBinaryProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.transport import TFramedTransportFactory

users = thriftpy2.load(str(Path(__file__).with_name("users.thrift")), module_name="users_thrift")
client = make_client(
    users.Users,
    "127.0.0.1",
    int(sys.argv[1]) if len(sys.argv) > 1 else 4114,
    proto_factory=TBinaryProtocolFactory(),
    trans_factory=TFramedTransportFactory(),
    timeout=5000,
)
for _ in range(4):
    print(client.find("ann").mail)
client.save(users.User(name="eve", mail="eve@home"), "a secret")
client.touch("bob")
try:
    client.find("eve")
except users.NotFound as missing:
    print("no", missing.name)
