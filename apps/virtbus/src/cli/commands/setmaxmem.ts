import { memoryCommand } from '../memory-command.js';

export default memoryCommand({
  about: 'Change the most memory that a domain can have. It must not run, or --config is given.',
  example: 'virtbus setmaxmem web 2G --config',
  maximum: true,
  failure: 'Unable to change MaxMemorySize',
});
