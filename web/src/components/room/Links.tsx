import '../../styles/links.css';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Role } from '../../api';
import { pathOf } from '../../room/qr';
import { Badge } from './Badge';

export interface InviteLink {
  readonly role: Role;
  readonly url: string;
}

const LETS: Record<Role, string> = {
  viewer: 'Listens and chats.',
  collaborator: 'Steers the music, talks and chats.',
  host: 'Manages the room. Keep it for yourself.',
};

/** Links to share: to copy, or to be scanned from the screen. */
export function Links({ links }: { links: readonly InviteLink[] }) {
  return (
    <ul class="links" data-testid="links">
      {links.map((link) => (
        <Link key={link.role} link={link} />
      ))}
    </ul>
  );
}

function Link({ link: { role, url } }: { link: InviteLink }) {
  const copied = useSignal<'no' | 'yes' | 'denied'>('no');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      copied.value = 'yes';
    } catch {
      // Without HTTPS browsers deny the clipboard; the address is selectable instead.
      copied.value = 'denied';
    }
  };
  return (
    <li class="link" data-testid={`link-${role}`} data-url={url}>
      <Qr url={url} label={`QR code of the ${role} link`} />
      <div class="link-text">
        <p class="link-head">
          <Badge role={role} />
          <span>{LETS[role]}</span>
        </p>
        <code class="link-url">{url}</code>
        <p class="link-ways">
          <button class="text-button" type="button" aria-label={`Copy the ${role} link`} data-testid={`copy-${role}`} onClick={() => void copy()}>
            {copied.value === 'yes' ? 'Copied' : 'Copy link'}
          </button>
          <span role="status">{copied.value === 'denied' && 'Copying is not allowed here: select the link instead.'}</span>
        </p>
      </div>
    </li>
  );
}

/** A QR code, drawn when its library is there. Dark on light in both themes: cameras expect that. */
export function Qr({ url, label }: { url: string; label: string }) {
  const path = useSignal<{ readonly size: number; readonly d: string } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void import('uqr').then(({ encode }) => {
      if (!isWanted) return;
      const { size, data } = encode(url, { border: 2 });
      path.value = { size, d: pathOf(data) };
    });
    return () => {
      isWanted = false;
    };
  }, [url]);
  const { size, d } = path.value ?? { size: 29, d: '' };
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges" data-testid="qr" data-encodes={d === '' ? undefined : url}>
      <rect width={size} height={size} fill="#fff" />
      <path d={d} fill="#000" />
    </svg>
  );
}
