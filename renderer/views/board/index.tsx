/** Stands in until the view is written. */
export function BoardView() {
  return null;
}
