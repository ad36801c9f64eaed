/** Output of `modeltap attach`: the commands, and how to reach the container's endpoints. */
import { stringify } from 'yaml'
import { SIDECAR_LABEL } from '../../inject/pod-extras.ts'
import { type Attachment, debugArguments, inNamespace } from './debug-command.ts'

const CUSTOM_FILE = 'modeltap-attach.yaml'

const shell = (args: readonly string[]): string => ['kubectl', ...args].join(' ')

/** Shell commands; no word in them needs quotes. */
export function commands(attachment: Attachment, container: object): string {
  return [
    `cat >${CUSTOM_FILE} <<'EOF'`,
    stringify(container, { version: '1.1' }).trimEnd(),
    'EOF',
    shell(debugArguments(attachment, CUSTOM_FILE)),
  ].join('\n')
}

export function afterwards(attachment: Attachment): string {
  const { pod, adminPort, name } = attachment
  const where = inNamespace(attachment)
  const label = shell(['label', 'pod', pod, ...where, `${SIDECAR_LABEL}=true`])
  return `
What it says:       ${shell(['logs', pod, ...where, '-c', name])}
Status page:        ${shell(['port-forward', pod, ...where, String(adminPort)])}, then http://127.0.0.1:${adminPort}/
Prometheus:         discovery of pods does not list ephemeral containers. A Service may name port ${adminPort} all the same:
                    ${label}
                    and serviceMonitor.enabled=true in the chart of modeltap, whose Service selects this label. Without
                    the operator: the annotations prometheus.io/scrape, port and path on the pod; or metrics.otlp.
The end:            the container stays until the pod ends, restarts nothing and is not restarted. Its memory counts in
                    the pod: leave 150 MiB below the sum of its limits.`
}
