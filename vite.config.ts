import react from '@vitejs/plugin-react';
import { join } from 'node:path';
import { defineConfig } from 'vite';

// The page, for both of its homes: app://fusebox/ in the window and http://127.0.0.1 in a browser tab.
export default defineConfig({
  root: join(import.meta.dirname, 'renderer'),
  // Relative, because the two homes share no base address.
  base: './',
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, 'dist', 'renderer'),
    emptyOutDir: true,
    // The content policy allows scripts, fonts and images from our own origin only: nothing becomes a data: address.
    assetsInlineLimit: 0,
    // The polyfill would fetch with its own code; every browser we run in preloads modules by itself.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
  },
});
