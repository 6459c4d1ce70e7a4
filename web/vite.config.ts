import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:8420';

export default defineConfig({
  appType: 'spa',
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': SERVER,
      '/stream': SERVER,
      '/events': SERVER,
      '/session': {
        target: SERVER,
        // The page itself comes from Vite; only commands go to the server.
        bypass: (request) => (request.method === 'POST' ? undefined : '/index.html'),
      },
    },
  },
});
