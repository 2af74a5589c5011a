#!/usr/bin/env python3
"""Starts a domain on a virtbus fleet and waits for the outcome.

Nothing of virtbus and no package is needed: a command is one NATS message, and the part of NATS's text protocol that is used here
is the class below. With a NATS client at hand only `run` remains.
"""

import argparse
import json
import socket
import sys
import time
import urllib.parse
import uuid
from typing import NamedTuple


class Message(NamedTuple):
    subject: str
    status: str
    headers: dict
    body: bytes


class Nats:
    """https://docs.nats.io/reference/reference-protocols/nats-protocol, for one thread, without TLS."""

    def __init__(self, url: str, timeout: float):
        address = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port or 4222), timeout)
        self.received = b''
        self.subscriptions = 0
        options = {'verbose': False, 'headers': True, 'no_responders': True, 'name': 'start_domain.py'}
        if address.username:
            options |= {'user': address.username, 'pass': address.password}
        self.send(f'CONNECT {json.dumps(options)}')

    def send(self, line: str, body: bytes = b'', more: bytes = b'') -> None:
        self.socket.sendall(line.encode() + b'\r\n' + body + more)

    def subscribe(self, subject: str) -> None:
        self.subscriptions += 1
        self.send(f'SUB {subject} {self.subscriptions}')

    def publish(self, subject: str, body: bytes, headers: dict, reply: str) -> None:
        head = ('NATS/1.0\r\n' + ''.join(f'{name}: {value}\r\n' for name, value in headers.items()) + '\r\n').encode()
        self.send(f'HPUB {subject} {reply} {len(head)} {len(head) + len(body)}', head + body, b'\r\n')

    def next(self, until: float) -> Message:
        """The next message of any subscription. Raises TimeoutError at `until`, on the clock of time.monotonic()."""
        while True:
            line = self.take_line(until)
            verb, *words = line.split()
            if verb == 'PING':
                self.send('PONG')
            elif verb == '-ERR':
                raise ConnectionError(line)
            elif verb == 'MSG':
                return Message(words[0], '', {}, self.take(int(words[-1]) + 2, until)[:-2])
            elif verb == 'HMSG':
                content = self.take(int(words[-1]) + 2, until)[:-2]
                head, body = content[: int(words[-2])], content[int(words[-2]) :]
                first, *lines = head.decode().strip().split('\r\n')
                pairs = (line.split(':', 1) for line in lines)
                return Message(words[0], first.removeprefix('NATS/1.0').strip(), {name: value.strip() for name, value in pairs}, body)

    def take_line(self, until: float) -> str:
        while b'\r\n' not in self.received:
            self.receive(until)
        line, self.received = self.received.split(b'\r\n', 1)
        return line.decode()

    def take(self, count: int, until: float) -> bytes:
        while len(self.received) < count:
            self.receive(until)
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def receive(self, until: float) -> None:
        self.socket.settimeout(max(0.001, until - time.monotonic()))
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError('the NATS server has closed the connection')
        self.received += received


class Refused(Exception):
    """The outcome is not what was wished for. `code` is one of docs/generated/errors.md."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def run(nats: Nats, subject: str, payload: dict, timeout: float) -> dict:
    """Sends one command and waits for its outcome. Raises Refused, TimeoutError, ConnectionError."""
    command_id = uuid.uuid4().hex
    outcome = f'virtbus.v1.evt.operation.{command_id}.finished'
    inbox = f'_INBOX.{command_id}'
    # Before the command, so that even the quickest outcome is not missed.
    nats.subscribe(outcome)
    nats.subscribe(inbox)
    # The stream keeps no second command with the same id: when in doubt, the same message may be sent again.
    nats.publish(subject, json.dumps(payload).encode(), {'Nats-Msg-Id': command_id}, inbox)
    print(f'sent     {subject} {command_id}')
    until = time.monotonic() + timeout
    while True:
        try:
            message = nats.next(until)
        except TimeoutError:
            raise TimeoutError(f'{subject} has no outcome after {timeout:g} s; it goes on as {command_id}') from None
        if message.subject == inbox:
            report_kept(message)
        elif message.subject == outcome:
            return result_of(json.loads(message.body))
        elif message.headers.get('ce-commandid') == command_id:
            print(f'event    {message.subject}')


def report_kept(message: Message) -> None:
    if message.status == '503':
        raise ConnectionError('nobody keeps commands here: is the fleet up?')
    kept = json.loads(message.body)
    if 'error' in kept:
        raise ConnectionError(f"the command was not kept: {kept['error']['description']}")
    print(f"kept     {kept['stream']} {kept['seq']}")


def result_of(outcome: dict) -> dict:
    if not outcome['ok']:
        raise Refused(outcome['error']['code'], outcome['error']['message'])
    print(f"outcome  {json.dumps(outcome['result'])}")
    return outcome['result']


def start(arguments: argparse.Namespace) -> None:
    nats = Nats(arguments.server, arguments.timeout)
    nats.subscribe('virtbus.v1.evt.domain.*.*')
    send = lambda what, payload: run(nats, f'virtbus.v1.cmd.{what}', payload, arguments.timeout)
    if arguments.network:
        network = send('network.define', {'xml': arguments.network.read()})
        try:
            send('network.start', {'network': network['uuid']})
        except Refused as refused:
            if refused.code != 'operation_invalid':
                raise
            print(f'         {refused}')
    domain = arguments.name
    if arguments.define:
        domain = send('domain.define', {'xml': arguments.define.read()})['uuid']
    send('domain.start', {'domain': domain})


def main() -> int:
    parser = argparse.ArgumentParser(description='Start a domain on a virtbus fleet, with nothing but NATS.')
    parser.add_argument('name', nargs='?', help='name or UUID of a domain that is defined')
    parser.add_argument('--define', metavar='FILE', type=argparse.FileType(), help='define the domain in this libvirt XML and start it')
    parser.add_argument('--network', metavar='FILE', type=argparse.FileType(), help='first define and start the network in this libvirt XML')
    parser.add_argument('--server', metavar='URL', default='nats://127.0.0.1:4222', help='the NATS server; default %(default)s')
    parser.add_argument('--timeout', metavar='SECONDS', type=float, default=60, help='how long to wait for each outcome; default %(default)s')
    arguments = parser.parse_args()
    if (arguments.name is None) == (arguments.define is None):
        parser.error('give the NAME of a domain, or --define FILE')
    try:
        start(arguments)
    except Refused as refused:
        print(f'error: {refused} ({refused.code})', file=sys.stderr)
        return 1
    except OSError as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
