import { resolve } from 'node:path';
import { runSuites } from './corpus.js';
import { formatReport } from './document-suites.js';

const results = process.argv.slice(2).flatMap((directory) => runSuites(resolve(directory)));
process.stdout.write(results.length > 0 ? formatReport(results) : 'usage: npm run corpus DIRECTORY…, of suites or of pairs\n');
process.exitCode = results.length > 0 ? 0 : 2;
