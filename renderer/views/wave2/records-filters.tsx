import { IconFilterOff } from '@tabler/icons-react';
import { useRef } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import type { BadRecordFilter, Wave2Look } from '#shared/model/wave2.ts';
import styles from './wave2.module.css';

export const NO_FILTER: BadRecordFilter = { cohort: null, worker: null, hasError: null, text: '' };

/** Which records, each property in a field of its own, and how many are left. */
export function RecordsFilters(props: {
  readonly look: Wave2Look;
  readonly filter: BadRecordFilter;
  readonly onFilter: (filter: BadRecordFilter) => void;
  readonly left: number | null;
}) {
  const { look, filter, onFilter, left } = props;
  const text = useRef<HTMLInputElement>(null);
  useAction({
    id: 'wave2.find',
    title: 'Find a record',
    keys: 'f',
    run: () => text.current?.focus(),
  });
  const isFiltered = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  const error = filter.hasError === null ? '' : filter.hasError ? 'yes' : 'no';
  return (
    <form className={styles.filters} aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Conversation or trace</span>
        <input
          ref={text}
          className={styles.input}
          type="search"
          maxLength={200}
          value={filter.text}
          onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        />
      </label>
      <Choice
        label="Cohort"
        value={filter.cohort ?? ''}
        options={look.tenants.map(({ cohort }) => cohort)}
        onChange={(cohort) => onFilter({ ...filter, cohort })}
      />
      <Choice
        label="Worker"
        value={filter.worker ?? ''}
        options={look.workers}
        onChange={(worker) => onFilter({ ...filter, worker })}
      />
      <Choice
        label="Downstream error"
        value={error}
        options={['yes', 'no']}
        onChange={(value) => onFilter({ ...filter, hasError: value === null ? null : value === 'yes' })}
      />
      {isFiltered && (
        <button type="button" className="fb-button fb-button-quiet" onClick={() => onFilter(NO_FILTER)}>
          <IconFilterOff size={14} aria-hidden /> Clear filters
        </button>
      )}
      <output className="fb-dim">
        {isFiltered && left !== null && `${left.toLocaleString('en')} left by the filters`}
      </output>
    </form>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string | null) => void;
}) {
  const { label, value, options, onChange } = props;
  return (
    <label>
      <span>{label}</span>
      <select
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value === '' ? null : event.currentTarget.value)}
      >
        <option value="">all</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
