import { command } from '../cli/command.js';
import { Failure } from '../cli/failure.js';
import { convertFiles } from './convert-files.js';
import { commandLineOf } from './documents.js';

export default command({
  about:
    "QEMU 7.2's command line for domains, one option with its value per line.\nNo fleet is asked: descriptors, paths and secrets are those of an imagined host.\n" +
    'With --out, each FILE.xml leads to FILE.args or, when it is refused, to FILE.err.',
  example: 'virtbus domxml-to-native qemu-argv --xml web.xml',
  options: {
    format: { kind: 'text', required: true, about: 'qemu-argv' },
    xml: { kind: 'list', required: true, about: 'files with the XML; - is standard input' },
    out: { kind: 'text', namedOnly: true, about: 'directory to write to' },
  },
  async run({ format, xml, out }, context) {
    if (format !== 'qemu-argv') throw new Failure([`unsupported config type ${format}`], 'usage');
    return convertFiles(context, { files: xml, out, ending: '.args', convert: commandLineOf });
  },
});
