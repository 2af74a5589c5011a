import * as contracts from '@virtbus/contracts';
import { defined, type DomainChange, type ObjectId } from '@virtbus/contracts';
import { withMetadata, withPin, type DomainDef, type MetadataPart } from '@virtbus/libvirt-xml';
import { ChangeRunner, notLive } from '../../change.runner.js';
import { withMaxMemory, withMaxVcpus, withLimitedDisk, withMemory, withTunedInterface, withVcpus } from '../../core/definition-changes.js';
import { readingXml } from '../../core/xml-refusal.js';
import { host } from './fixture-table.js';
import { on, type Carried, type PrivateServices } from './private-services.js';

type Edit = (domain: DomainDef) => DomainDef;

/** Changes of what a guest has: the same edit of what runs, of the definition, or of both. */
export function privateChanges({ domains, hypervisor, tell, now }: PrivateServices): [string, Carried][] {
  const held = async (uuid: string) => (hypervisor.isActive(uuid) ? { hostId: host.hostId, epoch: 1 } : undefined);
  const changes = new ChangeRunner(domains, held);
  const both = (command: DomainChange, config: Edit): Promise<ObjectId> =>
    changes.apply(command, {
      config,
      live: async ({ uuid }) => {
        const record = await domains.record(uuid);
        readingXml(() => hypervisor.edit(record, config));
      },
    });
  const definition = (command: DomainChange, config: Edit, live: string): Promise<ObjectId> =>
    changes.apply(command, { config, live: notLive(live) });
  return [
    on(contracts.setDomainMemory, ({ memoryKiB, maximum = false, ...command }) =>
      maximum
        ? definition(command, (domain) => withMaxMemory(domain, memoryKiB), 'cannot resize the maximum memory on an active domain')
        : both(command, (domain) => withMemory(domain, memoryKiB)),
    ),
    on(contracts.setDomainVcpus, ({ vcpus, maximum = false, ...command }) =>
      maximum
        ? definition(command, (domain) => withMaxVcpus(domain, vcpus), "maximum vcpu count of a live domain can't be modified")
        : both(command, (domain) => withVcpus(domain, vcpus)),
    ),
    on(contracts.tuneInterface, ({ tuning: { device, ...tuning }, ...command }) =>
      both(command, (domain) => withTunedInterface(domain, device, tuning)),
    ),
    on(contracts.tuneDisk, ({ tuning: { disk, limits }, ...command }) => both(command, (domain) => withLimitedDisk(domain, disk, limits))),
    on(contracts.pinThread, ({ pin, ...command }) => both(command, (domain) => withPin(domain, pin, 'live'))),
    on(contracts.setDomainMetadata, async ({ metadata, ...command }) => {
      const { kind, uri, value, key } = metadata;
      const part: MetadataPart = kind === 'element' ? { kind, uri: uri ?? '' } : { kind };
      const changed = await both(command, (domain) => withMetadata(domain, { ...part, ...defined({ value, key }) }));
      tell('domain', 'metadatachanged', Object.assign({ ...changed }, { detail: kind, at: now(), ...defined({ uri }) }));
      return changed;
    }),
  ];
}
