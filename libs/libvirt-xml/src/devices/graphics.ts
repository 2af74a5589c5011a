import { attr, byTag, child, children, forTags } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, int, oneOf, onOff, text, uint, yesNo, type Scalar } from '../model/scalar.js';
import { fault } from '../model/place.js';
import { tidyListens } from './graphics-listen.js';

const types = ['sdl', 'vnc', 'rdp', 'desktop', 'spice', 'egl-headless', 'dbus'] as const;

const listen = tagged('type', {
  type: attr(oneOf('none', 'address', 'network', 'socket'), { required: true }),
  address: byTag({ address: attr(filled), network: attr(filled, { live: true }) }),
  network: byTag({ network: attr(filled, { required: true }) }),
  socket: byTag({ socket: attr(filled) }),
});

const compression = oneOf('auto', 'never', 'always');

const spiceChannel = element({
  name: attr(oneOf('main', 'display', 'inputs', 'cursor', 'playback', 'record', 'smartcard', 'usbredir'), { required: true }),
  mode: attr(oneOf('any', 'secure', 'insecure'), { required: true }),
});

const ports = ['vnc', 'spice', 'rdp'] as const;
const secret = ['vnc', 'spice'] as const;
const portOf = (what: string) => attr(int(), { invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `cannot parse ${what} port ${given}`) });
const port = byTag({ vnc: portOf('vnc'), spice: portOf('spice'), rdp: portOf('rdp') });

const validTo: Scalar<string> = {
  ...filled,
  label: 'YYYY-MM-DDTHH:MM:SS',
  read: (given) => (/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(given) ? given : undefined),
};

const fields = {
  type: attr(oneOf(...types), { required: true }),
  display: forTags(['sdl', 'desktop'], attr(filled)),
  xauth: byTag({ sdl: attr(filled) }),
  fullscreen: forTags(['sdl', 'desktop'], attr(yesNo, { blank: [false] })),
  port,
  tlsPort: byTag({ spice: portOf('spice tls') }),
  p2p: byTag({ dbus: attr(yesNo, { blank: [false] }) }),
  address: byTag({ dbus: attr(filled) }),
  autoport: forTags(ports, attr(yesNo)),
  websocket: byTag({ vnc: attr(int()) }),
  replaceUser: byTag({ rdp: attr(yesNo, { blank: [false] }) }),
  multiUser: byTag({ rdp: attr(yesNo, { blank: [false] }) }),
  socket: byTag({ vnc: attr(filled) }),
  listenAddress: forTags(ports, attr(text, { xml: 'listen' })),
  keymap: forTags(secret, attr(filled)),
  sharePolicy: byTag({ vnc: attr(oneOf('allow-exclusive', 'force-shared', 'ignore')) }),
  powerControl: byTag({ vnc: attr(yesNo) }),
  defaultMode: byTag({ spice: attr(oneOf('any', 'secure', 'insecure'), { blank: ['any'] }) }),
  passwd: forTags(secret, attr(text, { secret: true })),
  passwdValidTo: forTags(
    secret,
    attr(validTo, {
      invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `cannot parse password validity time '${given}', expect YYYY-MM-DDTHH:MM:SS`),
    }),
  ),
  connected: forTags(secret, attr(oneOf('fail', 'disconnect', 'keep'))),
  listen: forTags(ports, children(listen)),
  channel: byTag({ spice: children(spiceChannel) }),
  image: byTag({
    spice: child(element({ compression: attr(oneOf('auto_glz', 'auto_lz', 'quic', 'glz', 'lz', 'off'), { required: true }) })),
  }),
  jpeg: byTag({ spice: child(element({ compression: attr(compression, { required: true }) })) }),
  zlib: byTag({ spice: child(element({ compression: attr(compression, { required: true }) })) }),
  playback: byTag({ spice: child(element({ compression: attr(onOff, { required: true }) })) }),
  streaming: byTag({ spice: child(element({ mode: attr(oneOf('filter', 'all', 'off'), { required: true }) })) }),
  mouse: byTag({ spice: child(element({ mode: attr(oneOf('server', 'client'), { required: true }) })) }),
  clipboard: byTag({ spice: child(element({ copypaste: attr(yesNo, { required: true }) })) }),
  filetransfer: byTag({ spice: child(element({ enable: attr(yesNo, { required: true }) })) }),
  gl: forTags(
    ['sdl', 'spice', 'egl-headless', 'dbus'],
    child(element({ enable: attr(yesNo), rendernode: attr(filled) }, { emptyIsAbsent: true })),
  ),
  audio: forTags(['vnc', 'dbus'], child(element({ id: attr(uint({ min: 1 }), { required: true }) }))),
};

export type GraphicsDef = TaggedValue<typeof fields, 'type'>;
/** A way to see and use the guest's screen. */
export const graphics = tagged('type', fields, { refine: tidyListens });
