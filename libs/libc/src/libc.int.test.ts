import { execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  allocate,
  close,
  connectUnix,
  everyProcessor,
  fsyncDirectory,
  hasSyncFlag,
  ioctl,
  ioctlAsync,
  listenLoopback,
  listenUnix,
  makeCharacterDevice,
  nextData,
  open,
  openCharacterDevice,
  punchHole,
  receiveWithDescriptors,
  sendWithDescriptors,
  setAffinity,
  setSyncFlag,
  socketPair,
  trimMemory,
  withNetns,
  withSysfs,
} from './index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-libc-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const here = () => readlinkSync('/proc/thread-self/ns/net');
const fail = (): number => {
  throw new RangeError('inside');
};
const openDescriptors = () => readdirSync('/proc/self/fd').length;
const failure = (code: string, syscall: string) => expect.objectContaining({ name: 'SystemError', code, syscall });
/** FIONREAD: how many bytes wait. */
const FIONREAD = 0x541b;

test('memory that is free goes back to the kernel', () => {
  expect(() => trimMemory()).not.toThrow();
});

describe('files', () => {
  test('opening what is not there says so', () => {
    expect(() => open(join(folder, 'none'), constants.O_RDONLY)).toThrow(failure('ENOENT', 'open'));
  });

  test('a descriptor is closed once', () => {
    const fd = open(folder, constants.O_RDONLY);
    close(fd);
    expect(() => close(fd)).toThrow(failure('EBADF', 'close'));
  });

  test('an ioctl that the file does not know fails, at once and on a thread', async () => {
    const fd = open(join(folder, 'plain'), constants.O_RDWR | constants.O_CREAT);
    expect(() => ioctl(fd, 0x400454ca, new Uint8Array(40))).toThrow(failure('ENOTTY', 'ioctl'));
    await expect(ioctlAsync(fd, 0x400454ca, new Uint8Array(40))).rejects.toThrow(failure('ENOTTY', 'ioctl'));
    close(fd);
  });

  test('an ioctl writes its answer into the buffer', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'seven b');
    const fd = open(path, constants.O_RDONLY);
    for (const ask of [ioctl, ioctlAsync]) {
      const answer = Buffer.alloc(4);
      await ask(fd, FIONREAD, answer);
      expect(answer.readInt32LE()).toBe(7);
    }
    close(fd);
  });

  test('takes space for a file that had none, and says why not', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const fd = open(file, constants.O_RDWR);
    await allocate(fd, 0, 65_536);
    expect(fstatSync(fd)).toMatchObject({ size: 65_536, blocks: 128 });
    await expect(allocate(fd, 0, 2 ** 62)).rejects.toThrow(/fallocate: (file too large|no space left)/);
    close(fd);
    await expect(allocate(fd, 0, 1)).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('gives back space, and finds what is left', async () => {
    const file = join(folder, 'holes');
    writeFileSync(file, Buffer.alloc(65_536, 'x'));
    const fd = open(file, constants.O_RDWR);
    await punchHole(fd, 4_096, 32_768);
    expect(fstatSync(fd)).toMatchObject({ size: 65_536, blocks: 64 });
    expect(await nextData(fd, 0)).toEqual({ start: 0, end: 4_096 });
    expect(await nextData(fd, 5_000)).toEqual({ start: 36_864, end: 65_536 });
    expect(await nextData(fd, 2 ** 41)).toBeUndefined();
    await expect(punchHole(fd, 0, 0)).rejects.toMatchObject({ code: 'EINVAL' });
    close(fd);
    await expect(nextData(fd, 0)).rejects.toMatchObject({ code: 'EBADF' });
  });

  test('a process is kept on some of the processors, and let go', () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const allowed = () => /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    try {
      const before = allowed();
      setAffinity(pid, [0, 1_000]);
      expect(allowed()).toBe('0');
      setAffinity(pid, everyProcessor);
      expect(allowed()).toBe(before);
      expect(() => setAffinity(pid, [1_000])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    } finally {
      child.kill('SIGKILL');
    }
    expect(() => setAffinity(2 ** 22 + 1, [0])).toThrow(expect.objectContaining({ code: 'ESRCH' }));
  });

  test('a directory can be made durable; a missing one cannot', async () => {
    await expect(fsyncDirectory(folder)).resolves.toBeUndefined();
    await expect(fsyncDirectory(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });

  test('chattr +S as lsattr sees it, inherited by a file made later', () => {
    expect(hasSyncFlag(folder)).toBe(false);
    if (!setSyncFlag(folder)) return expect(hasSyncFlag(folder)).toBe(false);
    writeFileSync(join(folder, 'later'), '');
    expect(hasSyncFlag(folder)).toBe(true);
    expect(execFileSync('lsattr', ['-d', folder], { encoding: 'utf8' }).split(' ')[0]).toContain('S');
    expect(execFileSync('lsattr', [join(folder, 'later')], { encoding: 'utf8' }).split(' ')[0]).toContain('S');
  });

  test('a file system without flags answers false', () => {
    expect(setSyncFlag('/proc/self')).toBe(false);
    expect(hasSyncFlag('/proc/self')).toBe(false);
  });
});

describe('unix sockets', () => {
  test('a client connects before anyone accepts, and the mode is kept', () => {
    const path = join(folder, 's');
    const server = listenUnix(path, { mode: 0o660 });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    close(connectUnix(path));
    close(server);
  });

  test('a path in use, a missing directory and a long path are refused, and no descriptor leaks', () => {
    const path = join(folder, 's');
    const server = listenUnix(path);
    const before = openDescriptors();
    expect(() => listenUnix(path)).toThrow(failure('EADDRINUSE', 'bind'));
    expect(() => listenUnix(join(folder, 'none', 's'))).toThrow(failure('ENOENT', 'bind'));
    expect(() => connectUnix(join(folder, 'none'))).toThrow(failure('ENOENT', 'connect'));
    expect(() => listenUnix(join(folder, 'x'.repeat(108)))).toThrow(failure('ENAMETOOLONG', 'bind'));
    expect(openDescriptors()).toBe(before);
    close(server);
  });

  test('a child serves the inherited socket', async () => {
    const path = join(folder, 's');
    const server = listenUnix(path);
    const script = "require('node:net').createServer((c) => c.end('from the child', () => process.exit(0))).listen({ fd: 3 })";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', server] });
    close(server);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const heard = await new Promise<string>((resolve, reject) => {
      const client = connect(path, () => client.on('data', (chunk) => resolve(String(chunk))));
      client.on('error', reject);
    });
    expect(heard).toBe('from the child');
    expect(await exited).toBe(0);
  });
});

describe('TCP on loopback', () => {
  test('any port is one that is told, and one that is taken is refused without a descriptor leaking', () => {
    const first = listenLoopback(0);
    expect(first.port).toBeGreaterThan(0);
    const before = openDescriptors();
    expect(() => listenLoopback(first.port)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(openDescriptors()).toBe(before);
    close(first.fd);
  });

  test('a port is free again at once, though a connection has just been ended from its side', async () => {
    const { fd, port } = listenLoopback(0);
    const script = "require('node:net').createServer((c) => c.end('x', () => c.once('close', () => process.exit(0)))).listen({ fd: 3 })";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', fd] });
    close(fd);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    connect(port, '127.0.0.1').resume();
    expect(await exited).toBe(0);
    close(listenLoopback(port).fd);
  });
});

describe('descriptor passing', () => {
  test('several descriptors arrive as copies, close-on-exec, with the bytes', () => {
    const [near, far] = socketPair();
    const paths = ['a', 'b', 'c'].map((name) => join(folder, name));
    const files = paths.map((path) => open(path, constants.O_RDWR | constants.O_CREAT));
    expect(sendWithDescriptors(near, Buffer.from('hello'), files)).toBe(5);
    files.forEach(close);
    const { bytes, descriptors } = receiveWithDescriptors(far, 64);
    expect(bytes.toString()).toBe('hello');
    expect(descriptors.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))).toEqual(paths);
    for (const fd of descriptors) expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/flags:\s+02[0-7]{6}\n/);
    writeSync(descriptors[1]!, 'through the copy');
    descriptors.forEach(close);
    expect(readFileSync(paths[1]!, 'utf8')).toBe('through the copy');
    [near, far].forEach(close);
  });

  test('bytes alone bring no descriptor', () => {
    const [near, far] = socketPair();
    writeSync(near, 'plain');
    expect(receiveWithDescriptors(far, 64)).toEqual({ bytes: Buffer.from('plain'), descriptors: [] });
    [near, far].forEach(close);
  });

  test('a closed descriptor, a closed peer and an empty message are refused', () => {
    const [near, far] = socketPair();
    const gone = open(folder, constants.O_RDONLY);
    close(gone);
    expect(() => sendWithDescriptors(near, Buffer.from('x'), [gone])).toThrow(failure('EBADF', 'sendmsg'));
    expect(() => sendWithDescriptors(near, Buffer.alloc(0), [near])).toThrow(RangeError);
    expect(() => sendWithDescriptors(near, Buffer.from('x'), [])).toThrow(RangeError);
    close(far);
    expect(() => sendWithDescriptors(near, Buffer.from('x'), [near])).toThrow(failure('EPIPE', 'sendmsg'));
    close(near);
  });
});

