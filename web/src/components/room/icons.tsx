import { Icon } from '../icons';

export const SendIcon = () => (
  <Icon>
    <path d="M12 19.5V5M5.5 11.2 12 4.7l6.5 6.5" />
  </Icon>
);

export const InviteIcon = () => (
  <Icon>
    <path d="M10.2 13.8a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1" />
    <path d="M13.8 10.2a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
  </Icon>
);

export const LeaveIcon = () => (
  <Icon>
    <path d="M14 5H6.5v14H14M11 12h9M16.5 8.2 20.3 12l-3.8 3.8" />
  </Icon>
);

export const MicIcon = () => (
  <Icon>
    <rect x="9" y="3.5" width="6" height="10.5" rx="3" />
    <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.5" />
  </Icon>
);

export const MicOffIcon = () => (
  <Icon>
    <path d="M15 9.5V6.5a3 3 0 0 0-5.7-1.3M9 9.5V11a3 3 0 0 0 4.6 2.5M5.5 11.5a6.5 6.5 0 0 0 10.6 5M18.5 11.5a6 6 0 0 1-.4 2.2M12 18v2.5M4.5 4l15 16" />
  </Icon>
);

export const HeadphonesIcon = () => (
  <Icon>
    <path d="M4.5 15v-2.5a7.5 7.5 0 0 1 15 0V15" />
    <rect x="3.8" y="14" width="4" height="6" rx="1.6" />
    <rect x="16.2" y="14" width="4" height="6" rx="1.6" />
  </Icon>
);

export const BinIcon = () => (
  <Icon>
    <path d="M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7" />
  </Icon>
);
