import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SysfsFiles } from './pci-files.js';

export interface TestFunction {
  readonly address: string;
  /** The network driver's link; a virtual function has one while that driver has it. */
  readonly dev: string;
  readonly group?: number;
}

/**
 * A machine's PCI devices as files: one SR-IOV card with its virtual functions. What is written is answered as the kernel answers: a driver
 * lets go on `unbind`, and `drivers_probe` gives the device to the driver of its override, else to the network driver.
 */
export class TestSysfs extends SysfsFiles {
  /** Every order, as `path text`. */
  readonly orders: string[] = [];
  /** Thrown in place of the order with this number, counted from 1, and of all after it. */
  deadFrom = Number.POSITIVE_INFINITY;
  /** A kernel without vfio-pci leaves the device without a driver. */
  knowsVfio = true;
  private readonly devOf = new Map<string, string>();

  private constructor(readonly root: string) {
    super({ sysfs: root, dev: join(root, 'dev') });
  }

  static make(card: TestFunction, functions: readonly TestFunction[]): TestSysfs {
    const sysfs = new TestSysfs(mkdtempSync(join(tmpdir(), 'virtbus-sysfs-')));
    for (const name of ['igb', 'igbvf', 'vfio-pci']) {
      mkdirSync(sysfs.path('bus/pci/drivers', name), { recursive: true });
      writeFileSync(sysfs.path('bus/pci/drivers', name, 'unbind'), '');
    }
    writeFileSync(sysfs.path('bus/pci/drivers_probe'), '');
    mkdirSync(sysfs.path('dev/vfio'), { recursive: true });
    writeFileSync(sysfs.path('dev/vfio/vfio'), '');
    mkdirSync(sysfs.path('kernel/iommu_groups'), { recursive: true });
    sysfs.add(card, 'igb');
    functions.forEach((one, number) => {
      sysfs.add(one, 'igbvf');
      symlinkSync(`../${one.address}`, sysfs.device(card.address, `virtfn${number}`));
      symlinkSync(`../${card.address}`, sysfs.device(one.address, 'physfn'));
    });
    return sysfs;
  }

  override write(path: string, text: string): void {
    this.orders.push(`${path} ${text.trim()}`);
    if (this.orders.length >= this.deadFrom) throw new Error('the agent is dead');
    super.write(path, text);
    if (path.endsWith('driver/unbind')) this.unbind(text);
    if (path === 'bus/pci/drivers_probe') this.probe(text);
  }

  /** Everything that orders can change. */
  state(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.devOf.keys()].map((address) => [
        address,
        {
          driver: existsSync(this.device(address, 'driver')) ? basename(readlinkSync(this.device(address, 'driver'))) : '',
          override: readFileSync(this.device(address, 'driver_override'), 'utf8').trim(),
          links: this.entries(`bus/pci/devices/${address}/net`),
        },
      ]),
    );
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  bind(address: string, driver: string): void {
    rmSync(this.device(address, 'driver'), { force: true });
    rmSync(this.device(address, 'net'), { force: true, recursive: true });
    symlinkSync(`../../drivers/${driver}`, this.device(address, 'driver'));
    if (driver !== 'vfio-pci') mkdirSync(this.device(address, 'net', this.devOf.get(address) ?? ''), { recursive: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private device(address: string, ...parts: readonly string[]): string {
    return this.path('bus/pci/devices', address, ...parts);
  }

  private add({ address, dev, group }: TestFunction, driver: string): void {
    mkdirSync(this.device(address), { recursive: true });
    writeFileSync(this.device(address, 'driver_override'), '');
    this.devOf.set(address, dev);
    this.bind(address, driver);
    if (group === undefined) return;
    mkdirSync(this.path(`kernel/iommu_groups/${group}/devices/${address}`), { recursive: true });
    symlinkSync(`../../../../kernel/iommu_groups/${group}`, this.device(address, 'iommu_group'));
  }

  private unbind(address: string): void {
    rmSync(this.device(address, 'driver'), { force: true });
    rmSync(this.device(address, 'net'), { force: true, recursive: true });
  }

  private probe(address: string): void {
    if (existsSync(this.device(address, 'driver'))) return;
    const override = readFileSync(this.device(address, 'driver_override'), 'utf8').trim();
    if (override === 'vfio-pci' && !this.knowsVfio) return;
    this.bind(address, override === '' ? 'igbvf' : override);
  }
}
