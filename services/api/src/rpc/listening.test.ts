import { expect, test } from 'vitest';
import { listeningOf } from './listening.js';

const LOOPBACK = { VIRTBUS_RPC_TCP: '127.0.0.1' };

test.each([
  ['nowhere unless it is said', {}, {}],
  ['in the state directory', { VIRTBUS_STATE_DIR: '/s' }, { socket: { path: '/s/libvirt-sock', mode: 0o600 } }],
  [
    'where it is said, for whom it is said',
    { VIRTBUS_STATE_DIR: '/s', VIRTBUS_RPC_SOCKET: '/run/x', VIRTBUS_RPC_SOCKET_MODE: '0660' },
    { socket: { path: '/run/x', mode: 0o660 } },
  ],
  [
    'on the usual ports',
    { ...LOOPBACK, VIRTBUS_RPC_TLS: '0.0.0.0' },
    { tcp: { host: '127.0.0.1', port: 16509 }, tls: { host: '0.0.0.0', port: 16514, pki: '/etc/pki', sasl: ['PLAIN', 'SCRAM-SHA-256'] } },
  ],
  [
    'with the mechanisms that are said',
    { VIRTBUS_RPC_TLS: '[::]:1', VIRTBUS_RPC_PKI: '/p', VIRTBUS_RPC_SASL: 'SCRAM-SHA-256' },
    { tls: { host: '::', port: 1, pki: '/p', sasl: ['SCRAM-SHA-256'] } },
  ],
  ['on a port of IPv6', { VIRTBUS_RPC_TCP: '[::1]:99' }, { tcp: { host: '::1', port: 99 } }],
  ['and shows screens where it is said', { VIRTBUS_SCREENS: '0.0.0.0' }, { screens: '0.0.0.0' }],
  ['and shows none', { VIRTBUS_SCREENS: 'off' }, { screens: undefined }],
])('%s', (_, env, expected) => expect(listeningOf(env)).toEqual({ screens: '127.0.0.1', ...expected }));

test.each([
  ['unencrypted for others', { VIRTBUS_RPC_TCP: '10.0.0.1:16509' }, /no loopback address/],
  ['on every address', { VIRTBUS_RPC_TCP: '0.0.0.0' }, /no loopback address/],
  ['on a port that is none', { VIRTBUS_RPC_TLS: 'a:70000' }, /HOST or HOST:PORT/],
  ['screens at a name', { VIRTBUS_SCREENS: 'gate' }, /an address of this machine/],
  [
    'a mechanism that is none',
    { VIRTBUS_RPC_TLS: 'a', VIRTBUS_RPC_SASL: 'PLAIN,GSSAPI' },
    /must be some of PLAIN, SCRAM-SHA-256, not "GSSAPI"/,
  ],
  ['a mode that is none', { VIRTBUS_RPC_SOCKET: '/x', VIRTBUS_RPC_SOCKET_MODE: '999' }, /three octal digits/],
])('%s is refused', (_, env, words) => expect(() => listeningOf(env)).toThrow(words));
