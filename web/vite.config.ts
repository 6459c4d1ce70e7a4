import { defineConfig, type Plugin } from 'vite';

const SERVER = 'http://127.0.0.1:8420';
const BASE = /node_modules\/@?preact\/|preload-helper|src\/(api|client|palette|tint|frameLoop|keyboard|prefs|scope|room\/model|state\/(theme|words)|components\/(Thumb|TopBar|ThemeButton|icons|lock|lazy))\.tsx?$/;

/** What a session's page loads before it shows anything, in bytes of gzip, scripts and styles. */
const MOST_BYTES = 40_000;

/** The build fails when the page has grown too heavy. */
const budget: Plugin = {
  name: 'budget',
  apply: 'build',
  async writeBundle(_, bundle) {
    const needed = new Set<string>();
    const need = (name: string): void => {
      const file = bundle[name];
      if (needed.has(name) || !file) return;
      needed.add(name);
      if (file.type !== 'chunk') return;
      file.imports.forEach(need);
      file.viteMetadata?.importedCss.forEach(need);
    };
    for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry && file.name === 'index') need(file.fileName);
    let bytes = 0;
    for (const name of needed) {
      const file = bundle[name];
      const content = file?.type === 'chunk' ? file.code : (file?.source ?? '');
      const packed = new Response(new Blob([content as BlobPart]).stream().pipeThrough(new CompressionStream('gzip')));
      bytes += (await packed.arrayBuffer()).byteLength;
    }
    if (bytes === 0 || bytes > MOST_BYTES) this.error(`The page loads ${bytes} bytes of at most ${MOST_BYTES}: make something lazy.`);
    this.info(`The page loads ${(bytes / 1000).toFixed(2)} kB of at most ${MOST_BYTES / 1000}.`);
  },
};

export default defineConfig({
  appType: 'spa',
  plugins: [budget],
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'docs.html'],
      // What every page needs, in one piece: fewer requests, and it packs better.
      output: { codeSplitting: { groups: [{ name: 'base', test: BASE }] } },
    },
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
