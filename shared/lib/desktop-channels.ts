/** Channels between preload and main. */
export const CHANNELS = {
  /** Page to main: a port, please. */
  connect: 'fusebox:connect',
  /** Page to main, answered: open this address outside. */
  openExternal: 'fusebox:open-external',
  /** Page to main, answered: the page as it prints, as a PDF where the person chooses. */
  printPdf: 'fusebox:print-pdf',
  /** Main to page: a PageMessage, with a port where there is one. */
  message: 'fusebox:message',
} as const;