describe('network namespaces', () => {
  let name: string;
  const inode = () => fstatInode(`/run/netns/${name}`);
  beforeEach(() => {
    name = `virtbus-libc-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name]);
  });
  afterEach(() => execFileSync('ip', ['netns', 'del', name]));

  test('the function runs there and the thread comes back', () => {
    const home = here();
    const there = withNetns(`/run/netns/${name}`, here);
    expect(there).toBe(`net:[${inode()}]`);
    expect(there).not.toBe(home);
    expect(here()).toBe(home);
  });

  test('it comes back when the function throws, and descriptors do not leak', () => {
    const home = here();
    const before = openDescriptors();
    expect(() => withNetns(`/run/netns/${name}`, fail)).toThrow(RangeError);
    expect(here()).toBe(home);
    expect(openDescriptors()).toBe(before);
  });

  test('a namespace inside another returns to the outer one', () => {
    const path = `/run/netns/${name}`;
    const [inner, outer] = withNetns(path, () => [withNetns(`/proc/${process.ppid}/ns/net`, here), here()]);
    expect(outer).toBe(`net:[${inode()}]`);
    expect(inner).toBe(here());
  });

  test.each([
    ['a missing namespace', () => '/run/netns/virtbus-none', 'ENOENT', 'open'],
    ['a namespace of another kind', () => '/proc/self/ns/uts', 'EINVAL', 'setns'],
    ['a plain file', () => '/proc/self/cmdline', 'EINVAL', 'setns'],
  ])('%s is refused and the thread stays', (_, path, code, syscall) => {
    const home = here();
    expect(() => withNetns(path(), here)).toThrow(failure(code, syscall));
    expect(here()).toBe(home);
  });

  test('no path means here', () => expect(withNetns(undefined, here)).toBe(here()));
});

function fstatInode(path: string): number {
  const fd = open(path, constants.O_RDONLY);
  try {
    return fstatSync(fd).ino;
  } finally {
    closeSync(fd);
  }
}

describe('sysfs of a namespace', () => {
  test('shows its links and not those of others, and leaves no descriptor', () => {
    const name = `virtbus-sysfs-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name]);
    try {
      execFileSync('ip', ['-n', name, 'link', 'add', 'only-there', 'type', 'bridge']);
      const before = openDescriptors();
      const links = (netns?: string) => withSysfs(netns, (path) => readdirSync(`${path}/class/net`));
      expect(links(`/run/netns/${name}`)).toContain('only-there');
      expect(links()).not.toContain('only-there');
      expect(() => withSysfs(`/run/netns/${name}`, fail)).toThrow(RangeError);
      expect(() => withSysfs(undefined, (path) => writeFileSync(`${path}/class/net/lo/mtu`, '1500'))).toThrow(
        expect.objectContaining({ code: 'EROFS' }),
      );
      expect(openDescriptors()).toBe(before);
    } finally {
      execFileSync('ip', ['netns', 'del', name]);
    }
  });

  test('of a namespace that is not there is refused', () => {
    expect(() => withSysfs('/run/netns/virtbus-none', () => 1)).toThrow(failure('ENOENT', 'open'));
  });
});

describe('character devices', () => {
  const nil = { major: 1, minor: 3 };

  test('one that is not there is refused, and its node does not stay', () => {
    const aside = join(folder, 'node');
    expect(() => openCharacterDevice(join(folder, 'none'), { major: 1, minor: 250 }, aside)).toThrow(failure('ENXIO', 'open'));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is opened by its number where the path is another one', () => {
    for (const path of ['/dev/null', '/dev/zero', join(folder, 'none'), folder]) {
      const fd = openCharacterDevice(path, nil, join(folder, 'node'));
      expect(fstatSync(fd).rdev).toBe(statSync('/dev/null').rdev);
      close(fd);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a node that exists is not made again', () => {
    writeFileSync(join(folder, 'node'), '');
    expect(() => makeCharacterDevice(join(folder, 'node'), nil)).toThrow(failure('EEXIST', 'mknod'));
  });
});
