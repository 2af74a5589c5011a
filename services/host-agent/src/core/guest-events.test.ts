import { expect, test } from 'vitest';
import { toldOf, type MonitorEvent, type Told } from './guest-events.js';

const named = { agentChannel: 'channel0' };
const end = (service: string) => ({ host: '127.0.0.1', service, family: 'ipv4', auth: 'none', websocket: false });

test.each<[string, MonitorEvent, Told | undefined]>([
  ['a clock', { event: 'RTC_CHANGE', data: { offset: 3600 } }, { what: 'rtcchanged', detail: '3600', offsetSeconds: 3600 }],
  ['a watchdog', { event: 'WATCHDOG', data: { action: 'reset' } }, { what: 'watchdog', detail: 'reset' }],
  [
    'a balloon, in KiB',
    { event: 'BALLOON_CHANGE', data: { actual: 67_108_864 } },
    { what: 'balloonchanged', detail: '65536', memoryKiB: 65_536 },
  ],
  [
    'a tray',
    { event: 'DEVICE_TRAY_MOVED', data: { device: '', id: 'sata0-0-0', 'tray-open': true } },
    { what: 'traychanged', detail: 'open', device: 'sata0-0-0', open: true },
  ],
  [
    'a full disk',
    {
      event: 'BLOCK_IO_ERROR',
      data: { device: '', 'node-name': 'libvirt-1-format', operation: 'write', action: 'stop', nospace: true, reason: 'No space' },
    },
    { what: 'ioerror', detail: 'pause', device: '', action: 'pause', reason: 'enospc', node: 'libvirt-1-format' },
  ],
  ['an agent', { event: 'VSERPORT_CHANGE', data: { id: 'channel0', open: true } }, { what: 'agentlifecycle', detail: 'connected' }],
  [
    'a threshold',
    { event: 'BLOCK_WRITE_THRESHOLD', data: { 'node-name': 'libvirt-1-format', 'amount-exceeded': 512, 'write-threshold': 1024 } },
    { what: 'blockthreshold', detail: 'libvirt-1-format', node: 'libvirt-1-format', thresholdBytes: 1024, excessBytes: 512 },
  ],
  [
    'memory that fails',
    { event: 'MEMORY_FAILURE', data: { recipient: 'guest', action: 'fatal', flags: { 'action-required': true, recursive: false } } },
    { what: 'memoryfailure', detail: 'fatal', recipient: 'guest', action: 'fatal', actionRequired: true, recursive: false },
  ],
  [
    'memory that fails in words that there are not',
    { event: 'MEMORY_FAILURE', data: { recipient: 'host', action: 'pray' } },
    { what: 'memoryfailure', detail: 'ignore', recipient: 'hypervisor', action: 'ignore', actionRequired: false, recursive: false },
  ],
  [
    'a memory device, in KiB',
    { event: 'MEMORY_DEVICE_SIZE_CHANGE', data: { id: 'virtiomem0', size: 268_435_456, 'qom-path': '/machine/peripheral/virtiomem0' } },
    { what: 'memorydeviceresized', detail: 'virtiomem0', device: 'virtiomem0', sizeKiB: 262_144 },
  ],
  [
    'a memory device without an id',
    { event: 'MEMORY_DEVICE_SIZE_CHANGE', data: { size: -1, 'qom-path': '/machine/peripheral/mem7' } },
    { what: 'memorydeviceresized', detail: 'mem7', device: 'mem7', sizeKiB: 0 },
  ],
  ['another channel', { event: 'VSERPORT_CHANGE', data: { id: 'channel1', open: true } }, undefined],
  [
    'a viewer',
    { event: 'VNC_CONNECTED', data: { server: end('5900'), client: end('40000') } },
    {
      what: 'graphics',
      detail: 'connect',
      phase: 'connect',
      local: { family: 'ipv4', address: '127.0.0.1', service: '5900' },
      remote: { family: 'ipv4', address: '127.0.0.1', service: '40000' },
      authScheme: 'none',
    },
  ],
  ['what is told otherwise', { event: 'STOP', data: {} }, undefined],
  ['a name from the prototype', { event: 'constructor', data: {} }, undefined],
  ['what a guest makes up', { event: 'RTC_CHANGE', data: { offset: 'soon' } }, { what: 'rtcchanged', detail: '0', offsetSeconds: 0 }],
])('%s', (_, event, told) => expect(toldOf(event, named)).toEqual(told));
