import { device } from '../argv/options.js';
import { aliasOf, type Builder } from '../context.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

/** Lets the host take memory back while the guest runs. */
export const balloon: Builder = (context) => {
  const { memballoon } = context.domain.devices;
  if (!memballoon || memballoon.model === 'none') return [];
  const at = '/domain/devices/memballoon';
  if (memballoon.model === 'xen') throw unsupported(at, "QEMU has no memory balloon of model 'xen'");
  return device({
    driver: virtioName('virtio-balloon', memballoon),
    ...virtioProps(memballoon.driver),
    id: aliasOf(memballoon, at),
    'deflate-on-oom': memballoon.autodeflate,
    'free-page-reporting': memballoon.freePageReporting,
    ...addressProps(context, memballoon, at),
  });
};
