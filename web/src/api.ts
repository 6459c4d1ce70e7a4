/** The server's contract: the shapes of its JSON. Positions are samples on the timeline. */

export interface Track {
  readonly id: string | number;
  readonly title: string;
  readonly artist: string;
  readonly album: string;
  readonly durationS: number;
  readonly artUrl: string | null;
  readonly bpm: number | null;
  readonly key: string | null;
  readonly genre: string | null;
  readonly year: string | null;
}

/** How a track differs from the one before it, in standard deviations of the library. */
export interface Why {
  /** Along the direction. */
  readonly moved: number;
  /** Root mean square of the other dimensions' differences: the smaller, the closer. */
  readonly kept: number;
  readonly deltas: Readonly<Record<string, number>>;
  /** Which wish had to be dropped to find anything, in words. */
  readonly relaxed: string | null;
}

/** Who chose a track, to lead where. */
export interface Reason {
  readonly by: 'direction' | 'autopilot' | 'request' | 'chance';
  readonly direction: string | null;
  readonly why: Why | null;
}

export interface Choice extends Reason {
  readonly track: Track;
}

/** What comes next, as the server tells it: without a track there is no reason either. */
export interface Planned extends Partial<Reason> {
  readonly next: Track | null;
}

/** A track on the timeline: heard from `startSample`, planned to end (fade included) at `endSample`. */
export interface Playing extends Choice {
  readonly startSample: number;
  readonly endSample: number;
  /** Offset into the track at `startSample`. */
  readonly sourceStartSample: number;
}

export interface Transition {
  readonly kind: 'crossfade' | 'beatmatch' | 'cut' | 'gapless' | 'skip';
  /** Why so, in words. */
  readonly reason: string;
  /** The rate at which the incoming track begins; 1: as recorded. */
  readonly stretch: number;
  readonly bassSwap: boolean;
  readonly from: Track['id'];
  readonly to: Track['id'];
  readonly startSample: number;
  readonly lengthSamples: number;
}

export interface Candidate {
  readonly track: Track;
  readonly why: Why;
}

/** A direction that is open, with the tracks that lie there, the best first. */
export interface Opening {
  readonly direction: string;
  readonly label: string;
  readonly dimension: string;
  readonly domain: string;
  /** The direction the other way. */
  readonly opposite: string;
  readonly candidates: readonly Candidate[];
}

export interface Explored {
  /** The track at the live edge. */
  readonly from: Track;
  readonly held: string | null;
  readonly openings: readonly Opening[];
}

export interface Library {
  readonly tracks: number;
  /** How many of them can be steered by. */
  readonly analysed: number;
  readonly problems: number;
  readonly scanning: { readonly done: number; readonly total: number | null; readonly etaS: number | null } | null;
  readonly demo: boolean;
}

export interface StreamInfo {
  readonly format: 'mp3' | 'opus' | 'webm' | 'flac' | 'aac';
  readonly url: string;
  readonly mime: string;
  readonly bitrateKbps: number | null;
}

/** `paused`: somebody has stopped the mix for everybody. */
export type SessionState = 'playing' | 'idle' | 'paused' | 'preparing';

export type SessionKind = 'master' | 'named' | 'follower';

/** Who a session is. A follower plays what `followingSession` (an id) plays, and takes no commands. */
export interface Identity {
  /** As in its address. */
  readonly id: string;
  /** Another one after the session was deleted and made again. */
  readonly uid: string;
  readonly type: SessionKind;
  /** For people. */
  readonly name: string;
  readonly followingSession: string | null;
  readonly allowCommands: boolean;
}

/** A session in lists. */
export interface SessionView extends Omit<Identity, 'id'> {
  readonly sessionId: string;
  /** `waiting`: a follower whose session is not there now. */
  readonly state: SessionState | 'waiting';
  readonly listeners: number;
  readonly nowPlaying: Track | null;
  readonly held: string | null;
  /** Where one session is described, not in lists. */
  readonly access?: { readonly mode: AccessMode };
}

