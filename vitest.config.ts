import { defineConfig } from 'vitest/config';

/** Three suites by cost, told apart by the file's ending: see CONTRIBUTING.md, "Tests". */
const suite = (name: string, include: string[], exclude: string[], testTimeout: number, serial: boolean) => ({
  extends: true as const,
  test: {
    name,
    include,
    exclude: [...exclude, '**/node_modules/**', '**/dist/**'],
    testTimeout,
    hookTimeout: 60_000,
    fileParallelism: !serial,
  },
});

const places = '{libs,services,apps,tools,tests}/**';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['@virtbus/source'] },
  ssr: { resolve: { conditions: ['@virtbus/source'] } },
  test: {
    environment: 'node',
    projects: [
      suite('unit', [`${places}/*.test.ts`], ['**/*.int.test.ts', '**/*.e2e.test.ts'], 20_000, false),
      suite('int', [`${places}/*.int.test.ts`], [], 60_000, true),
      suite('e2e', [`${places}/*.e2e.test.ts`], [], 180_000, true),
    ],
  },
});
