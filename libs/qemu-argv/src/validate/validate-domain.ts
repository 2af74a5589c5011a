import type { DomainDef } from '@virtbus/libvirt-xml';
import { addressChecks, diskAddress, hiddenRom } from './address-checks.js';
import { bootChecks } from './boot-checks.js';
import { channelChecks, consoleChecks, redirdevChecks, serialChecks, smartcardChecks } from './character-checks.js';
import { controllerChecks } from './controller-checks.js';
import {
  deviceSetChecks,
  filesystemChecks,
  hostdevChecks,
  inputChecks,
  interfaceChecks,
  shmemChecks,
  soundChecks,
  tpmChecks,
} from './device-checks.js';
import { diskChecks } from './disk-checks.js';
import { featureChecks } from './feature-checks.js';
import { checkDevices, settle } from './finding.js';
import { firmwareChecks } from './firmware-checks.js';
import { memoryChecks, moduleChecks } from './memory-checks.js';
import { processorChecks } from './processor-checks.js';
import { audioChecks, graphicsChecks, videoChecks } from './screen-checks.js';

const domainChecks = [
  ...bootChecks,
  ...firmwareChecks,
  ...featureChecks,
  ...processorChecks,
  ...memoryChecks,
  ...addressChecks,
  ...deviceSetChecks,
];

/**
 * What QEMU could never start, whatever the host: contradictions within a definition, and features of other machines. For a definition
 * as its user gave it, with defaults assigned; one that was prepared already holds answers to what is asked for here.
 * @throws LibvirtError with libvirt's number and the path of the element at fault
 */
export function validateDomain(domain: DomainDef): void {
  for (const check of domainChecks) settle(check(domain), '/domain');
  const { devices } = domain;
  checkDevices(domain, 'disk', devices.disk, [diskAddress, ...diskChecks]);
  checkDevices(domain, 'controller', devices.controller, controllerChecks);
  checkDevices(domain, 'interface', devices.interface, [hiddenRom, ...interfaceChecks]);
  checkDevices(domain, 'hostdev', devices.hostdev, [hiddenRom, ...hostdevChecks]);
  checkDevices(domain, 'filesystem', devices.filesystem, filesystemChecks);
  checkDevices(domain, 'memory', devices.memory, moduleChecks);
  checkDevices(domain, 'serial', devices.serial, serialChecks);
  checkDevices(domain, 'console', devices.console, consoleChecks);
  checkDevices(domain, 'channel', devices.channel, channelChecks);
  checkDevices(domain, 'redirdev', devices.redirdev, redirdevChecks);
  checkDevices(domain, 'smartcard', devices.smartcard, smartcardChecks);
  checkDevices(domain, 'graphics', devices.graphics, graphicsChecks);
  checkDevices(domain, 'audio', devices.audio, audioChecks);
  checkDevices(domain, 'video', devices.video, videoChecks);
  checkDevices(domain, 'input', devices.input, inputChecks);
  checkDevices(domain, 'sound', devices.sound, soundChecks);
  checkDevices(domain, 'tpm', devices.tpm, tpmChecks);
  checkDevices(domain, 'shmem', devices.shmem, shmemChecks);
}
