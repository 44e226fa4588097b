"""An echo server over grpcio for the tests beside this file: grpc.examples.echo.Echo on raw messages.

Prints `listening on 127.0.0.1:PORT`. Ends when its standard input does, so that it never outlives the test; SIGTERM
ends it gracefully. A message that begins with `#` is a command; support/commands.rs has the list.
"""

import argparse
import os
import signal
import threading
import time
from concurrent import futures

import grpc

SERVICE = "grpc.examples.echo.Echo"


def decode(message):
    """The string in field 1 of a protobuf message."""
    if not message:
        return b""
    if message[0] != 0x0A:
        raise ValueError("want field 1, a string, and nothing else")
    length, shift, at = 0, 0, 1
    while True:
        byte = message[at]
        length |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            break
    return message[at : at + length]


def encode(text):
    """A protobuf message with `text` in field 1."""
    length, size = len(text), bytearray()
    while length >= 0x80:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return b"\x0a" + bytes(size) + text


class Echo:
    """The four methods. What commands ask for is counted over all of them."""

    def __init__(self, delay):
        self.delay = delay
        self.name = b""
        self.lock = threading.Lock()
        self.peers = set()
        self.sent = 0
        self.received = 0
        self.cancelled = 0

    def text(self, message):
        return encode(message + b" (from " + self.name + b")")

    def note_peer(self, context):
        with self.lock:
            self.peers.add(context.peer())

    def answer(self, message, context):
        """The answer to one message, which may be a command."""
        words = message[:64].split()
        command = words[0] if words and message.startswith(b"#") else b""
        if command == b"#peers":
            return encode(b"%d" % len(self.peers))
        if command == b"#sent":
            return encode(b"%d" % self.sent)
        if command == b"#received":
            return encode(b"%d" % self.received)
        if command == b"#cancelled":
            return encode(b"%d" % self.cancelled)
        if command == b"#sleep":
            time.sleep(int(words[1]) / 1000)
        if command == b"#status":
            code = next(code for code in grpc.StatusCode if code.value[0] == int(words[1]))
            context.abort(code, "as asked")
        if command == b"#reset":
            context.cancel()
            raise RuntimeError("as asked")
        if self.delay:
            time.sleep(self.delay)
        return self.text(message)

    def unary(self, request, context):
        self.note_peer(context)
        return self.answer(decode(request), context)

    def hold(self, context):
        """One answer, and then nothing until the client is gone."""
        gone = threading.Event()
        context.add_callback(gone.set)
        try:
            yield self.text(b"#hold")
            gone.wait()
        finally:
            # grpcio drops the generator where it stands if the client is gone by then.
            with self.lock:
                self.cancelled += 1

    def copies(self, message, count):
        for _ in range(count):
            yield message
            self.sent += 1

    def server_stream(self, request, context):
        self.note_peer(context)
        message = decode(request)
        words = message.split()
        if message == b"#hold":
            yield from self.hold(context)
        elif words and words[0] == b"#big":
            yield from self.copies(encode(b"x" * int(words[2])), int(words[1]))
        else:
            for _ in range(10):
                yield self.answer(message, context)

    def client_stream(self, requests, context):
        self.note_peer(context)
        last = b""
        for request in requests:
            last = decode(request)
            self.received += len(last)
        return self.answer(last[:64], context)

    def bidi(self, requests, context):
        self.note_peer(context)
        for request in requests:
            message = decode(request)
            if message == b"#hold":
                yield from self.hold(context)
                return
            yield self.answer(message, context)

    def handler(self):
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "UnaryEcho": grpc.unary_unary_rpc_method_handler(self.unary),
                "ServerStreamingEcho": grpc.unary_stream_rpc_method_handler(self.server_stream),
                "ClientStreamingEcho": grpc.stream_unary_rpc_method_handler(self.client_stream),
                "BidirectionalStreamingEcho": grpc.stream_stream_rpc_method_handler(self.bidi),
            },
        )


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    parser.add_argument("--max-age-ms", type=int, help="recycle connections after about this long")
    parser.add_argument("--delay-ms", type=int, default=0)
    parser.add_argument("--unix", metavar="PATH", help="listen there instead")
    args = parser.parse_args()

    options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)]
    if args.max_age_ms:
        options += [("grpc.max_connection_age_ms", args.max_age_ms), ("grpc.max_connection_age_grace_ms", 60_000)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), options=options)
    echo = Echo(args.delay_ms / 1000)
    server.add_generic_rpc_handlers((echo.handler(),))
    address = f"unix:{args.unix}" if args.unix else "127.0.0.1:0"
    if args.tls:
        credentials = grpc.ssl_server_credentials([(read(args.tls[1]), read(args.tls[0]))])
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    address = address if args.unix else f"127.0.0.1:{port}"
    echo.name = address.encode()
    server.start()
    print(f"listening on {address}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: server.stop(grace=10))
    threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
