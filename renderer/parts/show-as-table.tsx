/** Switches a chart to its table twin and back. */
export function ShowAsTable(props: {
  readonly isTable: boolean;
  readonly onChange: (isTable: boolean) => void;
}) {
  return (
    <button
      type="button"
      className="fb-button fb-button-quiet"
      aria-pressed={props.isTable}
      onClick={() => props.onChange(!props.isTable)}
    >
      {props.isTable ? 'Show as chart' : 'Show as table'}
    </button>
  );
}
