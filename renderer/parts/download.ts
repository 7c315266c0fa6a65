/** A file to take away; the parts are joined. */
export type ExportFile = { readonly name: string; readonly type: string; readonly parts: readonly string[] };

/** Hands a file to the browser's own download. */
export function download({ name, type, parts }: ExportFile): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
