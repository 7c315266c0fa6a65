/** Stands in until the view is written. */
export function ConnectionsView() {
  return null;
}
