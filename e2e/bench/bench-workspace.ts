/** The workspace of the bench: prompts whose evidence is received telemetry, no flag systems unless given. */
export function benchWorkspace(options: {
  promptIds: readonly string[];
  telemetry?: object;
  sources?: readonly object[];
  flagOf?: (promptId: string) => object;
}): object {
  return {
    version: 1,
    name: 'Bench',
    telemetry: { port: 0, ...options.telemetry },
    sources: options.sources ?? [],
    prompts: options.promptIds.map((id) => ({
      id,
      service: 'bench',
      owner: 'owner@example.com',
      control: 'v17',
      candidate: 'v18',
      versions: ['v17', 'v18'].map((version) => ({
        id: version,
        sha: `sha-${version}`,
        text: `You are ${version}.`,
      })),
      ...(options.flagOf ? { flag: options.flagOf(id) } : {}),
    })),
  };
}
