import { Controller, Inject } from '@nestjs/common';
import * as contracts from '@virtbus/contracts';
import { defined, Refusal, type MetadataChange } from '@virtbus/contracts';
import { metadataOf, parseDomain, withMetadata, withPin, type MetadataPart } from '@virtbus/libvirt-xml';
import { Bus, Handle, type MessageContext } from '@virtbus/messaging';
import { ChangeRunner, notLive, type Held } from './change.runner.js';
import { withMaxMemory, withMaxVcpus, withMemory, withLimitedDisk, withTunedInterface, withVcpus } from './core/definition-changes.js';
import { FleetReader } from './fleet.reader.js';
import { StatsReader } from './stats.reader.js';

const SCREENSHOT_MS = 4_500;
const LIVE_MAXIMUM_MEMORY = 'cannot resize the maximum memory on an active domain';
const LIVE_MAXIMUM_VCPUS = "maximum vcpu count of a live domain can't be modified";

@Controller()
export class OperationHandlers {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(FleetReader) private readonly fleet: FleetReader,
    @Inject(StatsReader) private readonly counters: StatsReader,
    @Inject(Bus) private readonly bus: Bus,
  ) {}

  @Handle(contracts.setDomainMemory)
  setMemory(command: contracts.SetDomainMemory, context: MessageContext): Promise<contracts.ObjectId> {
    const { memoryKiB } = command;
    if (command.maximum ?? false) {
      return this.changes.apply(command, { live: notLive(LIVE_MAXIMUM_MEMORY), config: (domain) => withMaxMemory(domain, memoryKiB) });
    }
    return this.changes.apply(command, {
      live: (held) => this.bus.run(contracts.setPlacedMemory, { ...orderOf(held), memoryKiB }, toHost(held, context)),
      config: (domain) => withMemory(domain, memoryKiB),
    });
  }

  @Handle(contracts.setDomainVcpus)
  setVcpus(command: contracts.SetDomainVcpus, context: MessageContext): Promise<contracts.ObjectId> {
    const { vcpus } = command;
    if (command.maximum ?? false) {
      return this.changes.apply(command, { live: notLive(LIVE_MAXIMUM_VCPUS), config: (domain) => withMaxVcpus(domain, vcpus) });
    }
    return this.changes.apply(command, {
      live: (held) => this.bus.run(contracts.setPlacedVcpus, { ...orderOf(held), vcpus }, toHost(held, context)),
      config: (domain) => withVcpus(domain, vcpus),
    });
  }

  @Handle(contracts.tuneInterface)
  tuneInterface(command: contracts.TuneInterface, context: MessageContext): Promise<contracts.ObjectId> {
    const { device, ...tuning } = command.tuning;
    return this.changes.apply(command, {
      live: (held) => this.bus.run(contracts.tunePlacedInterface, { ...orderOf(held), tuning: command.tuning }, toHost(held, context)),
      config: (domain) => withTunedInterface(domain, device, tuning),
    });
  }

  @Handle(contracts.tuneDisk)
  tuneDisk(command: contracts.TuneDisk, context: MessageContext): Promise<contracts.ObjectId> {
    const { tuning } = command;
    const { disk: detail, limits } = tuning;
    return this.changes.apply(command, {
      live: async (held) => {
        await this.bus.run(contracts.tunePlacedDisk, { ...orderOf(held), tuning }, toHost(held, context));
        await this.bus.publish(contracts.diskTuned, { ...happeningTo(held, detail), limits }, once(held, context, 'disktuned'));
      },
      config: (domain) => withLimitedDisk(domain, detail, limits),
    });
  }

  @Handle(contracts.pinThread)
  pinThread(command: contracts.PinThread, context: MessageContext): Promise<contracts.ObjectId> {
    const { pin } = command;
    return this.changes.apply(command, {
      live: async (held) => {
        await this.bus.run(contracts.pinPlacedThread, { ...orderOf(held), pin }, toHost(held, context));
        const detail = pin.vcpu === undefined ? 'emulatorpin' : `vcpupin${pin.vcpu}`;
        const happening = { ...happeningTo(held, detail), cpuset: pin.cpuset };
        await this.bus.publish(contracts.threadPinned, happening, once(held, context, 'threadpinned'));
      },
      config: (domain) => withPin(domain, pin, 'persistent'),
    });
  }

  @Handle(contracts.setDomainMetadata)
  async setMetadata(command: contracts.SetDomainMetadata, context: MessageContext): Promise<contracts.ObjectId> {
    const { metadata } = command;
    const part = partOf(metadata);
    const changed = await this.changes.apply(command, {
      live: (held) => this.bus.run(contracts.setPlacedMetadata, { ...orderOf(held), metadata }, toHost(held, context)),
      config: (domain) => withMetadata(domain, { ...part, ...defined({ value: metadata.value, key: metadata.key }) }),
    });
    const happening = { ...happeningTo(changed, metadata.kind), ...defined({ uri: metadata.uri }) };
    await this.bus.publish(contracts.metadataChanged, happening, once(changed, context, 'metadata'));
    return changed;
  }

  @Handle(contracts.getDomainMetadata)
  async metadata(question: contracts.DomainMetadataQuestion): Promise<contracts.DomainMetadata> {
    const { config = false, live = false, domain } = question;
    if (live && (await this.fleet.domain(domain)).hostId === undefined) {
      throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    }
    const xml = await this.fleet.domainXml(domain, config);
    const value = metadataOf(parseDomain(xml, { flavour: config ? 'inactive' : 'live' }), partOf(question));
    if (value === undefined) throw new Refusal('no_domain_metadata', `metadata not found: ${missing[question.kind]}`);
    return { value };
  }

  @Handle(contracts.getDomainStats)
  async stats({ domains, groups, after }: contracts.DomainStatsQuestion): Promise<contracts.DomainStatsPage> {
    if (!domains) return this.counters.page(groups, after);
    return { records: await this.counters.stats(domains, groups) };
  }

  @Handle(contracts.takeScreenshot)
  async screenshot({ domain, ...question }: contracts.ScreenshotQuestion): Promise<contracts.Screenshot> {
    const { uuid, hostId } = await this.fleet.domain(domain);
    if (hostId === undefined) throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    return this.bus.request(contracts.takeHostScreenshot, { ...question, uuid }, { tokens: { hostId }, timeoutMs: SCREENSHOT_MS });
  }
}

