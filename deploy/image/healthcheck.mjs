// Exit code 0 when modeltap itself is well, whatever the model does. Follows the variable MODELTAP_ADMIN_LISTEN; who
// moves the admin port by a flag sets the variable instead.
const [, port = '9464'] = /:(\d+)$/.exec(process.env.MODELTAP_ADMIN_LISTEN ?? '') ?? []
try {
  const response = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2500) })
  process.exitCode = response.ok ? 0 : 1
} catch {
  process.exitCode = 1
}
