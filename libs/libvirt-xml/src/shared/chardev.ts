/** The host's end of a character device: serial ports, consoles, channels and whatever else talks in bytes. */
import { attr, byTag, child, children } from '../model/field.js';
import { element, tagged } from '../model/element.js';
import { filled, oneOf, onOff, text, uint, yesNo } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { deviceSeclabels } from './seclabel.js';

const types = [
  'null',
  'vc',
  'pty',
  'dev',
  'file',
  'pipe',
  'stdio',
  'udp',
  'tcp',
  'unix',
  'spicevmc',
  'spiceport',
  'nmdm',
  'qemu-vdagent',
  'dbus',
] as const;

/** Which kind of host end: the tag of every character device. */
export const chardevType = attr(oneOf(...types), {
  fallback: 'pty',
  invalid: (given, at) => unsupported(at, `unknown type presented to host for character device: ${given}`),
});

const missing = (what: string) => (at: Place) => fault(at, 'INTERNAL_ERROR', `Missing source ${what} attribute for char device`);
const noChannel = (at: Place) => unsupported(at, 'Missing source channel attribute for char device');

export const reconnect = child(
  element(
    { enabled: attr(yesNo, { required: true }), timeout: attr(uint()) },
    {
      doc: 'Whether a lost connection is made again, and after how many seconds.',
      refine: (value, at) => {
        if (value.enabled && value.timeout === undefined) throw xmlError(at, "missing 'timeout' for chardev with reconnect enabled");
        return value.enabled ? value : { enabled: false };
      },
    },
  ),
);

const mode = attr(oneOf('connect', 'bind'), { fallback: 'connect' });
const path = attr(filled, { required: missing('path') });

const udp = element({ mode, host: attr(filled), service: attr(filled) });

const tcp = element({
  mode,
  host: attr(filled, { required: missing('host') }),
  service: attr(filled, { required: missing('service') }),
  tls: attr(yesNo),
  reconnect,
});

const unix = element(
  { mode, path: attr(filled), reconnect, seclabel: deviceSeclabels },
  { refine: (value) => (value.path === undefined ? undefined : value) },
);

const vdagent = element(
  {
    clipboard: child(element({ copypaste: attr(yesNo, { required: true }) })),
    mouse: child(element({ mode: attr(oneOf('client', 'server'), { required: true }) })),
  },
  { emptyIsAbsent: true },
);

const source = byTag({
  pty: child(element({ path: attr(filled, { live: true }), seclabel: deviceSeclabels }, { emptyIsAbsent: true })),
  dev: child(element({ path, seclabel: deviceSeclabels }), { required: missing('path') }),
  file: child(element({ path, append: attr(onOff), seclabel: deviceSeclabels }), { required: missing('path') }),
  pipe: child(element({ path, seclabel: deviceSeclabels }), { required: missing('path') }),
  udp: children(udp, { order: (a, b) => a.mode.localeCompare(b.mode) }),
  tcp: child(tcp, { required: missing('host') }),
  unix: child(unix),
  spiceport: child(element({ channel: attr(filled, { required: noChannel }) }), { required: noChannel }),
  nmdm: child(element({ master: attr(filled, { required: missing('master') }), slave: attr(filled, { required: missing('slave') }) }), {
    required: missing('master'),
  }),
  'qemu-vdagent': child(vdagent),
  dbus: child(element({ channel: attr(filled, { required: noChannel }) }), { required: noChannel }),
});

const protocol = byTag({
  tcp: child(
    element({
      type: attr(oneOf('raw', 'telnet', 'telnets', 'tls'), {
        fallback: 'raw',
        invalid: (given, at) => unsupported(at, `Unknown protocol '${given}'`),
      }),
    }),
    { fallback: { type: 'raw' } },
  ),
});

const log = child(element({ file: attr(text, { required: true }), append: attr(onOff) }), { doc: 'File that keeps a copy of the output.' });

/** Fields of a device whose tag is `chardevType`. */
export const chardevFields = { source, protocol, log };

/** The host's end where it is an element of its own, as the backend of another device. */
export const chardevBackend = tagged('type', { type: chardevType, ...chardevFields });