/** What somebody may do in a room: hosts everything, collaborators all but moderate, viewers listen and chat. */
export type Role = 'host' | 'collaborator' | 'viewer';

export type Permission = 'steer' | 'moderate' | 'talk' | 'chat';

/** Whether commands want a code (`codes`), or anybody may steer. */
export type AccessMode = 'open' | 'codes';

/** A person in one room: the same one in all of their tabs. */
export interface Participant {
  readonly participantId: string;
  readonly name: string;
  readonly role: Role;
  readonly muted: boolean;
  readonly present: boolean;
  /** Hears the mix by WebRTC, and may be talking. */
  readonly inRoom: boolean;
  readonly joinedAt: string;
}

export interface ChatMessage {
  /** The server's: rises. */
  readonly id: number;
  /** Null: from somebody who is no participant. */
  readonly participantId: string | null;
  readonly name: string;
  readonly role: Role | null;
  readonly text: string;
  readonly sentAt: string;
  /** The sender's: the same one for every attempt. */
  readonly messageId: string;
  /** Taken away; its text is gone. */
  readonly deleted: boolean;
}

export interface RoomSettings {
  /** Seconds between two messages of one participant; 0: as they like. */
  readonly slowS: number;
  /** By how much the mix steps back while somebody speaks. */
  readonly duckDb: number;
}

/** The social side of a session, as one who has joined sees it. */
export interface RoomSnapshot {
  readonly sessionId: string;
  readonly settings: RoomSettings;
  readonly you: Participant & { readonly may: readonly Permission[] };
  /** Those who are present. */
  readonly participants: readonly Participant[];
  /** The latest ones, the oldest of them first. */
  readonly messages: readonly ChatMessage[];
  /** `reason`: why there is no token. */
  readonly livekit: { readonly configured: boolean; readonly url: string; readonly token: string; readonly reason: string };
}

/** Codes are told once, when they are made; the server keeps only what they hash to. */
export interface Codes {
  readonly hostCode: string;
  readonly collabCode: string;
  readonly viewerCode: string;
  readonly links: Readonly<Record<Role, string>>;
}

export interface Made extends Codes {
  readonly sessionId: string;
  readonly webUrl: string;
}

/** A snapshot. `by`, `direction` and `why` belong to `next`; `held` is the direction that listeners push. */
export interface Hello extends Planned {
  readonly session: Identity;
  readonly server: { readonly version: string; readonly startedAt: string | number };
  readonly sampleRate: number;
  readonly position: number;
  readonly state: SessionState;
  /** Where the music stands while the session is paused. */
  readonly pausedAt: number | null;
  readonly held: string | null;
  readonly nowPlaying: Playing | null;
  readonly listeners: number;
  readonly library: Library;
  readonly streams: readonly StreamInfo[];
  readonly burstS: number;
  readonly access: { readonly mode: AccessMode };
  /** Null: you have not joined. */
  readonly room: RoomSnapshot | null;
}

/** Server-sent events by name. */
export interface LiveEventMap {
  hello: Hello;
  'track-started': { readonly playing: Playing };
  'next-planned': Planned & { readonly atSample: number };
  'direction-changed': { readonly held: string | null };
  transition: Transition;
  listeners: { readonly count: number };
  library: Library;
  heartbeat: { readonly position: number; readonly state: SessionState };
  'session-ended': { readonly reason: string };
  /** A command cuts in at this sample: what is buffered before it need not be heard. */
  skipped: { readonly atSample: number };
  'state-changed': { readonly state: SessionState; readonly pausedAt: number | null };
  renamed: { readonly name: string };
  'journey-reset': Readonly<Record<string, never>>;
  /** Somebody came, changed, or left (`present`). */
  participant: { readonly participant: Participant };
  /** A new message, or one that was taken away. */
  chat: { readonly message: ChatMessage };
  'room-settings': { readonly settings: RoomSettings };
  /** You are not in the room any more. */
  removed: { readonly reason: 'removed' | 'banned' };
}

export type LiveEvent = { [N in keyof LiveEventMap]: { readonly type: N; readonly data: LiveEventMap[N] } }[keyof LiveEventMap];
