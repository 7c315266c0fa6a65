import { IconFilterOff } from '@tabler/icons-react';
import type { HistorySummary } from '#shared/model/history.ts';
import { isFiltered, LEVERS, NO_FILTERS, SEVERITIES, TRIGGERS, type HistoryAddress } from './address.ts';

type FilterProps = {
  readonly address: HistoryAddress;
  readonly onChange: (change: Partial<HistoryAddress>) => void;
  readonly choices: HistorySummary['choices'];
};

/** Which incidents, each in a field of its own; all of it is in the address. */
export function Filters({ address, onChange, choices }: FilterProps) {
  const prompts = choices.prompts.map(({ id, title }) => ({ value: id, title }));
  const plain = (values: readonly string[]) => values.map((value) => ({ value, title: value }));
  return (
    <form className="fb-history-filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <DateField label="From" value={address.from} onChange={(from) => onChange({ from })} />
      <DateField label="To" value={address.to} onChange={(to) => onChange({ to })} />
      <Choice
        label="Prompt"
        value={address.promptId}
        options={prompts}
        onChange={(promptId) => onChange({ promptId })}
      />
      <Choice
        label="Team"
        value={address.team}
        options={plain(choices.teams)}
        onChange={(team) => onChange({ team })}
      />
      <Choice
        label="Trigger"
        value={address.trigger}
        options={plain(TRIGGERS)}
        onChange={(trigger) => onChange({ trigger: TRIGGERS.find((one) => one === trigger) ?? null })}
      />
      <Choice
        label="Lever"
        value={address.lever}
        options={plain(LEVERS)}
        onChange={(lever) => onChange({ lever: LEVERS.find((one) => one === lever) ?? null })}
      />
      <Choice
        label="Severity"
        value={address.severity}
        options={plain(SEVERITIES)}
        onChange={(severity) => onChange({ severity: SEVERITIES.find((one) => one === severity) ?? null })}
      />
      <label className="fb-history-check">
        <input
          type="checkbox"
          checked={address.withMeans}
          onChange={(event) => onChange({ withMeans: event.target.checked })}
        />
        means too
      </label>
      {isFiltered(address) && (
        <button type="button" className="fb-button fb-button-quiet" onClick={() => onChange(NO_FILTERS)}>
          <IconFilterOff size={14} aria-hidden /> Clear filters
        </button>
      )}
    </form>
  );
}

function DateField(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { label, value, onChange } = props;
  return (
    <label>
      <span>{label}</span>
      <input
        type="date"
        value={value.slice(0, 10)}
        title="UTC"
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string | null;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string | null) => void;
}) {
  const { label, value, options, onChange } = props;
  // A link may ask for what is not in the list: it is shown, or the page would look unfiltered.
  const isListed = value === null || options.some((option) => option.value === value);
  return (
    <label>
      <span>{label}</span>
      <select value={value ?? ''} onChange={(event) => onChange(event.target.value || null)}>
        <option value="">all</option>
        {!isListed && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    </label>
  );
}
