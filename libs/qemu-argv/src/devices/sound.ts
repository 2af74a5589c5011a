/** Sound cards of the guest. */
import { device, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Sound } from '../domain-parts.js';
import { refuse, unsupported } from '../refusal.js';
import { audioIdOf } from './audio.js';
import { addressProps } from './device-address.js';

const drivers: Readonly<Record<Sound['model'], string | undefined>> = {
  es1370: 'ES1370',
  sb16: 'sb16',
  ac97: 'AC97',
  usb: 'usb-audio',
  ich6: 'intel-hda',
  ich9: 'ich9-intel-hda',
  ich7: undefined,
  pcspk: undefined,
};

export const sounds: Builder = (context) => each('sound', context.domain.devices.sound, (one, at) => sound(context, one, at));

function sound(context: Context, one: Sound, at: string): Argv {
  const audio = audioIdOf(context, one.audio?.id);
  if (audio === undefined) throw refuse('INTERNAL_ERROR', at, 'there is no audio that the sound card plays to');
  // The speaker is on the board: it is only told where to play.
  if (one.model === 'pcspk') return ['-machine', `pcspk-audiodev=${audio}`];
  const driver = drivers[one.model];
  if (driver === undefined) throw unsupported(`${at}/@model`, `QEMU has no sound card of model '${one.model}'`);
  const id = aliasOf(one, at);
  const place = addressProps(context, one, at);
  if (!hasCodecs(one)) return device({ driver, id, audiodev: audio, multi: one.multichannel, ...place });
  return [...device({ driver, id, ...place }), ...codecsOf(one).flatMap(({ type }, cad) => codec({ id, type, cad, audio }))];
}

const hasCodecs = ({ model }: Sound): boolean => model === 'ich6' || model === 'ich9';

type Codec = Sound['codec'][number];

const codecsOf = ({ codec: given }: Sound): readonly Codec[] => (given.length > 0 ? given : [{ type: 'duplex' }]);

interface CodecPlace {
  readonly id: string;
  readonly type: Codec['type'];
  readonly cad: number;
  readonly audio: string;
}

const codec = ({ id, type, cad, audio }: CodecPlace): Argv =>
  device({ driver: `hda-${type}`, id: `${id}-codec${cad}`, bus: `${id}.0`, cad, audiodev: audio });
