import type { DomainDef } from '@virtbus/libvirt-xml';

/** Variables that a domain asks QEMU's environment to have, beside the host's own. */
export function environmentOf({ devices, clock, qemuCommandline }: DomainDef): Readonly<Record<string, string>> {
  const window = devices.graphics.find((one) => one.type === 'sdl');
  const player = devices.audio.find((one) => one.type === 'sdl');
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['TZ', clock.offset === 'timezone' ? clock.timezone : undefined],
    ['SDL_AUDIODRIVER', player?.driver],
    ['XAUTHORITY', window?.xauth],
    ['DISPLAY', window?.display],
    ...(qemuCommandline?.env ?? []).map(({ name, value }) => [name, value ?? ''] as const),
  ];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
