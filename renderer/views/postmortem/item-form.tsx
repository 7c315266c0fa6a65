import { useCommand } from '#renderer/client/use-command.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { ActionItem, ActionItemContent, ActionItemState } from '#shared/model/action-item.ts';
import styles from './postmortem.module.css';

const STATES: readonly ActionItemState[] = ['open', 'in-progress', 'done', 'dropped'];

type Fields = Record<'title' | 'owner' | 'dueOn' | 'ticketUrl' | 'droppedBecause' | 'suiteId', string> & {
  readonly state: ActionItemState;
};

/** A new action item, or a change of one. What is typed survives a reload. */
export function ItemForm(props: {
  readonly incidentId: string;
  readonly item: ActionItem | null;
  readonly onChanged: () => void;
  readonly onDone: () => void;
}) {
  const { incidentId, item, onChanged, onDone } = props;
  const [raw, setRaw] = useDraft(`item:${incidentId}:${item?.id ?? 'new'}`);
  const fields: Fields = { ...fieldsOf(item), ...parsed(raw) };
  const set = (change: Partial<Fields>) => setRaw(JSON.stringify({ ...fields, ...change }));
  const save = useCommand('Save the action item', (client, operationId, content: ActionItemContent) =>
    item === null
      ? client.actionItem.create({ operationId, incidentId, content })
      : client.actionItem.change({ operationId, itemId: item.id, revisionShown: item.revision, content }),
  );
  const isUrlWrong = fields.ticketUrl !== '' && URL.parse(fields.ticketUrl)?.protocol !== 'https:';
  const needsReason = fields.state === 'dropped' && fields.droppedBecause.trim() === '';
  const submit = async () => {
    const saved = await save.run(contentOf(fields, item));
    if (saved === null) {
      onChanged();
      return;
    }
    setRaw('');
    onChanged();
    onDone();
  };
  return (
    <form
      className="fb-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        <span>What</span>
        <textarea
          data-autofocus
          required
          rows={2}
          maxLength={300}
          value={fields.title}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>Owner</span>
        <input
          className={styles.input}
          maxLength={120}
          value={fields.owner}
          onChange={(event) => set({ owner: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>Due</span>
        <input
          className={styles.input}
          type="date"
          value={fields.dueOn}
          onChange={(event) => set({ dueOn: event.currentTarget.value })}
        />
      </label>
      <label>
        <span>State</span>
        <select
          value={fields.state}
          onChange={(event) =>
            set({ state: STATES.find((state) => state === event.currentTarget.value) ?? 'open' })
          }
        >
          {STATES.map((state) => (
            <option key={state} value={state}>
              {state.replace('-', ' ')}
            </option>
          ))}
        </select>
      </label>
      {fields.state === 'dropped' && (
        <label>
          <span>Why it is dropped</span>
          <input
            className={styles.input}
            required
            maxLength={500}
            value={fields.droppedBecause}
            onChange={(event) => set({ droppedBecause: event.currentTarget.value })}
          />
        </label>
      )}
      <label>
        <span>Ticket, an https address</span>
        <input
          className={styles.input}
          maxLength={2_000}
          value={fields.ticketUrl}
          aria-invalid={isUrlWrong}
          onChange={(event) => set({ ticketUrl: event.currentTarget.value })}
        />
      </label>
      {isUrlWrong && <p className="fb-warn-text">It must begin with https://.</p>}
      <label>
        <span>Eval suite it belongs to</span>
        <input
          className={styles.input}
          maxLength={80}
          value={fields.suiteId}
          onChange={(event) => set({ suiteId: event.currentTarget.value })}
        />
      </label>
      <div className={styles.actions}>
        <button
          type="submit"
          className="fb-button fb-button-primary"
          disabled={save.isPending || fields.title.trim() === '' || isUrlWrong || needsReason}
        >
          {save.isPending ? 'Saving' : 'Save'}
        </button>
        <button type="button" className="fb-button" onClick={onDone}>
          Cancel
        </button>
      </div>
      {save.trouble && (
        <ErrorState title={save.trouble.title} detail={save.trouble.detail} next={save.trouble.next} />
      )}
    </form>
  );
}

function fieldsOf(item: ActionItem | null): Fields {
  return {
    title: item?.title ?? '',
    owner: item?.owner ?? '',
    dueOn: item?.dueOn ?? '',
    ticketUrl: item?.ticketUrl ?? '',
    droppedBecause: item?.droppedBecause ?? '',
    suiteId: item?.suiteId ?? '',
    state: item?.state ?? 'open',
  };
}

/** What was typed before a reload; nothing when it is not ours. */
function parsed(raw: string): Partial<Fields> {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function contentOf(fields: Fields, item: ActionItem | null): ActionItemContent {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    title: fields.title.trim(),
    owner: orNull(fields.owner),
    dueOn: orNull(fields.dueOn),
    state: fields.state,
    droppedBecause: fields.state === 'dropped' ? orNull(fields.droppedBecause) : null,
    ticketUrl: orNull(fields.ticketUrl),
    failureMode: item?.failureMode ?? null,
    suiteId: orNull(fields.suiteId),
  };
}
