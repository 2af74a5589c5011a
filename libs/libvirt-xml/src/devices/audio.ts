import { attr, byTag, child } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, uint, yesNo } from '../model/scalar.js';

const types = ['none', 'alsa', 'coreaudio', 'jack', 'oss', 'pulseaudio', 'sdl', 'spice', 'file', 'dbus'] as const;

const settings = child(
  element(
    {
      frequency: attr(uint(), { blank: [0] }),
      channels: attr(uint(), { blank: [0] }),
      format: attr(oneOf('s8', 'u8', 's16', 'u16', 's32', 'u32', 'f32')),
    },
    { emptyIsAbsent: true },
  ),
);

const common = {
  mixingEngine: attr(yesNo),
  fixedSettings: attr(yesNo),
  voices: attr(uint(), { blank: [0] }),
  bufferLength: attr(uint(), { blank: [0] }),
};
const bufferCount = attr(uint(), { blank: [0] });
const quiet = { emptyIsAbsent: true } as const;

const stream = byTag({
  none: child(element({ ...common, settings }, quiet)),
  alsa: child(element({ ...common, dev: attr(filled), settings }, quiet)),
  coreaudio: child(element({ ...common, bufferCount, settings }, quiet)),
  jack: child(
    element(
      { ...common, serverName: attr(filled), clientName: attr(filled), connectPorts: attr(filled), exactName: attr(yesNo), settings },
      quiet,
    ),
  ),
  oss: child(element({ ...common, dev: attr(filled), bufferCount, tryPoll: attr(yesNo), settings }, quiet)),
  pulseaudio: child(
    element({ ...common, name: attr(filled), streamName: attr(filled), latency: attr(uint(), { blank: [0] }), settings }, quiet),
  ),
  sdl: child(element({ ...common, bufferCount, settings }, quiet)),
  spice: child(element({ ...common, settings }, quiet)),
  file: child(element({ ...common, settings }, quiet)),
  dbus: child(element({ ...common, settings }, quiet)),
});

const fields = {
  id: attr(uint({ min: 1 }), { required: true }),
  type: attr(oneOf(...types), { required: true }),
  timerPeriod: attr(uint(), { blank: [0] }),
  serverName: byTag({ pulseaudio: attr(filled) }),
  driver: byTag({ sdl: attr(oneOf('esd', 'alsa', 'arts', 'pulseaudio')) }),
  path: byTag({ file: attr(filled) }),
  tryMMap: byTag({ oss: attr(yesNo) }),
  exclusive: byTag({ oss: attr(yesNo) }),
  dspPolicy: byTag({ oss: attr(uint()) }),
  input: stream,
  output: stream,
};

export type AudioDef = TaggedValue<typeof fields, 'type'>;
/** Where the guest's sound goes to on the host. */
export const audio = tagged('type', fields);
