import { device, type Argv } from '../argv/options.js';
import { chardevArgs, chardevId } from '../chardev/chardev.js';
import { aliasOf, placed, type Builder, type Context } from '../context.js';
import type { Smartcard } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

export const smartcards: Builder = (context) =>
  placed('smartcard', context.domain.devices.smartcard).flatMap(({ device: one, at }, index) => {
    if (index > 0) throw unsupported(at, 'QEMU has one smartcard reader, not several');
    return smartcard(context, one, at);
  });

const DEFAULT_DATABASE = '/etc/pki/nssdb';

function smartcard(context: Context, one: Smartcard, at: string): Argv {
  const id = aliasOf(one, at);
  const place = addressProps(context, one, at);
  switch (one.mode) {
    case 'host':
      return device({ driver: 'ccid-card-emulated', backend: 'nss-emulated', id, ...place });
    case 'host-certificates': {
      const [cert1, cert2, cert3] = one.certificate;
      return device({
        driver: 'ccid-card-emulated',
        backend: 'certificates',
        cert1,
        cert2,
        cert3,
        db: one.database ?? DEFAULT_DATABASE,
        id,
        ...place,
      });
    }
    default: {
      if (!one.chardev) throw unsupported(at, 'a smartcard of mode passthrough needs a character device');
      const chardev = chardevId(id);
      const end = chardevArgs(context, one.chardev, { id: chardev, alias: id, spiceName: 'smartcard', at });
      return [...end, ...device({ driver: 'ccid-card-passthru', chardev, id, ...place })];
    }
  }
}
