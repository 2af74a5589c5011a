import { defineConfig } from 'vitest/config';

interface Suite {
  readonly name: string;
  /** Ending of the suite's files, before `.ts`. */
  readonly ending: string;
  readonly exclude?: readonly string[];
  readonly testTimeout: number;
  /** Files at the same time. Those that start QEMU and servers wait more than they work: two keep two processors busy, and more would starve guests. */
  readonly atOnce?: number;
}

/** Three suites by cost, told apart by the file's ending: see CONTRIBUTING.md, "Tests". */
const suite = ({ name, ending, exclude = [], testTimeout, atOnce }: Suite) => ({
  extends: true as const,
  test: {
    name,
    include: [`{libs,services,apps,tools,tests}/**/*.${ending}.ts`],
    exclude: [...exclude, '**/node_modules/**', '**/dist/**'],
    testTimeout,
    hookTimeout: 60_000,
    ...(atOnce === undefined ? {} : { maxWorkers: atOnce }),
  },
});

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['@virtbus/source'] },
  ssr: { resolve: { conditions: ['@virtbus/source'] } },
  test: {
    environment: 'node',
    projects: [
      suite({ name: 'unit', ending: 'test', exclude: ['**/*.int.test.ts', '**/*.e2e.test.ts'], testTimeout: 20_000 }),
      suite({ name: 'int', ending: 'int.test', testTimeout: 60_000, atOnce: 2 }),
      suite({ name: 'e2e', ending: 'e2e.test', testTimeout: 180_000, atOnce: 2 }),
    ],
  },
});
