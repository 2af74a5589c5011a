import { command } from '../cli/command.js';
import { own } from '../cli/core/own.js';
import { Failure } from '../cli/failure.js';
import { convertFiles } from './convert-files.js';
import { formats } from './documents.js';

export default command({
  about:
    'XML as the fleet would give it back: of a domain as dumpxml --inactive does, of a network as net-dumpxml does.\n' +
    'No fleet is asked. What depends on the QEMU that will run an i440fx machine stays open unless --qemu is given,\nor the definition names a version of it or asks for what only a QEMU of today has.\n' +
    'With --out, each FILE.xml leads to FILE.out.xml or, when it is refused, to FILE.err.',
  example: 'virtbus format domain web.xml',
  options: {
    kind: { kind: 'text', required: true, about: 'domain, network, networkport, pool, volume or secret' },
    file: { kind: 'list', required: true, about: 'files with the XML; - is standard input' },
    qemu: { kind: 'flag', about: 'fill in what depends on QEMU as QEMU 7.2 has it' },
    out: { kind: 'text', namedOnly: true, about: 'directory to write to' },
  },
  async run({ kind, file, qemu, out }, context) {
    const format = own(formats, kind);
    if (!format) throw new Failure([`'${kind}' is none of ${Object.keys(formats).join(', ')}`], 'usage');
    return convertFiles(context, { files: file, out, ending: '.out.xml', convert: (xml) => format(xml, { assumeQemu: qemu }) });
  },
});
