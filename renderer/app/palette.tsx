import { Modal } from '@mantine/core';
import { Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useLive } from '#renderer/live/hooks.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { THEME_CHOICES } from '#renderer/theme/theme-choice.ts';
import { useTheme } from '#renderer/theme/theme-store.ts';
import { wave2Phase } from '#shared/domain/wave2/clock.ts';
import { useActionStore, type Action } from './actions.ts';
import { IS_MAC } from './keyboard.ts';
import { keyWords } from './key-matching.ts';
import { searchPalette, type PaletteEntry, type PaletteGroup } from './palette-search.ts';
import { navigate } from './router.ts';
import { THEME_TITLES } from './theme-titles.ts';

/** Reaches every action, incident, prompt and setting by typing a part of its name. */
export function Palette() {
  const [query, setQuery] = useState('');
  const found = searchPalette(usePaletteGroups(), query);
  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      lockScroll={false}
      scrollable
      maxHeight={440}
      overlayProps={{ blur: 0 }}
    >
      <Modal.Title className="fb-hidden">Command palette</Modal.Title>
      <Spotlight.Search
        leftSection={<IconSearch size={16} aria-hidden />}
        placeholder="Prompt, incident, action or setting"
        aria-label="Search prompts, incidents, actions and settings"
      />
      <Spotlight.ActionsList>
        {found.map((group) => (
          <Spotlight.ActionsGroup key={group.title} label={group.title}>
            {group.entries.map((entry) => (
              <Spotlight.Action
                key={entry.id}
                label={entry.label}
                description={entry.description}
                rightSection={
                  entry.keys === undefined ? undefined : <KeyHint keys={keyWords(entry.keys, IS_MAC)} />
                }
                onClick={entry.run}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {found.length === 0 && <Spotlight.Empty>Nothing has that name.</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

/** What belongs to the view on screen; the other sections are there everywhere. */
const HERE = 'Here';

function usePaletteGroups(): readonly PaletteGroup[] {
  const actions = useActionStore((store) => store.actions);
  const incidents = useLive((state) => Object.values(state.incidents)) ?? [];
  const prompts = useLive((state) => Object.values(state.prompts)) ?? [];
  const choose = useTheme((theme) => theme.choose);
  const bySection = new Map<string, PaletteEntry[]>();
  for (const action of actions.values()) {
    if (action.id === 'help.palette') continue;
    const section = action.section ?? HERE;
    bySection.set(section, [...(bySection.get(section) ?? []), entryOf(action)]);
  }
  const here = bySection.get(HERE) ?? [];
  const settings = bySection.get('Settings') ?? [];
  bySection.delete(HERE);
  bySection.delete('Settings');
  return [
    { title: HERE, entries: here },
    {
      title: 'Incidents',
      entries: incidents.flatMap((incident) => [
        {
          id: `incident:${incident.id}`,
          label: incident.id,
          description: `${incident.severity} ${incident.promptTitle}, ${incident.status}`,
          keywords: [incident.promptId],
          run: () => navigate('incident', { incidentId: incident.id }),
        },
        ...(wave2Phase(incident) === 'none'
          ? []
          : [
              {
                id: `wave2:${incident.id}`,
                label: `Wave 2 of ${incident.id}`,
                description: `${incident.promptTitle}: what the bad version left behind`,
                keywords: [incident.promptId],
                run: () => navigate('wave2', { incidentId: incident.id }),
              },
            ]),
      ]),
    },
    {
      title: 'Prompts',
      entries: prompts.map((prompt) => ({
        id: `prompt:${prompt.id}`,
        label: prompt.title,
        description: `${prompt.service}, ${prompt.owner ?? 'nobody owns it'}`,
        keywords: [prompt.id],
        run: () => navigate('board', { promptId: prompt.id }),
      })),
    },
    ...[...bySection].map(([title, entries]) => ({ title, entries })),
    {
      title: 'Settings',
      entries: [
        ...settings,
        ...THEME_CHOICES.map((choice) => ({
          id: `theme:${choice}`,
          label: `Theme: ${THEME_TITLES[choice].toLowerCase()}`,
          run: () => choose(choice),
        })),
      ],
    },
  ];
}

function entryOf(action: Action): PaletteEntry {
  return {
    id: action.id,
    label: action.title,
    keys: action.keys,
    keywords: [action.section ?? HERE],
    run: action.run,
  };
}
