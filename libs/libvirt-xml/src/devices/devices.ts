import { child, children } from '../model/field.js';
import { element, leaf, type FieldsValue } from '../model/element.js';
import { filled } from '../model/scalar.js';
import { fault, xmlError, type Place } from '../model/place.js';
import { audio } from './audio.js';
import { channel, consoleDevice, parallel, serial } from './character-devices.js';
import { controller } from './controller.js';
import { disk } from './disk.js';
import { filesystem } from './filesystem.js';
import { graphics } from './graphics.js';
import { hostdev } from './hostdev.js';
import { hub } from './hub.js';
import { input } from './input.js';
import { netInterface } from './interface/interface.js';
import { iommu } from './iommu.js';
import { lease } from './lease.js';
import { memballoon } from './memballoon.js';
import { memory } from './memory.js';
import { nvram } from './nvram.js';
import { panic } from './panic.js';
import { redirdev, redirfilter } from './redirdev.js';
import { rng } from './rng.js';
import { shmem } from './shmem.js';
import { smartcard } from './smartcard.js';
import { sound } from './sound.js';
import { tpm } from './tpm.js';
import { video } from './video.js';
import { vsock } from './vsock.js';
import { watchdog } from './watchdog.js';

const single = (what: string) => ({ only: (at: Place) => fault(at, 'INTERNAL_ERROR', `only a single ${what} device is supported`) });
const singleXml = (what: string) => ({ only: (at: Place) => xmlError(at, `only a single ${what} device is supported`) });

/** More than a machine has buses for. */
const CONTROLLERS_MAX = 512;

/** Every kind of device, in the order in which libvirt writes them. */
export const deviceFields = {
  emulator: child(leaf(filled)),
  disk: children(disk),
  controller: children(controller, { most: CONTROLLERS_MAX }),
  lease: children(lease),
  filesystem: children(filesystem),
  interface: children(netInterface),
  smartcard: children(smartcard),
  serial: children(serial),
  parallel: children(parallel),
  console: children(consoleDevice),
  channel: children(channel),
  input: children(input),
  tpm: children(tpm),
  graphics: children(graphics),
  sound: children(sound),
  audio: children(audio),
  video: children(video),
  hostdev: children(hostdev),
  redirdev: children(redirdev),
  redirfilter: child(redirfilter, { only: (at) => xmlError(at, 'only one set of redirection filter rule is supported') }),
  hub: children(hub),
  watchdog: child(watchdog, single('watchdog')),
  memballoon: child(memballoon, single('memory balloon')),
  rng: children(rng),
  nvram: child(nvram, single('nvram')),
  panic: children(panic),
  shmem: children(shmem),
  memory: children(memory),
  iommu: child(iommu, singleXml('IOMMU')),
  vsock: child(vsock, singleXml('vsock')),
};

export type DevicesDef = FieldsValue<typeof deviceFields>;
export const devices = element(deviceFields, { paired: true });
