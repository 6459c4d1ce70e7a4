import './styles/tokens.css';
import './styles/base.css';
import './styles/session.css';
import './styles/now.css';
import './styles/steering.css';
import './styles/ways.css';
import './styles/controls.css';
import './styles/next.css';
import { render } from 'preact';
import { SessionPage } from './pages/SessionPage';
import { Radio } from './state/radio';
import { initTheme } from './state/theme';
import { Scope } from './scope';
import { exposeForTests } from './testHook';

const page = new Scope();
initTheme(page);

const root = document.getElementById('app');
const audio = document.getElementById('player');
if (!root || !(audio instanceof HTMLAudioElement)) throw new Error('index.html lacks #app or #player');

const sessionId = /^\/session\/([^/]+)/.exec(location.pathname)?.[1];
if (sessionId === undefined) {
  if (location.pathname === '/new') {
    const { NewPage } = await import('./pages/NewPage');
    render(<NewPage />, root);
  } else {
    const { HomePage } = await import('./pages/HomePage');
    render(<HomePage />, root);
  }
} else {
  const radio = new Radio(page, decodeURIComponent(sessionId), audio);
  exposeForTests(radio);
  render(<SessionPage radio={radio} />, root);
}
