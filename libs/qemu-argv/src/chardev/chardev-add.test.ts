import { expect, test } from 'vitest';
import { chardevAdd } from './chardev-add.js';

const unix = (path: string) => ({ type: 'unix', data: { path } });
const inet = (host: string, port: string) => ({ type: 'inet', data: { host, port } });

test.each<[string, string, object]>([
  [
    'a socket that listens',
    'socket,id=c,path=/a,,b=c.sock,server=on,wait=off',
    { type: 'socket', data: { addr: unix('/a,b=c.sock'), server: true, wait: false } },
  ],
  [
    'a socket that connects, again and again',
    'socket,id=c,path=/a,reconnect=3',
    { type: 'socket', data: { addr: unix('/a'), server: false, reconnect: 3 } },
  ],
  [
    'a port, encrypted',
    'socket,id=c,host=::1,port=80,telnet=on,server=on,wait=off,tls-creds=objc_tls0',
    { type: 'socket', data: { addr: inet('::1', '80'), server: true, wait: false, telnet: true, 'tls-creds': 'objc_tls0' } },
  ],
  [
    'datagrams',
    'udp,id=c,host=,port=1,localaddr=127.0.0.1,localport=2',
    { type: 'udp', data: { remote: inet('', '1'), local: inet('127.0.0.1', '2') } },
  ],
  [
    'a file with a copy',
    'file,id=c,path=/f,append=on,logfile=/l,logappend=off',
    { type: 'file', data: { out: '/f', append: true, logfile: '/l', logappend: false } },
  ],
  ['a device of the host', 'serial,id=c,path=/dev/ttyS0', { type: 'serial', data: { device: '/dev/ttyS0' } }],
  ['a terminal', 'pty,id=c', { type: 'pty', data: {} }],
  ["SPICE's", 'spicevmc,id=c,name=vdagent', { type: 'spicevmc', data: { type: 'vdagent' } }],
  [
    "a viewer's",
    'qemu-vdagent,id=c,name=vdagent,clipboard=on,mouse=off',
    { type: 'qemu-vdagent', data: { clipboard: true, mouse: false } },
  ],
])('%s is said to a running guest as at its start', (_, text, backend) =>
  expect(Object.fromEntries(chardevAdd(text))).toEqual({ id: 'c', backend }),
);

test('what only a start can have is refused', () =>
  expect(() => chardevAdd('stdio,id=c')).toThrow("QEMU takes a character device 'stdio' only when it starts"));
