/** What a host is and which guests it can have, as `capabilities` tells it. */
import { attr, child, children, content } from '../model/field.js';
import { element, flag, leaf, sized, type FieldsValue } from '../model/element.js';
import { filled, oneOf, onOff, text, uint, ulong, yesNo } from '../model/scalar.js';
import { uuid } from '../formats/uuid.js';

const pages = element({ unit: attr(text), size: attr(uint(), { required: true }), value: content(ulong) });
const cpu = element({
  arch: child(leaf(text), { required: true }),
  model: child(leaf(text)),
  vendor: child(leaf(text)),
  microcode: child(element({ version: attr(ulong) })),
  signature: child(element({ family: attr(uint()), model: attr(uint()), stepping: attr(uint()) })),
  counter: child(element({ name: attr(text), frequency: attr(ulong), scaling: attr(yesNo) })),
  topology: child(element({ sockets: attr(uint()), dies: attr(uint()), cores: attr(uint()), threads: attr(uint()) })),
  maxphysaddr: child(element({ mode: attr(oneOf('emulate', 'passthrough')), bits: attr(uint()) })),
  feature: children(element({ name: attr(filled, { required: true }) })),
  pages: children(pages),
});

const processor = element({
  id: attr(uint(), { required: true }),
  socket_id: attr(uint()),
  die_id: attr(uint()),
  core_id: attr(uint()),
  siblings: attr(text),
});
const counted = { num: attr(uint(), { required: true }) };
const cell = element({
  id: attr(uint(), { required: true }),
  memory: child(sized({ unit: 'KiB' })),
  pages: children(pages),
  distances: child(element({ sibling: children(element({ id: attr(uint()), value: attr(uint()) })) })),
  cpus: child(element({ ...counted, cpu: children(processor) })),
});

const bank = element({
  id: attr(uint()),
  level: attr(uint()),
  type: attr(oneOf('both', 'code', 'data')),
  size: attr(uint()),
  unit: attr(text),
  cpus: attr(text),
});

const secmodel = element({
  model: child(leaf(text)),
  doi: child(leaf(text)),
  baselabel: children(element({ type: attr(text), value: content(text) })),
});

const host = element({
  uuid: child(leaf(uuid)),
  cpu: child(cpu),
  power_management: child(element({ suspend_mem: child(flag), suspend_disk: child(flag), suspend_hybrid: child(flag) })),
  iommu: child(element({ support: attr(yesNo, { required: true }) })),
  migration_features: child(element({ live: child(flag), uri_transports: child(element({ uri_transport: children(leaf(text)) })) })),
  topology: child(element({ cells: child(element({ ...counted, cell: children(cell) })) })),
  cache: child(element({ bank: children(bank) })),
  secmodel: children(secmodel),
});

const machine = element({ canonical: attr(filled), maxCpus: attr(uint(), { blank: [0] }), deprecated: attr(yesNo), value: content(text) });
const switchable = child(element({ default: attr(onOff), toggle: attr(yesNo) }));
const guest = element({
  os_type: child(leaf(text), { required: true }),
  arch: child(
    element({
      name: attr(filled, { required: true }),
      wordsize: child(leaf(uint())),
      emulator: child(leaf(text)),
      machine: children(machine),
      domain: children(element({ type: attr(oneOf('qemu', 'kvm'), { required: true }) })),
    }),
    { required: true },
  ),
  features: child(
    element({
      pae: child(flag),
      nonpae: child(flag),
      acpi: switchable,
      apic: switchable,
      cpuselection: child(flag),
      deviceboot: child(flag),
      disksnapshot: switchable,
    }),
  ),
});

const fields = { host: child(host, { required: true }), guest: children(guest) };

export type HostCapabilities = FieldsValue<typeof fields>;
export const hostCapabilities = element(fields);
