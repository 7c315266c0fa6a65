import '@mantine/core/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './tokens.css';
import './base.css';
import './mantine-bridge.css';
import '#renderer/parts/panel.css';
import '#renderer/parts/layout.css';
import { createTheme, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTheme } from './theme-store.ts';

const mantineTheme = createTheme({ respectReducedMotion: true, cursorType: 'pointer' });

/**
 * Mantine under our tokens. Its style sheets come as files: every `<style>` element it would write by itself is
 * switched off, so that the content policy needs no 'unsafe-inline'.
 */
export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const theme = useTheme((state) => state.theme);
  return (
    <MantineProvider
      theme={mantineTheme}
      forceColorScheme={theme === 'light' ? 'light' : 'dark'}
      withCssVariables={false}
      withStaticClasses={true}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
