/** Every kind of device, in the order in which libvirt puts them on a command line: guests migrated from it find the same machine. */
import type { Builder } from '../context.js';
import { audios } from './audio.js';
import { channels, consoles, parallels, serials } from './character.js';
import { boardOptions, ccidControllers, controllers } from './controller.js';
import { disks } from './disk.js';
import { filesystems } from './filesystem.js';
import { floppyController } from './floppy-controller.js';
import { graphics } from './graphics.js';
import { hostdevs } from './hostdev.js';
import { inputs } from './input.js';
import { interfaces } from './interface.js';
import { launchSecurity } from './launch-security.js';
import { balloon } from './memballoon.js';
import { memoryModules } from './memory-module.js';
import { redirdevs } from './redirdev.js';
import { rngs } from './rng.js';
import { sharedMemories } from './shmem.js';
import { hubs, iommu, panics, vmcoreinfo, vsock } from './small-devices.js';
import { smartcards } from './smartcard.js';
import { sounds } from './sound.js';
import { tpms } from './tpm.js';
import { videos } from './video.js';
import { watchdog } from './watchdog.js';

export const devicesBeforeBalloon: readonly Builder[] = [
  iommu,
  boardOptions,
  controllers,
  memoryModules,
  hubs,
  ccidControllers,
  floppyController,
  disks,
  filesystems,
  interfaces,
  smartcards,
  serials,
  parallels,
  channels,
  consoles,
  tpms,
  inputs,
  audios,
  graphics,
  videos,
  sounds,
  watchdog,
  redirdevs,
  hostdevs,
];

export const devicesFromBalloon: readonly Builder[] = [balloon, rngs, vmcoreinfo, launchSecurity];

/** Behind the words of an administrator and the sandbox. */
export const devicesLast: readonly Builder[] = [panics, sharedMemories, vsock];
