/** Where the guest's sound goes to on the host. */
import type { JsonObject } from '../argv/json.js';
import { audiodev, type Argv } from '../argv/options.js';
import type { Builder, Context } from '../context.js';
import type { Audio } from '../domain-parts.js';

const drivers: Readonly<Record<Audio['type'], string>> = {
  none: 'none',
  alsa: 'alsa',
  coreaudio: 'coreaudio',
  jack: 'jack',
  oss: 'oss',
  pulseaudio: 'pa',
  sdl: 'sdl',
  spice: 'spice',
  file: 'wav',
  dbus: 'dbus',
};

export const audios: Builder = ({ domain }) => domain.devices.audio.flatMap(audio);

function audio(one: Audio): Argv {
  return audiodev({
    id: `audio${one.id}`,
    driver: drivers[one.type],
    'timer-period': one.timerPeriod,
    ...typeProps(one),
    in: stream(one.input),
    out: stream(one.output),
  });
}

function typeProps(one: Audio): JsonObject {
  switch (one.type) {
    case 'pulseaudio':
      return { server: one.serverName };
    case 'oss':
      return { 'try-mmap': one.tryMMap, exclusive: one.exclusive, 'dsp-policy': one.dspPolicy };
    case 'file':
      return { path: one.path };
    default:
      return {};
  }
}

type Stream = NonNullable<Audio['input']>;

function stream(given: Stream | undefined): JsonObject | undefined {
  if (!given) return undefined;
  const { mixingEngine, fixedSettings, voices, bufferLength, settings } = given;
  return {
    'mixing-engine': mixingEngine,
    'fixed-settings': fixedSettings,
    voices,
    'buffer-length': bufferLength,
    frequency: settings?.frequency,
    channels: settings?.channels,
    format: settings?.format,
    ...backendProps(given),
  };
}

/** Settings that only some backends have, under QEMU's names. */
const backendNames: Readonly<Record<string, string>> = {
  dev: 'dev',
  bufferCount: 'buffer-count',
  tryPoll: 'try-poll',
  name: 'name',
  streamName: 'stream-name',
  latency: 'latency',
  serverName: 'server-name',
  clientName: 'client-name',
  connectPorts: 'connect-ports',
  exactName: 'exact-name',
};

function backendProps(given: Stream): JsonObject {
  const entries = Object.entries(given).flatMap(([name, value]): [string, string | number | boolean][] => {
    const option = backendNames[name];
    return option === undefined || typeof value === 'object' ? [] : [[option, value]];
  });
  return Object.fromEntries(entries);
}

/** The audio device that something plays to: the one it names, or the first. */
export function audioIdOf({ domain }: Context, wanted: number | undefined): string | undefined {
  const found = wanted ?? domain.devices.audio[0]?.id;
  return found === undefined ? undefined : `audio${found}`;
}
