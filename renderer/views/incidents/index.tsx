/** Stands in until the view is written. */
export function IncidentsView() {
  return null;
}
