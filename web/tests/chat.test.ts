import { encode } from 'uqr';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChatMessage } from '../src/api';
import { ApiError } from '../src/client';
import { Joining, refusalOf } from '../src/room/joining';
import { Makings, namesOf } from '../src/room/making';
import { groupsOf, piecesOf, timeWords } from '../src/room/text';
import { pathOf } from '../src/room/qr';
import { Scope } from '../src/scope';

describe('piecesOf', () => {
  const links = (text: string) => piecesOf(text).flatMap(({ href }) => (href === null ? [] : [href]));

  it('leaves markup as text', () => {
    expect(piecesOf('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>', href: null }]);
  });

  it('makes links of http and https only', () => {
    expect(links('see https://a.example/b?c=1, or http://b.example.')).toEqual(['https://a.example/b?c=1', 'http://b.example/']);
    expect(links('javascript:alert(1) data:text/html,x ftp://a.example file:///etc www.a.example')).toEqual([]);
    expect(links('javascript://https://a.example')).toEqual(['https://a.example/']);
  });

  it('keeps the whole text', () => {
    const text = 'a https://a.example/(b) c (https://b.example) d <https://c.example>';
    expect(piecesOf(text).map((piece) => piece.text).join('')).toBe(text);
    expect(links(text)).toEqual(['https://a.example/(b)', 'https://b.example/', 'https://c.example/']);
  });

  it('does not let an address pretend to be another one', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([]);
    expect(links('https://a.example\u202Egpj.exe')).toEqual(['https://a.example/']);
    expect(links('https://')).toEqual([]);
  });
});

describe('pathOf', () => {
  it('draws exactly the dark modules of a QR code', () => {
    const { size, data } = encode('https://drift.example/?sessionId=kitchen&code=k7d2-m9qp-x4tz', { border: 2 });
    const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
    for (const [, x = '', y = '', width = ''] of pathOf(data).matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(width));
    }
    expect(drawn).toEqual(data);
  });
});

describe('groupsOf', () => {
  const said = (id: number, participantId: string, minute: number): ChatMessage => ({
    id,
    participantId,
    name: participantId,
    role: 'viewer',
    text: '',
    sentAt: `2026-11-21T20:${String(minute).padStart(2, '0')}:00Z`,
    messageId: '',
    deleted: false,
  });

  it('puts together what one person says without a pause', () => {
    const groups = groupsOf([said(1, 'a', 0), said(2, 'a', 1), said(3, 'b', 1), said(4, 'a', 2), said(5, 'a', 20)]);
    expect(groups.map(({ messages }) => messages.map(({ id }) => id))).toEqual([[1, 2], [3], [4], [5]]);
  });

  it('tells the day when it is another one', () => {
    const now = new Date('2026-11-21T20:00:00');
    expect(timeWords('2026-11-21T09:05:00', now)).not.toMatch(/21/);
    expect(timeWords('2026-11-20T09:05:00', now)).toMatch(/20/);
  });
});

describe('joining', () => {
  const answer = vi.fn<() => Response>();
  let scope: Scope;
  let joining: Joining;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', () => Promise.resolve(answer()));
    scope = new Scope();
    joining = new Joining(scope);
  });

  afterEach(() => {
    scope.dispose();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const refused = (status: number, code: string, headers: Record<string, string> = {}) =>
    answer.mockReturnValue(Response.json({ error: { code, message: code } }, { status, headers }));

  it('says in words why it did not work', () => {
    const kind = (status: number, code: string) => refusalOf(new ApiError(code, code, status), 'attic', 'x').kind;
    expect(kind(403, 'wrong-code')).toBe('code');
    expect(kind(403, 'banned')).toBe('banned');
    expect(kind(409, 'full')).toBe('full');
    expect(kind(404, 'not-found')).toBe('missing');
    expect(kind(422, 'invalid')).toBe('other');
    expect(refusalOf(new ApiError('wrong-code', '', 403), 'attic', ' ').message).toContain('wants a code');
  });

  it('counts down after too many attempts, and asks nothing meanwhile', async () => {
    refused(429, 'too-many', { 'Retry-After': '3' });
    await joining.join('attic', 'x', 'Ada');
    expect([joining.refusal.value?.kind, joining.waitS.value]).toEqual(['waiting', 3]);
    answer.mockClear();
    await joining.join('attic', 'x', 'Ada');
    joining.forget();
    expect(answer).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2000);
    expect(joining.waitS.value).toBe(1);
    vi.advanceTimersByTime(1000);
    expect([joining.refusal.value, joining.waitS.value]).toEqual([null, 0]);
  });
});

describe('making', () => {
  const asked: string[] = [];

  afterEach(() => vi.unstubAllGlobals());

  it('reads the names of a link', () => {
    expect(namesOf('?names=kitchen,%20living room,,kitchen')).toEqual(['kitchen', 'living room']);
    expect(namesOf('')).toEqual([]);
  });

  it('makes nothing before it is told to, and goes on after a refusal', async () => {
    vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
      const { sessionName } = JSON.parse(body) as { sessionName: string };
      asked.push(`${path} ${sessionName}`);
      if (sessionName === 'new') return Promise.resolve(Response.json({ error: { code: 'invalid', message: 'reserved' } }, { status: 422 }));
      return Promise.resolve(Response.json({ sessionId: sessionName, links: {} }, { status: 201 }));
    });
    const makings = new Makings(['new', 'kitchen']);
    expect(asked).toEqual([]);
    await makings.make('Ada');
    expect(makings.all.value.map(({ state, trouble }) => [state, trouble])).toEqual([
      ['failed', 'reserved'],
      ['made', null],
    ]);
    makings.rename(0, 'attic');
    await makings.make('Ada');
    expect(makings.all.value.map(({ state }) => state)).toEqual(['made', 'made']);
    expect(asked).toEqual(['/api/sessions.create new', '/api/sessions.create kitchen', '/api/sessions.create attic']);
  });
});
