import { command } from '../command.js';
import { failed } from '../failure.js';

export default command({
  about: 'Print what the hosts together offer: processors, memory, and which kinds of guests there can be.',
  example: 'virtbus capabilities',
  options: {},
  async run(_, context) {
    const { xml } = await context.ask('getCapabilities', {}).catch((error: unknown) => {
      throw failed('failed to get capabilities', error);
    });
    return { text: `${xml.trimEnd()}\n`, json: { xml } };
  },
});
