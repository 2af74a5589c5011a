import { memoryCommand } from '../memory-command.js';

export default memoryCommand({
  about: 'Change how much memory a domain has: while it runs, its balloon is asked for the rest.',
  example: 'virtbus setmem web 512M --live',
  maximum: false,
  failure: undefined,
});
