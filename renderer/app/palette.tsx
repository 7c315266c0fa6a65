import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useLive } from '#renderer/live/hooks.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { THEME_CHOICES } from '#renderer/theme/theme-choice.ts';
import { useTheme } from '#renderer/theme/theme-store.ts';
import { useActionStore } from './actions.ts';
import { IS_MAC } from './keyboard.ts';
import { keyWords } from './key-matching.ts';
import { navigate } from './router.ts';
import { THEME_TITLES } from './theme-titles.ts';

/** Reaches every action, incident, prompt and setting by typing a part of its name. */
export function Palette() {
  return (
    <Spotlight
      actions={usePaletteGroups()}
      shortcut={null}
      lockScroll={false}
      scrollable
      maxHeight={420}
      highlightQuery={false}
      nothingFound="Nothing has that name."
      searchProps={{
        leftSection: <IconSearch size={16} aria-hidden />,
        placeholder: 'Prompt, incident, action or setting',
        'aria-label': 'Search prompts, incidents, actions and settings',
      }}
    />
  );
}

function usePaletteGroups(): SpotlightActionGroupData[] {
  const actions = useActionStore((store) => store.actions);
  const incidents = useLive((state) => Object.values(state.incidents)) ?? [];
  const prompts = useLive((state) => Object.values(state.prompts)) ?? [];
  const choose = useTheme((theme) => theme.choose);
  const offered = [...actions.values()].filter((action) => action.id !== 'help.palette');
  const sections = [...new Set(offered.map((action) => action.section ?? 'Here'))].toSorted(
    (a, b) => Number(b === 'Here') - Number(a === 'Here'),
  );
  return [
    ...sections.map((section) => ({
      group: section,
      actions: offered
        .filter((action) => (action.section ?? 'Here') === section)
        .map((action) => ({
          id: action.id,
          label: action.title,
          keywords: [section],
          onClick: action.run,
          rightSection:
            action.keys === undefined ? undefined : <KeyHint keys={keyWords(action.keys, IS_MAC)} />,
        })),
    })),
    {
      group: 'Incidents',
      actions: incidents.map((incident) => ({
        id: `incident:${incident.id}`,
        label: incident.id,
        description: `${incident.severity} ${incident.promptTitle}, ${incident.status}`,
        keywords: [incident.promptId],
        onClick: () => navigate('incident', { incidentId: incident.id }),
      })),
    },
    {
      group: 'Prompts',
      actions: prompts.map((prompt) => ({
        id: `prompt:${prompt.id}`,
        label: prompt.title,
        description: `${prompt.service}, ${prompt.owner ?? 'nobody owns it'}`,
        keywords: [prompt.id],
        onClick: () => navigate('board', { promptId: prompt.id }),
      })),
    },
    {
      group: 'Settings',
      actions: THEME_CHOICES.map((choice) => ({
        id: `theme:${choice}`,
        label: `Theme: ${THEME_TITLES[choice].toLowerCase()}`,
        onClick: () => choose(choice),
      })),
    },
  ].filter((group) => group.actions.length > 0);
}
