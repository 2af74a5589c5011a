import { Refusal, type DomainHappening, type DomainRecord, type DomainState } from '@virtbus/contracts';
import { formatDomain, parseDomain, type DomainDef } from '@virtbus/libvirt-xml';
import { currentState } from '../../core/summaries.js';
import { host } from './fixture-table.js';
import type { memoryViews } from './memory-view.js';

type Views = ReturnType<typeof memoryViews>;
type State = Pick<DomainState, 'state' | 'reason'>;
export type Happened = (what: string, happening: DomainHappening) => void;

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

interface StartOptions {
  readonly paused?: boolean;
  readonly reason?: 'booted' | 'unknown';
}

/** Guests that are nothing but their state. What a real host reports, this one writes to the views itself. */
export class SimulatedHypervisor {
  private lastId = 0;

  constructor(
    private readonly views: Views,
    private readonly now: () => string,
    private readonly happened: Happened,
  ) {}

  isActive(uuid: string): boolean {
    const record = this.views.domains.get({ uuid })?.value;
    return record !== undefined && this.stateOf(record).state !== 'shutoff';
  }

  /** @throws Refusal operation_invalid */
  start(record: DomainRecord, { paused = false, reason = 'booted' }: StartOptions = {}): void {
    if (this.isActive(record.uuid)) throw invalid('domain is already running');
    const { uuid, name } = record;
    const epoch = (this.views.placements.get({ uuid })?.value.epoch ?? 0) + 1;
    this.views.placements.put({ uuid }, { uuid, epoch, hostId: host.hostId, commandId: `simulated-${epoch}` });
    this.lastId += 1;
    const state: State = paused ? { state: 'paused', reason: 'user' } : { state: 'running', reason };
    this.put(record, { ...state, epoch, id: this.lastId, xml: liveXml(record, this.lastId) });
    this.tell('started', { uuid, name, detail: 'booted' });
    if (paused) this.tell('suspended', { uuid, name, detail: 'paused' });
  }

  /** @throws Refusal operation_invalid */
  stop(record: DomainRecord, how: 'shutdown' | 'destroyed'): void {
    const { uuid, name } = record;
    const { epoch, commandId } = this.placementOf(record);
    this.views.placements.put({ uuid }, { uuid, epoch, commandId });
    this.put(record, { state: 'shutoff', reason: how, epoch });
    this.tell('stopped', { uuid, name, detail: how });
  }

  /** @throws Refusal operation_invalid */
  suspend(record: DomainRecord): void {
    this.change(record, { state: 'paused', reason: 'user' }, { what: 'suspended', detail: 'paused' });
  }

  /** @throws Refusal operation_invalid */
  resume(record: DomainRecord): void {
    this.change(record, { state: 'running', reason: 'unpaused' }, { what: 'resumed', detail: 'unpaused' });
  }

  /** @throws Refusal operation_invalid */
  reboot(record: DomainRecord): void {
    this.placementOf(record);
    this.tell('rebooted', { uuid: record.uuid, name: record.name, detail: 'reset' });
  }

  /** What a guest does not notice that is nothing but its state. @throws Refusal operation_invalid */
  poke(record: DomainRecord): void {
    this.placementOf(record);
  }

  /** Changes what runs. @throws Refusal operation_invalid, and what the edit refuses */
  edit(record: DomainRecord, change: (live: DomainDef) => DomainDef): void {
    this.placementOf(record);
    const { uuid } = record;
    const state = this.views.states.get({ uuid })?.value;
    if (state?.xml === undefined) return;
    const live = change(parseDomain(state.xml, { flavour: 'live' }));
    this.views.states.put({ uuid }, { ...state, xml: formatDomain(live, { flavour: 'live' }) });
  }

  private change(record: DomainRecord, to: State, told: { readonly what: string; readonly detail: string }): void {
    const { epoch } = this.placementOf(record);
    const { uuid, name } = record;
    if (this.stateOf(record).state === to.state) return;
    const { id, xml } = this.views.states.get({ uuid })?.value ?? {};
    this.put(record, { ...to, epoch, ...(id === undefined ? {} : { id }), ...(xml === undefined ? {} : { xml }) });
    this.tell(told.what, { uuid, name, detail: told.detail });
  }

  private placementOf(record: DomainRecord): { readonly epoch: number; readonly commandId: string } {
    const placement = this.views.placements.get({ uuid: record.uuid })?.value;
    if (!placement || !this.isActive(record.uuid)) throw invalid('domain is not running');
    return placement;
  }

  private stateOf(record: DomainRecord): State {
    const { uuid } = record;
    const [placement, state] = [this.views.placements.get({ uuid })?.value, this.views.states.get({ uuid })?.value];
    return currentState({ record, placement, state });
  }

  private put({ uuid, name }: DomainRecord, state: State & Pick<DomainState, 'epoch' | 'id' | 'xml'>): void {
    this.views.states.put({ uuid }, { uuid, name, hostId: host.hostId, since: this.now(), interfaces: [], ...state });
  }

  private tell(what: string, happening: Pick<DomainHappening, 'uuid' | 'name' | 'detail'>): void {
    this.happened(what, { ...happening, at: this.now(), hostId: host.hostId });
  }
}

const liveXml = ({ xml }: DomainRecord, id: number): string => formatDomain({ ...parseDomain(xml), id }, { flavour: 'live' });
