/** QEMU processes in memory, for tests of what runs them: a monitor that answers at once, and an end that the test decides. */
import { QmpError, type Monitor, type QmpEvent, type RunState } from '@virtbus/qmp';
import type { AdoptRequest, Adoption, DestroyOutcome, LaunchRequest, Qemus, QemuEnd, RunningQemu } from './qemu/qemu.js';

type Listener = (event: QmpEvent) => unknown;

export class FakeQemu {
  readonly executed: string[] = [];
  /** What came with each command that was given something, as the last one of its name had it. */
  readonly given = new Map<string, object>();
  /** Commands that are refused, with what QEMU says. */
  readonly refusals = new Map<string, string>();
  readonly devices = new Set<string>();
  readonly netdevs = new Set<string>();
  /** Images, by their names, with what each stands on. */
  readonly nodes = new Map<string, string | undefined>();
  readonly objects = new Set<string>();
  readonly chardevs = new Set<string>();
  /** The image that each drive shows. */
  readonly drives = new Map<string, string>();
  /** Descriptors that it was given to open, by the number of their set: whose they are. */
  readonly fdSets = new Map<number, string>();
  /** What `query-rx-filter` answers. */
  rxFilter: unknown = [];
  /** What the guest does when it is asked to let a device go. */
  onEject: 'lets go' | 'refuses' | 'ignores it' = 'lets go';
  readonly ended: Promise<QemuEnd>;
  /** Call it to lose the monitor while the process goes on. */
  loseMonitor: () => void = () => undefined;
  private readonly closed = new Promise<void>((resolve) => (this.loseMonitor = resolve));
  private readonly listeners: Listener[] = [];
  private settle: (end: QemuEnd) => void = () => undefined;
  private shutdown: QemuEnd['shutdown'];
  private over = false;
  private destroyed = false;

