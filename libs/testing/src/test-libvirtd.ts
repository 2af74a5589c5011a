import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Mounts of its own: libvirt's directories are ours, /dev has no kvm, and nothing of the machine's libvirt is touched. A kvm that is there
 * but cannot be used would do to make guests run without it; libvirt then asks QEMU anew what it can do, for every definition.
 */
const SCRIPT = `set -e
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
mkdir "$1/dev"; mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for each in null zero full random urandom tty; do : > "$1/dev/$each"; mount --bind "/dev/$each" "$1/dev/$each"; done
mkdir -p "$1/dev/pts" "$1/dev/net" "$1/dev/shm"; mount --bind /dev/pts "$1/dev/pts"; ln -s pts/ptmx "$1/dev/ptmx"; ln -s /proc/self/fd "$1/dev/fd"
[ ! -d /dev/net ] || mount --bind /dev/net "$1/dev/net"
mount --move "$1/dev" /dev
ip link set lo up
# The shell stays as the first process and buries the QEMUs that libvirtd has let go of: it waits for them to vanish.
/usr/sbin/libvirtd -f /etc/libvirt/libvirtd.conf -p "$1/pid" &
while kill -0 $! 2>/dev/null; do wait; done
`;

const COMMAND_MS = 30_000;
const READY_MS = 20_000;

export interface Spoken {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian's libvirtd in network, mount and process namespaces of its own: what a definition or a command is compared with. */
export class TestLibvirtd {
  private constructor(
    /** Its files, seen from outside; `/etc/libvirt` and the like lie below. */
    readonly directory: string,
    private readonly daemon: ChildProcess,
    private readonly target: string,
  ) {}

  static isInstalled(): boolean {
    return existsSync('/usr/sbin/libvirtd') && spawnSync('virsh', ['--version']).status === 0;
  }

  /** Resolves when it answers. @throws Error when it does not within 20 seconds */
  static async start(): Promise<TestLibvirtd> {
    const directory = await mkdtemp(join(tmpdir(), 'vb-libvirt-'));
    await chmod(directory, 0o755);
    const daemon = spawn(
      'unshare',
      ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', SCRIPT, 'sh', directory],
      { stdio: 'ignore' },
    );
    const libvirtd = new TestLibvirtd(directory, daemon, await innerPid(daemon));
    await libvirtd.untilReady();
    return libvirtd;
  }

  /** Runs a program inside of its namespaces. @throws Error as execFileSync does */
  inside(program: string, ...args: readonly string[]): string {
    return execFileSync('nsenter', [...this.entry(), program, ...args], {
      encoding: 'utf8',
      timeout: COMMAND_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  }

  /** @throws Error when virsh ends with another status than 0 */
  virsh(...args: readonly string[]): string {
    return this.inside('virsh', '-q', '-c', 'qemu:///system', ...args);
  }

  /** As virsh says it, however it ends. */
  ask(args: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {}): Spoken {
    const { status, stdout, stderr } = spawnSync('nsenter', [...this.entry(), 'virsh', '-c', 'qemu:///system', ...args], {
      encoding: 'utf8',
      timeout: COMMAND_MS,
      input: '',
      ...options,
    });
    return { status: status ?? -1, stdout, stderr };
  }

  async stop(): Promise<void> {
    const ended = new Promise((settle) => this.daemon.once('exit', settle));
    this.daemon.kill('SIGKILL');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }

  private entry(): string[] {
    return ['-t', this.target, '-m', '-n', '-p'];
  }

  private async untilReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_MS;
    while (this.ask(['version']).status !== 0) {
      if (performance.now() > giveUpAt) {
        await this.stop();
        throw new Error('libvirtd did not come up');
      }
      await sleep(100);
    }
  }
}

/** The process inside of the namespaces: the child of `unshare --fork`. */
async function innerPid(daemon: ChildProcess): Promise<string> {
  for (;;) {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(daemon.pid)], { encoding: 'utf8' });
    if (stdout.trim() !== '') return stdout.trim();
    if (daemon.exitCode !== null) throw new Error('unshare has ended: libvirtd needs root and namespaces');
    await sleep(20);
  }
}
