import { attr, byTag, child, forTags } from '../../model/field.js';
import { element, type ValueOf } from '../../model/element.js';
import { oneOf, onOff, uint } from '../../model/scalar.js';
import { virtioOptions } from '../../shared/device-info.js';
import { interfaceTypes } from './type.js';

const offloads = { csum: attr(onOff), tso4: attr(onOff), tso6: attr(onOff), ecn: attr(onOff), ufo: attr(onOff) };

const host = element(
  {
    csum: attr(onOff),
    gso: attr(onOff),
    tso4: attr(onOff),
    tso6: attr(onOff),
    ecn: attr(onOff),
    ufo: attr(onOff),
    mrgRxbuf: attr(onOff, { xml: 'mrg_rxbuf' }),
  },
  { emptyIsAbsent: true },
);

const driver = element(
  {
    name: attr(oneOf('qemu', 'vhost')),
    txmode: attr(oneOf('iothread', 'timer')),
    ioeventfd: attr(onOff),
    eventIdx: attr(onOff, { xml: 'event_idx' }),
    queues: attr(uint(), { blank: [0, 1] }),
    rxQueueSize: attr(uint(), { xml: 'rx_queue_size', blank: [0] }),
    txQueueSize: attr(uint(), { xml: 'tx_queue_size', blank: [0] }),
    rss: attr(onOff),
    rssHashReport: attr(onOff, { xml: 'rss_hash_report' }),
    ...virtioOptions,
    host: child(host, { doc: 'What the host does for packets to the guest.' }),
    guest: child(element(offloads, { emptyIsAbsent: true }), { doc: 'What the guest may leave to the host.' }),
  },
  { emptyIsAbsent: true, doc: 'Tuning of virtio network cards.' },
);

export type InterfaceDriver = ValueOf<typeof driver>;

export const interfaceDriver = forTags(
  interfaceTypes.filter((type) => type !== 'hostdev'),
  child(driver),
);

/** How a host device is assigned; written before `<source>`. */
export const interfaceAssignment = byTag({
  hostdev: child(element({ name: attr(oneOf('kvm', 'vfio', 'xen')) }, { emptyIsAbsent: true }), { xml: 'driver' }),
});