  constructor(
    readonly uuid: string,
    readonly pid: number,
    public runState: RunState = 'prelaunch',
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  /** A handle on it, as `launch` and `adopt` give one: once released it hears and tells nothing any more. */
  asRunning(): RunningQemu {
    let released = false;
    const hear = (listener: Listener): (() => void) => {
      let over = false;
      this.listeners.push((event) => released || over || listener(event));
      return () => void (over = true);
    };
    const monitor = {
      closed: this.closed,
      execute: (command: string, given?: object) => this.execute(command, given),
      executeWithDescriptors: (command: string, _: readonly number[], given?: object) => this.execute(command, given),
      call: (command: string, given?: object) => this.execute(command, given),
      onEvent: hear,
      on: (name: string, listener: Listener) => hear((event) => event.event === name && listener(event)),
    };
    return {
      pid: this.pid,
      startTime: 7,
      uuid: this.uuid,
      ended: this.ended.then((end) => (released ? new Promise<QemuEnd>(() => undefined) : end)),
      monitor: monitor as unknown as Monitor,
      destroy: () => this.destroy(),
      terminate: () => this.end(),
      release: () => void (released = true),
    };
  }

  tell(event: string, data: Readonly<Record<string, unknown>> = {}): void {
    if (event === 'SHUTDOWN') this.shutdown ??= data as unknown as NonNullable<QemuEnd['shutdown']>;
    for (const listener of this.listeners) listener({ event, data, timestamp: { seconds: 0, microseconds: 0 } });
  }

  /** The process is gone; without a SHUTDOWN before, it has crashed. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.settle({ destroyed: this.destroyed, lastWords: '', ...(this.shutdown ? { shutdown: this.shutdown } : {}) });
  }

  private async destroy(): Promise<DestroyOutcome> {
    this.destroyed = !this.over;
    if (!this.over) this.tell('SHUTDOWN', { guest: false, reason: 'host-signal' });
    this.end();
    return { type: 'ended', end: await this.ended, forced: false };
  }

  private async execute(command: string, given: object = {}): Promise<unknown> {
    this.executed.push(command);
    this.given.set(command, given);
    const refused = this.refusals.get(command);
    if (refused !== undefined) throw new QmpError(command, 'GenericError', refused);
    if (command === 'stop') this.become('paused', 'STOP');
    if (command === 'cont') this.become('running', 'RESUME');
    return this.answers[command]?.('id' in given ? String(given.id) : '', given) ?? {};
  }

  private readonly answers: Readonly<Record<string, (id: string, given: object) => unknown>> = {
    'add-fd': (_, given) => this.addSet(given),
    'remove-fd': (_, given) => void ('fdset-id' in given && this.fdSets.delete(Number(given['fdset-id']))),
    'query-rx-filter': () => this.rxFilter,
    'query-status': () => ({ status: this.runState, running: this.runState === 'running' }),
    'qom-list': (_, given) =>
      [...(textOf(given, 'path') === '/objects' ? this.objects : this.devices)].map((name) => ({ name, type: 'child<device>' })),
    device_add: (id, given) => this.addDevice(id, given),
    'blockdev-add': (_, given) => void this.nodes.set(textOf(given, 'node-name') ?? '', textOf(given, 'file')),
    'blockdev-del': (_, given) => this.removeNode(textOf(given, 'node-name') ?? ''),
    'query-named-block-nodes': () => [...this.nodes.keys()].map((name) => ({ 'node-name': name })),
    'blockdev-remove-medium': (id) => void this.drives.delete(id),
    'blockdev-insert-medium': (id, given) => void this.drives.set(id, textOf(given, 'node-name') ?? ''),
    'object-add': (id) => void this.objects.add(id),
    'object-del': (id) => {
      if (!this.objects.delete(id)) throw new QmpError('object-del', 'GenericError', `object '${id}' not found`);
    },
    device_del: (id) => this.eject(id),
    'query-fdsets': () => [...this.fdSets].map(([set, opaque]) => ({ 'fdset-id': set, fds: [{ fd: 90 + set, opaque }] })),
    netdev_add: (id) => void this.netdevs.add(id),
    netdev_del: (id) => {
      if (!this.netdevs.delete(id)) throw new QmpError('netdev_del', 'DeviceNotFound', `Device '${id}' not found`);
    },
    'chardev-add': (id) => void this.chardevs.add(id),
    'chardev-remove': (id) => {
      if (!this.chardevs.delete(id)) throw new QmpError('chardev-remove', 'GenericError', `Chardev '${id}' not found`);
    },
    'query-memory-devices': () =>
      [...this.devices].filter((id) => id.startsWith('dimm')).map((id) => ({ type: 'dimm', data: { id, addr: 0x100000000 } })),
  };

  /** Numbers begin where a start has left them. */
  private addSet(given: object): unknown {
    const set = 3 + this.fdSets.size;
    this.fdSets.set(set, 'opaque' in given ? String(given.opaque) : '');
    return { 'fdset-id': set, fd: 90 + set };
  }

  private addDevice(id: string, given: object): void {
    this.devices.add(id);
    const drive = textOf(given, 'drive');
    if (drive !== undefined) this.drives.set(id, drive);
  }

  private removeNode(name: string): void {
    const used = [...this.drives.values(), ...this.nodes.values()].includes(name);
    if (used) throw new QmpError('blockdev-del', 'GenericError', `Node ${name} is in use`);
    this.nodes.delete(name);
  }

  private eject(device: string): void {
    if (!this.devices.has(device)) throw new QmpError('device_del', 'DeviceNotFound', `Device '${device}' not found`);
    if (this.onEject === 'refuses') setImmediate(() => this.tell('DEVICE_UNPLUG_GUEST_ERROR', { device, path: '' }));
    if (this.onEject === 'lets go') setImmediate(() => this.letGo(device));
  }

  letGo(device: string): void {
    this.devices.delete(device);
    this.drives.delete(device);
    this.tell('DEVICE_DELETED', { device, path: '' });
  }

  private become(state: RunState, event: string): void {
    this.runState = state;
    this.tell(event);
  }
}

function textOf(given: object, name: string): string | undefined {
  const value = (given as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

export class FakeQemus implements Qemus {
  readonly running = new Map<string, FakeQemu>();
  readonly launched: LaunchRequest[] = [];
  /** What the next launch fails with. */
  failure: Error | undefined;
  private nextPid = 100;

  async launch(request: LaunchRequest): Promise<RunningQemu> {
    this.launched.push(request);
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const qemu = this.make(request.uuid);
    for (const id of idsOf(request.argv, '-device')) qemu.devices.add(id);
    qemu.rxFilter = unread(request.argv);
    for (const id of idsOf(request.argv, '-netdev')) qemu.netdevs.add(id);
    return qemu.asRunning();
  }

  /** A guest that is found when it is looked for. */
  make(uuid: string, runState?: RunState): FakeQemu {
    const qemu = new FakeQemu(uuid, (this.nextPid += 1), runState);
    this.running.set(uuid, qemu);
    void qemu.ended.then(() => this.running.delete(uuid));
    return qemu;
  }

  async adopt({ uuid }: AdoptRequest): Promise<Adoption> {
    const qemu = this.running.get(uuid);
    if (!qemu) return { type: 'gone', reason: 'no_process', lastWords: '' };
    return { type: 'adopted', qemu: qemu.asRunning(), status: qemu.runState };
  }

  async uuidsOfAll(): Promise<string[]> {
    return [...this.running.keys()];
  }
}

interface FakeDevice {
  readonly id?: unknown;
  readonly mac?: unknown;
}

const optionsOf = (argv: readonly string[], option: string): FakeDevice[] =>
  argv.flatMap((value, at) => (argv[at - 1] === option && value.startsWith('{') ? [JSON.parse(value) as FakeDevice] : []));

const idsOf = (argv: readonly string[], option: string): string[] =>
  optionsOf(argv, option).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));

/** What QEMU says of the first card before a driver has touched it, as QEMU 7.2 does but for the length of its table of VLANs. */
const unread = (argv: readonly string[]): readonly object[] =>
  optionsOf(argv, '-device')
    .filter(({ mac }) => mac !== undefined)
    .slice(0, 1)
    .map(({ id, mac }) => ({
      name: id,
      'main-mac': mac,
      promiscuous: true,
      'broadcast-allowed': true,
      unicast: 'normal',
      'unicast-overflow': false,
      'unicast-table': [],
      multicast: 'normal',
      'multicast-overflow': false,
      'multicast-table': [],
      vlan: 'all',
      'vlan-table': [0, 1, 2, 4095],
    }));
