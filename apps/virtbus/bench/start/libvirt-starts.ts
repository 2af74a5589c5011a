import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { domainXml, networkXml } from './definitions.ts';

/** Mounts of its own: libvirt's directories are ours, /dev/kvm is hidden, and nothing of the machine's libvirt is touched. */
const script = `set -e
mount --make-rprivate /
for each in etc/libvirt var/lib/libvirt var/log/libvirt var/cache/libvirt run/libvirt; do
  mkdir -p "$1/$each"; [ -d "/$each" ] || mkdir -p "/$each"; mount --bind "$1/$each" "/$each"
done
# The package libvirt-daemon alone has no user for QEMU; libvirtd looks it up all the same.
{ cat /etc/passwd; echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin'; } > "$1/passwd"
{ cat /etc/group; echo 'libvirt-qemu:x:64055:'; echo 'kvm:x:64056:'; } > "$1/group"
mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group
printf 'user = "root"\\ngroup = "root"\\nsecurity_driver = "none"\\ncgroup_controllers = []\\nnamespaces = []\\nstdio_handler = "file"\\n' > /etc/libvirt/qemu.conf
printf 'auth_unix_rw = "none"\\n' > /etc/libvirt/libvirtd.conf
[ -e /dev/kvm ] && : > "$1/nokvm" && chmod 000 "$1/nokvm" && mount --bind "$1/nokvm" /dev/kvm
ip link set lo up
# The shell stays as the first process and buries the QEMUs that libvirtd has let go of: it waits for them to vanish.
/usr/sbin/libvirtd -f /etc/libvirt/libvirtd.conf -p "$1/pid" &
while kill -0 $! 2>/dev/null; do wait; done
`;

const VIRSH_MS = 30_000;
const READY_MS = 20_000;

/** A libvirtd in namespaces of its own; undefined when it is not installed. */
export class LibvirtStarts {
  private readonly directory: string;
  private readonly daemon: ChildProcess;
  private readonly target: string;

  private constructor(of: { readonly directory: string; readonly daemon: ChildProcess; readonly target: string }) {
    this.directory = of.directory;
    this.daemon = of.daemon;
    this.target = of.target;
  }

  static async open(nics: number): Promise<LibvirtStarts | undefined> {
    if (!existsSync('/usr/sbin/libvirtd') || spawnSync('virsh', ['--version']).status !== 0) return undefined;
    const directory = await mkdtemp(join(tmpdir(), 'vb-libvirt-'));
    await chmod(directory, 0o755);
    await mkdir(join(directory, 'xml'));
    const daemon = spawn(
      'unshare',
      ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh', directory],
      { stdio: 'ignore' },
    );
    const starts = new LibvirtStarts({ directory, daemon, target: await innerPid(daemon) });
    await starts.untilReady();
    await starts.define('net-define', networkXml);
    starts.virsh('net-start', 'bench');
    await starts.define('define', domainXml(nics));
    return starts;
  }

  /** @returns milliseconds that `virsh start` took, its own process included */
  async once(): Promise<number> {
    const from = performance.now();
    this.virsh('start', 'bench');
    const took = performance.now() - from;
    this.virsh('destroy', 'bench');
    return took;
  }

  async close(): Promise<void> {
    const ended = new Promise((settle) => this.daemon.once('exit', settle));
    this.daemon.kill('SIGKILL');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }

  private virsh(...args: readonly string[]): string {
    return execFileSync('nsenter', ['-t', this.target, '-m', '-n', 'virsh', '-q', '-c', 'qemu:///system', ...args], {
      encoding: 'utf8',
      timeout: VIRSH_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  private async define(verb: string, xml: string): Promise<void> {
    const file = join(this.directory, 'xml', `${verb}.xml`);
    await writeFile(file, xml);
    this.virsh(verb, file);
  }

  private async untilReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_MS;
    for (;;) {
      try {
        this.virsh('version');
        return;
      } catch (cause) {
        if (performance.now() > giveUpAt) throw new Error('libvirtd did not come up', { cause });
        await sleep(100);
      }
    }
  }
}

/** The process inside of the namespaces: the child of `unshare --fork`. */
async function innerPid(daemon: ChildProcess): Promise<string> {
  for (;;) {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(daemon.pid)], { encoding: 'utf8' });
    if (stdout.trim() !== '') return stdout.trim();
    await sleep(20);
  }
}
