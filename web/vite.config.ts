import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:8420';

export default defineConfig({
  appType: 'spa',
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'docs.html'] },
    chunkSizeWarningLimit: 1600, // Swagger UI's, for /api/docs alone
    license: { fileName: 'licences.md' }, // of what is bundled: their texts go where the code goes
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/stream': SERVER,
      '/events': SERVER,
      '/session': {
        target: SERVER,
        // The page itself comes from Vite; commands and what is open go to the server.
        bypass: ({ url }) => (/^\/session\/[^/]+$/.test(url ?? '') ? '/index.html' : undefined),
      },
    },
  },
});
