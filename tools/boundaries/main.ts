import { resolve } from 'node:path';
import { checkArrows } from './arrows.ts';
import { checkImports } from './imports.ts';
import { readWorkspace } from './workspace.ts';

process.chdir(resolve(import.meta.dirname, '../..'));
const workspace = readWorkspace();
const violations = [...checkArrows(workspace), ...checkImports(workspace)];
for (const { at, message } of violations) console.error(`${at}: ${message}`);
const files = workspace.packages.reduce((sum, pack) => sum + pack.files.length, 0);
console.log(`boundaries: ${workspace.packages.length} packages, ${files} files, ${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
