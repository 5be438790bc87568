"""A model server that costs almost nothing: it responds to each request with the same prediction."""

import asyncio
import sys

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 4\r\n\r\n1.0\n"


class Connection(asyncio.Protocol):
    """Keeps the connection; responds once a request's body is complete."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        """Respond to each complete request."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            length = self.received[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            total = end + 4 + int(length or 0)
            if len(self.received) < total:
                return
            self.received = self.received[total:]
            self.transport.write(RESPONSE)


async def serve() -> None:
    """Listen on the port that is the first argument."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(serve())
