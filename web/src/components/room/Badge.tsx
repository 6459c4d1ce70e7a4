import type { Role } from '../../api';

const DOES: Record<Role, string> = {
  host: 'manages the room, steers and talks',
  collaborator: 'steers the music and talks',
  viewer: 'listens and chats',
};

/** A role, with what it may do as its explanation. */
export function Badge({ role }: { role: Role }) {
  return (
    <span class={`role role-${role}`} title={DOES[role]} data-testid="role">
      {role}
    </span>
  );
}