const missing: Readonly<Record<MetadataChange['kind'], string>> = {
  title: 'Requested title element is not present',
  description: 'Requested description element is not present',
  element: 'Requested metadata element is not present',
};

/** @throws Refusal invalid_argument for an element without a namespace */
function partOf({ kind, uri }: Pick<MetadataChange, 'kind' | 'uri'>): MetadataPart {
  if (kind !== 'element') return { kind };
  if (uri === undefined) throw new Refusal('invalid_argument', 'invalid argument: a metadata element needs the uri of its namespace');
  return { kind, uri };
}

const happeningTo = <D extends string>({ uuid, name }: contracts.ObjectId, detail: D) => ({
  uuid,
  name,
  detail,
  at: new Date().toISOString(),
});

/** An event of a command's: delivered twice, the command tells of it once. */
const once = ({ uuid }: contracts.ObjectId, { commandId }: MessageContext, what: string) => ({
  tokens: { uuid },
  id: `${commandId}.${what}`,
  causedBy: commandId,
});

const orderOf = ({ uuid, name, epoch }: Held) => ({ uuid, name, epoch });

/** The host's part of a command: delivered twice it is one. */
const toHost = ({ hostId }: Held, context: MessageContext) => ({
  id: `${context.commandId}.live`,
  tokens: { hostId },
  ...(context.deadline ? { deadline: context.deadline } : {}),
});
