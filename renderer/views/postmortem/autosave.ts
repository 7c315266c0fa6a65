import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { describeTrouble } from '#renderer/client/failure.ts';
import { useDraft } from '#renderer/parts/use-draft.ts';

/** Saved this long after the last key. */
const QUIET_MS = 1_000;
/** What could not be saved is tried again this often; the words stay here meanwhile. */
const RETRY_MS = 5_000;

export type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'unsaved' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'saved' }
  | { readonly kind: 'failed'; readonly why: string }
  /** Somebody else saved since; nothing was overwritten, and nothing is saved until a person has chosen. */
  | { readonly kind: 'conflict'; readonly by: string | null; readonly atMs: number | null };

const UNSAVED: SaveState = { kind: 'unsaved' };

export type Autosave = {
  readonly text: string;
  readonly state: SaveState;
  readonly edit: (text: string) => void;
  /** Saves now, for leaving a field. */
  readonly flush: () => void;
  /** After a conflict: `text` on top of what is saved now. */
  readonly resolve: (text: string | null) => void;
};

/** What a person typed and the revision they had seen when they began. */
type Draft = { readonly text: string; readonly revision: number };

/**
 * A text that saves itself and is never lost: each key goes to local storage at once, to the engine after a second of quiet, again every
 * five seconds while it cannot be saved, and after a reload or a crash of the page. Somebody else's text is never overwritten.
 */
export function useAutosave(options: {
  readonly draftKey: string;
  readonly saved: { readonly text: string; readonly revision: number };
  /** Resolves with the new revision. */
  readonly send: (text: string, revision: number) => Promise<number>;
  readonly onConflict: () => void;
}): Autosave {
  const { draftKey, saved } = options;
  const [raw, setRaw] = useDraft(draftKey);
  const draft = parseDraft(raw);
  const [state, setState] = useState<SaveState>({ kind: 'idle' });
  const isBusy = useRef(false);
  /** What was typed last, also while an answer is awaited. */
  const typed = useRef<Draft | null>(draft);

  const put = (next: Draft | null) => {
    typed.current = next;
    setRaw(next === null ? '' : JSON.stringify(next));
  };

  const save = async () => {
    const sent = typed.current;
    if (isBusy.current || sent === null) return;
    isBusy.current = true;
    setState({ kind: 'saving' });
    try {
      const revision = await options.send(sent.text, sent.revision);
      const now = typed.current;
      if (now === null || now.text === sent.text) {
        put(null);
        setState({ kind: 'saved' });
      } else {
        put({ text: now.text, revision });
        setState({ kind: 'unsaved' });
      }
    } catch (error) {
      const conflict = conflictOf(error);
      if (conflict === null) setState({ kind: 'failed', why: describeTrouble(error, 'Save').detail });
      else {
        setState({ kind: 'conflict', ...conflict });
        options.onConflict();
      }
    } finally {
      isBusy.current = false;
    }
  };
  const saveNow = useEffectEvent(save);

  const hasDraft = draft !== null;
  useEffect(() => {
    if (raw === '' || state.kind === 'conflict' || state.kind === 'saving') return undefined;
    const timer = setTimeout(() => void saveNow(), state.kind === 'failed' ? RETRY_MS : QUIET_MS);
    return () => clearTimeout(timer);
  }, [raw, state.kind]);

  return {
    text: draft?.text ?? saved.text,
    // Typed since: neither "saved" nor "nothing" is true any more.
    state: hasDraft && (state.kind === 'idle' || state.kind === 'saved') ? UNSAVED : state,
    edit: (text) => put({ text, revision: draft?.revision ?? saved.revision }),
    flush: () => {
      if (hasDraft && state.kind !== 'conflict') void save();
    },
    resolve: (text) => {
      put(text === null ? null : { text, revision: saved.revision });
      setState({ kind: text === null ? 'saved' : 'unsaved' });
    },
  };
}

function parseDraft(raw: string): Draft | null {
  if (raw === '') return null;
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value !== 'object' || value === null || !('text' in value) || !('revision' in value))
      return null;
    const { text, revision } = value;
    return typeof text === 'string' && typeof revision === 'number' ? { text, revision } : null;
  } catch {
    // Not ours, or cut off: the saved text stands.
    return null;
  }
}

/** Who saved in between and when; null = another kind of failure. Known by shape, as it may come from another bundle. */
function conflictOf(error: unknown): { by: string | null; atMs: number | null } | null {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'CHANGED_SINCE_SHOWN') return null;
  const data = 'data' in error && typeof error.data === 'object' && error.data !== null ? error.data : {};
  const by = 'by' in data && typeof data.by === 'string' ? data.by : null;
  const atMs = 'atMs' in data && typeof data.atMs === 'number' ? data.atMs : null;
  return { by, atMs };
}
