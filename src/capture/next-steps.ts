import type { TcpdumpFailure } from './tcpdump.ts'

/** Next steps when tcpdump delivers no packets. */
export const NEXT_STEPS: Readonly<Record<TcpdumpFailure, string>> = {
  missing:
    'Install tcpdump (apt-get install tcpdump; in a container take the image of `docker build --target capture`), or name it with capture.program.',
  not_permitted:
    'Give the process the capability NET_RAW: in Kubernetes securityContext.capabilities.add: [NET_RAW] without allowPrivilegeEscalation: false; elsewhere run as root, or once `sudo setcap cap_net_raw+ep "$(command -v tcpdump)"`.',
  interface_unknown: 'Name an interface that `ip link` lists with capture.interface, or "any".',
  filter_refused: 'Watch fewer ports with capture.ports.',
  ended: 'Run `tcpdump -i any -p -n -c 1` by hand to see its error.',
}
