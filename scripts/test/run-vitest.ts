// `vitest run` with these arguments; its counts are left in the file named first.
import { parseCLI, startVitest } from 'vitest/node';
import { countReporter } from './count-reporter.ts';

const [file = '', ...args] = process.argv.slice(2);
const { filter, options } = parseCLI(['vitest', 'run', ...args]);
const vitest = await startVitest('test', filter, { ...options, reporters: ['default', countReporter(file)] });
await vitest.exit();
