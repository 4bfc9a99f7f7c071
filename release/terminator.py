"""TLS in front of a server of this machine, for the smoke test.

    terminator.py PORT

Prints its own port as the first line. The certificate is one of the tests: tests/it/kit/tls/authority.pem signed it for
localhost and 127.0.0.1.
"""

import base64
import socket
import ssl
import sys
import tempfile
import threading
from pathlib import Path

CERTIFICATES = Path(__file__).parent.parent / "tests/it/kit/tls"


def context():
    key = base64.encodebytes((CERTIFICATES / "signed-key.der").read_bytes()).decode()
    certificate = ssl.DER_cert_to_PEM_cert((CERTIFICATES / "signed.der").read_bytes())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n{certificate}")
        file.flush()
        made.load_cert_chain(file.name)
    return made


def copy(source, target):
    """Bytes until one side ends, which ends the other."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, upstream):
    with client, socket.create_connection(("127.0.0.1", upstream)) as server:
        back = threading.Thread(target=copy, args=(server, client), daemon=True)
        back.start()
        copy(client, server)
        back.join()


def accept(tls, client, upstream):
    try:
        serve(tls.wrap_socket(client, server_side=True), upstream)
    except OSError:
        # A client that does not trust the certificate.
        client.close()


def main(upstream):
    tls = context()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=accept, args=(tls, client, upstream), daemon=True).start()


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(int(sys.argv[1]))
