import type { LiveMessage } from '#shared/model/live.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SourceHealth } from '#shared/model/source.ts';

/** What one message of the feed means for main. `linkHosts` is null when it has not changed. */
export type FeedNews = { readonly opened: readonly string[]; readonly linkHosts: readonly string[] | null };

/** Incidents that were open when the feed began are no news; neither is one that merely changed. */
export function createFeedWatcher(): { take(message: LiveMessage): FeedNews } {
  const incidents = new Set<string>();
  const prompts = new Map<string, PromptStatus>();
  const sources = new Map<string, SourceHealth>();
  let isFirst = true;
  let lastHosts = '';

  return {
    take(message) {
      const opened: string[] = [];
      const meet = (id: string) => {
        if (!incidents.has(id) && !isFirst) opened.push(id);
        incidents.add(id);
      };
      if (message.type === 'snapshot') {
        for (const [id, prompt] of Object.entries(message.state.prompts)) prompts.set(id, prompt);
        for (const [id, source] of Object.entries(message.state.sources)) sources.set(id, source);
        for (const id of Object.keys(message.state.incidents)) meet(id);
        isFirst = false;
      } else if (message.type === 'delta') {
        for (const change of message.changes) {
          if (change.entity === 'incident' && change.value?.status === 'open') meet(change.id);
          if (change.entity === 'prompt' && change.value) prompts.set(change.id, change.value);
          if (change.entity === 'source' && change.value) sources.set(change.id, change.value);
        }
      }
      const hosts = linkHostsOf([...prompts.values()], [...sources.values()]);
      const isSame = hosts.join() === lastHosts;
      lastHosts = hosts.join();
      return { opened, linkHosts: isSame ? null : hosts };
    },
  };
}

/** Hosts of everything the page offers as a link: consoles, runbooks, dashboards, the sources themselves. */
function linkHostsOf(prompts: PromptStatus[], sources: SourceHealth[]): string[] {
  const addresses = [
    ...prompts.flatMap(({ links, lever }) => [...links.map(({ url }) => url), lever?.consoleUrl ?? '']),
    ...sources.map(({ baseUrl }) => baseUrl ?? ''),
  ];
  const hosts = addresses.map((address) => URL.parse(address)?.host ?? '').filter((host) => host !== '');
  return [...new Set(hosts)].toSorted();
}
