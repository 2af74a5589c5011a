/**
 * The demo: a fleet of one host on this machine, two guests from libvirt XML on one network, every step a message on NATS, and every
 * service killed while the guests talk. The host is a network namespace, so that nothing of this machine's network is touched.
 */
import { parseArgs } from 'node:util';
import { Demo } from './demo.js';
import { Story } from './story.js';

const usage = `usage: npm run demo [-- --no-kill]

Boots two guests on one network over NATS, kills every service while they ping each other, cleans up.
  --no-kill   leave the services alone
  --help      this text`;

const { values } = parseArgs({ options: { 'no-kill': { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const story = new Story();
const demo = new Demo(story);
const interrupted = (): void => {
  story.line('interrupted: cleaning up');
  void demo.cleanUp().finally(() => process.exit(130));
};
process.once('SIGINT', interrupted);
process.once('SIGTERM', interrupted);

try {
  await demo.run({ kill: !values['no-kill'] });
} catch (error) {
  story.failed(error);
  process.exitCode = 1;
} finally {
  await demo.cleanUp();
}
process.exit();
