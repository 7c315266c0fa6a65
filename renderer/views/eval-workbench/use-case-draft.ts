import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { describeTrouble, type Trouble } from '#renderer/client/failure.ts';
import { createOperationId } from '#renderer/client/operation-id.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { EvalCase } from '#shared/model/eval-case.ts';
import {
  contentOf,
  draftOf,
  EMPTY_DRAFT,
  fromStoredText,
  storedText,
  textOf,
  whatIsMissing,
  type Draft,
} from './draft.ts';

/** Saved this long after the last change. */
const QUIET_MS = 900;
/** What could not be saved is tried again this often. */
const RETRY_MS = 5_000;

export type Saving =
  | { readonly kind: 'missing'; readonly what: string }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'saved'; readonly atMs: number; readonly by: string }
  | { readonly kind: 'failed'; readonly trouble: Trouble }
  /** Somebody else saved other words: nothing was overwritten. */
  | { readonly kind: 'conflict'; readonly message: string };

export type CaseDraft = {
  readonly draft: Draft;
  readonly current: EvalCase | null;
  readonly saving: Saving;
  readonly edit: (change: Partial<Draft>) => void;
  readonly replace: (draft: Draft) => void;
  /** What a command answered: newer than what is here. */
  readonly adopt: (one: EvalCase) => void;
  /** After a conflict: drop what was typed here, or put it on top of what is saved. */
  readonly settle: (which: 'theirs' | 'mine') => void;
};

/**
 * One case that saves itself: into the browser at each change, into the record after a moment of quiet as soon as it is confirmed and
 * complete. `cases` are the record's; words of others are never overwritten.
 */
export function useCaseDraft(
  incidentId: string,
  opened: EvalCase | null,
  { cases, onCreated }: { cases: readonly EvalCase[]; onCreated: (one: EvalCase) => void },
): CaseDraft {
  const client = useClient();
  const [, setUnsavedNew] = useDraft(`eval:${incidentId}:new`);
  const [current, setCurrent] = useState(opened);
  const [stored, setStored] = useDraft(`eval:${incidentId}:${current?.id ?? 'new'}`);
  const [draft, setDraft] = useState<Draft>(
    () => fromStoredText(stored) ?? (opened ? draftOf(opened.content) : EMPTY_DRAFT),
  );
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [conflict, setConflict] = useState<string | null>(null);
  const isBusy = useRef(false);
  const [isSaving, setSaving] = useState(false);
  const [creationId] = useState(createOperationId);
  const [failures, setFailures] = useState(0);
  const [seen, setSeen] = useState<EvalCase | null>(null);
  const newest = cases.find(({ id }) => id === current?.id) ?? null;
  const text = storedText(draft);
  const missing = whatIsMissing(draft);
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  }, [text]);
  const isSaved = current !== null && textOf(current.content) === text;

  const put = (next: Draft) => {
    setDraft(next);
    setStored(storedText(next));
  };

  const save = useEffectEvent(async () => {
    if (isBusy.current || missing !== null || isSaved || conflict !== null) return;
    isBusy.current = true;
    setSaving(true);
    const sent = text;
    try {
      const saved = await client.evalCase.save({
        // One id for the creation, whatever is typed meanwhile: an answer that was lost must not make a second case.
        operationId: current === null ? creationId : createOperationId(),
        incidentId,
        caseId: current?.id ?? null,
        revisionShown: current?.revision ?? null,
        content: contentOf(draft),
      });
      if (current === null) {
        setUnsavedNew('');
        onCreated(saved);
      }
      // What was typed while the answer was awaited stays, and is saved next.
      if (latest.current === sent) setStored('');
      setCurrent(saved);
      setTrouble(null);
      setFailures(0);
    } catch (error) {
      if (isConflict(error)) setConflict(error instanceof Error ? error.message : '');
      else setTrouble(describeTrouble(error, 'Save the case'));
      setFailures((count) => count + 1);
    } finally {
      isBusy.current = false;
      setSaving(false);
    }
  });
  const wish = missing !== null || isSaved || conflict !== null ? null : text;
  useEffect(() => {
    if (wish === null) return undefined;
    const timer = setTimeout(() => void save(), failures === 0 ? QUIET_MS : RETRY_MS);
    return () => clearTimeout(timer);
  }, [wish, failures]);

  // What others did to it: new words come in where nothing was typed here, and wait for a person where something was.
  if (newest !== null && newest !== seen && !isSaving) {
    setSeen(newest);
    const isNewer = current !== null && newest.revision > current.revision;
    const isSameText = current !== null && textOf(newest.content) === textOf(current.content);
    if (isNewer && (isSameText || isSaved)) {
      setCurrent(newest);
      if (!isSameText) setDraft(draftOf(newest.content));
    }
  }

  const saving: Saving =
    conflict !== null
      ? { kind: 'conflict', message: conflict }
      : trouble !== null
        ? { kind: 'failed', trouble }
        : missing !== null
          ? { kind: 'missing', what: missing }
          : isSaved
            ? { kind: 'saved', atMs: current.changedAtMs, by: current.changedBy }
            : { kind: 'waiting' };

  return {
    draft,
    current,
    saving,
    edit: (change) => put({ ...draft, ...change }),
    replace: put,
    adopt: (one) => setCurrent(one),
    settle(which) {
      if (newest === null) return;
      setConflict(null);
      setCurrent(newest);
      if (which === 'theirs') {
        setDraft(draftOf(newest.content));
        setStored('');
      }
    },
  };
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CHANGED_SINCE_SHOWN';
}
