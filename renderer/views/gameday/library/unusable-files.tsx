import { usePulled } from '#renderer/live/use-pulled.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { ScenarioProblem } from '#shared/model/drill.ts';
import styles from './library.module.css';

const placeOf = ({ file, line, path }: ScenarioProblem) =>
  `${file}${line === null ? '' : `:${line}`}${path === '' ? '' : ` ${path}`}`;

/** Files of the library that cannot be played yet, for whoever writes them: where, what, and what to write instead. */
export function UnusableFiles({ refreshOn }: { readonly refreshOn: number }) {
  const {
    data: problems,
    error,
    reload,
  } = usePulled('drill-scenario-problems', (client) => client.drill.scenarioProblems(), { refreshOn });
  if (error !== null)
    return <ErrorState title="The files could not be checked" detail={error} onRetry={reload} />;
  if (problems === null || problems.length === 0) return null;
  const files = new Set(problems.map(({ file }) => file)).size;
  return (
    <details className={styles.unusable}>
      <summary>
        {files === 1 ? '1 file cannot be played' : `${files} files cannot be played`}: something in{' '}
        {files === 1 ? 'it is' : 'them is'} wrong
      </summary>
      <ul>
        {problems.map((problem) => (
          <li key={`${placeOf(problem)} ${problem.message}`}>
            <code>{placeOf(problem)}</code> {problem.message} <span className="fb-dim">{problem.fix}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
