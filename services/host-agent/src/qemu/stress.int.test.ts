import { test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Monitor } from '@virtbus/qmp';
import { launch } from './launch.js';
test('stress', async () => {
  const root = mkdtempSync('/tmp/stress-');
  let bad = 0, worst = 0;
  for (let i = 0; i < 0; i++) {
    const uuid = randomUUID();
    const t = performance.now();
    try {
      const q = await launch({ binary: '/usr/bin/qemu-system-x86_64', argv: ['-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-S', '-uuid', uuid], name: 'a', uuid, directory: `${root}/${i}`, extraDescriptors: [], logFile: `${root}/${i}.log`, timeoutMs: 4000 });
      worst = Math.max(worst, performance.now() - t);
      await q.destroy({ termMs: 0 });
    } catch (e) { bad++; console.log('launch', i, String(e)); }
  }
  console.log('launch bad', bad, 'worst', worst.toFixed(0));
  bad = 0; worst = 0;
  for (let i = 0; i < 1500; i++) {
    const path = `${root}/m${i}`;
    const c = spawn('/usr/bin/qemu-system-x86_64', ['-machine', 'none', '-nodefaults', '-display', 'none', '-S', '-qmp', `unix:${path},server=on,wait=off`], { stdio: 'ignore' });
    const t = performance.now();
    try {
      const m = await Monitor.connect(path, { retry: true, timeoutMs: 4000 });
      worst = Math.max(worst, performance.now() - t);
      m.close();
    } catch (e) {
      bad++; console.log('connect', i, String(e));
      console.log(readFileSync(`/proc/${c.pid}/stat`, 'utf8').slice(0, 60), readFileSync(`/proc/${c.pid}/wchan`, 'utf8'));
      try { const m2 = await Monitor.connect(path, { timeoutMs: 1000 }); console.log('second ok'); m2.close(); } catch (e2) { console.log('second', String(e2)); }
    }
    const gone = once(c, 'exit'); c.kill('SIGKILL'); await gone;
  }
  console.log('connect bad', bad, 'worst', worst.toFixed(0));
  rmSync(root, { recursive: true });
}, 600_000);
