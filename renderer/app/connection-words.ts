import type { ConnectionState } from '#renderer/client/connection-machine.ts';
import { assertNever } from '#shared/lib/assert-never.ts';

export type ConnectionWords = {
  readonly title: string;
  readonly meaning: string;
  readonly tone: 'warn' | 'danger' | 'plain';
  readonly canRetry: boolean;
  /** This page's world is gone: the way back to the team's own. */
  readonly leadsHome?: boolean;
};

/** The connection in plain words; null while live. `hasData`: something older is still on screen. */
export function connectionWords(state: ConnectionState, hasData: boolean): ConnectionWords | null {
  const old = hasData ? 'What you see is as of the last message, and nothing can be sent.' : '';
  switch (state.name) {
    case 'live':
      return null;
    case 'connecting':
      return {
        title: hasData ? 'Reconnecting to the engine' : 'Connecting to the engine',
        meaning: [state.attempt > 1 ? `Attempt ${state.attempt}.` : '', old].filter(Boolean).join(' '),
        tone: hasData ? 'warn' : 'plain',
        canRetry: false,
      };
    case 'stale':
      return {
        title: 'The engine has been silent for more than 5 s',
        meaning: `${old} Flags can still be changed in their own consoles.`,
        tone: 'warn',
        canRetry: true,
      };
    case 'engine-restarting':
      return {
        title: 'The engine is restarting',
        meaning: `${state.detail} What was recorded is kept; a rollback under way is read back first. ${old}`,
        tone: 'warn',
        canRetry: false,
      };
    case 'failed':
      if (state.cause === 'no-drill') {
        return {
          title: hasData ? 'The drill is over' : 'No drill is under way',
          meaning: hasData
            ? 'What you see is as of its last moment, and nothing can be sent. The report is on the Game day screen.'
            : 'This page shows the world of a drill. It opens by itself as soon as one is ready.',
          tone: 'plain',
          canRetry: false,
          leadsHome: true,
        };
      }
      return {
        title: FAILED_TITLES[state.cause],
        meaning: `${state.detail} ${old} To roll back now: the flag's own console, or \`fusebox rollback\` in a terminal.`,
        tone: 'danger',
        canRetry: state.cause !== 'refused',
      };
    default:
      return assertNever(state);
  }
}

const FAILED_TITLES = {
  refused: 'This window is not connected',
  unreachable: 'The engine does not answer',
  engine: 'The engine has stopped',
} as const;
